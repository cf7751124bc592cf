"""Disk errors, at the node: one learner signs in, studies, sits an exam and hands it in."""

from __future__ import annotations

import re
import sqlite3
from functools import cache, partial
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from content.model.course import FileRef
from node.config import Config
from node.errors import NodeError
from node.learning.exams.paper import draw
from node.runtime import NodeRuntime
from node.store import attempts, journal
from node.threads import DutyThread
from node.web.app import create_app
from sync.records import Kind, Record
from tests.faults.compiled import without_tokens
from tests.faults.promises import TRIES, Voice
from tests.node.conftest import (
    LEARNER,
    PIN,
    FakeTime,
    install_course,
    populate,
    small_course,
)

NAME = "node"
DATABASE = "node.db"
NOTES, EXAM = "food/notes", "food/final"
_FILE = FileRef("file", 1, "0" * 64)
READ_S = 20
# All that a learner may be told of a disk that fails.
SAID = {"disk-fault", "store-busy"}
_ATTEMPT = re.compile(r'data-attempt="(\d+)"')
_CODE = re.compile(r"</summary>\S+ ([a-z-]+)</details>")


def prepare(folder: Path) -> None:
    """A joined node with two learners and one course."""
    runtime = NodeRuntime.open(_config(folder), FakeTime().clock())
    populate(runtime)
    install_course(runtime)
    runtime.close()


def work(folder: Path, voice: Voice) -> None:
    """Start the node, do what was not done before, stop it; an act refused twice ends the work."""
    for _ in range(TRIES):
        try:
            life = Life(folder, voice)
        except (NodeError, sqlite3.Error) as error:  # said by ``node.__main__``
            voice.say("refused", "start", getattr(error, "code", "disk-fault"))
            continue
        try:
            life.sit()
        finally:
            life.runtime.close()
        return


def check(folder: Path, voice: Voice) -> None:
    """Start it on a disk that is whole again: everything acknowledged is there, and it goes on."""
    life = Life(folder, voice)
    life.compare()
    life.sit()
    life.compare()
    life.runtime.close()
    missing = set(acts()) - voice.kept
    if missing:
        voice.say("fault", f"not done on a whole disk either: {sorted(missing)}")


def acts() -> list[str]:
    """Everything that the learner does, in this order; "begin" is the exam."""
    return ["sign-in", "home", "open", "read 0", "read 20", "begin", *_answers(), "hand-in"]


def _answers() -> list[str]:
    """Each answer as its act; the first question is answered twice."""
    return [
        f"answer {place} {letter}" for place, letter in ((0, "A"), (1, "B"), (2, "C"), (0, "D"))
    ]


class Life:
    """A node from its start to its end, and the learner's browser."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self.voice, self.time = voice, FakeTime()
        self._page, self._attempt = "", 0
        self.time.go_on(3_600 * len(voice.kept))  # later than any life before
        self.runtime = runtime = NodeRuntime.open(_config(folder), self.time.clock())
        try:
            self.browser: FlaskClient = without_tokens(create_app(runtime)).test_client()
            self.duties = DutyThread("alive", 5, ())
            for duty in (runtime.begin_start, runtime.mark_alive, runtime.study.close_all):
                self.duties.do(duty)
        except BaseException:
            runtime.close()
            raise

    def sit(self) -> None:
        """All that is not done yet."""
        # Each life has a sign-in of its own: whether the last one outlived it is not asked here.
        self.voice.kept -= {"sign-in", "open"}
        for name in acts():
            if not self.voice.act(name, partial(self._do, name)):
                return
            self.time.go_on(READ_S)
        for duty in (self.runtime.mark_alive, self.runtime.study.close_all):
            self.duties.do(duty)
        self.duties.do(self.runtime.store.checkpoint)

    def compare(self) -> None:
        """Compare what the journal and the facts hold with what was acknowledged."""
        conn, voice = self.runtime.store.read(), self.voice
        (sound,) = conn.execute("PRAGMA integrity_check").fetchone()
        if sound != "ok":
            voice.say("fault", f"integrity_check: {sound}")
        sat = attempts.of_exam(conn, LEARNER, EXAM)
        asked = _asked(sat[0].number) if sat else []
        held = [name for r in journal.of_learner(conn, LEARNER) if (name := _act_of(r, asked))]
        for name in set(held):
            if held.count(name) > 1:
                voice.say("doubled", name)
        for name in ("begin", *_answers(), "hand-in"):
            if name in voice.kept and name not in held:
                voice.say("lost", name)
        read_s = sum(READ_S for name in voice.kept if name.startswith("read"))
        counted_s = self.runtime.facts.of(LEARNER).seconds(NOTES)
        if counted_s < read_s:
            voice.say("lost", f"{read_s - counted_s} s of {NOTES}")
        if counted_s > 2 * READ_S:
            voice.say("doubled", f"{counted_s} s of {NOTES}")

    def _do(self, name: str) -> str:
        match name.split():
            case ["sign-in"]:
                return self._ask("/sign-in", form={"number": LEARNER, "pin": PIN})
            case ["home"]:
                return self._ask("/")
            case ["open"]:
                return self._ask(f"/course/{NOTES}")
            case ["read", second]:
                span = [int(second), int(second) + READ_S]
                beat = {"learner": LEARNER, "item": NOTES, "tab": "t", "spans": [span]}
                return self._ask("/api/study", beat)
            case ["begin"]:
                return self._ask(f"/exam/{EXAM}/start", form={}) or self._open_paper()
        if not self._attempt and (refused := self._open_paper()):
            return refused
        match name.split():
            case ["answer", place, letter]:
                question = _asked(self._attempt)[int(place)]
                answer = {
                    "exam": EXAM, "attempt": self._attempt, "learner": LEARNER, "response": letter,
                    "question": question, "counter": "ABCD".index(letter) + 1,
                }  # fmt: skip
                return self._ask("/api/exam/answer", answer)
        return self._ask("/api/exam/submit", {"exam": EXAM, "attempt": self._attempt})

    def _open_paper(self) -> str:
        """Open the page of the exam, which names its sitting; the code of its refusal."""
        refused = self._ask(f"/exam/{EXAM}/paper")
        if not refused:
            named = _ATTEMPT.search(self._page)
            self._attempt = int(named[1]) if named else 0
        return refused

    def _ask(self, path: str, body: object = None, form: object = None) -> str:
        """Ask the node; the code of its refusal. Anything but an answer or a refusal is a fault."""
        posts = body is not None or form is not None
        method = self.browser.post if posts else self.browser.get
        came = method(path, json=body) if body is not None else method(path, data=form)
        if came.status_code in (200, 303) and not _owes(came):
            self._page = came.text
            return ""
        match = _CODE.search(came.text)
        code = str(came.json["error"]) if came.json else match[1] if match else ""
        if came.status_code != 503 or code not in SAID:
            self.voice.say("fault", f"{path}: {came.status_code} {code} {came.text[-300:]}")
        return code or "fault"


def _owes(came: TestResponse) -> bool:
    """A heartbeat of which something was not granted."""
    return bool(came.json and came.json.get("owed"))


@cache
def _asked(attempt: int) -> list[str]:
    """The questions of the paper of this sitting, in its order."""
    paper = draw(small_course(_FILE, _FILE), "final", LEARNER, attempt)
    return [asked.id for asked in paper.asked]


def _act_of(record: Record, asked: list[str]) -> str:
    """The act of the exam that ``record`` notes; "" for none of it."""
    match record.kind:
        case Kind.EXAM_START:
            return "begin"
        case Kind.EXAM_ANSWER:
            return f"answer {asked.index(record.object)} {record.response}"
        case Kind.EXAM_SUBMIT:
            return "hand-in"
    return ""


def _config(folder: Path) -> Config:
    return Config(data=folder, hub_url="http://127.0.0.1:9")

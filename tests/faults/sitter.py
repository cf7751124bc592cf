"""Sitter: a simulated learner who remembers every promise that the node made.

Answers an exam and reads a document over HTTP as a browser does; when no answer comes (the node
was killed, the disk is full) the same act is sent again until one does. What was acknowledged is
kept in ``Promises``, for ``tests.faults.kept`` to hold against what the node and the hub have.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

import requests

from content.model.course import Course, Item
from install.learner import ASKED, SimulatedLearner
from sync.facts import ordinal_of

PIN = "280317"
PAUSE_S = (0.04, 0.16)
# An answer that takes longer than this counts as none.
PATIENCE_S = 15.0
AGAIN_S = 0.2
FULL_AGAIN_S = 0.3
# Reading is granted in real time: ask for what went by, in whole seconds.
LEAST_READ_S = 1.0
# No test stops the node for longer than this.
GIVE_UP_S = 90.0


class NeverAnswered(Exception):
    """The node went on refusing."""


@dataclass
class Promises:
    """What the node acknowledged to one learner."""

    # (attempt, question): each response that changed the last, in the order of acknowledgement
    answers: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    read: list[tuple[float, float]] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    handed_in: list[int] = field(default_factory=list)
    acknowledged: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass
class Sitter(SimulatedLearner):
    """One person in front of a node that may be killed at any moment."""

    right_share: float = 0.5
    promises: Promises = field(default_factory=Promises)
    gone: Event = field(default_factory=Event)
    _attempt: int = 0
    _questions: list[str] = field(default_factory=list)
    _counter: int = 0
    _done: list[dict[str, object]] = field(default_factory=list)
    _read_to: float = 0.0
    _read_at: float = 0.0

    def sit_down(self, course: Course) -> None:
        """Sign in, open the document, begin the exam: before anything is killed."""
        self.sign_in()
        self._course = course
        self._browser.get(f"{self.address}/course/{course.id}/{self._item('pdf').id}")
        self._read_at = time.monotonic()
        self._begin()

    def work(self, stop: Event) -> None:
        """Answer, read, hand in and begin again; looks between two acts whether to stop."""
        acts: list[tuple[int, Callable[[], None]]] = [
            (70, self._answer_one),
            (22, self._read_on),
            (7, self._post_late),
            (1, self._hand_in_and_begin),
        ]
        while not stop.is_set():
            weights, does = zip(*acts, strict=True)
            self.chance.choices(does, weights)[0]()
            time.sleep(self.chance.uniform(*PAUSE_S))

    def finish(self) -> None:
        """Hand in, as at the end of an exam."""
        self._hand_in()

    def _answer_one(self) -> None:
        question = self.chance.choice(self._questions)
        self._counter += self.chance.randint(1, 5_000)
        response = self._some_response(question)
        act: dict[str, object] = {
            "exam": self._exam, "attempt": self._attempt, "learner": self.number,
            "question": question, "response": response, "counter": self._counter,
        }  # fmt: skip
        reply = self._ask("/api/exam/answer", act)
        if (reply.get("saved"), reply.get("response"), reply.get("counter")) != (
            True, response, self._counter,
        ):  # fmt: skip
            self.promises.faults.append(f"{self.number}: {act} answered {reply}")
            return
        self.promises.acknowledged["answers"] += 1
        responses = self.promises.answers.setdefault((self._attempt, question), [])
        if (responses[-1] if responses else "") != response:
            responses.append(response)
        self._done.append(act)

    def _post_late(self) -> None:
        """An old post arrives once more, after newer ones: it may not change anything."""
        if self._done:
            act = self.chance.choice(self._done)
            newest = [other for other in self._done if other["question"] == act["question"]][-1]
            reply = self._ask("/api/exam/answer", act)
            if (reply.get("response"), reply.get("counter")) != (
                newest["response"], newest["counter"],
            ):  # fmt: skip
                self.promises.faults.append(f"{self.number}: late {act} answered {reply}")
            self.promises.acknowledged["late posts"] += 1

    def _read_on(self) -> None:
        """Report what was read since the last heartbeat; ask again for what was not granted."""
        went_by = time.monotonic() - self._read_at
        if went_by < LEAST_READ_S:
            return
        begin, end = self._read_to, self._read_to + went_by
        beat: dict[str, object] = {
            "learner": self.number, "item": f"{self._course.id}/{self._item('pdf').id}",
            "tab": self.number, "spans": [[begin, end]], "takes_over": True, "stops": False,
        }  # fmt: skip
        reply = self._ask("/api/study", beat)
        owed = reply.get("owed")
        assert isinstance(owed, list)
        to = min([float(span[0]) for span in owed], default=end)
        self._read_at = time.monotonic() - (end - to)
        if to > begin:
            self.promises.read.append((begin, to))
            self._read_to = to
        self.promises.acknowledged["heartbeats"] += 1

    def _hand_in_and_begin(self) -> None:
        """The first attempt ends in the middle; the second lasts to the end."""
        if ordinal_of(self._attempt) == 1 and len(self._done) >= 20:
            self._hand_in()
            self._begin()

    def _hand_in(self) -> None:
        act: dict[str, object] = {"exam": self._exam, "attempt": self._attempt}
        reply = self._ask("/api/exam/submit", act)
        full = [key for key in self.promises.answers if key[0] == self._attempt]
        if reply.get("submitted") is not True or reply.get("answered") != len(full):
            self.promises.faults.append(f"{self.number}: hand-in of {len(full)} answered {reply}")
        self.promises.handed_in.append(self._attempt)
        self.promises.acknowledged["hand-ins"] += 1
        self._done.clear()

    def _begin(self) -> None:
        path = f"/exam/{self._course.id}/{self._item('exam').id}"
        paper = self._until_answered(
            lambda: self._browser.post(
                f"{self.address}{path}/start",
                data={"csrf_token": self._csrf},
                timeout=PATIENCE_S,
            )
        ).text
        match = re.search(r'data-attempt="(\d+)"', paper)
        assert match is not None, paper[:500]
        self._read_token(paper)
        self._attempt = int(match[1])
        self._questions = ASKED.findall(paper)
        self.promises.begun.append(self._attempt)

    def _ask(self, path: str, body: dict[str, object]) -> dict[str, object]:
        came = self._until_answered(
            lambda: self._browser.post(
                self.address + path,
                json=body,
                headers={"X-CSRFToken": self._csrf},
                timeout=PATIENCE_S,
            )
        )
        answer: dict[str, object] = came.json()
        return answer

    def _until_answered(self, send: Callable[[], requests.Response]) -> requests.Response:
        """Send again until the node acknowledges it; refusals must have a text.

        Raises:
            NeverAnswered: it refused for longer than any test stops it.
        """
        began = time.monotonic()
        while time.monotonic() - began < GIVE_UP_S:
            try:
                came = send()
            except requests.RequestException:
                self.promises.refused["no answer"] += 1
                if self.gone.is_set():
                    raise
                time.sleep(AGAIN_S)
                continue
            if came.status_code == 200:
                return came
            self.promises.refused[str(came.status_code)] += 1
            if came.status_code not in (503, 507) or "没有保存" not in _words(came):
                self.promises.faults.append(f"{came.url}: {came.status_code} {came.text:.200}")
            time.sleep(FULL_AGAIN_S)
        raise NeverAnswered(f"{self.number}: {dict(self.promises.refused)}")

    def _some_response(self, question: str) -> str:
        known = self._course.question(question.rpartition("/")[2])[1]
        if known.type == "fill":
            return f"答案{self.chance.randint(1, 99)}"
        letters = "ABCDEFGH"[: len(known.options) or 2]
        if known.type == "multiple":
            return "".join(letter for letter in letters if self.chance.random() < 0.5) or "A"
        return self.chance.choice(letters)

    def _item(self, kind: str) -> Item:
        return next(item for item in self._course.items if item.kind == kind)

    @property
    def _exam(self) -> str:
        return f"{self._course.id}/{self._item('exam').id}"


def _words(came: requests.Response) -> str:
    """What the refusal says to people: from a script's answer, or from a page."""
    return str(came.json()["words"]) if "json" in came.headers["Content-Type"] else came.text


def sitters(address: str, count: int, seed: int) -> list[Sitter]:
    """People with numbers K1001, K1002, …, each with dice of their own."""
    people = []
    for place in range(count):
        number = f"K{1001 + place}"
        person = Sitter(address, number, f"学员{place + 1}", PIN)
        person.chance = random.Random(f"{seed}/{number}")
        people.append(person)
    return people

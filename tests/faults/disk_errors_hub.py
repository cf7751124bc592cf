"""Disk errors, at the hub: a station sends two batches, and somebody opens the overview."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from sqlalchemy import text

from hub.config import Config
from hub.context import open_hub
from hub.errors import HubError
from hub.facts import merge, rebuild
from hub.store import batches, results, users
from hub.store.engine import reading, writing
from hub.trust import repository
from hub.web import failing
from hub.web.app import create_app
from sync.receipt import unseal_receipt
from sync.signing import SigningKey
from tests.faults.compiled import without_tokens
from tests.faults.promises import TRIES, Voice
from tests.hub.conftest import Clock, Station, join_station, publish_course, sitting, study
from tests.quick import secrets_cost_little

NAME = "hub"
DATABASE = "hub.db"
LEARNER, READ_S = "L1", 40
SAID = "store-unavailable"
# Beside the database: what the station and the administrator know.
NOTES = "notes.json"


def prepare(folder: Path) -> None:
    """A hub with one course and one station, which has two batches ready."""
    repository.HEADQUARTERS_BITS = 2  # a first release of four parts, not 128
    with secrets_cost_little():
        password = open_hub.create(Config(data=folder), Clock())
    hub = open_hub.open_hub(folder, Clock())
    with writing(hub.engine) as connection:  # nobody has to choose another password here
        users.put(connection, 1, must_change=False)
    station = join_station(hub, "110101001")
    publish_course(hub)
    first = station.request(station.seal(study(LEARNER, 0, READ_S)))
    second = station.request(station.seal(*sitting(LEARNER)))
    notes = {
        "password": password, "node": station.node, "key": station.key.to_bytes().hex(),
        "parcels": [first.hex(), second.hex()], "ends": [1, station.next_seq - 1],
    }  # fmt: skip
    (folder / NOTES).write_text(json.dumps(notes), "utf-8")
    hub.close()


def work(folder: Path, voice: Voice) -> None:
    """Start the hub, do what was not done before, stop it; an act refused twice ends the work."""
    for _ in range(TRIES):
        try:
            life = Life(folder, voice)
        except HubError as error:
            voice.say("refused", "start", error.code)
            continue
        try:
            life.serve()
        finally:
            life.hub.close()
        return


def check(folder: Path, voice: Voice) -> None:
    """Start it on a disk that is whole again: everything receipted is there, and it goes on."""
    life = Life(folder, voice)
    life.compare()
    life.serve()
    life.compare()
    life.hub.close()
    missing = set(acts()) - voice.kept
    if missing:
        voice.say("fault", f"not done on a whole disk either: {sorted(missing)}")


def acts() -> list[str]:
    """What is asked of the hub, in this order."""
    return ["batch 0", "log-in", "overview", "batch 1", "results"]


class Life:
    """A hub from its start to its end, and who asks it."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self.voice, self.notes = voice, json.loads((folder / NOTES).read_text("utf-8"))
        self.hub = open_hub.open_hub(folder, Clock())
        self.browser = without_tokens(create_app(self.hub)).test_client()
        key = SigningKey.from_bytes(bytes.fromhex(self.notes["key"]))
        self.station = Station(self.hub, self.notes["node"], key)

    def serve(self) -> None:
        """All that is not done yet."""
        self.voice.kept -= {"log-in"}
        for name in acts():
            if not self.voice.act(name, partial(self._do, name)):
                return

    def compare(self) -> None:
        """Compare what the hub holds with what it receipted."""
        hub, voice, ends = self.hub, self.voice, self.notes["ends"]
        with reading(hub.engine) as connection:
            sound = connection.execute(text("PRAGMA integrity_check")).scalar_one()
            held = [
                batch.first_seq + batch.count - 1
                for batch in batches.in_chain_order(connection, self.station.node)
            ]
            seconds = merge.of_learner(connection, LEARNER).seconds("food/video")
            graded = results.of_learners(connection, [LEARNER])
        if sound != "ok":
            voice.say("fault", f"integrity_check: {sound}")
        for place, end in enumerate(ends):
            if f"batch {place}" in voice.kept and end not in held:
                voice.say("lost", f"batch {place}")
        if held != ends[: len(held)]:
            voice.say("doubled", f"batches that end with {held}")
        # What was studied is in the first batch, the exam in the second.
        if (seconds, len(graded)) != (READ_S if held else 0, int(held == ends)):
            voice.say("lost", f"{seconds} s and {len(graded)} results of batches {held}")
        again = rebuild.rebuild(hub, "test")
        if again.before != again.after:
            voice.say("fault", f"facts do not follow from the batches: {again}")

    def _do(self, name: str) -> str:
        match name.split():
            case ["batch", place]:
                return self._send(int(place))
            case ["log-in"]:
                form = {"name": open_hub.ADMIN, "password": self.notes["password"]}
                return self._ask("/log-in", form)
            case ["overview"]:
                return self._ask("/")
        return self._ask("/results")

    def _send(self, place: int) -> str:
        """Send a batch as the station does: always the same bytes."""
        came = self.browser.post("/x", data=bytes.fromhex(self.notes["parcels"][place]))
        if came.status_code == 200:
            answer = self.station.open(came.data)
            receipt = unseal_receipt(answer.receipt, self.hub.key.public)
            if (answer.refusal, receipt.seq) != ("", self.notes["ends"][place]):
                self.voice.say("fault", f"batch {place}: {answer.refusal} {receipt.seq}")
            return ""
        code = str(came.json["error"]) if came.json else ""
        if (came.status_code, code) != (503, failing.FAILED):
            self.voice.say("fault", f"/x: {came.status_code} {came.text[-300:]}")
        return SAID

    def _ask(self, path: str, form: dict[str, str] | None = None) -> str:
        came = self.browser.get(path) if form is None else self.browser.post(path, data=form)
        if came.status_code in (200, 303) and "/log-in" not in came.headers.get("Location", ""):
            return ""
        if came.status_code != 503 or "枢纽出了差错" not in came.text:
            self.voice.say("fault", f"{path}: {came.status_code} {came.text[-300:]}")
        return SAID

"""Hub backup: a hub with courses and stations is backed up, destroyed, restored elsewhere.

``python -m tests.faults.hub_backup --stations 200 [--films 20] [--postgresql]``: stations join and
send records, a backup is made while one of them goes on sending, a second one copies only what is
new, the hub's folder (and database) is destroyed, the backup becomes a hub in another folder (and
database). Then: the facts have the same digest and follow from the batches, every station's next
records are taken, a new station gets all courses over HTTP. Exit code 1 if anything of it fails.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from content.model.course import Course, ExamSettings, FileRef, Item, Question
from content.packs.pack import Pack, open_manifest, seal_manifest
from hub.context import open_hub
from hub.context.open_hub import Hub, unix_now
from hub.facts import rebuild
from hub.operations.backup import BackupReport, back_up
from hub.operations.progress import StepProgress
from hub.operations.restore import restore
from hub.people import roster
from hub.publishing import publish
from hub.trust import repository
from node.runtime import NodeRuntime
from node.store import courses
from tests.hub.actors import actor
from tests.hub.conftest import EXAM_KEY, Station, join_station, sitting, study
from tests.hub.postgresql import new_database, server
from tests.lab import PARENT, answering, joined, new_hub

EXAM = tuple(
    Question(f"e{n}", "single", f"第 {n} 题", ("甲", "乙", "丙", "丁"), "ABCD"[n % 4])
    for n in range(10)
)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the hub is; the least of each is what the suite takes."""

    stations: int = 2
    learners: int = 2
    films: int = 1
    film_bytes: int = 40_000


@dataclass(slots=True)
class Drill:
    """One hub from its first day to its restored life; ``faults`` says what was wrong."""

    folder: Path
    size: Size
    say: Say
    databases: Callable[[str], str] = lambda _name: ""
    faults: list[str] = field(default_factory=list)
    stations: list[Station] = field(default_factory=list)

    def run(self) -> None:
        """All of it."""
        hub = self._fill()
        digest = self._receipted(hub, "a hub with records")
        place = self.folder / "disk"
        first = self._back_up(hub, place, busy=True)
        digest = rebuild.digest(hub)
        second = self._back_up(hub, place, busy=False)
        if not first.fresh or second.fresh:
            self.faults.append(f"copied {first.fresh} files first and {second.fresh} later")
        if second.learners < min(20, self.size.stations * self.size.learners):
            self.faults.append(f"only {second.learners} learners were folded again")
        data = hub.config.data
        hub.close()
        shutil.rmtree(data)
        self.say("the hub's folder is gone")
        again = self._restore(place)
        try:
            self._compare(again, digest)
            with answering(again) as port:
                self._go_on(again)
                self._join_anew(again, port)
        finally:
            again.close()

    def _fill(self) -> Hub:
        data = new_hub(self.folder / "hub", "", self.databases("before"))
        hub = open_hub.open_hub(data)
        for number in range(self.size.films):
            publish.publish_pack(hub, self._course(hub, number), "0", "drill")
        people = ["学号,姓名,单位"]
        for number in range(self.size.stations):
            code = f"4406{number:05}"
            self.stations.append(join_station(hub, code, PARENT))
            people += [f"{who},学员{who},{code}" for who in self._learners(number)]
        table = self.folder / "people.csv"
        table.write_text("\n".join(people), "utf-8")
        roster.import_roster(hub, table, actor("drill"))
        self._send(hub, 0)
        return hub

    def _course(self, hub: Hub, number: int) -> Pack:
        film = random.Random(number).randbytes(self.size.film_bytes)
        name = "food" if number == 0 else f"food{number}"
        file = FileRef("film.mp4", len(film), hub.blobs.add_bytes(film))
        items = (
            Item("video", "video", "看课", seconds=100, file=file),
            Item("exam", "exam", "考试", questions=EXAM, exam=ExamSettings(5, 30, 60, 2)),
        )
        course = Course(id=name, version=1, title="食品经营", category="食品安全", items=items)
        raw = seal_manifest(course, hub.key)
        keys = {key.replace("food/", f"{name}/"): answer for key, answer in EXAM_KEY.items()}
        size = len(raw) + len(film)
        return Pack(open_manifest(raw, hub.key.public), hub.blobs.add_bytes(raw), size, keys)

    def _learners(self, station: int) -> list[str]:
        return [f"L{station:04}{who}" for who in range(self.size.learners)]

    def _send(self, hub: Hub, turn: int) -> None:
        for number, station in enumerate(self.stations):
            station.hub = hub
            self._send_one(number, turn)

    def _send_one(self, number: int, turn: int) -> None:
        """A learner's study and exam of a station; its receipt must say all of it."""
        station, at = self.stations[number], unix_now() - 3_600
        records = [
            record
            for who in self._learners(number)
            for record in (
                study(who, 10 * turn, 10 * turn + 9, at), *sitting(who, turn % 3, turn + 1, at)
            )
        ]  # fmt: skip
        answer = station.send(station.seal(*records))
        if answer.refusal or answer.held != station.next_seq - 1:
            self.faults.append(f"station {station.node}: {answer.refusal} {answer.held}")

    def _receipted(self, hub: Hub, what: str) -> str:
        self.say(f"{what}: {len(self.stations)} stations, digest {rebuild.digest(hub)[:16]}")
        return rebuild.digest(hub)

    def _back_up(self, hub: Hub, place: Path, *, busy: bool) -> BackupReport:
        told: list[StepProgress] = []

        def tell(progress: StepProgress) -> None:
            self.say("  " + progress.line())
            if busy and not told:
                self._send_one(0, 1)  # the hub serves meanwhile
            told.append(progress)

        began = time.monotonic()
        report = back_up(hub.config.data, place, now=unix_now, tell=tell)
        took = time.monotonic() - began
        self.say(
            f"backup: {report.size / 1e6:.1f} MB in {took:.1f} s, new files {report.fresh}, "
            f"learners folded again {report.learners}"
        )
        return report

    def _restore(self, place: Path) -> Hub:
        data, database = self.folder / "elsewhere" / "hub", self.databases("after")
        began = time.monotonic()
        restore(
            data, place, database=database, now=unix_now, tell=lambda p: self.say("  " + p.line())
        )
        self.say(f"restored in {time.monotonic() - began:.1f} s")
        return open_hub.open_hub(data)

    def _compare(self, hub: Hub, digest: str) -> None:
        again = rebuild.rebuild(hub, "drill")
        if {again.before, again.after} != {digest}:
            self.faults.append(f"digest {digest} became {again.before}, rebuilt {again.after}")
        self.say(f"digest equal: {again.before == digest}; folded again: {again.after == digest}")

    def _go_on(self, hub: Hub) -> None:
        self._send(hub, 2)
        self.say(f"{len(self.stations)} stations sent records, {len(self.faults)} faults")

    def _join_anew(self, hub: Hub, port: int) -> None:
        """A real node joins over HTTP and installs every course."""
        config = joined(self.folder / "node", hub, port, "440699")
        runtime = NodeRuntime.open(replace(config, host="127.0.0.1"))
        try:
            runtime.courier.sync()
            runtime.courier.fetch_content()
            there = courses.count(runtime.store.read())
        finally:
            runtime.close()
        if there != self.size.films:
            self.faults.append(f"a new station got {there} of {self.size.films} courses")
        self.say(f"a new station got {there} courses")


@contextmanager
def _databases(postgresql: bool) -> Iterator[Callable[[str], str]]:
    if not postgresql:
        yield lambda _name: ""
        return
    with server() as address:
        yield lambda name: new_database(address, name)


def main() -> None:
    """The whole drill."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--stations", type=int, default=200)
    options.add_argument("--learners", type=int, default=12)
    options.add_argument("--films", type=int, default=20)
    options.add_argument("--film-bytes", type=int, default=20_000_000)
    options.add_argument("--postgresql", action="store_true")
    asked = options.parse_args()
    repository.HEADQUARTERS_BITS = 4
    size = Size(asked.stations, asked.learners, asked.films, asked.film_bytes)
    with tempfile.TemporaryDirectory() as folder, _databases(asked.postgresql) as databases:
        drill = Drill(Path(folder), size, lambda line: print(line, flush=True), databases)
        drill.run()
    for fault in drill.faults:
        print(f"FAULT: {fault}")
    print("all is well" if not drill.faults else f"{len(drill.faults)} faults")
    sys.exit(bool(drill.faults))


if __name__ == "__main__":
    main()

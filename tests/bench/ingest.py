"""Ingest: how fast the hub verifies, stores, folds and grades, and what it keeps a record in.

``python -m tests.bench.ingest [stations]``. Each station sends the workload of one term as one
batch in one request, as it does after a term with the line down. The time is processor time of
the hub's process and, for PostgreSQL, of the server's processes too; the wall clock stands
beside it. Sealing and signing at the stations is not measured.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from content.closing import closed
from content.course import Course, ExamSettings, FileRef, Item, Question
from content.pack import Pack, open_manifest, seal_manifest
from hub import intake, machine, publish, serving, stations
from hub.config import Config
from hub.machine import Hub
from hub.store import batches, facts, results
from hub.store.engine import reading
from sync.batch import GENESIS, Batch, batch_hash, seal_batch
from sync.enrolment import JoinRequest, seal_join
from sync.exchange import Request, seal_request, unseal_answer
from sync.identity import Identity
from sync.names import Names
from sync.records import Record
from sync.sealing import BoxKey
from sync.signing import SigningKey
from tests.bench import workload
from tests.bench.figure import Figure, report
from tests.hub.postgresql import NoPostgreSQL, new_database, server

COURSE = "term"
STATIONS = 12
ROUNDS = 3
SMALL_RECORDS = 20
HOW = "python -m tests.bench.ingest"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run took: processor seconds of hub and database, seconds on the clock, bytes kept."""

    records: int
    cpu_s: float
    wall_s: float
    stored_bytes: int

    def rate(self) -> float:
        """Records per second of processor time."""
        return self.records / self.cpu_s


def course() -> Course:
    """The course that the workload is about: 24 lectures and an exam of 50 out of 620."""
    film = FileRef("film.mp4", 1, "0" * 64)
    pool = tuple(
        Question(f"q{n:04d}", "multiple", f"第 {n} 题", ("甲", "乙", "丙", "丁"), "ABCD"[n % 4])
        for n in range(620)
    )
    lectures = [
        Item(f"c{n:03d}", "video", f"第 {n} 讲", seconds=2_700, file=film) for n in range(24)
    ]
    exam = Item("e001", "exam", "考试", questions=pool, exam=ExamSettings(50, 60, 60, 2))
    return Course(COURSE, 1, "培训", items=(*lectures, exam))


def publish_course(hub: Hub) -> None:
    """Publish it to everybody; its film is never fetched here."""
    made = closed(course())
    raw = seal_manifest(made, hub.key)
    key = {f"{COURSE}/{q.id}": q.answer for item in made.items for q in item.questions}
    pack = Pack(open_manifest(raw, hub.key.public), hub.blobs.add_bytes(raw), len(raw), key)
    publish.publish_pack(hub, pack, "0", "bench")


def of_station(node: int) -> tuple[Record, ...]:
    """The records of one station's term, with learners of its own."""
    return tuple(
        record._replace(
            learner=f"{node:06d}{record.learner[-3:]}",
            object=f"{COURSE}/{record.object}",
            exam=record.exam and f"{COURSE}/{record.exam}",
        )
        for record in workload.station(node)
    )


def joined(hub: Hub, number: int) -> tuple[int, SigningKey]:
    """A station that has joined: its node's number and key."""
    made = stations.add(hub, f"s{number}", "bench", f"第 {number} 所", "0")
    key = SigningKey.generate()
    wish = JoinRequest(made.code.id, Identity.of(key), "bench")
    stations.join(hub, seal_join(wish, made.code, key), "bench")
    return made.node_id, key


def requests(
    hub: Hub, node: int, key: SigningKey, records: tuple[Record, ...], size: int
) -> list[bytes]:
    """Signed requests that bring ``records`` in batches of ``size``."""
    names, previous, sealed = Names(), GENESIS, []
    for at in range(0, len(records), size):
        part = records[at : at + size]
        raw = seal_batch(Batch(node, 1, previous, part), names, key)
        previous = batch_hash(raw)
        at_ms = part[-1].at * 1000
        request = Request(node, 1, at_ms, part[-1].seq, 9, 900, batches=(raw,))
        sealed.append(seal_request(request, key, hub.ring.identity))
    return sealed


def run(hub: Hub, count: int, size: int, postmaster: int | None) -> Taken:
    """Bring ``count`` stations' terms in, in requests of ``size`` records.

    One more station comes first and is not measured: a hub reads a course's rules once.
    """
    publish_course(hub)
    node, key = joined(hub, 0)
    early = of_station(node)
    for raw in requests(hub, node, key, early, len(early)):
        intake.exchange(hub, raw)
    waiting, records = [], 0
    for number in range(1, count + 1):
        node, key = joined(hub, number)
        own = of_station(number)
        records += len(own)
        waiting.append((key, requests(hub, node, key, own, size)))
    serving.rest_collector()
    wall, cpu = time.perf_counter(), _cpu(postmaster)
    answers = [(key, intake.exchange(hub, raw)) for key, raws in waiting for raw in raws]
    taken_cpu, taken_wall = _cpu(postmaster) - cpu, time.perf_counter() - wall
    for key, answer in answers:
        said, _ = unseal_answer(answer, BoxKey.of(key), hub.ring.identity)
        assert said.refusal == "", said.refusal
    stored = _stored(hub, records + len(early)) * records // (records + len(early))
    return Taken(records, taken_cpu, taken_wall, stored)


def _stored(hub: Hub, records: int) -> int:
    """Bytes of batches, chains and facts; and check that all of it arrived and was graded."""
    with reading(hub.engine) as connection:
        _, held, size = batches.count(connection)
        states = [row for rows in facts.every(connection) for row in rows]
        graded = results.of_learners(connection, [learner for learner, _ in states])
    assert held == records
    assert len(graded) >= len(states)
    return size + sum(len(state) for _, state in states)


def _cpu(postmaster: int | None) -> float:
    """Processor seconds of this process and of the database server's."""
    own = time.process_time()
    if postmaster is None:
        return own
    parent = psutil.Process(postmaster)
    spent = 0.0
    for process in (parent, *parent.children(recursive=True)):
        times = process.cpu_times()
        spent += times.user + times.system
    return own + spent


def on_sqlite(count: int, size: int = 20_000) -> Taken:
    """Run on a new SQLite file on this disk."""
    with tempfile.TemporaryDirectory() as folder:
        hub = _new_hub(Path(folder), "")
        try:
            return run(hub, count, size, None)
        finally:
            hub.close()


def on_postgresql(count: int, size: int = 20_000) -> Taken:
    """Run on a new PostgreSQL server. Raises ``NoPostgreSQL``."""
    with server() as address, tempfile.TemporaryDirectory() as folder:
        postmaster = int(
            (Path(address.partition("host=")[2]) / "postmaster.pid").read_text().split()[0]
        )
        hub = _new_hub(Path(folder), new_database(address, "bench"))
        try:
            return run(hub, count, size, postmaster)
        finally:
            hub.close()


def _new_hub(folder: Path, database: str) -> Hub:
    machine.create(Config(data=folder, database=database))
    if database:
        (folder / "hub.toml").write_text(f'database = "{database}"\n')
    return machine.open_hub(folder)


def figures(count: int = STATIONS) -> list[Figure]:
    """Both databases, and what a record is kept in."""
    if workload.generator() is None:
        print("skipped: no workload generator")
        return []
    # The best of three: this machine has other work, which only ever makes it slower.
    sqlite = max((on_sqlite(count) for _ in range(ROUNDS)), key=Taken.rate)
    _print("SQLite", sqlite)
    _print(f"SQLite, {SMALL_RECORDS} records a request", on_sqlite(1, SMALL_RECORDS))
    stored = sqlite.stored_bytes / sqlite.records
    found = [
        Figure(
            "hub.ingest.sqlite.records_per_s",
            round(sqlite.rate()),
            "records/s",
            100_000,
            "high",
            HOW,
        ),
        Figure("hub.stored.bytes_per_record", round(stored, 2), "B", None, "low", HOW),
    ]
    try:
        postgresql = max((on_postgresql(count) for _ in range(ROUNDS)), key=Taken.rate)
    except NoPostgreSQL as fault:
        print(f"skipped: {fault}")
        return found
    _print("PostgreSQL", postgresql)
    name = "hub.ingest.postgresql.records_per_s"
    return [*found, Figure(name, round(postgresql.rate()), "records/s", 100_000, "high", HOW)]


def _print(name: str, taken: Taken) -> None:
    print(
        f"{name}: {taken.records} records, {taken.rate():,.0f}/s of processor time, "
        f"{taken.records / taken.wall_s:,.0f}/s on the clock, "
        f"{taken.stored_bytes / taken.records:.2f} B kept a record"
    )


if __name__ == "__main__":
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    report(figures(int(sys.argv[1]) if sys.argv[1:] else STATIONS))

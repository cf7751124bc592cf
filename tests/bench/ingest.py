"""Ingest: a national term's share taken in by one hub process, on SQLite and on PostgreSQL.

``python -m tests.bench.ingest [stations]``; 2,000 stations bring ten million records. Each sends
its term as one batch in its first request, as it does after a term with the line down, and the
hub does all of its work for each: unseal, verify, store, chain, log, fold, grade, receipt. The
time is processor time of the hub's process and of the database server; the wall clock is given
too. What the stations do (``tests.bench.terms``) is done before and is not measured.

The bytes a record count the whole database on the disk, with its indexes: on SQLite the file, on
PostgreSQL all tables with their indexes. The 8 MB catalogue with which any PostgreSQL database
begins is given separately: 0.7 bytes a record of ten million, and 0.1 of the nation's.
"""

from __future__ import annotations

import ctypes
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import psutil
from sqlalchemy import func, select, text

from content.model.course import Course, ExamSettings, FileRef, Item, Question
from content.packs.pack import Pack, open_manifest, seal_manifest
from content.packs.without_answers import closed
from hub.config import Config
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.facts import merge
from hub.intake import node_request, stations
from hub.publishing import publish
from hub.server import http_server
from hub.store import batches, facts, learners, ledger, nodes
from hub.store.engine import reading, writing
from hub.store.learners import Learner
from hub.store.schema import result
from sync.batch import GENESIS, Batch, batch_hash, seal_batch
from sync.enrolment import JoinRequest, seal_join
from sync.exchange import unseal_answer
from sync.facts import Facts
from sync.identity import Identity
from sync.names import Names
from sync.sealing import BoxKey
from sync.signing import SigningKey
from tests.bench import terms, workload
from tests.bench.figure import Figure, report
from tests.bench.terms import COURSE, Sender
from tests.hub.postgresql import NoPostgreSQL, new_database, server

STATIONS = 2_000
NATIONAL_RECORDS = 107_000_000
SMALL_RECORDS = 20
# So many times a run measures its memory.
SAMPLES = 40
# One learner in so many is folded again in another way and compared.
CHECKED = 400
HOW = "python -m tests.bench.ingest"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run took: processor seconds of the hub and of the database server, seconds on the
    clock, the hub's memory along the way, and bytes on the disk without and with the catalogue."""

    records: int
    hub_s: float
    server_s: float
    wall_s: float
    rss_mb: list[float]
    disk_bytes: int
    whole_bytes: int

    @property
    def rate(self) -> float:
        """Records per second of processor time."""
        return self.records / (self.hub_s + self.server_s)

    @property
    def national_hours(self) -> float:
        """How long the records of the nation's term would take, on the clock."""
        return NATIONAL_RECORDS / (self.records / self.wall_s) / 3_600

    @property
    def growth(self) -> float:
        """Memory of the last quarter of the run divided by that of the second. The caches
        (SQLite's pages, names) are full by then; what still grows would grow for ever."""
        part = max(1, len(self.rss_mb) // 4)
        return statistics.mean(self.rss_mb[-part:]) / statistics.mean(self.rss_mb[part : 2 * part])


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
    closed_course = closed(course())
    raw = seal_manifest(closed_course, hub.key)
    key = {f"{COURSE}/{q.id}": q.answer for item in closed_course.items for q in item.questions}
    pack = Pack(open_manifest(raw, hub.key.public), hub.blobs.add_bytes(raw), len(raw), key)
    publish.publish_pack(hub, pack, "0", "bench")


def enrol(hub: Hub, sender: Sender, seed: int) -> None:
    """Put the learners of a station's term on the roster, at its unit."""
    with writing(hub.engine) as connection:
        node = nodes.get(connection, sender.node)
        assert node is not None
        numbers = terms.learners_of(sender.node, seed)
        learners.put(
            connection, [Learner(each, "学员", node.unit_id, "", True) for each in numbers]
        )


def joined(hub: Hub, number: int) -> Sender:
    """A station that has joined."""
    station = stations.add(hub, f"s{number}", "bench", f"第 {number} 所", "0")
    key = SigningKey.generate()
    wish = JoinRequest(station.code.id, Identity.of(key), "bench")
    stations.join(hub, seal_join(wish, station.code, key), "bench")
    return Sender(station.node_id, key.to_bytes())


def run(hub: Hub, count: int, folder: Path, database: Callable[[], float]) -> Taken:
    """Take in the terms of ``count`` stations; ``database`` gives its server's processor seconds.

    One more station comes first and is not measured: a hub reads a course's rules once.
    """
    publish_course(hub)
    senders = [joined(hub, number) for number in range(count + 1)]
    for place, sender in enumerate(senders):
        enrol(hub, sender, place % terms.SEEDS + 1)
    files = terms.write_all(senders, hub.ring.identity, folder)
    waiting = terms.read_all(files)
    _, early, raw = next(waiting)
    node_request.exchange(hub, raw)
    http_server.rest_collector()
    _give_back()
    process, every, rss_mb, records = psutil.Process(), max(1, count // SAMPLES), list[float](), 0
    with (folder / "answers").open("wb") as answers:
        wall, own, other = time.perf_counter(), time.process_time(), database()
        for done, (node, some, raw) in enumerate(waiting):
            answer = node_request.exchange(hub, raw)
            records += some
            terms.put(answers, node, some, answer)
            if done % every == 0:
                rss_mb.append(process.memory_info().rss / 1e6)
        own, other = time.process_time() - own, database() - other
        wall = time.perf_counter() - wall
    _check(hub, senders, records + early, folder / "answers")
    disk_bytes, whole = (size * records // (records + early) for size in _disk(hub))
    return Taken(records, own, other, wall, rss_mb, disk_bytes, whole)


def _give_back() -> None:
    """Give free memory back to the system: the run's growth could hide in it."""
    with suppress(AttributeError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)


def _check(hub: Hub, senders: list[Sender], records: int, answers: Path) -> None:
    """Check that all was taken, graded and logged, and that some learners' facts are right."""
    keys = {sender.node: SigningKey.from_bytes(sender.secret) for sender in senders}
    for node, some, raw in terms.read_all([answers]):
        answer, _ = unseal_answer(raw, BoxKey.of(keys[node]), hub.ring.identity)
        assert (answer.refusal, answer.held) == ("", some), f"node {node}: {answer.refusal}"
    with reading(hub.engine) as connection:
        held = batches.count(connection)
        assert held[:2] == (len(senders), records), held
        assert ledger.frontier(connection).size == len(senders)
        people = [learner for rows in facts.every(connection) for learner, _ in rows]
        graded = connection.execute(select(func.count()).select_from(result)).scalar_one()
        assert graded >= len(people), f"{graded} results of {len(people)} learners"
        for learner in people[::CHECKED]:
            node = int(learner[:6])
            expected = Facts()
            mine = terms.of_station(node, terms.seed_of(senders, node))
            expected.add_all(node, 1, [record for record in mine if record.learner == learner])
            assert merge.of_learner(connection, learner).digest() == expected.digest()


_TABLES = """
    SELECT sum(pg_total_relation_size(oid)), pg_database_size(current_database())
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


def _disk(hub: Hub) -> tuple[int, int]:
    """Bytes of the database on the disk, without and with PostgreSQL's catalogue."""
    if hub.engine.dialect.name == "postgresql":
        with reading(hub.engine) as connection:
            tables, whole = connection.execute(text(_TABLES)).one()
        return int(tables), int(whole)
    with hub.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
    size = sum(file.stat().st_size for file in hub.config.data.glob("hub.db*"))
    return size, size


@contextmanager
def on_sqlite() -> Iterator[tuple[Hub, Path, Callable[[], float]]]:
    """A hub on a new SQLite file on this disk; SQLite has no server."""
    with tempfile.TemporaryDirectory() as folder:
        hub = _new_hub(Path(folder) / "hub", "")
        try:
            yield hub, Path(folder), float
        finally:
            hub.close()


@contextmanager
def on_postgresql() -> Iterator[tuple[Hub, Path, Callable[[], float]]]:
    """A hub on a new PostgreSQL server. Raises ``NoPostgreSQL``."""
    with server() as address, tempfile.TemporaryDirectory() as folder:
        pid_file = Path(address.partition("host=")[2]) / "postmaster.pid"
        postmaster = psutil.Process(int(pid_file.read_text("ascii").split()[0]))
        hub = _new_hub(Path(folder) / "hub", new_database(address, "bench"))
        try:
            yield hub, Path(folder), lambda: _spent(postmaster)
        finally:
            hub.close()


def _spent(postmaster: psutil.Process) -> float:
    """Processor seconds of a server's processes, ended ones too."""
    times = postmaster.cpu_times()
    spent = times.user + times.system + times.children_user + times.children_system
    for process in postmaster.children(recursive=True):
        times = process.cpu_times()
        spent += times.user + times.system
    return float(spent)


def _new_hub(folder: Path, database: str) -> Hub:
    open_hub.create(Config(data=folder, database=database))
    if database:
        (folder / "hub.toml").write_text(f'database = "{database}"\n')
    return open_hub.open_hub(folder)


def small(hub: Hub) -> float:
    """Milliseconds of processor time of a request with a few records, of one station's term."""
    publish_course(hub)
    sender = joined(hub, 0)
    enrol(hub, sender, 1)
    key, records = SigningKey.from_bytes(sender.secret), terms.of_station(sender.node, 1)
    names, previous, waiting = Names(), GENESIS, []
    for at in range(0, len(records), SMALL_RECORDS):
        part = records[at : at + SMALL_RECORDS]
        raw = seal_batch(Batch(sender.node, 1, previous, part), names, key)
        previous = batch_hash(raw)
        waiting.append(terms.seal([raw], sender, hub.ring.identity, part[-1].seq))
    http_server.rest_collector()
    spent = time.process_time()
    for raw in waiting:
        node_request.exchange(hub, raw)
    return (time.process_time() - spent) * 1_000 / len(waiting)


def figures(count: int = STATIONS) -> list[Figure]:
    """Both databases: speed, memory, bytes a record, and the nation's term."""
    if workload.generator() is None:
        print("skipped: no workload generator")
        return []
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    rates, taken = [], []
    for name in PLACES:
        # A process for each, so that one hub's memory does not count for the other.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            measured = alone.submit(_on, name, count).result()
        if isinstance(measured, str):
            print(f"skipped: {measured}")
            continue
        _print(name, measured)
        taken.append(measured)
        rate = f"hub.ingest.{name}.records_per_s"
        rates.append(Figure(rate, round(measured.rate), "records/s", 150_000, "high", HOW))
    with on_sqlite() as (hub, _, _):
        print(f"{SMALL_RECORDS} records a request, SQLite: {small(hub):.1f} ms of processor time")
    hours = max(measured.national_hours for measured in taken)
    record_bytes = max(measured.disk_bytes / measured.records for measured in taken)
    growth = max(measured.growth for measured in taken)
    return [
        *rates,
        Figure("hub.national_term.hours", round(hours, 3), "hours", None, "low", HOW),
        Figure("hub.stored.bytes_per_record", round(record_bytes, 2), "B", 12, "low", HOW),
        Figure("hub.ingest.memory_growth", round(growth, 3), "ratio", 1.05, "low", HOW),
    ]


PLACES = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def _on(name: str, count: int) -> Taken | str:
    """What a run on this database took, or why it did not run."""
    try:
        with PLACES[name]() as (hub, folder, database):
            return run(hub, count, folder, database)
    except NoPostgreSQL as fault:
        return str(fault)


def _print(name: str, taken: Taken) -> None:
    rss = taken.rss_mb
    print(
        f"{name}: {taken.records:,} records; {taken.rate:,.0f}/s of processor time (hub "
        f"{taken.hub_s:.1f} s, server {taken.server_s:.1f} s), "
        f"{taken.records / taken.wall_s:,.0f}/s on the clock; "
        f"{taken.disk_bytes / taken.records:.2f} B on the disk a record "
        f"({taken.whole_bytes / taken.records:.2f} with the server's catalogue); "
        f"hub's memory {rss[0]:.1f} MB at the start, {rss[len(rss) // 2]:.1f} in the middle, "
        f"{rss[-1]:.1f} at the end, ratio {taken.growth:.3f}; "
        f"the nation's term in {taken.national_hours:.2f} hours",
        flush=True,
    )


if __name__ == "__main__":
    report(lambda: figures(int(sys.argv[1]) if sys.argv[1:] else STATIONS))

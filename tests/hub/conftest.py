"""Fixtures of the hub's tests: a hub on SQLite, and the same on PostgreSQL; stations; a course.

Every test that asks for ``hub`` runs on both databases; those that only need a page or a file ask
for ``sqlite_hub``. The clock stands still: ``clock.at`` is the hub's time.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.model.course import Course, ExamSettings, FileRef, Item, Question
from content.packs.pack import Pack, open_manifest, seal_manifest
from hub import config
from hub.config import Config
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.intake import node_request, stations
from hub.publishing import publish
from hub.web.app import create_app
from sync.batch import GENESIS, Batch, batch_hash, seal_batch
from sync.enrolment import JoinRequest, seal_join
from sync.exchange import Answer, Request, seal_request, unseal_answer
from sync.facts.paper import paper
from sync.identity import Identity
from sync.names import Names
from sync.records import Kind, Record
from sync.sealing import BoxKey
from sync.signing import SigningKey
from tests.hub.believed import believe
from tests.hub.postgresql import NoPostgreSQL, new_database, server, without_syncing

NOW = 1_795_000_000  # November 2026


@dataclass(slots=True)
class Clock:
    """The hub's clock, which stands still until a test moves it."""

    at: int = NOW

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


TEMPLATE = "hub_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new hub's folder, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("template") / "hub"
    open_hub.create(Config(data=folder), Clock())
    return folder


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server for all tests of this process with a new hub's database, and that hub's folder."""
    folder = tmp_path_factory.mktemp("template") / "hub"
    try:
        with server() as address:
            without_syncing(address)
            database = new_database(address, TEMPLATE)
            open_hub.create(Config(data=folder, database=database), Clock())
            yield address, folder
    except NoPostgreSQL as fault:
        pytest.skip(str(fault))


_databases = itertools.count(1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def hub(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Hub]:
    """A new hub on each database."""
    folder = tmp_path / "hub"
    if request.param == "postgresql":
        address, template = request.getfixturevalue("postgresql")
        shutil.copytree(template, folder)
        database = new_database(address, f"hub{next(_databases)}", TEMPLATE)
        config.save_database(folder, database)
    else:
        shutil.copytree(request.getfixturevalue("sqlite_template"), folder)
    opened = open_hub.open_hub(folder, clock)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_hub(sqlite_template: Path, tmp_path: Path, clock: Clock) -> Iterator[Hub]:
    """A new hub on SQLite only."""
    opened = open_hub.open_hub(shutil.copytree(sqlite_template, tmp_path / "hub"), clock)
    yield opened
    opened.close()


@pytest.fixture
def client(hub: Hub) -> FlaskClient:
    """A browser or node that talks to ``hub``."""
    return create_app(hub).test_client()


def open_new(folder: Path, clock: Clock) -> Hub:
    """A second new hub on SQLite."""
    open_hub.create(Config(data=folder), clock)
    return open_hub.open_hub(folder, clock)


@dataclass(slots=True)
class Station:
    """A station's node as the hub sees it: its key, its chain, and what the hub answered."""

    hub: Hub
    node: int
    key: SigningKey
    epoch: int = 1
    names: Names = field(default_factory=Names)
    previous: bytes = GENESIS
    next_seq: int = 1
    mark: int = 0
    boots: tuple[bytes, ...] = (b"boot0001",)
    contact: int = 0
    believed: bool = True  # headquarters counts whomever it speaks of
    spoken_of: set[str] = field(default_factory=set)

    @property
    def box(self) -> BoxKey:
        """The key to which the hub's answers are sealed."""
        return BoxKey.of(self.key)

    def open(self, raw: bytes) -> Answer:
        """Open the hub's answer in a parcel."""
        return unseal_answer(raw, self.box, self.hub.ring.identity)[0]

    def seal(self, *records: Record) -> bytes:
        """The next batch of the chain, with ``records`` numbered as they follow."""
        numbered = tuple(r._replace(seq=n) for n, r in enumerate(records, self.next_seq))
        batch = Batch(self.node, self.epoch, self.previous, numbered)
        raw = seal_batch(batch, self.names, self.key)
        if self.believed:
            new = {record.learner for record in records} - self.spoken_of
            believe(self.hub, self.node, new)
            self.spoken_of |= new
        self.previous = batch_hash(raw)
        self.next_seq += len(records)
        return raw

    def request(self, *batches: bytes) -> bytes:
        """A signed request that brings ``batches``."""
        at = self.hub.now() * 1000
        self.contact += 1
        request = Request(
            self.node, self.epoch, at, self.next_seq - 1, self.mark, 900, 0, self.contact,
            self.boots, batches,
        )  # fmt: skip
        return seal_request(request, self.key, self.hub.ring.identity)

    def send(self, *batches: bytes) -> Answer:
        """Send ``batches`` and take the answer in."""
        raw = self.request(*batches)
        answer = self.open(node_request.exchange(self.hub, raw))
        if answer.orders:
            self.mark = max(self.mark, answer.orders[-1].mark)
        return answer


def join_station(
    hub: Hub, code: str, parent: str = "0", name: str = "", believed: bool = True
) -> Station:
    """A station that was added and has joined."""
    new_station = stations.add(hub, code, "test", name or f"{code}所", parent)
    key = SigningKey.generate()
    stations.join(
        hub,
        seal_join(JoinRequest(new_station.code.id, Identity.of(key), "0.1"), new_station.code, key),
        "t",
    )
    return Station(hub, new_station.node_id, key, believed=believed)


@pytest.fixture
def station(hub: Hub) -> Station:
    """One station below headquarters."""
    return join_station(hub, "110101001")


EXAM_KEY = {f"food/e{n}": "ABCD"[n % 4] for n in range(10)}


def course(version: int = 1, seconds: int = 100) -> Course:
    """A video and an exam of ten questions, of which five are drawn."""
    pool = tuple(
        Question(f"e{n}", "single", f"第 {n} 题", ("甲", "乙", "丙", "丁"), "ABCD"[n % 4])
        for n in range(10)
    )
    film = FileRef("film.mp4", 1, "0" * 64)
    return Course(
        id="food",
        version=version,
        title="食品经营现场检查",
        category="食品安全",
        items=(
            Item("video", "video", "看课", seconds=seconds, file=film),
            Item("exam", "exam", "考试", questions=pool, exam=ExamSettings(5, 30, 60, 2)),
        ),
    )


def publish_course(hub: Hub, new_course: Course | None = None, unit: str = "0") -> Pack:
    """Publish ``course()`` to everybody, as if its files had been uploaded."""
    new_course = new_course or course()
    raw = seal_manifest(new_course, hub.key)
    pack = Pack(open_manifest(raw, hub.key.public), hub.blobs.add_bytes(raw), len(raw), EXAM_KEY)
    publish.publish_pack(hub, pack, unit, "test")
    return pack


def study(learner: str, start: int, end: int, at: int = NOW, item: str = "food/video") -> Record:
    """A learner studied a stretch."""
    return Record(0, at, Kind.STUDY, learner, item, numbers=(start, end))


def practice(learner: str, question: str, correct: bool, at: int = NOW) -> Record:
    """A learner answered a practice question."""
    return Record(0, at, Kind.PRACTICE, learner, question, "A", numbers=(int(correct), 9))


def sitting(learner: str, wrong: int = 0, attempt: int = 1, at: int = NOW) -> list[Record]:
    """A learner sits the exam; all answers right but ``wrong`` of those drawn."""
    asked = paper(course().exam_rule("exam"), learner, attempt)
    records = [Record(0, at, Kind.EXAM_START, learner, "food/exam", numbers=(attempt, 1))]
    for number, question in enumerate(asked):
        right = EXAM_KEY[question]
        response = right if number >= wrong else "ABCD"[("ABCD".index(right) + 1) % 4]
        records.append(
            Record(
                0, at + 9, Kind.EXAM_ANSWER, learner, question, response, "food/exam", (attempt,)
            )
        )
    done = (attempt, at, 99, 0)
    return [*records, Record(0, at + 60, Kind.EXAM_SUBMIT, learner, "food/exam", numbers=done)]

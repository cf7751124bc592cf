"""A hub filled as in service: the national tree, stations that joined, learners, batches.

Everything goes through the functions that a real hub uses; only the stations are simulated.
"""

import csv
import random
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from python_calamine import CalamineWorkbook

from content.model.course import Course
from content.model.question_rules import right_response
from content.packs.without_answers import closed
from content.source.folder import read_folder
from hub.config import Config
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.intake import node_request, stations
from hub.intake.stations import NewStation
from hub.people import roster, unit_tree
from hub.publishing import classes, publish
from sync.batch import GENESIS, Batch, batch_hash, seal_batch
from sync.enrolment import JoinRequest, seal_join
from sync.exchange import Request, seal_request
from sync.facts import paper
from sync.identity import Identity
from sync.names import Names
from sync.records import Kind, Record
from sync.signing import SigningKey
from tests.hub.actors import actor

SHARED = Path(__file__).parents[3] / "shared" / "testdata"
SAMPLES = Path(__file__).parents[2] / "content" / "samples"
START = 1_795_000_000  # 2026-11-18, in the middle of a term
DAY = 86_400
GIVEN = "建国 秀英 志强 桂芳 明 丽华 伟 淑珍 海涛 玉兰 国庆 敏 永胜 春梅 立新 雪 长江 晓燕 德福 红"
POSTS = ("所长", "副所长", "科员", "科员", "科员", "工作人员")


@dataclass
class Clock:
    """The time of a hub under test."""

    at: int = START

    def __call__(self) -> int:
        return self.at


@dataclass
class Station:
    """A simulated station: journal and chain of one node."""

    hub: Hub
    added: NewStation
    key: SigningKey = field(default_factory=SigningKey.generate)
    names: Names = field(default_factory=Names)
    previous: bytes = GENESIS
    records: list[Record] = field(default_factory=list)
    sent: int = 0
    orders: int = 0

    def join(self) -> "Station":
        """Use the one-time code."""
        request = JoinRequest(self.added.code.id, Identity.of(self.key), "xuezhan 0.1.0")
        stations.join(self.hub, seal_join(request, self.added.code, self.key), "test")
        return self

    def note(
        self,
        at: int,
        kind: Kind,
        learner: str,
        object_id: str,
        numbers: tuple[int, ...],
        response: str = "",
        exam: str = "",
    ) -> None:
        """Put a record into the journal."""
        seq = len(self.records) + 1
        self.records.append(Record(seq, at, kind, learner, object_id, response, exam, numbers))

    def sync(
        self, skew_s: int = 0, disk_mb: int = 18_000, keep: int = 0, takes: bool = True
    ) -> None:
        """One exchange with the hub; ``keep`` of the newest records stay for later."""
        new = tuple(self.records[self.sent : len(self.records) - keep])
        batches: tuple[bytes, ...] = ()
        if new:
            sealed = seal_batch(
                Batch(self.added.node_id, 0, self.previous, new), self.names, self.key
            )
            batches = (sealed,)
            self.previous, self.sent = batch_hash(sealed), self.sent + len(new)
        request = Request(
            self.added.node_id,
            0,
            (self.hub.now() + skew_s) * 1000,
            len(self.records),
            self.orders,
            disk_mb,
            batches=batches,
        )
        node_request.exchange(self.hub, seal_request(request, self.key, self.hub.ring.identity))
        if takes:
            self.orders = 10**6

    def study(self, learner: str, course: Course, share: float, at: int) -> None:
        """Study about ``share`` of a course from ``at`` on, and sit its exam at the end."""
        chance = random.Random(f"{learner}{course.id}")
        for item in course.items:
            at += chance.randrange(60, 7_000)
            if item.kind in ("video", "pdf", "page", "scorm"):
                self._watch(learner, f"{course.id}/{item.id}", item.seconds, share, at)
            elif item.kind == "practice":
                self._practise(learner, course, item.id, share, at)
            elif share >= 0.95:
                self.sit(learner, course, item.id, 1, at, 0.55 + 0.45 * chance.random())

    def sit(
        self, learner: str, course: Course, item_id: str, number: int, at: int, skill: float
    ) -> None:
        """Sit an exam, answering each question right with the chance ``skill``."""
        exam = f"{course.id}/{item_id}"
        chance = random.Random(f"{learner}{exam}{number}")
        answers = {f"{course.id}/{q.id}": q.answer for q in course.item(item_id).questions}
        self.note(at, Kind.EXAM_START, learner, exam, (number, course.version))
        for step, question in enumerate(paper(course.exam_rule(item_id), learner, number), 1):
            right = chance.random() < skill
            response = right_response(answers[question]) if right else "B"
            self.note(
                at + 40 * step, Kind.EXAM_ANSWER, learner, question, (number,), response, exam
            )
        self.note(at + 1_500, Kind.EXAM_SUBMIT, learner, exam, (number, at, -1, 0))

    def _watch(self, learner: str, item: str, seconds: int, share: float, at: int) -> None:
        middle = int(seconds * share / 2)
        self.note(at, Kind.STUDY, learner, item, (0, max(1, middle)))
        if share > 0.3:
            start = middle if share > 0.9 else middle + seconds // 8
            self.note(
                at + 600, Kind.STUDY, learner, item, (start, min(seconds, start + middle + 1))
            )

    def _practise(self, learner: str, course: Course, item_id: str, share: float, at: int) -> None:
        questions = course.item(item_id).questions
        for step, question in enumerate(questions[: int(len(questions) * share + 0.999)]):
            good = (len(learner) + step) % 4 != 0
            answer = right_response(question.answer) if good else "B"
            name = f"{course.id}/{question.id}"
            numbers = (int(good), 9)
            self.note(at + 12 * step, Kind.PRACTICE, learner, name, numbers, answer)


def new_hub(folder: Path, clock: Clock | None = None) -> Hub:
    """An empty hub in ``folder``."""
    open_hub.create(Config(data=folder))
    return open_hub.open_hub(folder, clock or Clock())


def family_names() -> list[str]:
    """About a thousand family names."""
    [file] = (SHARED / "org" / "names" / "Chinese_Names_Corpus").glob("*.xlsx")
    rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    return [str(row[0]) for row in rows if row and 0 < len(str(row[0])) <= 2]


def courses() -> list[Course]:
    """The sample courses with their answers."""
    folders = [path.parent for path in sorted(SAMPLES.glob("*/course.toml"))]
    return [closed(read_folder(folder).course) for folder in folders]


def fill(
    hub: Hub, folder: Path, counties: int = 24, a_county: int = 3, a_station: int = 6
) -> list[Station]:
    """Import the tree, publish the samples, add stations and let them study and sync."""
    clock = hub.now
    assert isinstance(clock, Clock)
    now, clock.at = clock.at, clock.at - 15 * DAY
    unit_tree.import_org(hub, SHARED / "org", actor("admin"))
    with (SHARED / "org" / "areas.csv").open(encoding="utf-8") as file:
        areas = [row for row in csv.DictReader(file) if row["name"].endswith("县")]
    chance = random.Random(7)
    all_stations, rows = [], ["学号,姓名,机构代码,职务"]
    families = family_names()[:80]
    for area in chance.sample(areas, counties):
        for number in range(1, a_county + 1):
            code = f"{area['code']}{number:02}"
            name = ("城关", "开发区", "北关", "集镇", "东岳")[number - 1] + "工商所"
            all_stations.append(Station(hub, stations.add(hub, code, "admin", name, area["code"])))
            for person in range(1, a_station + 1):
                who = chance.choice(families) + chance.choice(GIVEN.split())
                rows.append(f"{code}{person:02},{who},{code},{POSTS[(person - 1) % len(POSTS)]}")
    file_ = folder / "roster.csv"
    file_.write_text("\n".join(rows), "utf-8")
    roster.import_roster(hub, file_, actor("admin"))
    for path in sorted(SAMPLES.glob("*/course.toml")):
        publish.publish(hub, read_folder(path.parent), "0", "admin")
    _open_term(hub)
    clock.at = now
    _live(all_stations, clock, chance, a_station)
    return all_stations


def _open_term(hub: Hub) -> None:
    ids = tuple(course.id for course in courses())
    dates = (date(2026, 11, 6), date(2026, 11, 25))
    classes.put(hub, "2026-3", "2026 年第三期 所长班", "0", dates, ids, actor("admin"))


def _live(all_stations: list[Station], clock: Clock, chance: random.Random, a_station: int) -> None:
    """Some stations are active, some slow, some fall silent, some never join."""
    all_courses = courses()
    now = clock.at
    for index, station in enumerate(all_stations):
        if index % 11 == 10:
            continue
        silent = index % 9 == 8
        clock.at = now - 12 * DAY
        station.join().sync()
        begin = clock.at + 3_600
        for person in range(1, a_station + 1):
            keen = min(1.0, chance.random() * 1.5 * (1.1 if index % 3 else 0.7))
            for number, course in enumerate(all_courses):
                share = min(1.0, max(0.0, keen * 1.7 - 0.25 * number))
                if share > 0.05:
                    learner = f"{station.added.unit.code}{person:02}"
                    late = 0 if chance.random() < 0.3 else 8 * DAY
                    station.study(learner, course, share, begin + number * DAY + late)
        station.records.sort(key=lambda record: record.at)
        station.records = [
            record._replace(seq=seq) for seq, record in enumerate(station.records, 1)
        ]
        clock.at = now - (8 + index % 5) * DAY if silent else now - index * 97
        station.sync(
            skew_s=4_000 if index % 17 == 5 else 3,
            disk_mb=900 if index % 23 == 6 else 18_000,
            keep=14 if index % 5 == 3 else 0,
            takes=index % 7 != 3,
        )
    clock.at = now

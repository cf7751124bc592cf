"""How long each page of headquarters takes with the whole country behind it.

27,352 units, 24,000 stations and 252,000 learners are put into the tables at once; with them
252,000 rows of progress for each of three courses, 180,000 results and three classes. Each page
is asked for several times by an administrator of the top unit, in this process, without a network:
what is measured is the hub's own work, as processor time of the request, so that whatever else runs
on the machine is not counted. Before that the hub counts its overview in the background, as it does
when it starts; what the first request of a page costs is printed apart. ``python -m
tests.bench.national`` writes the 95th percentile over all pages and that of the worst page into
bench.json, and prints them all.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import Connection, insert, select, update

from content.face.spoken import ZONE
from hub.config import Config
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.reports import export
from hub.store import counters, courses, marks, units, users
from hub.store.courses import Class
from hub.store.engine import reading, writing
from hub.store.marks import ResultFilter
from hub.store.schema import (
    audit,
    learner,
    node,
    progress,
    result,
    unit,
    user_role,
)
from hub.store.schema import (
    course as course_table,
)
from hub.store.scope import whole, words_of
from tests.bench.figure import Figure, report
from tests.hub.conftest import Clock, course, publish_course
from tests.hub.visitors import account, visitor

UNITS, STATIONS, LEARNERS = 27_352, 24_000, 252_000
PROVINCES, CITIES, COUNTIES = 31, 342, 2_978
COURSES = ("food", "law", "papers")
SITTINGS, ACCOUNTS, AUDITED = 180_000, 3_000, 100_000
TIMES = 12
DAY_S = 86_400
# A page that takes longer than this is felt as waiting.
TARGET_MS = 500.0
HOW = "python -m tests.bench.national"

PAGES = (
    "/", "/?sort=-stuck", "/units/{province}", "/units/{county}", "/units?q=高新",
    "/units.json?q=高新&for=keep-people", "/stations", "/stations?sort=name&page=300",
    "/stations?state=stuck", "/stations?q=第12", "/stations/1", "/learners",
    "/learners?page=4000", "/learners?state=behind", "/learners?state=behind&page=300",
    "/learners?state=unknown", "/learners?state=done&sort=-unit", "/learners?state=none",
    "/learners?sort=number", "/learners?q=王建国", "/learners?unit={county}&sort=-last",
    "/learners/L000001", "/results", "/results?passed=no&course=food", "/results?unit={county}",
    "/results?page=3000", "/results?q=王建国", "/results?sort=name", "/results?class=c0",
    "/courses", "/courses/food", "/courses/food/end", "/classes", "/classes/c0",
    "/classes/c0?group=none", "/classes/c0?q=王", "/classes/c1", "/classes/c0/edit",
    "/classes/c0/end", "/units/{county}/record", "/accounts",
    "/audit", "/audit?from=2026-11-01&to=2026-11-02", "/audit?q=登录",
    "/classes/new", "/stations/new?q=高新", "/governing",
)  # fmt: skip
NAMES = ("王建国", "李秀英", "张志强", "刘桂芳", "陈明", "杨丽华", "赵伟", "黄淑珍")
POSTS = ("所长", "副所长", "科员", "科员", "工作人员")


@dataclass(frozen=True, slots=True)
class PageTime:
    """What one page took of the processor in milliseconds, and ``wall`` by the clock."""

    path: str
    first: float
    median: float
    p95: float
    wall: float
    size: int


def fill(connection: Connection, now: int) -> None:
    """Put the country into the tables."""
    top = units.root(connection)
    assert top is not None
    chance = random.Random(20_261_201)
    level = [top]
    placed: list[units.Unit] = []
    for many, length, name in (
        (PROVINCES, 2, "第{}省局"), (CITIES, 4, "第{}市局"), (COUNTIES, 6, "高新{}县局"),
        (UNITS - 1 - PROVINCES - CITIES - COUNTIES, 9, "第{}市场监督管理所"),
    ):  # fmt: skip
        rows = [
            (f"{at:0{length}}"[-length:] if length < 9 else f"9{at:08}", name.format(at),
             level[at % len(level)])
            for at in range(1, many + 1)
        ]  # fmt: skip
        level = units.add(connection, rows)
        placed += level
    _stations(connection, placed, now, chance)
    _people(connection, level, now, chance)
    _classes(connection, [top, placed[0], top], now)
    # Published long ago: somebody may be behind.
    connection.execute(update(course_table).values(published_at=now - 60 * DAY_S))
    _audited(connection, now)


def _stations(
    connection: Connection, placed: list[units.Unit], now: int, chance: random.Random
) -> None:
    first = counters.take(connection, "node", STATIONS)
    rows = []
    for number, at in enumerate(placed[-STATIONS:], first):
        waits = chance.random() < 0.08
        silent = chance.random() < 0.1
        seen = None if waits else now - (chance.randrange(8, 60) * DAY_S if silent else
                                         chance.randrange(20_000))  # fmt: skip
        rows.append({
            "id": number, "unit_id": at.id, "name": at.name, "added_at": now - 90 * DAY_S,
            "state": "waiting" if waits else "active", "last_seen_at": seen,
            "joined_at": None if waits else now - 80 * DAY_S, "epoch": 1,
            "head_seq": 900, "held_seq": 900 - chance.randrange(0, 3) * 40,
            "orders_mark": 10**6, "disk_free_mb": None if waits else chance.randrange(800, 90_000),
            "clock_skew_s": 2, "software": "0.1.0", "refusal": "",
        })  # fmt: skip
    connection.execute(insert(node), rows)


def _people(
    connection: Connection, places: list[units.Unit], now: int, chance: random.Random
) -> None:
    for begin in range(0, LEARNERS, 20_000):
        people, done, sat = [], [], []
        for at in range(begin, min(begin + 20_000, LEARNERS)):
            number, place = f"L{at:06}", places[at % len(places)]
            people.append({
                "number": number, "name": NAMES[at % len(NAMES)], "unit_id": place.id,
                "post": POSTS[at % len(POSTS)], "active": True,
            })  # fmt: skip
            keen = chance.random()
            for course_id in COURSES:
                ready = keen > 0.6
                done.append({
                    "learner": number, "course": course_id, "version": 1, "done": 2, "total": 2,
                    "percent": 100 if ready else int(90 * keen), "seconds": 4_000,
                    "completed_at": now - chance.randrange(20) * DAY_S if ready else None,
                    "last_at": now - chance.randrange(30) * DAY_S,
                })  # fmt: skip
            if at < SITTINGS:
                sat.append({
                    "learner": number, "exam": "food/exam", "attempt": 1, "node_id": 1,
                    "right": 4, "total": 5, "score": int(100 * keen), "passed": keen > 0.6,
                    "began": now - 9_000, "unit_id": place.id,
                    "submitted_at": now - chance.randrange(20 * DAY_S),
                    "version": 1, "receipt_seq": at, "corrected_at": None,
                })  # fmt: skip
        connection.execute(insert(learner), people)
        connection.execute(insert(progress), done)
        if sat:
            connection.execute(insert(result), sat)


def _classes(connection: Connection, places: list[units.Unit], now: int) -> None:
    """One of the country and one of a province that run, and one that is over."""
    today = datetime.fromtimestamp(now, ZONE).date()
    for at, (place, begins) in enumerate(zip(places, (-10, -12, -60), strict=True)):
        opens = today + timedelta(days=begins)
        days = opens.isoformat(), (opens + timedelta(days=20)).isoformat()
        courses.put_class(connection, Class(f"c{at}", f"班{at}", place.id, *days, COURSES))


def _audited(connection: Connection, now: int) -> None:
    connection.execute(
        insert(audit),
        [
            {"at": now - (AUDITED - at) * 40, "user": f"user{at % 900}", "what": "log in",
             "detail": f"10.0.{at % 250}.7", "parameters": f'{{"source": "10.0.{at % 250}.7"}}'}
            for at in range(AUDITED)
        ],
    )  # fmt: skip
    county = connection.execute(select(unit.c.id).where(unit.c.level == 3).limit(1)).scalar_one()
    for at in range(ACCOUNTS):
        user_id = users.add(connection, f"user{at}", "-", real_name=NAMES[at % len(NAMES)])
        connection.execute(
            insert(user_role).values(user_id=user_id, unit_id=county + at % 2_900, role="viewer")
        )


def measure(client: FlaskClient, path: str) -> PageTime:
    """Ask for a page several times; the first time is apart: it fills caches."""
    took: list[float] = []
    wall: list[float] = []
    size = 0
    for _time in range(TIMES + 1):
        began, clock = time.process_time(), time.perf_counter()
        answer = client.get(path)
        took.append(1000 * (time.process_time() - began))
        wall.append(1000 * (time.perf_counter() - clock))
        assert answer.status_code == 200, (path, answer.status_code)
        size = len(answer.data)
    rest = took[1:]
    return PageTime(path, took[0], statistics.median(rest), _p95(rest), _p95(wall[1:]), size)


def _p95(values: list[float]) -> float:
    return sorted(values)[-1 - len(values) // 20]


def pages(hub: Hub) -> list[PageTime]:
    """Every page, the slowest first."""
    with writing(hub.engine) as connection:
        fill(connection, hub.now())
        province = connection.execute(select(unit.c.id).where(unit.c.level == 1)).scalars().first()
        county = connection.execute(select(unit.c.id).where(unit.c.level == 3)).scalars().first()
    account(hub, "boss")
    client = visitor(hub).client
    client.get("/")  # a hub that starts counts this before anybody asks
    named = [path.format(province=province, county=county) for path in PAGES]
    return sorted((measure(client, path) for path in named), key=lambda each: -each.p95)


def national_hub(folder: Path) -> Hub:
    """A hub with three published courses, which everybody must do."""
    open_hub.create(Config(data=folder))
    hub = open_hub.open_hub(folder, Clock(int(time.time())))
    first = course()
    for course_id in COURSES:
        publish_course(hub, replace(first, id=course_id))
    return hub


def rows_per_s(hub: Hub, file: Path) -> float:
    """How many rows of results the workbook of the whole country gets in a second of work."""
    began = time.process_time()
    with reading(hub.engine) as connection:
        scope = whole(connection)
        wanted = ResultFilter(scope.top.path)
        held = marks.count(connection, scope, wanted)
        rows = marks.every(connection, scope, wanted)
        above = words_of(connection, scope, marks.paths(connection, scope, wanted))
        export.write_results(file, rows, held, "", (above, marks.exams(connection)), hub.now())
    return held.sittings / (time.process_time() - began)


def figures() -> list[Figure]:
    """The 95th percentile over all pages, that of the slowest page, and the export's speed."""
    with tempfile.TemporaryDirectory() as folder:
        hub = national_hub(Path(folder) / "hub")
        times = pages(hub)
        exported = rows_per_s(hub, Path(folder) / "results.xlsx")
        hub.close()
    for each in times:
        print(
            f"{each.p95:7.0f} ms p95 {each.median:7.0f} median {each.first:7.0f} first"
            f" {each.wall:7.0f} by the clock {each.size // 1000:5} kB  {each.path}"
        )
    return [
        Figure("hub.page.p95_ms", round(_p95([each.p95 for each in times])), "ms", TARGET_MS,
               "low", HOW),
        Figure("hub.page.worst", round(times[0].p95), "ms", TARGET_MS, "low", HOW),
        Figure("hub.export.rows_per_s", round(exported), "rows/s", None, "high", HOW),
    ]  # fmt: skip


if __name__ == "__main__":
    report(figures)

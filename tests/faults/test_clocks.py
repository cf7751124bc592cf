"""Wrong clocks: a real node as a process with another time of day, a real hub, learners in an exam.

The clock of the station's PC is hours or years off, or jumps during an exam. Nothing is lost,
doubled or reordered; no window opens too early or a second time; the hub's times are corrected
and marked as corrected.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from sqlite3 import Connection

import pytest

from hub.context.open_hub import Hub
from hub.publishing import classes
from hub.store import nodes, results
from hub.store.engine import reading
from install.learner import NotAsExpected
from node.calendar import day
from node.runtime import NodeRuntime
from node.store import journal, meta
from node.store.db import Store
from sync.facts import ordinal_of
from sync.records import Record
from tests.faking import FILE_S, WrongClocks, sweep
from tests.faults.kill import Station, station
from tests.faults.sitter import Sitter
from tests.hub.actors import actor
from tests.lab import PARENT

# Between the node's clock and ours: a slow machine and the time that the exam takes.
NEAR_S = 90

OFFSETS = {
    "an hour behind": "-3600",
    "an hour ahead": "+3600",
    "a day behind": "-86400",
    "a day ahead": "+86400",
    "in 2000": "@2000-01-01 00:00:00",
    "in 2038": "@2038-01-19 03:14:00",
}
AHEAD = ("+3600", "+86400")


@pytest.fixture(scope="module", autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    sweep()


def restarted(there: Station, before: Sequence[str]) -> None:
    """Start the node's process with another clock."""
    there.server.kill()
    there.server.before = before
    there.server.start()


def eventually(holds: Callable[[], bool], patience_s: float = 90.0) -> None:
    until = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.2)


@contextmanager
def looking(there: Station) -> Iterator[Connection]:
    """Read what the node has on disk, while it runs."""
    store = Store.open(there.config.data)
    try:
        yield store.read()
    finally:
        store.close()


def wait_until_synced(there: Station) -> None:
    """Wait until the hub holds all that the node noted."""
    with looking(there) as conn:
        eventually(lambda: journal.waiting(conn).count == 0)


def jump(there: Station, file: Path, offset: str) -> None:
    """Set the clock; wait for the next sign of life (every 5 s), when the node checks its clock."""
    with looking(there) as conn:
        file.write_text(f"{offset}\n")
        read_by = time.monotonic() + FILE_S
        eventually(lambda: time.monotonic() > read_by)
        before = meta.get(conn, meta.ALIVE)
        eventually(lambda: meta.get(conn, meta.ALIVE) != before)


def sit(there: Station, acts: int = 12) -> None:
    """Everybody begins the exam and answers some questions."""
    for person in there.people:
        person.sit_down(there.course)
    answer(there, acts)


def answer(there: Station, acts: int) -> None:
    for person in there.people:
        for _ in range(acts):
            person._answer_one()


def noted(there: Station) -> list[Record]:
    runtime = NodeRuntime.open(there.config)
    try:
        conn = runtime.store.read()
        return journal.since(conn, meta.number(conn, meta.EPOCH, 1), 1, 100_000)
    finally:
        runtime.close()


def in_order(records: list[Record]) -> bool:
    """Numbered without a gap, and no time before an earlier one."""
    numbers = [record.seq for record in records]
    return numbers == list(range(1, len(numbers) + 1)) and all(
        record.at <= following.at for record, following in pairwise(records)
    )


def judged(there: Station) -> None:
    """Everything promised is there, once and in its order, at the node and at the hub."""
    own, central = there.judge()
    assert (own.broken, central.broken) == ([], [])
    assert not there.promised().faults
    assert in_order(noted(there))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Station]:
    with station(tmp_path, learners=2, seed=7, runs=False) as there:
        yield there


@pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS.keys())
def test_an_exam_by_a_wrong_clock_is_whole_and_its_times_are_corrected(
    place: Station, clocks: WrongClocks, offset: str
) -> None:
    restarted(place, clocks.faked(offset))
    began = time.time()
    sit(place)
    for person in place.people:
        person.finish()
    ended = time.time()
    wait_until_synced(place)
    judged(place)
    with reading(place.hub.engine) as connection:
        rows = results.of_learners(connection, [person.number for person in place.people])
        node = nodes.get(connection, 1)
    assert len(rows) == len(place.people)
    for row in rows:
        right = row.submitted_at if row.corrected_at is None else row.corrected_at
        assert began - NEAR_S <= right <= ended + NEAR_S
        # Only a clock that was believed needs correcting; the others were not followed at all.
        assert (row.corrected_at is not None) == (offset in AHEAD)
    assert node is not None
    assert node.clock_skew_s is not None
    assert (node.clock_skew_s > 3_000) == (offset in AHEAD)


@pytest.mark.parametrize(
    "jumps",
    [("+3600", "-3600"), ("+86400", "-86400"), ("-86400", "+86400"), ("@2000-01-01 00:00:00",),
     ("@2038-01-19 03:14:00", "-3600")],
    ids=["an hour", "a day", "a day back first", "2000", "2038"],
)  # fmt: skip
def test_a_clock_that_jumps_during_an_exam_changes_nothing_of_it(
    place: Station, clocks: WrongClocks, tmp_path: Path, jumps: tuple[str, ...]
) -> None:
    file = tmp_path / "clock"
    file.write_text("+0\n")
    restarted(place, clocks.jumping(file))
    sit(place, 6)
    for offset in jumps:
        jump(place, file, offset)
        answer(place, 6)
    began = time.time()
    for person in place.people:
        person.finish()
    ended = time.time()
    wait_until_synced(place)
    tries = [[ordinal_of(n) for n in person.promises.handed_in] for person in place.people]
    assert tries == [[1], [1]]
    judged(place)
    with reading(place.hub.engine) as connection:
        rows = results.of_learners(connection, [person.number for person in place.people])
    for row in rows:  # the hub was heard before the jump: nothing needed correcting
        assert (ordinal_of(row.attempt), row.corrected_at) == (1, None)
        assert began - NEAR_S < row.submitted_at < ended + NEAR_S


def window(there: Station, opens: int, closes: int) -> None:
    """Give the exam another window, in days from the node's today, and let the node know."""
    today = date.fromisoformat(day(int(time.time())))
    dates = (today + timedelta(days=opens), today + timedelta(days=closes))
    classes.put(there.hub, "k1", "培训班", PARENT, dates, (there.course.id,), actor("test"))
    there.server.kill()
    runtime = NodeRuntime.open(there.config)
    runtime.courier.sync()
    runtime.close()


def refused(there: Station, person: Sitter) -> bool:
    """Whether no attempt begins."""
    person.sign_in()
    exam = next(item for item in there.course.items if item.exam)
    try:
        page = person._form(f"/exam/{there.course.id}/{exam.id}/start")
    except NotAsExpected:
        return True
    return 'data-attempt="' not in page.text


@pytest.mark.parametrize("offset", ["-259200", "-86400", "@2000-01-01 00:00:00"])
def test_a_clock_that_is_set_back_opens_no_closed_window_again(
    place: Station, clocks: WrongClocks, offset: str
) -> None:
    window(place, -10, -1)
    place.server.before = clocks.faked(offset)
    hub_url = place.config.hub_url
    # The line is down: only the node itself can know better.
    cut_off(place, "http://127.0.0.1:9")
    assert refused(place, place.people[0])
    place.server.kill()
    cut_off(place, hub_url)
    assert refused(place, place.people[1])
    assert [r for r in noted(place) if r.kind.name == "EXAM_START"] == []


@pytest.mark.parametrize("offset", ["+90000", "@2038-01-19 03:14:00"])
def test_a_clock_that_is_ahead_opens_no_window_once_the_hub_was_heard(
    place: Station, clocks: WrongClocks, offset: str
) -> None:
    window(place, 1, 3)
    restarted(place, clocks.faked(offset))
    with looking(place) as conn:
        before = meta.number(conn, meta.HUB_AT)
        eventually(lambda: meta.number(conn, meta.HUB_AT) > before)
    assert refused(place, place.people[0])


def test_a_clock_that_was_set_right_keeps_the_window_open_without_the_line(
    place: Station, clocks: WrongClocks
) -> None:
    window(place, -3, 3)
    restarted(place, clocks.faked("+3456000"))  # 40 days
    with looking(place) as conn:
        eventually(lambda: meta.get(conn, meta.ALIVE_BY_HUB) == "1")
        assert abs(meta.number(conn, meta.SKEW) - 3_456_000) < NEAR_S
    place.server.kill()
    place.server.before = ()
    cut_off(place, "http://127.0.0.1:9")
    assert not refused(place, place.people[0])


def cut_off(there: Station, hub_url: str) -> None:
    """Start the node with another address of its hub."""
    replace(there.config, hub_url=hub_url).save()
    there.server.start()


def test_the_hub_shows_the_skew_of_a_station(place: Station, clocks: WrongClocks) -> None:
    restarted(place, clocks.faked("+7200"))
    hub: Hub = place.hub

    def seen() -> bool:
        with reading(hub.engine) as connection:
            node = nodes.get(connection, 1)
        return node is not None and abs((node.clock_skew_s or 0) - 7_200) < NEAR_S

    eventually(seen)

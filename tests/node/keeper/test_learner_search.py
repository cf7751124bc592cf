"""Which learners the keeper sees: search, filters, order."""

from __future__ import annotations

import sqlite3

import pytest

from node.keeper import learner_overview, learner_search
from node.keeper.learner_overview import HowFar
from node.learning.exams import exam
from node.runtime import NodeRuntime
from node.store import learners, results
from node.store.learners import Learner
from node.store.results import Graded
from tests.node.conftest import LEARNER, OTHER, START, FakeTime, install_course

DAY_S = 86_400
NOW = START


def row(number: str, name: str, *, has_pin: bool = True, **more: int) -> HowFar:
    learner = Learner(number, name, "科员", "红旗所", has_pin)
    percent, last_at = more.pop("percent", 0), more.pop("last_at", 0)
    return HowFar(learner, percent, last_at, locked=False, behind=False, **more)  # type: ignore[arg-type]


WANG = row("A1001", "王桂兰", percent=40, last_at=NOW - DAY_S, seen_at=NOW - 60, sat=True)
LI = row("A1002", "李二", percent=10, last_at=NOW - 8 * DAY_S, seen_at=NOW - 8 * DAY_S)
ZHAO = row("B2001", "赵四", has_pin=False)
EVERYONE = (WANG, LI, ZHAO)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("桂", [WANG]),
        ("a10", [WANG, LI]),
        ("Ａ１００１", [WANG]),
        ("王 1001", [WANG]),
        (" ", [WANG, LI, ZHAO]),
        ("王 1002", []),
        ("%", []),
    ],
)
def test_part_of_a_number_or_name_finds_a_learner_however_it_is_typed(
    query: str, found: list[HowFar]
) -> None:
    assert learner_search.find(EVERYONE, "all", "", query, NOW) == found


@pytest.mark.parametrize(
    ("show", "found"),
    [("new", [ZHAO]), ("idle", [LI]), ("unsat", [LI, ZHAO]), ("nonsense", [WANG, LI, ZHAO])],
)
def test_a_filter_shows_those_of_whom_it_is_true(show: str, found: list[HowFar]) -> None:
    assert learner_search.find(EVERYONE, show, "", "", NOW) == found
    if show != "nonsense":
        assert learner_search.count(EVERYONE, NOW)[show] == len(found)


def test_who_set_a_pin_yesterday_has_not_been_idle_for_a_week() -> None:
    fresh = row("C1", "孙五", pin_at=NOW - DAY_S)
    assert not learner_search.is_idle(fresh, NOW)
    assert learner_search.is_idle(fresh, NOW + 7 * DAY_S)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("", [WANG, LI, ZHAO]),
        ("progress", [ZHAO, LI, WANG]),
        ("name", [LI, WANG, ZHAO]),  # li, wang, zhao
        ("seen", [ZHAO, LI, WANG]),
    ],
)
def test_the_order_is_the_one_that_was_chosen(sort: str, found: list[HowFar]) -> None:
    assert learner_search.find(EVERYONE, "all", sort, "", NOW) == found


def test_last_sign_in_and_exams_are_known_from_the_store(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    def put(conn: sqlite3.Connection) -> None:
        learners.put(conn, "C3", "孙五", "", "")
        results.put(conn, Graded(OTHER, "law/final", 1, 9, 3, 4, 75, True, START - 5, 6))

    runtime.store.write(put)
    pc.go_on(DAY_S)
    now = runtime.clock.now()
    runtime.sessions.begin("secret", now, learner=LEARNER)
    mine, others, new = learner_overview.everyone(runtime)
    assert (mine.seen_at, mine.sat) == (now, False)
    assert (others.seen_at, others.sat) == (START, True)
    assert (new.seen_at, new.pin_at, new.sat) == (0, 0, False)


def test_one_learner_is_told_with_each_attempt_wherever_it_was_sat(runtime: NodeRuntime) -> None:
    course = install_course(runtime)
    attempt = exam.begin(runtime.store, course, "final", LEARNER, runtime.moment())
    elsewhere = Graded(LEARNER, "law/final", 1, 9, 3, 4, 75, True, START - 5, 6)
    runtime.store.write(lambda conn: results.put(conn, elsewhere))
    running, other = learner_overview.one(runtime, LEARNER).tries
    assert (running.exam, running.at, running.graded) == ("结业考试", 0, None)
    assert (other.course, other.graded, other.elsewhere) == ("law/final", elsewhere, True)
    exam.hand_in(runtime.store, attempt, runtime.moment())
    handed_in = learner_overview.one(runtime, LEARNER).tries[0]
    assert (handed_in.at, handed_in.graded, handed_in.attempt) == (START, None, 1)

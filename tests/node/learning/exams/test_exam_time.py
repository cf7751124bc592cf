from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from content.model.course import Course
from node import calendar
from node.config import Config
from node.errors import ExamClosed
from node.learning.exams import exam
from node.learning.exams.errors import TimeIsOver
from node.runtime import NodeRuntime, resume_clock
from node.store import attempts, journal, meta
from node.store.attempts import StoredAttempt
from node.store.db import Store
from sync.records import Kind
from tests.node.conftest import LEARNER, START, FakeTime, install_course, populate

MINUTE_S = 60
HOUR_S, DAY_S, YEAR_S = 3600, 86_400, 365 * 86_400


def begun(runtime: NodeRuntime, course: Course) -> StoredAttempt:
    return exam.begin(runtime.store, course, "final", LEARNER, runtime.moment())


def running(runtime: NodeRuntime) -> list[StoredAttempt]:
    here = attempts.of_exam(runtime.store.read(), LEARNER, "food/final")
    return [attempt for attempt in here if attempt.open]


def left_s(runtime: NodeRuntime) -> float:
    (attempt,) = running(runtime)
    return exam.left_ms(attempt, runtime.moment()) / 1000


def power_cut(runtime: NodeRuntime, config: Config, pc: FakeTime, off_s: float) -> NodeRuntime:
    """The power fails for ``off_s``, and the node starts again with the same disk."""
    runtime.store.close()
    pc.raw_s += off_s
    pc.steady_s = 3.0  # the counter starts again at each boot
    store = Store.open(config.data)
    clock = resume_clock(store.read(), pc.raw, pc.steady)
    store.close()
    return NodeRuntime.open(config, clock)


def test_time_that_the_power_took_is_given_back_and_recorded(config: Config, pc: FakeTime) -> None:
    runtime = NodeRuntime.open(config, pc.clock())
    populate(runtime)
    begun(runtime, install_course(runtime))
    pc.go_on(10 * MINUTE_S)
    runtime.mark_alive()

    runtime = power_cut(runtime, config, pc, off_s=2 * HOUR_S)
    runtime.mark_alive()
    assert left_s(runtime) == pytest.approx(20 * MINUTE_S, abs=1)
    (attempt,) = running(runtime)
    assert attempt.given_back_s == pytest.approx(2 * HOUR_S, abs=1)

    exam.hand_in(runtime.store, attempt, runtime.moment())
    record = journal.of_learner(runtime.store.read(), LEARNER)[-1]
    assert record.kind == Kind.EXAM_SUBMIT
    assert record.numbers == (1, attempt.began, -1, attempt.given_back_s)
    runtime.close()


def test_a_power_cut_gives_no_more_than_the_seconds_since_the_last_mark(
    config: Config, pc: FakeTime
) -> None:
    runtime = NodeRuntime.open(config, pc.clock())
    populate(runtime)
    begun(runtime, install_course(runtime))
    for _ in range(10):
        pc.go_on(2 * MINUTE_S)
        runtime.mark_alive()
        pc.go_on(4)
        runtime = power_cut(runtime, config, pc, off_s=30)
        runtime.mark_alive()
    assert left_s(runtime) == pytest.approx(10 * MINUTE_S, abs=1)
    runtime.close()


def test_an_attempt_whose_time_was_over_before_the_power_cut_is_handed_in_at_start(
    config: Config, pc: FakeTime
) -> None:
    runtime = NodeRuntime.open(config, pc.clock())
    populate(runtime)
    begun(runtime, install_course(runtime))
    pc.go_on(31 * MINUTE_S)
    runtime.mark_alive()
    runtime = power_cut(runtime, config, pc, off_s=60)
    runtime.mark_alive()
    assert not running(runtime)
    runtime.close()


def to_the_year_2000(pc: FakeTime) -> None:
    pc.raw_s = 946_684_800.0


def to_2038(pc: FakeTime) -> None:
    pc.raw_s = 2_147_483_647.0


def back_an_hour(pc: FakeTime) -> None:
    pc.raw_s -= HOUR_S


JUMPS = [to_the_year_2000, to_2038, back_an_hour]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_of_the_clock_neither_ends_a_running_exam_nor_lengthens_it(
    runtime: NodeRuntime, course: Course, pc: FakeTime, jump: Callable[[FakeTime], None]
) -> None:
    attempt = begun(runtime, course)
    pc.go_on(5 * MINUTE_S)
    jump(pc)
    runtime.clock.recheck_clock()
    runtime.mark_alive()
    assert left_s(runtime) == 25 * MINUTE_S
    pc.go_on(26 * MINUTE_S)
    with pytest.raises(TimeIsOver):
        exam.save_answer(runtime.store, attempt, "food/e1", "A", 1, runtime.moment())


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_over_a_power_cut_neither_ends_a_running_exam_nor_lengthens_it(
    config: Config, pc: FakeTime, jump: Callable[[FakeTime], None]
) -> None:
    runtime = NodeRuntime.open(config, pc.clock())
    populate(runtime)
    begun(runtime, install_course(runtime))
    pc.go_on(5 * MINUTE_S)
    runtime.mark_alive()
    jump(pc)
    runtime = power_cut(runtime, config, pc, off_s=60)
    runtime.mark_alive()
    assert left_s(runtime) == pytest.approx(25 * MINUTE_S, abs=1)
    (attempt,) = running(runtime)
    assert attempt.given_back_s <= HOUR_S
    runtime.close()


def test_a_clock_set_back_does_not_reopen_an_exam_that_closed(config: Config, pc: FakeTime) -> None:
    runtime = NodeRuntime.open(config, pc.clock())
    populate(runtime)
    course = install_course(runtime)
    pc.go_on(30 * DAY_S)  # the class closed on 9 December
    runtime.mark_alive()
    pc.raw_s = float(START)
    runtime = power_cut(runtime, config, pc, off_s=0)
    with pytest.raises(ExamClosed):
        begun(runtime, course)
    runtime.close()


def test_the_hubs_time_does_not_end_a_running_exam(
    runtime: NodeRuntime, course: Course, pc: FakeTime
) -> None:
    begun(runtime, course)
    runtime.clock.hear((START + 3 * HOUR_S) * 1000)
    runtime.mark_alive()
    assert left_s(runtime) == 30 * MINUTE_S


def hear(runtime: NodeRuntime, true_s: float) -> None:
    """The hub says what time it is, as an exchange stores it."""
    skew_s = runtime.clock.hear(int(true_s * 1000))

    def store(conn: sqlite3.Connection) -> None:
        meta.put(conn, meta.SKEW, str(skew_s))
        meta.put(conn, meta.HUB_AT, str(int(true_s)))

    runtime.store.write(store)


def at_work(config: Config, pc: FakeTime) -> tuple[NodeRuntime, Course]:
    """A station that has just heard the hub."""
    runtime = NodeRuntime.open(config, pc.clock(START))
    populate(runtime)
    hear(runtime, START)
    runtime.mark_alive()
    return runtime, install_course(runtime)


@pytest.mark.parametrize("ahead_days", [1, 40, 59])
def test_a_clock_that_was_set_right_after_the_hub_was_heard_is_believed_without_the_line(
    config: Config, pc: FakeTime, ahead_days: int
) -> None:
    """The class ends in three weeks; nothing is closed, and records keep their order."""
    runtime, course = at_work(config, pc)
    pc.raw_s += ahead_days * DAY_S
    runtime = power_cut(runtime, config, pc, off_s=60)
    runtime.mark_alive()  # nobody has told it yet that this clock is wrong
    hear(runtime, START + 60)
    pc.go_on(5)
    runtime.mark_alive()
    before = runtime.clock.now()
    pc.raw_s = START + 120.0  # the keeper sets it right, and the line is down
    runtime = power_cut(runtime, config, pc, off_s=HOUR_S)
    assert not runtime.clock.state().wrong
    assert calendar.day(runtime.moment().day_at) == calendar.day(START)
    attempt = begun(runtime, course)
    assert attempt.began >= before
    runtime.mark_alive()
    runtime = power_cut(runtime, config, pc, off_s=HOUR_S)  # nor later
    assert not runtime.clock.state().wrong
    assert (
        exam.standing(runtime.store.read(), course, "final", LEARNER, runtime.moment()).refusal
        is None
    )
    runtime.close()


def test_a_clock_that_still_runs_ahead_is_corrected_without_the_line(
    config: Config, pc: FakeTime
) -> None:
    pc.raw_s = START + 40.0 * DAY_S
    runtime, course = at_work(config, pc)
    pc.go_on(5)
    runtime.mark_alive()
    runtime = power_cut(runtime, config, pc, off_s=HOUR_S)
    assert runtime.clock.state().off_s == pytest.approx(40 * DAY_S, abs=2)
    assert calendar.day(runtime.moment().day_at) == calendar.day(START + HOUR_S)
    begun(runtime, course)
    runtime.close()


def test_a_class_that_is_over_by_the_hubs_time_stays_closed_when_the_clock_is_set_back(
    config: Config, pc: FakeTime
) -> None:
    runtime, course = at_work(config, pc)
    pc.go_on(30 * DAY_S)  # the class closed on 9 December
    hear(runtime, pc.raw_s)
    runtime.mark_alive()
    pc.raw_s = float(START)
    runtime = power_cut(runtime, config, pc, off_s=0)
    with pytest.raises(ExamClosed):
        begun(runtime, course)
    assert runtime.clock.state().wrong
    runtime.close()


def test_a_clock_that_jumps_over_a_power_cut_lengthens_no_time_given_back(
    config: Config, pc: FakeTime
) -> None:
    """40 days are not told as a power cut; when the hub is heard, it was a minute."""
    runtime, course = at_work(config, pc)
    begun(runtime, course)
    pc.go_on(5 * MINUTE_S)
    runtime.mark_alive()
    pc.raw_s += 40 * DAY_S
    runtime = power_cut(runtime, config, pc, off_s=60)
    runtime.mark_alive()
    assert [attempt.given_back_s for attempt in running(runtime)] == [0]
    pc.go_on(5)
    hear(runtime, START + 5 * MINUTE_S + 60 + 5)
    runtime.mark_alive()
    assert [attempt.given_back_s for attempt in running(runtime)] == [60]
    pc.go_on(5)
    runtime.mark_alive()
    assert [attempt.given_back_s for attempt in running(runtime)] == [60]
    runtime.close()


def test_the_hubs_word_shortens_what_a_clock_that_ran_ahead_gave_back(
    config: Config, pc: FakeTime
) -> None:
    runtime, course = at_work(config, pc)
    begun(runtime, course)
    runtime.mark_alive()
    pc.raw_s += 3 * HOUR_S
    runtime = power_cut(runtime, config, pc, off_s=60)
    runtime.mark_alive()
    assert [attempt.given_back_s for attempt in running(runtime)] == [3 * HOUR_S + 60]
    hear(runtime, START + 60)
    runtime.mark_alive()
    assert [attempt.given_back_s for attempt in running(runtime)] == [60]
    runtime.close()


def test_days_without_power_are_given_back_once_the_hub_confirms_them(
    config: Config, pc: FakeTime
) -> None:
    runtime, course = at_work(config, pc)
    begun(runtime, course)
    runtime.mark_alive()
    runtime = power_cut(runtime, config, pc, off_s=3 * DAY_S)
    runtime.mark_alive()
    hear(runtime, pc.raw_s)
    runtime.mark_alive()
    assert [attempt.given_back_s for attempt in running(runtime)] == [3 * DAY_S]
    runtime.close()


def test_an_exam_that_was_begun_after_a_power_cut_is_given_nothing_for_it(
    config: Config, pc: FakeTime
) -> None:
    runtime, course = at_work(config, pc)
    runtime = power_cut(runtime, config, pc, off_s=3 * DAY_S)
    runtime.mark_alive()
    pc.go_on(5)
    begun(runtime, course)
    hear(runtime, pc.raw_s)
    runtime.mark_alive()
    assert [attempt.given_back_s for attempt in running(runtime)] == [0]
    runtime.close()


def test_the_hubs_word_lengthens_nothing_that_was_marked_by_a_clock_of_ones_own(
    config: Config, pc: FakeTime
) -> None:
    """The PC is 10 hours behind on both sides of a power cut: that was a minute all the same."""
    runtime = NodeRuntime.open(config, pc.clock(START))
    populate(runtime)
    begun(runtime, install_course(runtime))
    runtime.mark_alive()
    runtime = power_cut(runtime, config, pc, off_s=60)
    runtime.mark_alive()
    hear(runtime, pc.raw_s + 10 * HOUR_S)
    runtime.mark_alive()
    assert [attempt.given_back_s for attempt in running(runtime)] == [60]
    runtime.close()

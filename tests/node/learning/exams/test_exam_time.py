from __future__ import annotations

from collections.abc import Callable

import pytest

from content.model.course import Course
from node.clock import Clock
from node.config import Config
from node.errors import ExamClosed, TimeIsOver
from node.learning.exams import exam
from node.runtime import NodeRuntime
from node.store import attempts, journal, meta
from node.store.attempts import StoredAttempt
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
    floor = meta_alive(config)
    return NodeRuntime.open(config, Clock(floor, 0, pc.raw, pc.steady))


def meta_alive(config: Config) -> int:
    from node.store.db import Store

    store = Store.open(config.data)
    alive = meta.number(store.read(), meta.ALIVE)
    store.close()
    return alive


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

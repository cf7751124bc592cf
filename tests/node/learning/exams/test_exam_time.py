from __future__ import annotations

from collections.abc import Callable

import pytest

from content.model.course import Course
from node.clock import Clock
from node.config import Config
from node.errors import ExamClosed, TimeIsOver
from node.learning.exams import exam
from node.runtime import Machine
from node.store import attempts, journal, meta
from node.store.attempts import Attempt
from sync.records import Kind
from tests.node.conftest import LEARNER, START, FakeTime, install_course, populate

MINUTE_S = 60
HOUR_S, DAY_S, YEAR_S = 3600, 86_400, 365 * 86_400


def begun(machine: Machine, course: Course) -> Attempt:
    return exam.begin(machine.store, course, "final", LEARNER, machine.moment())


def running(machine: Machine) -> list[Attempt]:
    here = attempts.of_exam(machine.store.read(), LEARNER, "food/final")
    return [attempt for attempt in here if attempt.open]


def left_s(machine: Machine) -> float:
    (attempt,) = running(machine)
    return exam.left_ms(attempt, machine.moment()) / 1000


def power_cut(machine: Machine, config: Config, pc: FakeTime, off_s: float) -> Machine:
    """The power goes, stays away for ``off_s``, and the node starts again with the same disk."""
    machine.store.close()
    pc.raw_s += off_s
    pc.steady_s = 3.0  # the counter begins anew with the boot
    floor = meta_alive(config)
    return Machine.open(config, Clock(floor, 0, pc.raw, pc.steady))


def meta_alive(config: Config) -> int:
    from node.store.db import Store

    store = Store.open(config.data)
    alive = meta.number(store.read(), meta.ALIVE)
    store.close()
    return alive


def test_time_that_the_power_took_is_given_back_and_recorded(config: Config, pc: FakeTime) -> None:
    machine = Machine.open(config, pc.clock())
    populate(machine)
    begun(machine, install_course(machine))
    pc.go_on(10 * MINUTE_S)
    machine.mark_alive()

    machine = power_cut(machine, config, pc, off_s=2 * HOUR_S)
    machine.mark_alive()
    assert left_s(machine) == pytest.approx(20 * MINUTE_S, abs=1)
    (attempt,) = running(machine)
    assert attempt.given_back_s == pytest.approx(2 * HOUR_S, abs=1)

    exam.hand_in(machine.store, attempt, machine.moment())
    record = journal.of_learner(machine.store.read(), LEARNER)[-1]
    assert record.kind == Kind.EXAM_SUBMIT
    assert record.numbers == (1, attempt.began, -1, attempt.given_back_s)
    machine.close()


def test_a_power_cut_gives_no_more_than_the_seconds_since_the_last_mark(
    config: Config, pc: FakeTime
) -> None:
    machine = Machine.open(config, pc.clock())
    populate(machine)
    begun(machine, install_course(machine))
    for _ in range(10):
        pc.go_on(2 * MINUTE_S)
        machine.mark_alive()
        pc.go_on(4)
        machine = power_cut(machine, config, pc, off_s=30)
        machine.mark_alive()
    assert left_s(machine) == pytest.approx(10 * MINUTE_S, abs=1)
    machine.close()


def test_an_attempt_whose_time_was_over_before_the_power_cut_is_handed_in_at_start(
    config: Config, pc: FakeTime
) -> None:
    machine = Machine.open(config, pc.clock())
    populate(machine)
    begun(machine, install_course(machine))
    pc.go_on(31 * MINUTE_S)
    machine.mark_alive()
    machine = power_cut(machine, config, pc, off_s=60)
    machine.mark_alive()
    assert not running(machine)
    machine.close()


def to_the_year_2000(pc: FakeTime) -> None:
    pc.raw_s = 946_684_800.0


def to_2038(pc: FakeTime) -> None:
    pc.raw_s = 2_147_483_647.0


def back_an_hour(pc: FakeTime) -> None:
    pc.raw_s -= HOUR_S


JUMPS = [to_the_year_2000, to_2038, back_an_hour]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_of_the_clock_neither_ends_a_running_exam_nor_lengthens_it(
    machine: Machine, course: Course, pc: FakeTime, jump: Callable[[FakeTime], None]
) -> None:
    attempt = begun(machine, course)
    pc.go_on(5 * MINUTE_S)
    jump(pc)
    machine.clock.look_again()
    machine.mark_alive()
    assert left_s(machine) == 25 * MINUTE_S
    pc.go_on(26 * MINUTE_S)
    with pytest.raises(TimeIsOver):
        exam.save_answer(machine.store, attempt, "food/e1", "A", 1, machine.moment())


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_over_a_power_cut_neither_ends_a_running_exam_nor_lengthens_it(
    config: Config, pc: FakeTime, jump: Callable[[FakeTime], None]
) -> None:
    machine = Machine.open(config, pc.clock())
    populate(machine)
    begun(machine, install_course(machine))
    pc.go_on(5 * MINUTE_S)
    machine.mark_alive()
    jump(pc)
    machine = power_cut(machine, config, pc, off_s=60)
    machine.mark_alive()
    assert left_s(machine) == pytest.approx(25 * MINUTE_S, abs=1)
    (attempt,) = running(machine)
    assert attempt.given_back_s <= HOUR_S
    machine.close()


def test_a_clock_set_back_does_not_reopen_an_exam_that_closed(config: Config, pc: FakeTime) -> None:
    machine = Machine.open(config, pc.clock())
    populate(machine)
    course = install_course(machine)
    pc.go_on(30 * DAY_S)  # the class closed on 9 December
    machine.mark_alive()
    pc.raw_s = float(START)
    machine = power_cut(machine, config, pc, off_s=0)
    with pytest.raises(ExamClosed):
        begun(machine, course)
    machine.close()


def test_the_hubs_time_does_not_end_a_running_exam(
    machine: Machine, course: Course, pc: FakeTime
) -> None:
    begun(machine, course)
    machine.clock.hear((START + 3 * HOUR_S) * 1000)
    machine.mark_alive()
    assert left_s(machine) == 30 * MINUTE_S

"""A thread of duties: it survives their failures, logs each once, and shows when it is not well."""

from __future__ import annotations

import logging
from threading import Event

import pytest

from node.errors import DiskFull
from node.threads import LATE_S, LOG_EVERY_S, DutyThread, ThreadFault, ThreadState
from tests.node.conftest import FakeTime

EVERY_S = 5.0


class Duties:
    """Two duties; the first raises what it is told to."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.failing_calls = self.other_calls = 0

    def mark(self) -> None:
        self.failing_calls += 1
        if self.error is not None:
            raise self.error

    def sweep(self) -> None:
        self.other_calls += 1


@pytest.fixture
def duties() -> Duties:
    return Duties()


@pytest.fixture
def thread(duties: Duties, pc: FakeTime) -> DutyThread:
    return DutyThread("alive", EVERY_S, (duties.mark, duties.sweep), pc.steady)


def rounds(thread: DutyThread, pc: FakeTime, count: int) -> None:
    for _ in range(count):
        pc.go_on(EVERY_S)
        thread.do_round()


@pytest.mark.parametrize("error", [ZeroDivisionError("nobody foresaw it"), DiskFull("full")])
def test_a_duty_that_fails_keeps_no_other_from_being_done(
    duties: Duties, thread: DutyThread, pc: FakeTime, error: Exception
) -> None:
    duties.error = error
    rounds(thread, pc, 3)
    assert (duties.failing_calls, duties.other_calls) == (3, 3)


def test_what_nobody_foresaw_is_logged_with_its_traceback_once_per_kind_and_interval(
    duties: Duties, thread: DutyThread, pc: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    duties.error = ZeroDivisionError("nobody foresaw it")
    rounds(thread, pc, 100)
    assert len(caplog.records) == 1
    assert "mark not done" in caplog.text
    assert "Traceback" in caplog.text
    assert "nobody foresaw it" in caplog.text
    duties.error = KeyError("another kind")
    rounds(thread, pc, 100)
    assert len(caplog.records) == 2
    pc.go_on(LOG_EVERY_S)
    rounds(thread, pc, 1)
    assert len(caplog.records) == 3


def test_a_full_disk_is_a_line_in_the_log_without_a_traceback(
    duties: Duties, thread: DutyThread, pc: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    duties.error = DiskFull("full")
    rounds(thread, pc, 100)
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)


def test_a_duty_that_is_not_done_for_long_shows_until_it_is_done(
    duties: Duties, thread: DutyThread, pc: FakeTime
) -> None:
    thread.start()
    duties.error = ZeroDivisionError()
    rounds(thread, pc, int(LATE_S / EVERY_S))
    assert thread.state() == ThreadState("alive")
    rounds(thread, pc, 2)
    assert thread.state() == ThreadState("alive", ThreadFault.FAILING, ("mark",))
    duties.error = None
    rounds(thread, pc, 1)
    assert thread.state() == ThreadState("alive")
    thread.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_makes_no_round_is_stuck_and_one_that_is_gone_has_ended(
    duties: Duties, pc: FakeTime
) -> None:
    begun, go_on = Event(), Event()

    def hangs() -> None:
        begun.set()
        go_on.wait(60)
        raise SystemExit  # which ends a thread silently

    thread = DutyThread("alive", 0.0, (hangs,), pc.steady)
    assert thread.state() == ThreadState("alive")  # it was not started
    thread.start()
    assert begun.wait(60)
    pc.go_on(LATE_S)
    assert thread.state() == ThreadState("alive")
    pc.go_on(1)
    assert thread.state() == ThreadState("alive", ThreadFault.STUCK)
    go_on.set()
    assert thread._thread is not None
    thread._thread.join(60)
    assert thread.state() == ThreadState("alive", ThreadFault.ENDED)
    thread.stop()
    assert thread.state() == ThreadState("alive")

"""The timetable: a job that ended with an unforeseen error is run again."""

from __future__ import annotations

import logging
from threading import Event

import pytest

from node.courier import scheduler
from node.courier.scheduler import LONGEST_RUN_S, OVERDUE_S, Timetable
from node.threads import ThreadFault
from tests.node.conftest import FakeTime


def test_a_job_that_broke_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "AGAIN_S", 0.01)
    logging.getLogger("apscheduler.executors.default").disabled = True
    ran: list[int] = []
    done = Event()

    def job() -> None:
        ran.append(1)
        if len(ran) == 1:
            raise OSError("the disk went away")
        done.set()

    there = Timetable()
    there.start()
    there.plan(job, 0)
    assert done.wait(60)
    there.stop()


def test_who_asks_again_and_again_does_not_put_a_job_off() -> None:
    done = Event()

    def job() -> None:
        done.set()

    there = Timetable()
    there.start()
    there.plan(job, 0.2, or_sooner=True)
    for _ in range(3):
        there.plan(job, 3_600, or_sooner=True)
    assert done.wait(60)
    there.stop()


def test_stopping_just_as_a_job_is_handed_out_disturbs_nobody() -> None:
    # An exception in the scheduler's thread would fail this test: warnings are errors.
    for _ in range(300):
        done = Event()
        there = Timetable()
        there.start()
        there.plan(done.set, 0)
        assert done.wait(60)
        there.stop()


def test_a_job_that_plans_itself_while_all_is_stopped_is_not_run_again() -> None:
    begun, stopped, ended = Event(), Event(), Event()
    ran: list[int] = []
    there = Timetable()

    def job() -> None:
        ran.append(1)
        begun.set()
        assert stopped.wait(60)
        there.plan(job, 0)
        ended.set()

    there.start()
    there.plan(job, 0)
    assert begun.wait(60)
    there.stop()
    stopped.set()
    assert ended.wait(60)
    assert ran == [1]
    assert not there.runs


def test_a_job_that_does_not_end_or_is_not_begun_is_told(pc: FakeTime) -> None:
    begun, go_on, ended = Event(), Event(), Event()
    there = Timetable(pc.steady)

    def job() -> None:
        begun.set()
        go_on.wait(60)

    def later() -> None:
        ended.set()

    assert there.state().fault is None
    there.start()
    there.plan(job, 0)
    assert begun.wait(60)
    there.plan(job, 0)  # passed over, as it runs
    pc.go_on(LONGEST_RUN_S)
    assert there.state().fault is None
    pc.go_on(1)
    assert there.state().fault is ThreadFault.STUCK
    there.plan(later, 3_600)
    go_on.set()
    while there._running_since:
        pass
    assert there.state().fault is None
    pc.go_on(3_600 + OVERDUE_S)
    assert there.state().fault is None
    pc.go_on(1)
    assert there.state().fault is ThreadFault.STUCK
    there.plan(later, 0)
    assert ended.wait(60)
    assert there.state().fault is None
    there.stop()


def test_a_scheduler_whose_thread_has_ended_is_told() -> None:
    there = Timetable()
    there.start()
    scheduler = there._scheduler
    assert scheduler is not None
    assert there.state().fault is None
    scheduler.shutdown()
    assert there.state().fault is ThreadFault.ENDED
    there._scheduler = None

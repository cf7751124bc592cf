"""Scheduler: runs the courier's jobs when they are due, each at most once at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING

from node.threads import ThreadFault, ThreadState

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

WORKERS = 2
# A job that ended unexpectedly is tried again: the station must not stop syncing for ever.
AGAIN_S = 300.0
# Both workers may be busy with a long sync and with courses; a job that waits longer is stuck.
OVERDUE_S = 3_600.0
# Cuts, exams and hours end a job that fetches courses long before; requests have limits, too.
LONGEST_RUN_S = 86_400.0


class Timetable:
    """What is planned; nothing runs before ``start``."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._scheduler: BackgroundScheduler | None = None
        self._thread: Thread | None = None  # the scheduler's own
        self._monotonic = monotonic
        self._due_at: dict[str, float] = {}  # by the job's name, monotonic s
        self._running_since: dict[str, float] = {}

    @property
    def runs(self) -> bool:
        """Whether jobs run by themselves."""
        return self._scheduler is not None

    def state(self) -> ThreadState:
        """Whether jobs begin when they are due, and end within a day."""
        thread, now = self._thread, self._monotonic()
        if thread is None:
            return ThreadState("scheduler")
        if not thread.is_alive():
            return ThreadState("scheduler", ThreadFault.ENDED)
        running = self._running_since.copy()
        overdue = any(
            now - at > OVERDUE_S for name, at in self._due_at.copy().items() if name not in running
        )
        endless = any(now - at > LONGEST_RUN_S for at in running.values())
        return ThreadState("scheduler", ThreadFault.STUCK if overdue or endless else None)

    def start(self) -> None:
        """Begin to run what is planned."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(WORKERS)},
            # The PC may sleep, or somebody may set its clock: a late job still runs.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.start()
        self._thread = self._scheduler._thread

    def stop(self) -> None:
        """Start nothing more; what runs already goes on to its end."""
        scheduler, self._scheduler, self._thread = self._scheduler, None, None
        if scheduler is not None:
            # Not while its thread hands out a job: afterwards it would not find the job any more.
            scheduler.pause()
            with scheduler._jobstores_lock:
                scheduler.remove_all_jobs()
            scheduler.shutdown(wait=False)

    def plan(self, job: Callable[[], None], wait_s: float, *, or_sooner: bool = False) -> None:
        """Run ``job`` in ``wait_s`` seconds; this replaces an earlier plan.

        ``or_sooner``: keep the earlier plan if it is sooner, so repeated calls do not delay it.
        """
        scheduler = self._scheduler  # a job may plan itself again while another thread stops us
        if scheduler is not None:
            due = datetime.now(UTC) + timedelta(seconds=wait_s)
            name = job.__name__
            planned = scheduler.get_job(name) if or_sooner else None
            if planned is not None and planned.next_run_time <= due:
                return
            self._due_at[name] = self._monotonic() + wait_s
            scheduler.add_job(
                self._run, "date", [job], run_date=due, id=name, name=name, replace_existing=True
            )

    def _run(self, job: Callable[[], None]) -> None:
        name, ended = job.__name__, False
        self._due_at.pop(name, None)
        self._running_since[name] = self._monotonic()
        try:
            job()
            ended = True
        finally:
            del self._running_since[name]
            if self._due_at.get(name, float("inf")) <= self._monotonic():
                del self._due_at[name]  # the scheduler skipped it: one run at a time
            if not ended:  # the scheduler logs the error
                self.plan(job, AGAIN_S)

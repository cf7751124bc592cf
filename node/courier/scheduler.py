"""Scheduler: runs the courier's jobs when they are due, each at most once at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

WORKERS = 2
# A job that ended as nobody foresaw is tried again: the station must not fall silent for ever.
AGAIN_S = 300.0


class Timetable:
    """What is planned; nothing runs before ``start``."""

    def __init__(self) -> None:
        self._scheduler: BackgroundScheduler | None = None

    @property
    def runs(self) -> bool:
        """Whether anything is done by itself."""
        return self._scheduler is not None

    def start(self) -> None:
        """Begin to run what is planned."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(WORKERS)},
            # The PC may sleep, or its clock be set: late is late, but it runs.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Run nothing more; what runs already goes on to its end."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            # Not while its thread hands a job out: it would look for the job in vain afterwards.
            scheduler.pause()
            with scheduler._jobstores_lock:
                scheduler.remove_all_jobs()
            scheduler.shutdown(wait=False)

    def plan(self, job: Callable[[], None], wait_s: float, *, or_sooner: bool = False) -> None:
        """Run ``job`` in ``wait_s`` seconds, and not when it was planned before.

        ``or_sooner``: unless that was sooner; who asks again and again does not put it off.
        """
        scheduler = self._scheduler  # a job may plan itself anew while another thread stops it all
        if scheduler is not None:
            due = datetime.now(UTC) + timedelta(seconds=wait_s)
            name = job.__name__
            planned = scheduler.get_job(name) if or_sooner else None
            if planned is not None and planned.next_run_time <= due:
                return
            scheduler.add_job(
                self._run, "date", [job], run_date=due, id=name, name=name, replace_existing=True
            )

    def _run(self, job: Callable[[], None]) -> None:
        ended = False
        try:
            job()
            ended = True
        finally:
            if not ended:  # the scheduler logs what it was
                self.plan(job, AGAIN_S)

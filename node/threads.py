"""Threads: which run beside the pages for as long as the node does, and whether they still do.

| thread | where | what it does | what is amiss |
|---|---|---|---|
| main, waitress | ``node.web.serve`` | accepts and serves pages | no page comes: see at the PC |
| alive | ``node.runtime`` | a round of duties each 5 s | ended; no round; a duty not done |
| writer | ``node.store.writer`` | all writing | ended; one group takes too long |
| APScheduler, its workers | ``node.courier.scheduler`` | syncs, fetches | ended; a job is overdue |
| library | ``node.learning.library`` | indexes, then ends | behind for too long |
| carry | ``node.stick.job`` | carries by stick, then ends | its own page shows it |

``NodeRuntime.threads`` asks each of them; ``node.keeper.thread_words`` says it to the keeper.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from threading import Event, Thread

from node.errors import MachineError

log = logging.getLogger(__name__)

# A slow disk and a busy writer make a round long; two minutes without a round have another cause.
LATE_S = 120.0
# The same failure comes back every few seconds: a log that tells it each time fills the disk.
LOG_EVERY_S = 3_600.0


class ThreadFault(Enum):
    """What is amiss with a thread."""

    ENDED = "ended"  # it should run and does not
    STUCK = "stuck"  # it runs and gives no sign of life
    FAILING = "failing"  # it runs, and some of its work is not done


@dataclass(frozen=True, slots=True)
class ThreadState:
    """One thread at this moment. ``undone``: of a failing one, the work that is not done."""

    name: str
    fault: ThreadFault | None = None
    undone: tuple[str, ...] = ()


class DutyThread:
    """Does its duties round after round, and outlives whatever they raise."""

    def __init__(
        self,
        name: str,
        every_s: float,
        duties: Sequence[Callable[[], object]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._every_s, self._duties = name, every_s, duties
        self._monotonic = monotonic
        self._round_at = monotonic()
        self._undone_since: dict[str, float] = {}
        self._logged_at: dict[tuple[str, type[Exception]], float] = {}
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin; the first round comes after one interval."""
        self._thread = Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the duty at hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def do_round(self) -> None:
        """Do every duty once, whatever becomes of the others."""
        for duty in self._duties:
            self.do(duty)
        self._round_at = self._monotonic()

    def do(self, duty: Callable[[], object]) -> None:
        """Do what is due. When it fails it is due again in the next round."""
        name = duty.__name__
        try:
            duty()
        except (MachineError, sqlite3.Error) as error:  # a full disk: pages go on without it
            if self._fails(name, error):
                log.warning("%s not done: %r", name, error)
        except Exception as error:
            if self._fails(name, error):
                log.exception("%s not done", name)
        else:
            self._undone_since.pop(name, None)

    def state(self) -> ThreadState:
        """Whether it still makes its rounds and all its duties are done."""
        if self._thread is None or self._stop.is_set():
            return ThreadState(self._name)
        if not self._thread.is_alive():
            return ThreadState(self._name, ThreadFault.ENDED)
        before = self._monotonic() - LATE_S
        if self._round_at + self._every_s < before:
            return ThreadState(self._name, ThreadFault.STUCK)
        undone = tuple(name for name, at in self._undone_since.copy().items() if at < before)
        return ThreadState(self._name, ThreadFault.FAILING if undone else None, undone)

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.do_round()

    def _fails(self, name: str, error: Exception) -> bool:
        """Note that a duty is not done; whether this kind of failure is to be logged now."""
        now = self._monotonic()
        self._undone_since.setdefault(name, now)
        kind = name, type(error)
        if now - self._logged_at.get(kind, -LOG_EVERY_S) < LOG_EVERY_S:
            return False
        self._logged_at[kind] = now
        return True

"""Figures that took long to count are shown again, with their time, while they are counted anew.

A small hub counts in milliseconds and always counts anew. With a whole country it takes seconds,
and twenty offices that open the overview at nine o'clock must not make the hub count twenty times,
nor wait for it. What is kept and has grown old is shown once more, and a thread counts again; at
most a sixtieth of the hub's time goes into counting one thing. Pages say from when their figures
are, and that newer ones come.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

log = logging.getLogger(__name__)

T = TypeVar("T")

LONG_S = 0.3
KEPT_S = 60
# Figures that took long are kept that many times as long, and never longer than ten minutes.
TIMES_KEPT, MOST_KEPT_S = 60, 600
# Older ones are not shown even once: whoever asks waits for new ones.
MOST_SHOWN_S = 86_400
# Things kept; an overview of a province is about 20 kB.
MOST = 200


@dataclass(frozen=True, slots=True)
class KeptFigures(Generic[T]):
    """What was counted and when; ``renewing``: it is being counted again."""

    value: T
    at: int
    kept_s: float = 0.0
    renewing: bool = False


def _in_a_thread(job: Callable[[], None]) -> None:
    threading.Thread(target=job, name="figures", daemon=True).start()


class FigureShelf:
    """The figures that one process of the hub keeps.

    ``look`` opens the database for a thread that counts again, which ``begin`` starts.
    """

    def __init__(
        self,
        look: Callable[[], AbstractContextManager[Connection]],
        now: Callable[[], int],
        stopwatch: Callable[[], float] = time.monotonic,
        begin: Callable[[Callable[[], None]], None] = _in_a_thread,
    ) -> None:
        self._look, self._now, self._stopwatch, self._begin = look, now, stopwatch, begin
        self._kept: dict[Hashable, KeptFigures[Any]] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._renewing: set[Hashable] = set()
        self._lock = threading.Lock()
        # One thing at a time is counted again.
        self._turn = threading.Lock()

    def of(
        self, key: Hashable, connection: Connection, count: Callable[[Connection], T]
    ) -> KeptFigures[T]:
        """The figures called ``key``: those kept, or what ``count`` finds now."""
        known = self._known(key)
        if known is None:
            with self._own(key):
                # Somebody else may have counted while this one waited.
                known = self._known(key) or self._counted(key, connection, count)
        if known.kept_s <= self._now() - known.at:
            self.renew(key, count)
        return replace(known, renewing=key in self._renewing)

    def renew(self, key: Hashable, count: Callable[[Connection], object]) -> None:
        """Count in the background, unless that is being done."""
        with self._lock:
            if key in self._renewing:
                return
            self._renewing.add(key)
        self._begin(lambda: self._renew(key, count))

    def _renew(self, key: Hashable, count: Callable[[Connection], object]) -> None:
        try:
            with self._turn, self._own(key), self._look() as connection:
                self._counted(key, connection, count)
        except Exception:  # the next one who asks begins anew
            log.exception("figures were not counted")
        finally:
            with self._lock:
                self._renewing.discard(key)

    def _known(self, key: Hashable) -> KeptFigures[Any] | None:
        with self._lock:
            known = self._kept.get(key)
            return known if known and 0 <= self._now() - known.at < MOST_SHOWN_S else None

    def _counted(
        self, key: Hashable, connection: Connection, count: Callable[[Connection], T]
    ) -> KeptFigures[T]:
        at, began = self._now(), self._stopwatch()
        value = count(connection)
        took = self._stopwatch() - began
        kept_s = min(max(KEPT_S, TIMES_KEPT * took), MOST_KEPT_S)
        counted = KeptFigures(value, at, kept_s)
        with self._lock:
            self._kept.pop(key, None)
            if took >= LONG_S:
                self._kept[key] = counted
            while len(self._kept) > MOST:
                self._kept.pop(next(iter(self._kept)))
        return counted

    def _own(self, key: Hashable) -> threading.Lock:
        """Whoever counts this holds it; the locks go with the figures."""
        with self._lock:
            for gone in [each for each in self._locks if each not in self._kept and each != key]:
                if not self._locks[gone].locked() and gone not in self._renewing:
                    del self._locks[gone]
            return self._locks.setdefault(key, threading.Lock())

"""Line policy: how much of the line the node takes, and when it lets others go first.

The keeper's limits and hours, exams that are being sat, records before courses, and whoever else
uses the line (``node.link.congestion``). ``node.courier.courier`` asks here before it starts and
between pieces.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from threading import Event, Lock

from node.clock import Clock
from node.config import Config
from node.errors import ContentWaits, LineError
from node.hours import Hours
from node.link.congestion import CongestionControl
from node.link.throttle import BYTES_PER_KBIT, Bucket, Throttle
from node.store import attempts, journal
from node.store.attempts import SatNow
from node.store.db import Store

# Courses give way to a sync for no longer than this.
GIVE_WAY_S = 120.0
# How often to check, between pieces of a course, whether it may go on.
LOOK_S = 1.0
# How often to check whether an exam is over.
EXAM_S = 60
# Whoever sits an exam and touches nothing for so long has gone home.
ABANDONED_S = 1_200
# Stations with the same hours do not all come in their first second.
SPREAD_S = 300


class Why(Enum):
    """Why courses wait."""

    EXAM = "exam"
    HOURS = "hours"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Wait:
    """What courses wait for, and until when as far as is known (Unix seconds, else 0)."""

    why: Why
    until: int = 0


class LinePolicy:
    """The limits in force, and what courses give way to now."""

    def __init__(self, config: Config, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._line, self._content = Bucket(), Bucket()
        self.congestion = CongestionControl()
        self._stopping, self._free = Event(), Event()
        self._lock, self._busy = Lock(), 0
        self._free.set()
        self._looked_at = 0.0
        self.apply_config(config)

    def apply_config(self, config: Config) -> None:
        """Apply these limits from now on, also to what is under way."""
        self._line.set(config.line_kbit_s * BYTES_PER_KBIT)
        self._content.set(config.content_kbit_s * BYTES_PER_KBIT)
        self.content_hours = Hours.parse(config.content_hours)
        self.record_hours = Hours.parse(config.record_hours)
        self.congestion = CongestionControl()

    def start(self) -> None:
        """Let transfers pass again."""
        self._stopping.clear()

    def stop(self) -> None:
        """Let nothing pass any more: the node ends, and a slow transfer must not hold it up."""
        self._stopping.set()

    @property
    def bytes_per_s(self) -> float:
        """What the keeper allows the node; 0: all of it."""
        return self._line.bytes_per_s

    def for_records(self) -> Throttle:
        """What exchanges with the hub or a relay obey."""
        return Throttle((self._line,), sleep=self._sleep)

    def for_content(self) -> Throttle:
        """What fetching courses obeys."""
        congestion = self.congestion
        buckets = (self._line, self._content, congestion.bucket)
        return Throttle(buckets, sleep=self._sleep, came=congestion.came)

    @contextmanager
    def going_first(self) -> Iterator[None]:
        """While this is held, courses wait."""
        with self._lock:
            self._busy += 1
            self._free.clear()
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1
                if not self._busy:
                    self._free.set()

    def content_waits(self, ask_hours: bool = True) -> Wait | None:
        """What courses wait for now; None when they may come. ``ask_hours``: obey the
        hours; not when a person has just asked for courses."""
        if self.exams_sat():
            return Wait(Why.EXAM)
        now = self._clock.truth()
        if ask_hours and not self.content_hours.open_at(now):
            return Wait(Why.HOURS, self.content_hours.opens(now))
        return None if self._free.is_set() else Wait(Why.RECORDS)

    def exams_sat(self) -> list[SatNow]:
        """The exams that courses wait for: not handed in, and their learners are still there."""
        since = self._clock.now() - ABANDONED_S
        return [sat for sat in attempts.sat_now(self._store.read()) if sat.touched >= since]

    def records_wait(self) -> int:
        """Until when the node does not sync by itself (Unix seconds); 0: it may.

        Exams that were handed in always go: somebody waits for the result.
        """
        now = self._clock.truth()
        if self.record_hours.open_at(now) or journal.exam_waits(self._store.read()):
            return 0
        return self.record_hours.opens(now)

    def give_way(self, ask_hours: bool = True) -> None:
        """Call between two pieces of a course: waits while records go, raises if it may not go on.

        Raises:
            ContentWaits: an exam began, or the hours are over.
            LineError: the node stops.
        """
        if not self._free.is_set():
            self.congestion.interrupted()
            self._free.wait(GIVE_WAY_S)
        self._sleep(0)
        if time.monotonic() - self._looked_at < LOOK_S:
            return
        wait = self.content_waits(ask_hours)
        if wait is not None and wait.why is not Why.RECORDS:
            raise ContentWaits(wait.why.value)
        self._looked_at = time.monotonic()

    def look_again_s(self, until: int) -> float:
        """In how many seconds to look again, for what waits until then (0: not known)."""
        if not until:
            return EXAM_S
        spread = SPREAD_S * random.random()  # noqa: S311  not a secret
        return max(0, until - self._clock.truth()) + spread

    def _sleep(self, seconds: float) -> None:
        if self._stopping.wait(seconds) if seconds else self._stopping.is_set():
            raise LineError("the node stops")

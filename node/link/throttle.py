"""Throttle: how many bytes may pass in a second, over all connections and both ways.

Pure but for the waiting: time is an argument of ``Bucket`` and a parameter of ``Throttle``. What
the keeper set is ``node.link.policy``; how much of the line others need ``node.link.congestion``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

BYTES_PER_KBIT = 125
# A piece passes at once. At the rate it takes so long: more urgent bytes wait no longer than that.
PIECE_S = 0.25
# It is at least what a packet holds, and at most what is soon read on a line without a limit.
LEAST_PIECE_BYTES, MOST_PIECE_BYTES = 1_400, 16_384
# What the system takes in before we read ignores our rate: allow one second of it, within bounds.
LEAST_BUFFER_BYTES, MOST_BUFFER_BYTES = 4_096, 262_144


class Bucket:
    """So many bytes a second (0: as many as come), shared by whoever takes from it.

    Unused time is not saved up, so that the line is not flooded after a pause.
    """

    def __init__(self, bytes_per_s: float = 0.0) -> None:
        self._lock = Lock()
        self._rate = bytes_per_s
        self._free_at = 0.0

    @property
    def bytes_per_s(self) -> float:
        """The rate; 0 when there is none."""
        return self._rate

    def set(self, bytes_per_s: float) -> None:
        """Set another rate, from now on."""
        with self._lock:
            if bytes_per_s != self._rate:
                self._rate, self._free_at = bytes_per_s, 0.0

    def take(self, n_bytes: int, now: float) -> float:
        """Reserve a place for ``n_bytes``; return in how many seconds they may pass."""
        with self._lock:
            if not self._rate:
                return 0.0
            begins = max(now, self._free_at)
            self._free_at = begins + n_bytes / self._rate
            return begins - now


@dataclass(frozen=True, slots=True)
class Throttle:
    """What one connection obeys: each of its buckets."""

    buckets: tuple[Bucket, ...] = ()
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    # Told of what came from the line and when, before it is held up.
    came: Callable[[int, float], None] | None = None

    @property
    def bytes_per_s(self) -> float:
        """The strictest rate; 0 when there is none."""
        rates = [bucket.bytes_per_s for bucket in self.buckets]
        return min((rate for rate in rates if rate), default=0.0)

    @property
    def piece_bytes(self) -> int:
        """How many bytes to send or read at once."""
        rate = self.bytes_per_s
        if not rate:
            return MOST_PIECE_BYTES
        return int(min(MOST_PIECE_BYTES, max(LEAST_PIECE_BYTES, rate * PIECE_S)))

    @property
    def buffer_bytes(self) -> int:
        """How much the system may take in ahead of us; 0: as it likes."""
        rate = self.bytes_per_s
        return int(min(MOST_BUFFER_BYTES, max(LEAST_BUFFER_BYTES, rate))) if rate else 0

    def send(self, n_bytes: int) -> None:
        """Wait until ``n_bytes`` may go out."""
        now = self.clock()
        wait_s = max((bucket.take(n_bytes, now) for bucket in self.buckets), default=0.0)
        if wait_s > 0:
            self.sleep(wait_s)

    def receive(self, n_bytes: int) -> None:
        """Wait as long as ``n_bytes`` that came should have taken: the sender notices."""
        if self.came is not None:
            self.came(n_bytes, self.clock())
        self.send(n_bytes)

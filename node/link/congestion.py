"""Congestion control: courses come more slowly while somebody else uses the line.

The station's PCs browse over the same line. When they do, courses suddenly come much more slowly.
From then on courses take a quarter of that rate, and only slowly more again. Time is an argument;
the rate is a ``Bucket`` that the connections for courses obey (docs/decisions).
"""

from __future__ import annotations

from threading import Lock

from node.link.throttle import Bucket

# The rate is measured over so long; on a bad line a shorter time says nothing.
WINDOW_S = 5.0
# The longest gap between two pieces; after a longer one, nothing was being fetched.
PAUSE_S = 3.0
# Below this share of the usual rate, others take the rest of the line.
CROWDED = 0.6
# Then courses take this share of the rate that was seen.
TAKEN = 0.25
# But never less than this share of the usual rate: courses must arrive before their term.
LEAST = 1 / 8
# They keep to it for so many windows; then they take a quarter more with each window.
HOLD, GROWTH = 6, 1.25
# The usual rate follows a line that became slower for good within minutes: a little each time.
FORGET = 0.96


class CongestionControl:
    """Watches what comes of courses and sets ``bucket`` to what is polite."""

    def __init__(self) -> None:
        self.bucket = Bucket()
        self._lock = Lock()
        self._usual = 0.0
        self._bytes = 0
        self._since = self._last = 0.0
        self._hold = 0

    @property
    def slowed(self) -> bool:
        """Whether somebody else seems to use the line."""
        return self.bucket.bytes_per_s > 0

    def interrupted(self) -> None:
        """Forget what was seen until now: courses gave way to something else."""
        with self._lock:
            self._bytes = 0
            self._since = self._last = 0.0

    def came(self, n_bytes: int, now: float) -> None:
        """``n_bytes`` of a course came just now."""
        with self._lock:
            if not self._since or now - self._last > PAUSE_S + n_bytes / self._slowest:
                self._since, self._bytes = now, 0
            else:
                self._bytes += n_bytes
            self._last = now
            if now - self._since >= WINDOW_S:
                self._judge(self._bytes / (now - self._since))
                self._since, self._bytes = now, 0

    @property
    def _slowest(self) -> float:
        """The rate below which a gap between pieces is a pause."""
        return self.bucket.bytes_per_s or max(1.0, self._usual * LEAST)

    def _judge(self, seen: float) -> None:
        """After a window in which ``seen`` bytes a second came."""
        cap = self.bucket.bytes_per_s
        if cap and seen > cap * (1 - (1 - CROWDED) / 2):
            # We got all that we allowed ourselves: the line may carry more.
            self._hold -= 1
            if self._hold < 0:
                grown = cap * GROWTH
                self.bucket.set(0.0 if grown >= self._usual else grown)
            return
        if seen >= self._usual * CROWDED:
            self._usual = max(seen, self._usual * FORGET)
            self.bucket.set(0.0)
            return
        self.bucket.set(max(seen * TAKEN, self._usual * LEAST, 1.0))
        self._usual *= FORGET
        self._hold = HOLD

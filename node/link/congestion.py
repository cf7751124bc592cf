"""Congestion control: courses come more slowly while somebody else uses the line.

The station's PCs browse over the same line. What shows them is that courses suddenly come much
more slowly than they did: then a quarter of that is taken, and only slowly more again. Time is an
argument; the rate is a ``Bucket`` that the connections for courses obey (docs/decisions).
"""

from __future__ import annotations

from threading import Lock

from node.link.throttle import Bucket

# So long is looked at; on a bad line less than that says nothing.
WINDOW_S = 5.0
# Between two pieces of one stretch: after more, the line was not asked for anything.
PAUSE_S = 3.0
# Less than this share of what is usual means that others take the rest,
CROWDED = 0.6
# of which this share is taken from then on,
TAKEN = 0.25
# never less than this share of what is usual: courses must arrive before their term,
LEAST = 1 / 8
# for so many windows; after them a quarter more with each.
HOLD, GROWTH = 6, 1.25
# What is usual follows a line that has become slower for good within minutes: a little each time.
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
        """What was seen until now says nothing of what follows: it gave way to something else."""
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
            # We had what we allowed ourselves: that says nothing of how much there is.
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

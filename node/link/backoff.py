"""Back-off: when to sync next and how much to send at once, from how the line behaved.

Pure functions of what was measured; ``node.courier.courier`` does the waiting and sending.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

# A failed try should cost little: a request takes so long at the line's measured speed.
AIM_S = 20.0
# Before anything was measured: 64 kbit/s, shared.
UNKNOWN_BYTES_PER_S = 4_000.0
LEAST_BYTES, MOST_BYTES = 2_000, 400_000
# What a sealed record takes: what a batch of so many bytes may hold (sync.first.bytes_per_record).
BYTES_PER_RECORD = 5
MOST_RECORDS = 20_000
# A result that somebody waits for is worth its own round trip if that saves more than this.
EXAM_WAITS_S = 2.0

# Failures in a row: 30 s, 1, 2, 4 … at most 5 minutes: a line that is up for minutes only is used,
# and the hub has work soon after an outage. A try that nobody answers costs 300 bytes.
FIRST_RETRY_S = 30.0
LAST_RETRY_S = 300.0
# Stations that lost the line together must not come back together.
JITTER = 0.3
# The hub spreads its slots itself: more than this would reach into another station's slot.
SLOT_JITTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How much the line carries; grows with what went well and halves with what did not."""

    bytes_per_s: float = UNKNOWN_BYTES_PER_S
    failures: int = 0
    # A request went out and no answer came: what it brought may have arrived.
    unsure: bool = False

    @property
    def max_bytes(self) -> int:
        """How many bytes of batches to put into one request."""
        return int(max(LEAST_BYTES, min(MOST_BYTES, self.bytes_per_s * AIM_S)))

    @property
    def max_records(self) -> int:
        """How many records to seal into one batch."""
        return min(MOST_RECORDS, self.max_bytes // BYTES_PER_RECORD)

    def batch_records(self, waiting: int, to_exam: int) -> int:
        """How many of the ``waiting`` records to seal into one batch.

        ``to_exam``: how many they are up to the last exam that was handed in, 0 when there is
        none. What follows it goes in a batch of its own where it would keep the result waiting
        for long: records cannot overtake each other, but need not wait for those behind them.
        """
        most = max(self.max_records, LEAST_BYTES)
        behind = min(waiting, most) - to_exam
        if 0 < to_exam < most and behind * BYTES_PER_RECORD > EXAM_WAITS_S * self.bytes_per_s:
            return to_exam
        return most

    def within(self, bytes_per_s: float) -> Pace:
        """The pace with at most ``bytes_per_s``; 0: no limit."""
        return replace(self, bytes_per_s=min(self.bytes_per_s, bytes_per_s or self.bytes_per_s))

    def went_well(self, n_bytes: int, took_s: float) -> Pace:
        """After a request of ``n_bytes`` both ways. Small ones say nothing: they are all delay."""
        if n_bytes < LEAST_BYTES:
            return replace(self, failures=0, unsure=False)
        seen = n_bytes / max(took_s, 0.001)
        return Pace(min(2 * self.bytes_per_s, max(seen, self.bytes_per_s / 2)), 0)

    def failed(self, carried: bool = True) -> Pace:
        """After a try that failed; one that got no connection says nothing about speed."""
        if not carried:
            return replace(self, failures=self.failures + 1)
        least = LEAST_BYTES / AIM_S
        return Pace(max(least, self.bytes_per_s / 2), self.failures + 1, unsure=True)

    def turned_away(self) -> Pace:
        """After the hub asked for patience: the line is well."""
        return replace(self, failures=0)

    def wait_s(self, every_s: int, again_s: int, chance: float | None = None) -> float:
        """How long to wait now. ``again_s`` is what the hub just said, 0 when it said nothing;
        ``chance``: the random number, 0..1."""
        dice = random.random() if chance is None else chance  # noqa: S311  not a secret
        if again_s:
            # Never earlier than the hub asked for.
            return again_s + min(SLOT_JITTER_S, JITTER * again_s) * dice
        base = self._retry_s if self.failures else float(every_s)
        return base * (1 + JITTER * (2 * dice - 1))

    @property
    def _retry_s(self) -> float:
        return min(LAST_RETRY_S, FIRST_RETRY_S * (1 << min(self.failures - 1, 10)))

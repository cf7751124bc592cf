"""Pace: when to sync next and how much to send at once, from how the line behaved.

Pure functions of what was measured; ``node.courier`` does the waiting and sending.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

# A try that fails for nothing should have cost little: this long at the line's measured speed.
AIM_S = 20.0
# Before anything was measured: 64 kbit/s, shared.
UNKNOWN_BYTES_PER_S = 4_000.0
LEAST_BYTES, MOST_BYTES = 2_000, 400_000
# What a sealed record takes: what a batch of so many bytes may hold (sync.first.bytes_per_record).
BYTES_PER_RECORD = 5
MOST_RECORDS = 20_000

# Failures in a row: 30 s, 1, 2, 4 … at most half an hour: then the line has come back unnoticed.
FIRST_RETRY_S = 30.0
LAST_RETRY_S = 1_800.0
# Stations that lost the line together must not come back together.
JITTER = 0.3


@dataclass(frozen=True, slots=True)
class Pace:
    """How much the line carries; grows with what went well and halves with what did not."""

    bytes_per_s: float = UNKNOWN_BYTES_PER_S
    failures: int = 0

    @property
    def max_bytes(self) -> int:
        """How many bytes of batches to put into one request."""
        return int(max(LEAST_BYTES, min(MOST_BYTES, self.bytes_per_s * AIM_S)))

    @property
    def max_records(self) -> int:
        """How many records to seal into one batch."""
        return min(MOST_RECORDS, self.max_bytes // BYTES_PER_RECORD)

    def went_well(self, n_bytes: int, took_s: float) -> Pace:
        """After a request of ``n_bytes`` both ways. Small ones say nothing: they are all delay."""
        if n_bytes < LEAST_BYTES:
            return replace(self, failures=0)
        seen = n_bytes / max(took_s, 0.001)
        return Pace(min(2 * self.bytes_per_s, max(seen, self.bytes_per_s / 2)), 0)

    def failed(self) -> Pace:
        """After a try that came to nothing."""
        least = LEAST_BYTES / AIM_S
        return Pace(max(least, self.bytes_per_s / 2), self.failures + 1)

    def wait_s(self, every_s: int, again_s: int, chance: float | None = None) -> float:
        """How long to wait now. ``again_s`` is the hub's wish, ``chance`` 0..1 the dice."""
        dice = random.random() if chance is None else chance  # noqa: S311  not a secret
        if self.failures:
            base: float = max(self._retry_s, again_s)
        else:
            base = again_s or every_s
        # Earlier than the hub asked for would be no favour to it.
        return base * (1 + JITTER * (dice if again_s else 2 * dice - 1))

    @property
    def _retry_s(self) -> float:
        return min(LAST_RETRY_S, FIRST_RETRY_S * (1 << min(self.failures - 1, 10)))

"""Clocks: how far the times that a node noted can be trusted, by the hub's own clock.

A node's clock is only a claim. Each batch is stored with how far the clock that noted its records
was off when they were sent. From this, and from when they came, a time is corrected. The claimed
time is kept beside it: facts and the order of records never change.
"""

from bisect import bisect_right, insort

from sqlalchemy import Connection

from hub.store import batches
from hub.store.batches import Came

# A slow line and waiting in a queue make a good clock look a minute or two late.
FAULT_S = 300


def skew(at_ms: int, now: int, direct: bool) -> int | None:
    """How far a node's clock is ahead; None if the parcel was long under way and cannot tell."""
    off = at_ms // 1000 - now
    return off if direct or off > 0 else None


def skew_of_batch(last_at: int, before: Came | None, skew_now: int | None) -> int:
    """How far off the clock was that noted a batch which ends at ``last_at``.

    A node that hears the hub sets its clock right. Its clock never runs back, so what it noted
    before that moment was noted by the clock as it was when the batch before was sent.
    """
    if before is not None and last_at <= before.received_at + before.clock_skew_s:
        return before.clock_skew_s
    return skew_now or 0


class Arrivals:
    """When records came, as one transaction sees it; each batch is asked for once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[int, int], list[batches.Arrival]] = {}

    def corrected(self, node_id: int, epoch: int, seq: int, at: int) -> int | None:
        """When a record was really noted; None if there is nothing to correct in ``at``."""
        came = self._came(node_id, epoch, seq)
        if came is None:
            return None
        right = at - came.clock_skew_s if abs(came.clock_skew_s) > FAULT_S else at
        # No record is noted after it came.
        right = min(right, came.received_at)
        return right if abs(right - at) > FAULT_S else None

    def _came(self, node_id: int, epoch: int, seq: int) -> Came | None:
        known = self._known.setdefault((node_id, epoch), [])
        place = bisect_right(known, seq, key=lambda entry: entry.first_seq)
        if place and seq <= known[place - 1].last_seq:
            return known[place - 1].came
        arrival = batches.arrival(self._connection, node_id, epoch, seq)
        if arrival is None:
            return None
        insort(known, arrival, key=lambda entry: entry.first_seq)
        return arrival.came

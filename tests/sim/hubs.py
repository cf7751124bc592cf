"""Two hubs for the simulator: one with the real door and plan, one that takes whatever comes.

Both handle one request after the other, ``capacity.per_s`` units of work a second, and count
the work of each interval. Time is virtual.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random

from hub.context.visit_schedule import SLOT_S, Capacity, VisitSchedule, work_of
from hub.server.admission import REFUSAL_WORK, AdmissionControl, Refusal

# Connections that waitress and the kernel hold (hub/server/http_server.py); more get none.
CONNECTIONS = 1_000 + 1_024


class Queue:
    """The work that a hub has taken in and not done."""

    def __init__(self, per_s: float) -> None:
        self.per_s = per_s
        self.busy_until = 0.0
        self.longest_s = 0.0
        self.taken: defaultdict[int, float] = defaultdict(float)  # work by interval
        self.by_second: defaultdict[int, float] = defaultdict(float)

    def put(self, at: float, work: float) -> float:
        """Take ``work`` in; returns when it will be done."""
        self.taken[int(at) // SLOT_S] += work
        self.by_second[int(at)] += work
        self.busy_until = max(self.busy_until, at) + work / self.per_s
        self.longest_s = max(self.longest_s, self.busy_until - at)
        return self.busy_until

    def peak(self, since: float = 0) -> float:
        """The most that was taken in within an interval, as a share of what can be done in it."""
        whole = self.per_s * SLOT_S
        return max((w for n, w in self.taken.items() if n * SLOT_S >= since), default=0) / whole


class GuardedHub:
    """The real door and plan."""

    def __init__(self, capacity: Capacity, seed: int) -> None:
        self.queue = Queue(capacity.per_s)
        self.slots = VisitSchedule(capacity, Random(seed))
        self.door = AdmissionControl(self.slots)
        self.let_in = self.refused = 0

    def ask(self, at: float, n_bytes: int, credentials: str) -> float | Refusal | None:
        """When the answer will be ready, or when to come again."""
        waiting = max(0.0, self.queue.busy_until - at) * self.queue.per_s
        refusal = self.door.admit(int(at), n_bytes, credentials, int(waiting))
        if refusal:
            self.refused += 1
            self.queue.put(at, REFUSAL_WORK)
            return refusal
        self.let_in += 1
        return self.queue.put(at, work_of(n_bytes))

    def again(self, at: float, station: int) -> int:
        """What the answer says about the next contact."""
        return self.slots.come_back(station, int(at))


class OpenHub:
    """A hub without a door: it is full when no connection is left."""

    def __init__(self, capacity: Capacity, every_s: int) -> None:
        self.queue = Queue(capacity.per_s)
        self.every_s = every_s
        self.let_in = self.refused = 0
        self._connected = 0

    def ask(self, at: float, n_bytes: int, credentials: str) -> float | Refusal | None:
        """When the answer will be ready; None: no connection."""
        if self._connected >= CONNECTIONS:
            self.refused += 1
            return None
        self.let_in += 1
        self._connected += 1
        return self.queue.put(at, work_of(n_bytes))

    def again(self, at: float, station: int) -> int:
        """Always the same time; the connection becomes free."""
        self._connected -= 1
        return self.every_s

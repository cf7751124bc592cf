"""Visit schedule: when each station comes next, so that the hub never gets more than it can do.

The plan holds how much work is promised in each interval; a new promise goes where there is room.
Time is an argument. ``hub.server.admission`` decides who is let in; ``hub.intake.answer`` asks for
the time that goes into an answer. The plan is kept in memory: after a restart it is empty, the
door alone limits the peak, and each station that comes gets a new slot.
"""

import threading
from dataclasses import dataclass
from enum import Enum
from random import Random

# A request without records is one unit of work. One with batches locks, folds and grades
# (tests/bench/ingest.py): four units whatever its size, and one more for each 3 kB.
IDLE_BYTES = 400
BATCH_WORK = 3.0
BYTES_PER_WORK = 3_000

# The capacity holds for each interval. A longer one loses less at its ends, but when all of its
# requests come together, the last waits that long for a thread.
SLOT_S = 5
# Nobody is told to come back sooner than this: the way takes a second or two.
SOONEST_S = 5
# Nobody who was turned away is told to come later than this, so nobody can fill the plan for days.
HORIZON_S = 3_600

# How much of an interval may be promised. Quiet stations leave room for the unforeseen; stations
# that were turned away leave room for those that came in their slot and found it full.
QUIET_SHARE, EVENING_SHARE = 0.75, 0.5
TURNED_AWAY_SHARE = 0.95
# In the next minutes, as much work stays free for exam results as came with them lately. A station
# needs that long to notice that the hub is back (node.link.backoff).
RESERVE_S = 300
RESERVE_AT_MOST = 0.8
URGENT_MEMORY = 0.8
# If stations were turned away within this time, one with nothing to send waits twice as long.
CROWDED_S = 60

DAY_S = 86_400
BEIJING_S = 8 * 3_600
# A clock that runs back by more intervals than this has been set back.
SET_BACK = 12


class Rank(Enum):
    """Who is promised a slot, from the first to be put off to the last."""

    QUIET = 0  # answered, and has nothing more to send
    TURNED_AWAY = 1
    URGENT = 2  # turned away with exam results
    RETURNING = 3  # came in its slot, which was full


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the hub can do: units of work a second, and when to leave room (hub/config.py)."""

    per_s: int = 100
    every_s: int = 900
    spread_s: int = 180
    evening_from_h: int = 19
    evening_to_h: int = 21

    @property
    def per_slot(self) -> float:
        """Units of work an interval."""
        return float(self.per_s * SLOT_S)


def work_of(n_bytes: int) -> float:
    """The work of a request with a body of ``n_bytes``."""
    return 1.0 + (BATCH_WORK if n_bytes > IDLE_BYTES else 0.0) + n_bytes / BYTES_PER_WORK


class VisitSchedule:
    """The plan of one hub process. Safe to ask from several threads."""

    def __init__(self, capacity: Capacity, dice: Random | None = None) -> None:
        self.capacity = capacity
        self._dice = dice or Random()  # noqa: S311  not a secret
        self._lock = threading.Lock()
        self._slot = 0
        self._booked: dict[int, float] = {}  # for those turned away or let in without a slot
        self._quiet: dict[int, int] = {}
        self._of_node: dict[int, int] = {}
        self._front: dict[Rank, int] = {}
        self._crowded_until = 0
        # Work with exam results: the recent average of an interval, and that of this one.
        self._urgent = self._urgent_now = 0.0

    def come_back(self, node: int, now: int) -> int:
        """In how many seconds a station that was just answered comes next.

        Two moments are drawn, and the one for which less is promised is taken. A promise that the
        station did not use, because it came by itself, is taken back.
        """
        with self._lock:
            self._roll(now)
            before = self._of_node.pop(node, -1)
            if before > self._slot:
                self._quiet[before] -= 1
            every = self.capacity.every_s * (2 if now < self._crowded_until else 1)
            first, last = now + every, now + every + self.capacity.spread_s
            drawn = (self._dice.randint(first, last) for _ in range(2))
            at = min(drawn, key=lambda at: self.promised(at // SLOT_S))
            slot = at // SLOT_S
            if self.promised(slot) + 1 > self._limit(Rank.QUIET, slot):
                slot = self._place(last, Rank.QUIET)
                at = slot * SLOT_S + self._dice.randrange(SLOT_S)
            self._quiet[slot] = self._quiet.get(slot, 0) + 1
            self._of_node[node] = slot
            return max(1, at - now)

    def turn_away(self, now: int, work: float, rank: Rank) -> int:
        """The second of the slot for a request of ``work`` that is not let in now."""
        with self._lock:
            self._roll(now)
            if rank is not Rank.RETURNING:
                self._crowded_until = now + CROWDED_S
            if rank is Rank.URGENT:
                self._urgent_now += work
            slot = self._place(now + SOONEST_S, rank)
            full = self.promised(slot) / self.capacity.per_slot
            if slot * SLOT_S - now <= HORIZON_S:
                self._book(slot, work, rank)
            return slot * SLOT_S + min(SLOT_S - 1, int(full * SLOT_S))

    def take(self, now: int, work: float, urgent: bool) -> bool:
        """Let a request without a slot into this interval, if enough of it is not promised."""
        with self._lock:
            self._roll(now)
            if not self._has_room(now, work, urgent):
                return False
            self._urgent_now += work if urgent else 0.0
            self._book(self._slot, work, Rank.RETURNING)
            return True

    def has_room(self, now: int, work: float, urgent: bool) -> bool:
        """Whether ``take`` would let it in; nothing is promised."""
        with self._lock:
            self._roll(now)
            return self._has_room(now, work, urgent)

    def use(self, now: int, work: float) -> None:
        """What was let in and turned out to be this much work is free no more."""
        with self._lock:
            self._roll(now)
            self._book(self._slot, work, Rank.RETURNING)

    def give_back(self, now: int, work: float) -> None:
        """What was taken in this interval and not used is free again."""
        with self._lock:
            self._roll(now)
            slot = self._slot
            while work > 0 and slot in self._booked:
                part = min(work, self._booked[slot])
                self._booked[slot] -= part
                work -= part
                slot += 1

    def promised(self, slot: int) -> float:
        """How much work is promised to an interval (Unix seconds / SLOT_S)."""
        return self._booked.get(slot, 0.0) + self._quiet.get(slot, 0)

    def _has_room(self, now: int, work: float, urgent: bool) -> bool:
        free = self.capacity.per_slot - self._booked.get(self._slot, 0.0)
        if not urgent:
            # The room that exam results do not use goes to the others bit by bit.
            free -= self._reserve() * (1 - now % SLOT_S / SLOT_S)
        return min(work, self.capacity.per_slot / 4) <= free

    def _place(self, earliest: int, rank: Rank) -> int:
        """The first interval from ``earliest`` on in which ``rank`` may be promised a unit.

        An interval that is full for a rank stays full: it is never looked at twice.
        """
        slot = max(earliest // SLOT_S + 1, self._front.get(rank, 0))
        end = (earliest + HORIZON_S) // SLOT_S
        while slot < end and self.promised(slot) + 1 > self._limit(rank, slot):
            slot += 1
        if slot >= end:
            return self._dice.randint(slot, slot + HORIZON_S // SLOT_S)
        self._front[rank] = slot
        return slot

    def _limit(self, rank: Rank, slot: int) -> float:
        whole = self.capacity.per_slot
        if rank is Rank.QUIET:
            hour = (slot * SLOT_S + BEIJING_S) % DAY_S // 3_600
            evening = self.capacity.evening_from_h <= hour < self.capacity.evening_to_h
            return whole * (EVENING_SHARE if evening else QUIET_SHARE)
        if rank is Rank.TURNED_AWAY and slot < self._slot + RESERVE_S // SLOT_S:
            return whole * TURNED_AWAY_SHARE - self._reserve()
        return whole if rank is Rank.RETURNING else whole * TURNED_AWAY_SHARE

    def _reserve(self) -> float:
        return min(RESERVE_AT_MOST * self.capacity.per_slot, self._urgent)

    def _book(self, slot: int, work: float, rank: Rank) -> None:
        """Promise ``work`` from ``slot`` on; what an interval cannot hold goes into the next."""
        while work > 0:
            room = max(0.0, self._limit(rank, slot) - self.promised(slot))
            self._booked[slot] = self._booked.get(slot, 0.0) + min(room, work)
            work -= room
            slot += 1

    def _roll(self, now: int) -> None:
        """Forget the past. O(1): an interval is forgotten once."""
        slot = now // SLOT_S
        if slot < self._slot - SET_BACK or slot > self._slot + DAY_S // SLOT_S:
            self._clear(slot)
        while self._slot < slot:
            self._booked.pop(self._slot, None)
            self._quiet.pop(self._slot, None)
            fresh = (1 - URGENT_MEMORY) * self._urgent_now
            self._urgent, self._urgent_now = URGENT_MEMORY * self._urgent + fresh, 0.0
            self._slot += 1

    def _clear(self, slot: int) -> None:
        self._slot = slot
        self._booked.clear()
        self._quiet.clear()
        self._of_node.clear()
        self._front.clear()
        self._crowded_until = 0
        self._urgent = self._urgent_now = 0.0

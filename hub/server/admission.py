"""Admission: who is let in at the hub's door, and when the others come back.

Decided by the length of a body alone. The work let in within an interval and the work of turning
others away never exceed what the hub can do. Time is an argument. ``hub.context.visit_schedule``
plans when those turned away come back: they get a ticket for their slot and are let in before
others. ``hub.server.door`` says when and of whom it is asked.

A ticket names a second and is not signed. Whoever invents one takes a place in the queue; the hub
still never gets more than it can do.
"""

from dataclasses import dataclass

from hub.context.visit_schedule import SLOT_S, Rank, VisitSchedule, work_of

# What it costs to say "come later", in requests without records: 0.4 ms of processor time against
# 9.4 ms, through waitress and with the client's part in both.
REFUSAL_WORK = 0.04
# Kept free for refusals: this share, or twice as many as in the last interval if that is more.
REFUSALS_SHARE = 0.03
# A request of more than a quarter of an interval is let in when a quarter is free. The rest counts
# in the intervals that follow: it takes long to arrive, too.
LARGEST_SHARE = 0.25
# How long before and after its second a ticket is valid: lines are slow. No other clock is used.
EARLY_S, LATE_S = 3, 60
# A ticket is the last five digits of the second that it is for.
TICKET_MODULUS = 100_000
URGENT = "u"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Come back after ``again_s`` seconds with ``ticket``."""

    again_s: int
    ticket: str


class AdmissionControl:
    """What one hub process takes in; used under the lock of its ``hub.server.door``."""

    def __init__(self, slots: VisitSchedule) -> None:
        self.slots = slots
        self._slot = 0
        self._spent = 0.0
        self._refused = self._refused_before = 0

    def admit(self, now: int, n_bytes: int, credentials: str, waiting: int = 0) -> Refusal | None:
        """None if it is let in. ``credentials``: "u" for exam results, then a ticket.

        ``waiting``: how many were let in before and still wait for a thread.
        """
        self._roll(now)
        work = work_of(n_bytes)
        urgent = credentials.startswith(URGENT)
        holds = is_due(credentials, now)
        fits = self._fits(work) and waiting <= self.slots.capacity.per_slot
        if fits and (holds or self.slots.take(now, work, urgent)):
            self._spent += work
            return None
        return self._turned_away(now, work, credentials)

    def look(self, now: int, n_bytes: int, credentials: str, waiting: int = 0) -> Refusal | None:
        """None if it would be let in now; nothing is charged yet."""
        self._roll(now)
        work = work_of(n_bytes)
        urgent = credentials.startswith(URGENT)
        free = is_due(credentials, now) or self.slots.has_room(now, work, urgent)
        fits = self._fits(work) and waiting <= self.slots.capacity.per_slot
        return None if fits and free else self._turned_away(now, work, credentials)

    def charge(self, now: int, work: float) -> None:
        """Count work that is done whether there is room or not."""
        self._roll(now)
        self._spent += work

    def give_back(self, now: int, work: float, taken: bool) -> None:
        """Work let in at ``now`` that was not done; ``taken``: from what the plan had free."""
        if now // SLOT_S != self._slot:
            return  # that interval is over
        self._spent = max(0.0, self._spent - work)
        if taken:
            self.slots.give_back(now, work)

    def _turned_away(self, now: int, work: float, credentials: str) -> Refusal:
        urgent, due = _read(credentials, now)
        self._spent += REFUSAL_WORK
        self._refused += 1
        if due is not None and due > now + EARLY_S:
            return _refusal(due, now)  # it has a slot and came too soon
        other = Rank.URGENT if urgent else Rank.TURNED_AWAY
        rank = Rank.RETURNING if is_due(credentials, now) else other
        return _refusal(self.slots.turn_away(now, work, rank), now)

    def _fits(self, work: float) -> bool:
        whole = self.slots.capacity.per_slot
        expected = max(REFUSALS_SHARE * whole, 2 * self._refused_before * REFUSAL_WORK)
        to_come = max(0.0, expected - self._refused * REFUSAL_WORK)
        free = whole - self._spent - to_come
        return min(work, LARGEST_SHARE * whole) <= free

    def _roll(self, now: int) -> None:
        slot = now // SLOT_S
        passed = slot - self._slot
        if passed:
            whole = self.slots.capacity.per_slot
            self._spent = max(0.0, self._spent - passed * whole) if passed > 0 else 0.0
            self._refused_before = self._refused if passed == 1 else 0
            self._slot, self._refused = slot, 0


def is_due(credentials: str, now: int) -> bool:
    """Whether there is a ticket in ``credentials`` that is valid now."""
    _, due = _read(credentials, now)
    return due is not None and now - LATE_S <= due <= now + EARLY_S


def _refusal(at: int, now: int) -> Refusal:
    return Refusal(max(1, at - now), str(at % TICKET_MODULUS))


def _read(credentials: str, now: int) -> tuple[bool, int | None]:
    """Whether there are exam results, and the second of the ticket; None if there is none."""
    urgent = credentials.startswith(URGENT)
    digits = credentials.removeprefix(URGENT)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5):
        return urgent, None
    # The moment nearest to now that ends in these digits.
    off = (int(digits) - now) % TICKET_MODULUS
    return urgent, now + (off if off < TICKET_MODULUS // 2 else off - TICKET_MODULUS)

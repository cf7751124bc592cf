"""Study: what a browser says it played or read becomes a durable sitting, then a record.

Every heartbeat is on disk before it is answered. How much of it counts is
``node.learning.watch_credit``; the rows are ``node.store.sittings``. A sitting ends when the page
says so, when another place of the item is played, when nothing came for a minute, or at the start
after a power cut.
"""

import sqlite3
from dataclasses import dataclass

from content.model.course import Item
from node.clock import Clock
from node.errors import MachineError
from node.learning.watch_credit import LEAST_S, MAX_SPEED, READING_SPEED, Meters
from node.store import sittings
from node.store.db import Store

# A pause shorter than this is part of the sitting: answering the telephone makes no record.
IDLE_S = 60

# Two spans that nearly touch are one: timers and frames do not meet. The gap costs time, too.
JOIN_GAP_S = 1.5

# A page left open for a whole shift: no reading clock goes further.
LONGEST_READING_S = 36_000

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Beat:
    """What one open page played of one item since it was last answered."""

    learner: str
    item: str  # "course/item"
    tab: str
    spans: tuple[Span, ...]
    takes_over: bool = False  # the learner pressed play here
    stops: bool = False  # the end was reached, or the page is left


@dataclass(frozen=True, slots=True)
class BeatOutcome:
    """What became of a beat. ``owed`` was not granted yet: the page keeps it and asks again."""

    owed: tuple[Span, ...] = ()
    elsewhere: bool = False


# Later than any time that a sitting was touched.
_NEVER = 2**62


class Study:
    """All studying at this node."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._meters = Meters()

    def arrive(self, learner: str) -> None:
        """The learner opened an item: from here on time can become study."""
        self._meters.arrive(learner, self._clock.monotonic())

    def hear(self, beat: Beat, item: Item) -> BeatOutcome:
        """Keep the part of ``beat`` that can be true; when this returns, it is on disk.

        Raises:
            StoreBusy, DiskFull, DiskFault: nothing was kept, and nothing spent.
        """
        now = self._clock.monotonic()
        if beat.takes_over:
            self._meters.take_over(beat.learner, beat.tab, now)
        elsewhere = self._meters.elsewhere(beat.learner, beat.tab, now)
        speed = MAX_SPEED if item.kind == "video" else READING_SPEED
        owed: list[Span] = []
        kept: list[Span] = []
        spent = 0.0
        for begin, end in () if elsewhere else self._new_parts(beat, item):
            granted = self._meters.grant(beat.learner, end - begin, speed, now)
            spent += granted
            if granted:
                kept.append((begin, begin + granted))
            if granted < end - begin:
                owed.append((begin + granted, end))
        try:
            self._keep(beat, kept)
        except MachineError:
            self._meters.give_back(beat.learner, spent, speed, now)
            raise
        return BeatOutcome(tuple(owed), elsewhere)

    def close_idle(self) -> int:
        """Make records of sittings in which nothing happened for a minute; how many."""
        return self._close_before(self._clock.now() - IDLE_S)

    def close_all(self) -> int:
        """Make records of all sittings: at the start nobody studies any more; how many.

        Also of those that a clock touched which was ahead of the present one.
        """
        return self._close_before(_NEVER)

    def _new_parts(self, beat: Beat, item: Item) -> list[Span]:
        """The spans within the item, without what the page repeats after a lost answer."""
        longest = item.seconds if item.kind == "video" else LONGEST_READING_S
        sitting = sittings.open_on(self._store.read(), beat.learner, beat.item)
        known = (sitting.begin, sitting.end) if sitting else (0.0, 0.0)
        parts = []
        for begin, end in beat.spans:
            begin, end = max(0.0, begin), min(float(longest), end)
            if known[0] <= begin <= known[1] + JOIN_GAP_S:
                begin = known[1]
            if end - begin >= LEAST_S:
                parts.append((begin, end))
                known = (begin, end)
        return parts

    def _keep(self, beat: Beat, kept: list[Span]) -> None:
        if not kept and not beat.stops:
            return
        at = self._clock.now()

        def work(conn: sqlite3.Connection) -> None:
            for begin, end in kept:
                sittings.extend(conn, beat.learner, beat.item, begin, end, at)
            if beat.stops:
                sittings.close(conn, beat.learner, beat.item)

        self._store.write(work)

    def _close_before(self, at: int) -> int:
        if not sittings.idle_before(self._store.read(), at):
            return 0
        return self._store.write(lambda conn: sittings.close_before(conn, at))

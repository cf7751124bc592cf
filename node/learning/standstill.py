"""Standstill: for how long the node was off before this start, noted in the attempts that it cut.

It is only told: exams are timed by how long the node ran (``node.learning.uptime``). Both ends of
it are times of day, and a clock may be wrong at either, so a word of the hub corrects it later.
"""

import sqlite3
from dataclasses import dataclass

from node.clock import Clock
from node.store import attempts, meta

# Nobody waits for longer before a paper. What a PC's own clock says beyond this is rather the
# clock's fault, and is not told before the hub was heard on both sides of it.
MOST_UNSURE_S = 86_400
# Times of day are whole seconds: by less the two ends are not known.
NEAR_S = 1


@dataclass(slots=True)
class Standstill:
    """``alive``: the last mark before it (0: none); ``by_hub``: the hub was heard before that."""

    alive: int
    by_hub: bool
    began_s: float  # monotonic, when this start began
    before_ms: int  # how long the node had run by then
    noted_s: int | None = None

    @classmethod
    def before(cls, conn: sqlite3.Connection, clock: Clock, before_ms: int) -> "Standstill":
        """The one that ends with this start."""
        alive, by_hub = meta.number(conn, meta.ALIVE), bool(meta.get(conn, meta.ALIVE_BY_HUB))
        return cls(alive, by_hub, clock.monotonic(), before_ms)

    def lasted_s(self, clock: Clock) -> int:
        """How long it lasted, as far as that is known now; 0 where it is not."""
        if not self.alive:
            return 0
        ran_s = round(clock.monotonic() - self.began_s)
        lasted_s = max(0, clock.truth() - ran_s - self.alive)
        is_sure = self.by_hub and clock.by_hub() is not None
        return lasted_s if is_sure or lasted_s <= MOST_UNSURE_S else 0

    def note(self, conn: sqlite3.Connection, lasted_s: int) -> None:
        """Note in the attempts that it cut how long it lasted, in place of what was noted before.

        What was handed in meanwhile stays as it was told.
        """
        before_s = self.noted_s or 0
        if self.noted_s is not None and not self.by_hub:
            # The mark before it may be off as the PC's clock was: the hub's word can only shorten.
            lasted_s = min(lasted_s, before_s)
        if self.noted_s is None or abs(lasted_s - before_s) > NEAR_S:
            attempts.give_back(conn, lasted_s - before_s, self.before_ms)
            self.noted_s = lasted_s

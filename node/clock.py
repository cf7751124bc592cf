"""The node's clock: never behind what was already noted or heard from the hub.

A station PC's own clock may be wrong: after a dead battery it says 2000, set by mistake 2038. So
it is read once and believed only within bounds; from then on the monotonic clock counts the time.
The hub's signed time wins. Even then time is never turned back: it runs at half speed until the
true time has caught up. So records keep their order, and delays still end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

# A PC that was off for the holidays is believed; one that claims more without the hub is not.
MAX_LEAP_S = 60 * 86_400
# A clock that is off by less need not be set.
FAULT_S = 300
# A time service corrects by less; a person who sets the clock moves it by more.
JUMP_S = 30


def boot_time() -> float:
    """Monotonic seconds that also count during sleep, where the system has such a clock."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


@dataclass(frozen=True, slots=True)
class ClockState:
    """What to tell the keeper: how far this PC's own clock is off, and whether the hub said so."""

    off_s: int  # PC minus truth, as far as known; positive: the PC is ahead
    wrong: bool
    from_hub: bool


class Clock:
    """Time of the node in Unix seconds. ``floor`` is the last time that was noted on disk."""

    def __init__(
        self,
        floor: int = 0,
        skew_s: int = 0,
        raw: Callable[[], float] = time.time,
        steady: Callable[[], float] = boot_time,
    ) -> None:
        self._raw = raw
        self._steady = steady
        self._lock = Lock()
        self._last = float(floor)
        self._last_at = steady()
        self._skew = skew_s
        self._from_hub = False
        self._base: float | None = None  # the believed time at the moment _base_at
        self._base_at = self._last_at
        self._drift = raw() - self._last_at
        self._believe(floor)

    def now(self) -> int:
        """Unix time in seconds; never less than any earlier answer."""
        with self._lock:
            steady = self._steady()
            passed = max(0.0, steady - self._last_at)
            if self._base is None:
                self._last += passed
            else:
                truth = self._base + (steady - self._base_at)
                self._last = truth if truth >= self._last else self._last + passed / 2
            self._last_at = steady
            return int(self._last)

    def by_hub(self) -> int | None:
        """The hub's time, counted on since it was heard; None if it was not heard since the start.

        It may be behind ``now``: a wrong clock may have moved that ahead, and it never goes back.
        """
        with self._lock:
            if not self._from_hub or self._base is None:
                return None
            return int(self._base + (self._steady() - self._base_at))

    def monotonic(self) -> float:
        """Seconds for measuring how long something took; means nothing after a restart."""
        return self._steady()

    def raw(self) -> int:
        """What the PC's own clock claims."""
        return int(self._raw())

    def hear(self, hub_ms: int) -> int:
        """Take the hub's signed time; return the skew of the PC's clock, for the caller to keep."""
        with self._lock:
            self._base = hub_ms / 1000
            self._base_at = self._steady()
            self._from_hub = True
            self._skew = round(self._raw() - self._base)
            return self._skew

    def recheck_clock(self) -> None:
        """Read the PC's clock again, unless the hub was heard: the keeper may have set it."""
        floor = self.now()
        with self._lock:
            if not self._from_hub:
                self._believe(floor)

    def was_set(self) -> bool:
        """Whether somebody moved the PC's clock since this was last asked."""
        drift = self._raw() - self._steady()
        moved, self._drift = abs(drift - self._drift) > JUMP_S, drift
        return moved

    def state(self) -> ClockState:
        """Whether the keeper has to set the PC's clock.

        It is compared with the hub's time where that is known: ``now`` may have followed a wrong
        clock, and the two would agree.
        """
        by_hub = self.by_hub()
        off = round(self._raw() - (self.now() if by_hub is None else by_hub))
        return ClockState(off_s=off, wrong=abs(off) > FAULT_S, from_hub=self._from_hub)

    def _believe(self, floor: int) -> None:
        """Choose what to believe: the PC's clock, as it is or as the hub last corrected it.

        It is the earlier of the two that is not behind ``floor`` nor too far ahead of it. After
        somebody set the clock right, the old correction is wrong and leads out of these bounds.
        """
        raw = self._raw()
        fitting = [
            claim for claim in (raw, raw - self._skew) if floor <= claim <= floor + MAX_LEAP_S
        ]
        if floor == 0:  # nothing was ever noted: there is nothing to compare with
            fitting = [raw]
        self._base = min(fitting) if fitting else None
        self._base_at = self._steady()

"""The node's clock: never behind what was already noted or heard from the hub.

A station PC's own clock may be wrong: after a dead battery it says 2000, set by mistake 2038. So
it is read once and believed only within bounds; from then on the monotonic clock counts the time.
The hub's signed time wins. There are two answers. ``now`` is never turned back: after a clock that
ran ahead it goes at half speed until the true time has caught up, so records keep their order and
delays still end. ``truth`` is the time as well as it is known: it says which day it is.
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
    """Time of the node in Unix seconds.

    ``floor``: a time that is past, as far as is known: what the hub signed, or what this node took
    for the truth when it ran last. ``noted``: the latest time that it gave to anything; a clock
    that ran ahead may have moved it beyond the truth.
    """

    def __init__(
        self,
        floor: int = 0,
        skew_s: int = 0,
        raw: Callable[[], float] = time.time,
        steady: Callable[[], float] = boot_time,
        noted: int = 0,
    ) -> None:
        self._raw = raw
        self._steady = steady
        self._lock = Lock()
        self._last = float(max(floor, noted))
        self._last_at = steady()
        self._skew = skew_s
        self._from_hub = False
        self._base, self._base_at = float(floor), self._last_at  # the truth at that moment
        self._drift = raw() - self._last_at
        self._believe(floor)

    def now(self) -> int:
        """Unix time in seconds; never less than any earlier answer."""
        with self._lock:
            steady = self._steady()
            passed = max(0.0, steady - self._last_at)
            truth = self._base + (steady - self._base_at)
            self._last = truth if truth >= self._last else self._last + passed / 2
            self._last_at = steady
            return int(self._last)

    def truth(self) -> int:
        """The time as well as it is known: by the hub, else by the PC's clock where it may be
        believed, else counted on from the last known time.

        It may be behind ``now``: a wrong clock may have moved that ahead, and it never goes back.
        """
        with self._lock:
            return int(self._base + (self._steady() - self._base_at))

    def by_hub(self) -> int | None:
        """The truth, if it is the hub's word; None if that was not heard since the start."""
        return self.truth() if self._from_hub else None

    def skew_s(self) -> int | None:
        """How far the PC's clock is ahead of the hub's now; None if that was not heard."""
        by_hub = self.by_hub()
        return None if by_hub is None else round(self._raw() - by_hub)

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
        floor = self.truth()
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

        It is compared with the truth: ``now`` may have followed a wrong clock, and the two would
        agree; or the clock was set right since, and they would not.
        """
        off = round(self._raw() - self.truth())
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
        self._base = min(fitting) if fitting else float(floor)
        self._base_at = self._steady()

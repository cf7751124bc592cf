"""Progress: how much of a backup is done, and how fast; a line for whoever waits."""

import time
from collections.abc import Callable
from dataclasses import dataclass

# A line that is longer in coming tells nobody anything.
EVERY_S = 0.5

_WORDS = {
    "database": "数据库 / database",
    "rows": "数据库 / database",
    "blobs": "课程文件 / files of courses",
    "check": "读回核对 / reading back",
}


@dataclass(frozen=True, slots=True)
class StepProgress:
    """So many of ``total`` bytes (or rows) of one step, after so many seconds."""

    step: str
    done: int
    total: int
    seconds: float

    def line(self) -> str:
        """It in words, in both languages."""
        unit, by = ("", 1) if self.step == "rows" else (" MB", 1_000_000)
        rate = self.done / by / self.seconds if self.seconds > 0 else 0
        amount = f"{self.done / by:,.0f} / {self.total / by:,.0f}{unit}"
        return f"{_WORDS[self.step]}: {amount}, {rate:,.0f}{unit}/s"


Tell = Callable[[StepProgress], None]


def nobody(_progress: StepProgress) -> None:
    """Tell nobody."""


class StepMeter:
    """Counts one step and tells of it now and then, and at the end."""

    def __init__(self, step: str, total: int, tell: Tell) -> None:
        self._step, self._tell = step, tell
        self._began = self._told = time.monotonic()
        self._total, self._done = total, 0

    def more(self, amount: int) -> None:
        """So much more is done."""
        self.at(self._done + amount, self._total)

    def at(self, done: int, total: int) -> None:
        """So much is done by now."""
        self._done, self._total = done, total
        now = time.monotonic()
        if done >= total or now - self._told >= EVERY_S:
            self._told = now
            self._tell(StepProgress(self._step, done, total, now - self._began))

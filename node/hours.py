"""Hours: the times of day in which the line may be used, as a keeper writes them.

"20:00-06:30, 12:00-13:30"; empty means always. They are those of Beijing time, which has no
summer time, whatever time zone the machine is set to (``node.calendar``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from node.calendar import BEIJING

DAY_MIN = 24 * 60
DAY_S = 86_400
# More ranges than hours of the day are a mistake.
MOST_RANGES = 12
# What Chinese keyboards give for comma and dash; NFKC has already replaced "：" and "，".
_BETWEEN = re.compile(r"[,;、\s]+")
_RANGE = re.compile(r"(\d{1,2}):(\d{2})[-–—~至到](\d{1,2}):(\d{2})")
_OFFSET_S = int(BEIJING.utcoffset(None).total_seconds())


class BadHours(ValueError):
    """The text names no times of day; ``part`` is what was not understood."""

    def __init__(self, part: str) -> None:
        super().__init__(f"no times of day: {part!r}")
        self.part = part


@dataclass(frozen=True, slots=True)
class Hours:
    """Ranges as (first minute of the day, minutes); none at all: always open."""

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Read what a keeper wrote.

        Raises:
            BadHours: a part is no range of times.
        """
        plain = re.sub(r"\s*([-–—~至到:])\s*", r"\1", unicodedata.normalize("NFKC", text).strip())
        parts = [part for part in _BETWEEN.split(plain) if part]
        if len(parts) > MOST_RANGES:
            raise BadHours(parts[MOST_RANGES])
        return cls(tuple(_range(part) for part in parts))

    def __str__(self) -> str:
        """The same in the one form that is stored and shown."""
        return ", ".join(
            f"{_spell(first)}-{_spell((first + length) % DAY_MIN or DAY_MIN)}"
            for first, length in self.ranges
        )

    def open_at(self, at: int) -> bool:
        """Whether they hold at the moment ``at`` (Unix seconds)."""
        return not self.ranges or any(self._left_s(interval, at) for interval in self.ranges)

    def opens(self, at: int) -> int:
        """The first moment from ``at`` on at which they hold."""
        if self.open_at(at):
            return at
        return at + min((first * 60 - _second(at)) % DAY_S for first, _ in self.ranges)

    def closes(self, at: int) -> int:
        """The first moment from ``at`` on at which they do not hold; 0: never."""
        end = at
        while self.ranges and end - at < DAY_S:
            left_s = max(self._left_s(interval, end) for interval in self.ranges)
            if not left_s:
                return end
            end += left_s
        return 0

    @staticmethod
    def _left_s(interval: tuple[int, int], at: int) -> int:
        """For how long the range holds from ``at`` on; 0 when it does not."""
        first, length = interval
        return max(0, length * 60 - (_second(at) - first * 60) % DAY_S)


def _range(part: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(part)
    if match is None:
        raise BadHours(part)
    hour, minute, to_hour, to_minute = map(int, match.groups())
    first, end = hour * 60 + minute, to_hour * 60 + to_minute
    if minute > 59 or to_minute > 59 or first >= DAY_MIN or end > DAY_MIN or first == end:
        raise BadHours(part)
    return first, (end - first) % DAY_MIN or DAY_MIN


def _second(at: int) -> int:
    """The second of the day in Beijing."""
    return (at + _OFFSET_S) % DAY_S


def _spell(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"

"""The curve of completion: how many of the courses due were complete by the end of each day.

It is drawn from what is kept: the day on which the hub first saw a course complete. What a station
has not sent yet is missing from it, and comes with the day on which it arrives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAY_S = 86_400
ZONE_S = 8 * 3600  # the offices keep Chinese time
DAYS_SHOWN = 30
# The picture: 0 at the left and at the bottom.
WIDTH, HEIGHT = 296, 96


@dataclass(frozen=True, slots=True)
class CurveDay:
    """One day: how many courses were first seen complete on it, and by its end in all."""

    day: date
    new: int
    total: int


@dataclass(frozen=True, slots=True)
class CompletionCurve:
    """The last days, and how many courses are due in all (each person and course once)."""

    days: tuple[CurveDay, ...]
    wanted: int

    @property
    def top(self) -> float:
        """What the upper edge stands for, in percent: 1, 2, 5, 10, 20, 50 or 100."""
        percent = self.percent(self.days[-1].total) if self.days else 0
        return next((step for step in (0.1, 0.5, 1, 2, 5, 10, 20, 50) if percent <= step), 100)

    def percent(self, total: int) -> float:
        """Part of the courses due, in percent."""
        return min(100.0, 100 * total / self.wanted) if self.wanted else 0.0

    @property
    def points(self) -> str:
        """The line, as SVG takes it."""
        step = WIDTH / max(1, len(self.days) - 1)
        return " ".join(
            f"{at * step:.1f},{HEIGHT - HEIGHT * self.percent(each.total) / self.top:.1f}"
            for at, each in enumerate(self.days)
        )


def drawn(visits: Mapping[int, int], wanted: int, now: int) -> CompletionCurve:
    """The curve of completions by day; without days while nothing is complete or due."""
    if not visits or not wanted:
        return CompletionCurve((), wanted)
    today = (now + ZONE_S) // DAY_S
    # The day before the first one, so that the line begins where nothing was complete.
    first = max(min(visits) - 1, today - DAYS_SHOWN + 1)
    total = sum(new for day, new in visits.items() if day < first)
    days = []
    for number in range(first, today + 1):
        total += visits.get(number, 0)
        day = date(1970, 1, 1) + timedelta(days=number)
        days.append(CurveDay(day, visits.get(number, 0), total))
    return CompletionCurve(tuple(days), wanted)

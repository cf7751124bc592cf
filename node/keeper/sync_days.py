"""Sync days: the last tries to sync, day by day: what went well in one line, failures singly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from node import calendar
from node.store.tries import Try

# Of one day's failures so many are shown; on a bad day there is one every five minutes.
SHOWN_FAILURES = 5
# The page goes back so far.
DAYS = 7


@dataclass(frozen=True, slots=True)
class SyncDay:
    """The tries of one day, an ISO date in Beijing."""

    day: str
    tries: int
    went_well: int
    sent: int  # records that the hub signed for
    bytes: int
    last_at: int
    failures: tuple[Try, ...]  # the newest first
    more_failures: int

    @property
    def all_went_well(self) -> bool:
        """Whether none failed."""
        return self.went_well == self.tries


def by_day(tries: Iterable[Try]) -> list[SyncDay]:
    """The tries, newest first, as days, newest first."""
    return [
        _day(day, list(of_day)) for day, of_day in groupby(tries, lambda one: calendar.day(one.at))
    ]


def _day(day: str, tries: list[Try]) -> SyncDay:
    failures = [one for one in tries if one.outcome]
    return SyncDay(
        day=day,
        tries=len(tries),
        went_well=len(tries) - len(failures),
        sent=sum(one.sent for one in tries),
        bytes=sum(one.bytes_up + one.bytes_down for one in tries),
        last_at=tries[0].at,
        failures=tuple(failures[:SHOWN_FAILURES]),
        more_failures=max(0, len(failures) - SHOWN_FAILURES),
    )

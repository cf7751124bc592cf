"""Duty: which required courses count for who is done, and where it is too early to be behind.

A course that was just published takes nobody's "done" away, and nobody is behind in the first days
of a term. The rules of one place; who stands how is ``hub.reports.figures``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from content.face.spoken import ZONE
from hub.store.reports import CourseRun, Due
from sync.facts.spans import day_of

DAY_S = 86_400
# Study within the last week counts as "studying"; a term has 20 days.
RECENT_S = 7 * DAY_S
# Outside of classes a course counts this long after it was first published: a term and some days.
NEW_S = 30 * DAY_S

_Placed = TypeVar("_Placed", Due, CourseRun)


def counted(courses: Sequence[Due], runs: Sequence[CourseRun], now: int) -> list[Due]:
    """The courses that count for who is done.

    A new one counts where a class has begun that holds it, and where nothing was due before that
    day: courses that came on one day count together.
    """
    first = dict[str, int]()
    for each in courses:
        first[each.path] = min(first.get(each.path, each.since), each.since)
    begun: dict[str, set[str]] = {}
    for run in runs:
        if run.opens <= _day(now):
            begun.setdefault(run.course, set()).add(run.path)
    found = set[Due]()
    for each in courses:
        earliest = min(first[path] for path in _above(each.path) if path in first)
        if each.since + NEW_S <= now or day_of(earliest) == day_of(each.since):
            found.add(each)
            continue
        for path in begun.get(each.course, ()):
            if path.startswith(each.path) or each.path.startswith(path):
                found.add(replace(each, path=max(path, each.path, key=len)))
    return sorted(found, key=lambda each: (each.mark, each.path))


def places(courses: Sequence[Due], runs: Sequence[CourseRun], now: int) -> dict[str, bool]:
    """Whether somebody may be behind, by path; the nearest path at or above a unit holds."""
    due_at, runs_at = _by_path(courses), _by_path(runs)
    found: dict[str, bool] = {}
    for path in sorted({*due_at, *runs_at}, key=len):
        due = {each.course: each.since for at in _above(path) for each in due_at.get(at, ())}
        mine = [run for at in _above(path) for run in runs_at.get(at, ()) if run.course in due]
        may = _may_be_behind(due, mine, now)
        if may != holds(found, path):
            found[path] = may
    return found


def holds(known: Mapping[str, bool], path: str) -> bool:
    """What ``places`` says of a unit."""
    return next((known[at] for at in reversed([*_above(path)]) if at in known), True)


def _may_be_behind(due: Mapping[str, int], runs: Sequence[CourseRun], now: int) -> bool:
    if not runs:
        return not due or min(due.values()) + RECENT_S <= now
    # The class that is studied now, as stations take it: the open one that opened first.
    today, long_ago = _day(now), _day(now - RECENT_S)
    open_now = [run for run in runs if run.opens <= today <= run.closes]
    if open_now:
        return min(run.opens for run in open_now) <= long_ago
    return not any(run.opens > today for run in runs)


def _by_path(placed: Iterable[_Placed]) -> dict[str, list[_Placed]]:
    by_path: dict[str, list[_Placed]] = {}
    for each in placed:
        by_path.setdefault(each.path, []).append(each)
    return by_path


def _above(path: str) -> Iterator[str]:
    """The paths at and above ``path`` ("/1/5/"), the top first."""
    return (path[: at + 1] for at, sign in enumerate(path) if sign == "/" and at)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, ZONE).date().isoformat()

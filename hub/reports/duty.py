"""Duty: which required courses count for who is done, and where it is too early to be behind.

A course that was just published takes nobody's "done" away, and nobody is behind in the first days
of a term. The rules of one place; who stands how is ``hub.reports.figures``.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from content.face.spoken import ZONE
from hub.store.reports import CourseRun, Due

DAY_S = 86_400
# Study within the last week counts as "studying"; a term has 20 days.
RECENT_S = 7 * DAY_S
# Outside of classes a course counts this long after it was first published: a term and some days.
NEW_S = 30 * DAY_S


def counted(courses: Sequence[Due], terms: Sequence[CourseRun], now: int) -> list[Due]:
    """The courses that count for who is done.

    A new one counts where a class has begun that holds it, and where nothing older is due.
    """
    today = _day(now)
    old = [each for each in courses if each.since + NEW_S <= now]
    found = set(old)
    for each in set(courses) - found:
        if not any(each.path.startswith(one.path) for one in old):
            found.add(each)
            continue
        for term in terms:
            if term.course != each.course or term.opens > today:
                continue
            if term.path.startswith(each.path) or each.path.startswith(term.path):
                found.add(replace(each, path=max(term.path, each.path, key=len)))
    return sorted(found, key=lambda each: each.mark)


def places(courses: Sequence[Due], terms: Sequence[CourseRun], now: int) -> list[tuple[str, bool]]:
    """Whether somebody may be behind, by path; the nearest path at or above a unit holds.

    The longest paths come first. Where no path holds, nothing is due.
    """
    paths = {each.path for each in courses} | {each.path for each in terms}
    found: dict[str, bool] = {}
    for path in sorted(paths, key=len):
        may = _may_be_behind(path, courses, terms, now)
        if may != holds(list(found.items())[::-1], path):
            found[path] = may
    return list(found.items())[::-1]


def holds(known: Sequence[tuple[str, bool]], path: str) -> bool:
    """What ``places`` says of a unit."""
    return next((may for at, may in known if path.startswith(at)), True)


def _may_be_behind(path: str, courses: Sequence[Due], terms: Sequence[CourseRun], now: int) -> bool:
    due = {each.course: each.since for each in courses if path.startswith(each.path)}
    mine = [each for each in terms if path.startswith(each.path) and each.course in due]
    if not mine:
        return not due or min(due.values()) + RECENT_S <= now
    # The term that is studied now, as stations take it: open and soonest to close, else the next.
    today, long_ago = _day(now), _day(now - RECENT_S)
    open_now = [each for each in mine if each.opens <= today <= each.closes]
    if open_now:
        return min(open_now, key=lambda each: each.closes).opens <= long_ago
    return not any(each.opens > today for each in mine)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, ZONE).date().isoformat()

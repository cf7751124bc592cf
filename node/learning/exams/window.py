"""Window: on which days the exams of a course may be begun, from the classes that have it.

Both ends are included; days are ``node.calendar.day``.
"""

from collections.abc import Iterable

from node.store.classes import Class


def window(classes: Iterable[Class], course: str, today: str) -> Class | None:
    """The class whose days count for the course: open today, else next to open, else the last.

    None when no class has the course: then nobody has planned when it is sat.
    """
    having = sorted(
        (one for one in classes if course in one.courses), key=lambda one: (one.opens, one.closes)
    )
    open_now = [one for one in having if one.opens <= today <= one.closes]
    if open_now:
        return max(open_now, key=lambda one: one.closes)
    to_come = [one for one in having if one.opens > today]
    if to_come:
        return to_come[0]
    return max(having, key=lambda one: one.closes, default=None)

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
        (class_ for class_ in classes if course in class_.courses),
        key=lambda class_: (class_.opens, class_.closes),
    )
    open_now = [class_ for class_ in having if class_.opens <= today <= class_.closes]
    if open_now:
        return max(open_now, key=lambda class_: class_.closes)
    to_come = [class_ for class_ in having if class_.opens > today]
    if to_come:
        return to_come[0]
    return max(having, key=lambda class_: class_.closes, default=None)

"""Window: on which days the exams of a course may be begun, from the classes that have it.

Of several classes at the same time the one that opened first counts, for its exams as for the bar
on the learner's home (``node.learning.agenda``); when it is over, the next one. Both ends are
included; days are ``node.calendar.day``.
"""

from collections.abc import Iterable

from node.store.classes import Class


def window(classes: Iterable[Class], course: str, today: str) -> Class | None:
    """The class whose days count for the course (``counting``).

    None when no class has the course: then nobody has planned when it is sat.
    """
    return counting((class_ for class_ in classes if course in class_.courses), today)


def counting(classes: Iterable[Class], today: str) -> Class | None:
    """The class whose days count: open today, else next to open, else the last.

    Of those that are open, the one that opened first; of those, the one that closes first.
    """
    ordered = sorted(classes, key=lambda class_: (class_.opens, class_.closes, class_.id))
    open_now = [class_ for class_ in ordered if class_.opens <= today <= class_.closes]
    to_come = [class_ for class_ in ordered if class_.opens > today]
    if open_now or to_come:
        return (open_now or to_come)[0]
    return max(ordered, key=lambda class_: class_.closes, default=None)

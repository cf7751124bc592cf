"""Classes: published courses with a first and a last day, for a unit and all below it.

Each has an id of its own that is never used again. Two may have the same unit, days and courses;
a station keeps both, and the one that opened first counts there (``node.learning.exams.window``).
"""

from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from hub import orders, rights
from hub.context.open_hub import Hub
from hub.errors import NotAllowed, UnknownUnit
from hub.publishing.errors import BadDates, ChangedMeanwhile, ClassOver, UnknownClass, UnknownCourse
from hub.publishing.publish import today
from hub.rights import Actor, Deed
from hub.store import audit, catalogue, course_ends, courses, ledger, units
from hub.store import orders as stored_orders
from hub.store.courses import CANCELLED, Class
from hub.store.engine import reading, writing
from hub.store.orders import Placed
from hub.store.units import Unit

# A term as the offices know it, its first and last day included.
TERM_DAYS = 20


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """What a class is to be."""

    title: str
    unit_code: str
    opens: date
    closes: date
    courses: tuple[str, ...]


def edition(one: Class) -> str:
    """A mark of all that a class is: another one once anything of it was changed."""
    return sha256(repr(astuple(one)).encode()).hexdigest()[:16]


def last_day(opens: date) -> date:
    """The last day of a term that begins then."""
    return opens + timedelta(days=TERM_DAYS - 1)


def rehearse(hub: Hub, plan: ClassPlan, by: Actor, class_id: str = "") -> tuple[Class, Unit]:
    """The class that would be made, or changed, and its unit; nothing is done.

    Raises:
        As ``put``.
    """
    with reading(hub.engine) as connection:
        return _checked(connection, class_id, plan, by)


def open_class(hub: Hub, plan: ClassPlan, by: Actor) -> Class:
    """Make a class with an id of its own.

    Raises:
        As ``put``.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        return _store(hub, connection, courses.new_class_id(connection), plan, by)


def put(
    hub: Hub, class_id: str, title: str, unit_code: str, dates: tuple[date, date],
    course_ids: tuple[str, ...], by: Actor, seen: str = "",
) -> Class:  # fmt: skip
    """Make a class with this id, or change the one that has it.

    ``seen``: the ``edition`` that whoever changes it looked at, where that matters.

    Raises:
        UnknownUnit: there is no such unit where this person keeps classes.
        UnknownCourse: a course does not exist, was withdrawn, or is none of theirs or of units
            above.
        NotAllowed: a class of this id belongs to others.
        BadDates: the last day is before the first.
        ClassOver: it was cancelled.
        ChangedMeanwhile: it is no longer what was looked at.
    """
    plan = ClassPlan(title, unit_code, *dates, tuple(course_ids))
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        known = courses.get_class(connection, class_id)
        stored = _store(hub, connection, class_id, plan, by)
        if seen and known is not None and edition(known) != seen:
            raise ChangedMeanwhile(class_id)
        return stored


def end(hub: Hub, class_id: str, reason: str, by: Actor) -> Class:
    """Let today be the last day of a class that is running.

    Raises:
        UnknownClass, NotAllowed: it is none of this person's.
        ClassOver: it does not run today, or today is its last day anyhow.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        known, now = _kept(connection, class_id, by), hub.now()
        day = today(now)
        if known.state == CANCELLED or not known.opens <= day < known.closes:
            raise ClassOver(class_id)
        ended = replace(
            known, closes=day, state="ended", over_at=now, over_by=by.name, reason=reason
        )
        courses.put_class(connection, ended)
        audit.note(
            connection, now, by.name, "class end", class_id=class_id, title=known.title,
            closes=known.closes, reason=reason,
        )  # fmt: skip
        stored_orders.put(connection, [orders.class_(ended)])
    return ended


def cancel(hub: Hub, class_id: str, reason: str, by: Actor) -> Class:
    """Take a class back at all stations; what its people did stays.

    Raises:
        UnknownClass, NotAllowed: it is none of this person's.
        ClassOver: it is over, or was cancelled before.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        known, now = _kept(connection, class_id, by), hub.now()
        if known.state == CANCELLED or known.closes < today(now):
            raise ClassOver(class_id)
        gone = replace(known, state=CANCELLED, over_at=now, over_by=by.name, reason=reason)
        courses.put_class(connection, gone)
        audit.note(
            connection, now, by.name, "class cancel", class_id=class_id, title=known.title,
            reason=reason,
        )  # fmt: skip
        stored_orders.put(connection, [orders.no_class(class_id, known.unit_id)])
    return gone


def _kept(connection: Connection, class_id: str, by: Actor) -> Class:
    """The class with this id, if it is this person's to keep."""
    known = courses.get_class(connection, class_id)
    if known is None:
        raise UnknownClass(class_id)
    unit = units.get(connection, known.unit_id)
    if unit is None or not rights.may(by, Deed.KEEP_CLASSES, unit.path):
        raise NotAllowed()
    return known


def _checked(
    connection: Connection, class_id: str, plan: ClassPlan, by: Actor
) -> tuple[Class, Unit]:
    """The class as it will be, and its unit."""
    if plan.closes < plan.opens:
        raise BadDates(plan.opens, plan.closes)
    unit = units.by_code(connection, plan.unit_code)
    if unit is None or not rights.may(by, Deed.KEEP_CLASSES, unit.path):
        raise UnknownUnit(plan.unit_code)
    had: tuple[str, ...] = ()
    if class_id and courses.class_unit(connection, class_id) is not None:
        known = _kept(connection, class_id, by)
        if known.state == CANCELLED:
            raise ClassOver(class_id)
        had = known.courses
    seen, ended = rights.scope(by, Deed.SEE_COURSES), course_ends.every(connection)
    for course_id in plan.courses:
        over = course_id in ended and course_id not in had
        if over or not catalogue.sees(connection, seen, course_id):
            raise UnknownCourse(course_id)
    opens, closes = plan.opens.isoformat(), plan.closes.isoformat()
    return Class(class_id, plan.title, unit.id, opens, closes, plan.courses), unit


def _store(hub: Hub, connection: Connection, class_id: str, plan: ClassPlan, by: Actor) -> Class:
    wanted, unit = _checked(connection, class_id, plan, by)
    known = courses.get_class(connection, class_id)
    courses.put_class(connection, wanted)
    audit.note(
        connection, hub.now(), by.name, "class change" if known else "class",
        class_id=class_id, unit=unit.code,
    )  # fmt: skip
    placed: list[Placed] = []
    if known and known.unit_id != unit.id:
        # First out of the one, then into the other: a station below both keeps the class.
        placed.append(orders.no_class(class_id, known.unit_id))
    stored_orders.put(connection, [*placed, orders.class_(wanted)])
    return wanted

"""Classes: published courses with a first and a last day, for a unit and all below it."""

from datetime import date

from hub import orders, rights
from hub.context.open_hub import Hub
from hub.errors import BadDates, NotAllowed, UnknownCourse, UnknownUnit
from hub.rights import Actor, Deed
from hub.store import audit, catalogue, courses, units
from hub.store import orders as stored_orders
from hub.store.courses import Class
from hub.store.engine import writing


def put(
    hub: Hub, class_id: str, title: str, unit_code: str, dates: tuple[date, date],
    course_ids: tuple[str, ...], by: Actor,
) -> Class:  # fmt: skip
    """Make a class, or change the one with this id.

    Raises:
        UnknownUnit: there is no such unit where this person keeps classes.
        UnknownCourse: a course does not exist, or is none of theirs or of units above.
        NotAllowed: a class of this id belongs to others.
        BadDates: the last day is before the first.
    """
    opens, closes = dates
    if closes < opens:
        raise BadDates(opens, closes)
    with writing(hub.engine) as connection:
        unit = units.by_code(connection, unit_code)
        if unit is None or not rights.may(by, Deed.KEEP_CLASSES, unit.path):
            raise UnknownUnit(unit_code)
        known = courses.class_unit(connection, class_id)
        if known is not None and not rights.may(by, Deed.KEEP_CLASSES, known):
            raise NotAllowed()
        seen = rights.scope(by, Deed.SEE_COURSES)
        for course_id in course_ids:
            if not catalogue.sees(connection, seen, course_id):
                raise UnknownCourse(course_id)
        course_class = Class(
            class_id, title, unit.id, opens.isoformat(), closes.isoformat(), tuple(course_ids)
        )
        courses.put_class(connection, course_class)
        audit.note(connection, hub.now(), by.name, "class", class_id=class_id, unit=unit_code)
        stored_orders.put(connection, [orders.class_(course_class)])
    return course_class

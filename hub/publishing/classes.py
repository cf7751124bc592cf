"""Classes: published courses with a first and a last day, for a unit and all below it."""

from datetime import date

from hub import orders
from hub.context.open_hub import Hub
from hub.errors import BadDates, UnknownCourse, UnknownUnit
from hub.store import audit, courses, units
from hub.store import orders as stored_orders
from hub.store.courses import Class
from hub.store.engine import writing


def put(
    hub: Hub, class_id: str, title: str, unit_code: str, dates: tuple[date, date],
    course_ids: tuple[str, ...], by: str,
) -> Class:  # fmt: skip
    """Make a class, or change the one with this id.

    Raises:
        UnknownUnit, UnknownCourse: the unit or a course does not exist.
        BadDates: the last day is before the first.
    """
    opens, closes = dates
    if closes < opens:
        raise BadDates(opens, closes)
    with writing(hub.engine) as connection:
        unit = units.by_code(connection, unit_code)
        if unit is None:
            raise UnknownUnit(unit_code)
        for course_id in course_ids:
            if courses.newest_head(connection, course_id) is None:
                raise UnknownCourse(course_id)
        course_class = Class(
            class_id, title, unit.id, opens.isoformat(), closes.isoformat(), tuple(course_ids)
        )
        courses.put_class(connection, course_class)
        audit.note(connection, hub.now(), by, "class", class_id=class_id, unit=unit_code)
        stored_orders.put(connection, [orders.class_(course_class)])
    return course_class

"""Courses end: withdrawn with a reason, and kept at stations while a class that has them goes on.

What people did with a course stays. Published again, a course is in force again.
"""

from sqlalchemy import Connection

from hub import rights
from hub.context.open_hub import Hub
from hub.errors import NotAllowed
from hub.orders import WITHDRAWN
from hub.publishing.errors import UnknownCourse
from hub.publishing.publish import today
from hub.rights import Actor, Deed
from hub.store import audit, course_ends, courses, ledger, seats
from hub.store import orders as stored_orders
from hub.store.course_ends import CourseEnd
from hub.store.engine import writing
from hub.store.orders import LICENSED, Placed


def withdraw(hub: Hub, course_id: str, reason: str, by: Actor) -> str:
    """Withdraw a course; the last day on which a class still has it, or "".

    Raises:
        UnknownCourse: it was never published, or is withdrawn already.
        NotAllowed: it is none that this person may publish.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        stored_orders.hold(connection)
        owner, now = courses.owner(connection, course_id), hub.now()
        if owner is None or course_id in course_ends.every(connection):
            raise UnknownCourse(course_id)
        if not rights.may(by, Deed.PUBLISH, owner.unit.path):
            raise NotAllowed()
        course_ends.put(connection, course_id, CourseEnd(now, by.name, reason))
        audit.note(connection, now, by.name, "course end", course=course_id, reason=reason)
        until = course_ends.held_until(connection, course_id, today(now))
        if not until:
            stored_orders.put(connection, _out(connection, course_id))
    return until


def sweep(hub: Hub, connection: Connection) -> None:
    """Take from the stations what was withdrawn and is in no class any more; once a day."""
    day, gone = today(hub.now()), list[Placed]()
    stored_orders.hold(connection)
    for course_id in course_ends.every(connection):
        if not course_ends.held_until(connection, course_id, day):
            gone += _out(connection, course_id)
    stored_orders.put(connection, gone)


def _out(connection: Connection, course_id: str) -> list[Placed]:
    """Withdraw a course wherever it is in force; its licence's places are free."""
    seats.drop(connection, course_id, LICENSED)
    return [
        Placed(one.scope, one.unit_id, one.node_id, one.kind, one.key, WITHDRAWN)
        for one in stored_orders.of_kind(connection, "course", [course_id])
        if one.body
    ]

"""Courses that were withdrawn (table ``course_end``)."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from hub.store.dialect import insert
from hub.store.schema import class_, class_course, course_end


@dataclass(frozen=True, slots=True)
class CourseEnd:
    """When a course was withdrawn, by whom and why."""

    at: int
    by: str
    reason: str


def put(connection: Connection, course_id: str, end: CourseEnd) -> None:
    """Note that a course was withdrawn."""
    values = {"at": end.at, "by": end.by, "reason": end.reason}
    statement = insert(connection, course_end).values(course_id=course_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["course_id"], set_=values))


def forget(connection: Connection, course_id: str) -> None:
    """A course is published again."""
    connection.execute(delete(course_end).where(course_end.c.course_id == course_id))


def every(connection: Connection) -> dict[str, CourseEnd]:
    """The courses that were withdrawn, by id."""
    return {
        row.course_id: CourseEnd(row.at, row.by, row.reason)
        for row in connection.execute(select(course_end))
    }


def held_until(connection: Connection, course_id: str, today: str) -> str:
    """The last day of the last class that still has the course; "" when none has."""
    query = (
        select(class_.c.closes)
        .join(class_course, class_course.c.class_id == class_.c.id)
        .where(
            class_course.c.course_id == course_id,
            class_.c.state != "cancelled",
            class_.c.closes >= today,
        )
        .order_by(class_.c.closes.desc())
        .limit(1)
    )
    return connection.scalar(query) or ""

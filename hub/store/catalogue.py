"""Courses and classes as the pages list them: versions, places, how far stations have them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from hub.store.courses import Published
from hub.store.orders import LICENSED, PLACES
from hub.store.schema import (
    class_course,
    course,
    course_owner,
    learner,
    node,
    orders,
    progress,
    unit,
)
from hub.store.scope import Scope


@dataclass(frozen=True, slots=True)
class CourseFigures:
    """The newest version of a course, and how many have begun and completed it."""

    id: str
    version: int
    title: str
    category: str
    required: bool
    hours: str
    credits: str
    size: int
    published_at: int
    begun: int
    completed: int
    owner_name: str
    owner_path: str
    copied_from: str


@dataclass(frozen=True, slots=True)
class CoursePlace:
    """A unit that a course is published to, and how many of its stations have the order."""

    id: int
    name: str
    path: str
    stations: int
    taken: int


_FIGURES = (
    "id", "version", "title", "category", "required", "hours", "credits", "size", "published_at",
)  # fmt: skip


def courses(
    connection: Connection, scope: Scope, people: Mapping[str, tuple[int, int]]
) -> list[CourseFigures]:
    """The newest version of each course that the scope sees, with how many learners did it.

    It sees the courses of its own units and of those above, and what is published to its units.
    ``people``: as ``people_of`` counts them.
    """
    owner = unit.alias("owner")
    newest = (
        select(course.c.id, func.max(course.c.version).label("version"))
        .group_by(course.c.id)
        .subquery()
    )
    query: Select[Any] = (
        select(
            *(course.c[name] for name in _FIGURES),
            owner.c.name.label("owner_name"),
            owner.c.path.label("owner_path"),
            course_owner.c.copied_from,
        )
        .join(newest, and_(newest.c.id == course.c.id, newest.c.version == course.c.version))
        .join(course_owner, course_owner.c.course_id == course.c.id)
        .join(owner, owner.c.id == course_owner.c.unit_id)
        .order_by(course.c.required.desc(), course.c.category, course.c.title)
    )
    given = published_to(connection)
    figures = []
    for row in connection.execute(query):
        begun, completed = people.get(row.id, (0, 0))
        figures.append(CourseFigures(**row._mapping, begun=begun, completed=completed))
    return [
        each
        for each in figures
        if scope.touches(each.owner_path) or any(map(scope.touches, given.get(each.id, ())))
    ]


def people_of(connection: Connection, scope: Scope) -> dict[str, tuple[int, int]]:
    """How many learners of the scope have begun and completed each course, by its id."""
    query = (
        select(
            progress.c.course,
            func.count().label("begun"),
            func.count(progress.c.completed_at).label("completed"),
        )
        .join(learner, learner.c.number == progress.c.learner)
        .join(unit, unit.c.id == learner.c.unit_id)
        .where(learner.c.active, scope.units())
        .group_by(progress.c.course)
    )
    return {row.course: (row.begun, row.completed) for row in connection.execute(query)}


def titles(connection: Connection, scope: Scope) -> dict[str, str]:
    """The title of each course that the scope sees, by its id, in the order of the list."""
    newest = (
        select(course.c.id, func.max(course.c.version).label("version"))
        .group_by(course.c.id)
        .subquery()
    )
    query = (
        select(course.c.id, course.c.title, unit.c.path)
        .join(newest, and_(newest.c.id == course.c.id, newest.c.version == course.c.version))
        .join(course_owner, course_owner.c.course_id == course.c.id)
        .join(unit, unit.c.id == course_owner.c.unit_id)
        .order_by(course.c.required.desc(), course.c.category, course.c.title)
    )
    given = published_to(connection)
    return {
        row.id: row.title
        for row in connection.execute(query)
        if scope.touches(row.path) or any(map(scope.touches, given.get(row.id, ())))
    }


def sees(connection: Connection, scope: Scope, course_id: str) -> bool:
    """Whether the scope sees this course, as ``courses`` lists them."""
    query = (
        select(unit.c.path)
        .join(course_owner, course_owner.c.unit_id == unit.c.id)
        .where(course_owner.c.course_id == course_id)
    )
    path = connection.scalar(query)
    if path is None:
        return False
    return scope.touches(path) or any(
        map(scope.touches, published_to(connection, course_id).get(course_id, ()))
    )


def published_to(connection: Connection, course_id: str = "") -> dict[str, list[str]]:
    """To which units, by their paths, each course is published; or one course."""
    query = (
        select(orders.c.key, unit.c.path)
        .join(unit, unit.c.id == orders.c.unit_id)
        .where(orders.c.scope.in_(PLACES), orders.c.kind == "course", orders.c.body != b"")
    )
    if course_id:
        query = query.where(orders.c.key == course_id)
    paths: dict[str, list[str]] = {}
    for row in connection.execute(query):
        paths.setdefault(row.key, []).append(row.path)
    return paths


def versions(connection: Connection, course_id: str) -> list[Published]:
    """All versions of a course, the newest first."""
    query = select(course).where(course.c.id == course_id).order_by(course.c.version.desc())
    rows = connection.execute(query).mappings()
    return [Published(**{**row, "exam_key": json.loads(row["exam_key"])}) for row in rows]


def places(connection: Connection, scope: Scope, course_id: str) -> list[CoursePlace]:
    """Units that a course is published to, with how many stations there have the order."""
    place, seat = unit.alias("place"), orders.alias("seat")
    # Of a licensed course only the stations that have a seat are meant, each by its own order.
    mark = case((orders.c.scope == LICENSED, seat.c.mark), else_=orders.c.mark)
    meant = case((mark.is_not(None), node.c.id), else_=None)
    taken = case((node.c.orders_mark >= mark, node.c.id), else_=None)
    query = (
        select(
            place.c.id,
            place.c.name,
            place.c.path,
            func.count(meant),
            func.count(taken),
        )
        .select_from(orders)
        .join(place, place.c.id == orders.c.unit_id)
        .outerjoin(unit, and_(unit.c.path.startswith(place.c.path), scope.units()))
        .outerjoin(node, and_(node.c.unit_id == unit.c.id, node.c.state == "active"))
        .outerjoin(
            seat,
            and_(
                seat.c.scope == "node",
                seat.c.node_id == node.c.id,
                seat.c.kind == "course",
                seat.c.key == course_id,
                seat.c.body != b"",
            ),
        )
        .where(
            orders.c.scope.in_(PLACES),
            orders.c.kind == "course",
            orders.c.key == course_id,
            orders.c.body != b"",
        )
        .group_by(place.c.id, place.c.name, place.c.path)
        .order_by(place.c.path)
    )
    all_places = (CoursePlace(*row) for row in connection.execute(query))
    return [each for each in all_places if scope.touches(each.path)]


def courses_of_classes(connection: Connection) -> dict[str, list[str]]:
    """Course ids by class."""
    by_class: dict[str, list[str]] = {}
    query = select(class_course).order_by(class_course.c.class_id, class_course.c.course_id)
    for row in connection.execute(query):
        by_class.setdefault(row.class_id, []).append(row.course_id)
    return by_class

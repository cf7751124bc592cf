"""Courses and classes as the pages list them: versions, places, how far stations have them."""

from sqlalchemy import Connection, RowMapping, and_, case, func, or_, select

from hub.store.dialect import within
from hub.store.schema import class_course, course, learner, node, orders, progress, unit
from hub.store.scope import Scope
from hub.store.units import Unit


def courses(connection: Connection, scope: Scope) -> list[RowMapping]:
    """The newest version of each course, with how many of the scope's learners did it."""
    newest = (
        select(course.c.id, func.max(course.c.version).label("version"))
        .group_by(course.c.id)
        .subquery()
    )
    people = (
        select(
            progress.c.course,
            func.count().label("begun"),
            func.count(progress.c.completed_at).label("completed"),
        )
        .join(learner, learner.c.number == progress.c.learner)
        .join(unit, unit.c.id == learner.c.unit_id)
        .where(learner.c.active, scope.units())
        .group_by(progress.c.course)
        .subquery()
    )
    query = (
        select(course, people.c.begun, people.c.completed)
        .join(newest, and_(newest.c.id == course.c.id, newest.c.version == course.c.version))
        .outerjoin(people, people.c.course == course.c.id)
        .order_by(course.c.required.desc(), course.c.category, course.c.title)
    )
    return list(connection.execute(query).mappings())


def versions(connection: Connection, course_id: str) -> list[RowMapping]:
    """All versions of a course, the newest first."""
    query = select(course).where(course.c.id == course_id).order_by(course.c.version.desc())
    return list(connection.execute(query).mappings())


def places(connection: Connection, scope: Scope, course_id: str) -> list[RowMapping]:
    """Units that a course is published to, with how many stations there have the order."""
    place = unit.alias("place")
    taken = case((node.c.orders_mark >= orders.c.mark, node.c.id), else_=None)
    query = (
        select(
            place.c.id,
            place.c.name,
            place.c.path,
            func.count(node.c.id).label("stations"),
            func.count(taken).label("taken"),
        )
        .select_from(orders)
        .join(place, place.c.id == orders.c.unit_id)
        .outerjoin(unit, and_(unit.c.path.startswith(place.c.path), scope.units()))
        .outerjoin(node, and_(node.c.unit_id == unit.c.id, node.c.state == "active"))
        .where(
            orders.c.scope == "down",
            orders.c.kind == "course",
            orders.c.key == course_id,
            orders.c.body != b"",
        )
        .group_by(place.c.id, place.c.name, place.c.path)
        .order_by(place.c.path)
    )
    rows = connection.execute(query).mappings()
    return [row for row in rows if scope.touches(row["path"])]


def reach(connection: Connection, course_id: str, also: Unit) -> int:
    """How many stations get a course once it is published at ``also`` too."""
    published = (
        select(unit.c.path)
        .join(orders, orders.c.unit_id == unit.c.id)
        .where(
            orders.c.scope == "down",
            orders.c.kind == "course",
            orders.c.key == course_id,
            orders.c.body != b"",
        )
    )
    paths = {also.path, *connection.execute(published).scalars()}
    query = (
        select(func.count(node.c.id.distinct()))
        .join(unit, unit.c.id == node.c.unit_id)
        .where(node.c.state != "revoked", or_(*(within(unit.c.path, path) for path in paths)))
    )
    return int(connection.execute(query).scalar_one())


def courses_of_classes(connection: Connection) -> dict[str, list[str]]:
    """Course ids by class."""
    found: dict[str, list[str]] = {}
    query = select(class_course).order_by(class_course.c.class_id, class_course.c.course_id)
    for row in connection.execute(query):
        found.setdefault(row.class_id, []).append(row.course_id)
    return found

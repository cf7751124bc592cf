"""Classes as their pages show them: listed, with their people, and how far those are.

People of a class are the active learners at or below its unit. A course that somebody completed
counts as done whenever that was, as at the stations; what was done before the class began is
counted apart, so that nobody takes it for the class's work.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from hub.store.courses import CANCELLED, Class
from hub.store.dialect import range_end, within
from hub.store.schema import class_, class_course, learner, node, progress, unit
from hub.store.scope import Scope

GROUPS = ("done", "begun", "none")


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class and the unit that it is for. Its days are as "2026-11-21"."""

    id: str
    title: str
    opens: str
    closes: str
    state: str
    unit_name: str
    path: str


_CLASSES: Select[Any] = select(
    class_.c.id,
    class_.c.title,
    class_.c.opens,
    class_.c.closes,
    class_.c.state,
    unit.c.name.label("unit_name"),
    unit.c.path,
).join_from(class_, unit, unit.c.id == class_.c.unit_id)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a class reaches: active learners, and stations that were not revoked."""

    people: int
    stations: int


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How far the people of a class are with all of its courses."""

    people: int
    done: int
    before: int  # of ``done``: with everything complete before the first day
    begun: int  # not done, and something of it was studied


@dataclass(frozen=True, slots=True)
class ClassCourse:
    """One course of a class, and how many of its people have begun and completed it."""

    id: str
    begun: int
    done: int


@dataclass(frozen=True, slots=True)
class ClassPerson:
    """Somebody of a class. ``done``: courses complete; ``percent``: mean over all courses."""

    number: str
    name: str
    unit_id: int
    unit_name: str
    done: int
    percent: int
    last_at: int | None


def listed(connection: Connection, scope: Scope) -> list[ClassRow]:
    """The classes that hold for a unit of the scope, the latest to open first."""
    query = _CLASSES.order_by(class_.c.opens.desc(), class_.c.id)
    rows = (ClassRow(*row) for row in connection.execute(query))
    return [row for row in rows if scope.touches(row.path)]


def reach(connection: Connection, scope: Scope, path: str) -> Reach:
    """How many people and stations of the scope are at or below ``path``."""
    people = (
        select(func.count())
        .select_from(learner.join(unit, unit.c.id == learner.c.unit_id))
        .where(learner.c.active, scope.below(path))
    )
    stations = (
        select(func.count())
        .select_from(node.join(unit, unit.c.id == node.c.unit_id))
        .where(node.c.state != "revoked", unit.c.closed_at.is_(None), scope.below(path))
    )
    return Reach(connection.scalar(people) or 0, connection.scalar(stations) or 0)


def people_below(connection: Connection, scope: Scope, paths: Iterable[str]) -> dict[str, int]:
    """How many people of the scope are at or below each path; counted once for all of them."""
    query = (
        select(unit.c.path, func.count().label("people"))
        .join(learner, learner.c.unit_id == unit.c.id)
        .where(learner.c.active, scope.units())
        .group_by(unit.c.path)
    )
    counted = sorted((row.path, int(row.people)) for row in connection.execute(query))
    places, sums = [path for path, _people in counted], [0]
    for _path, people in counted:
        sums.append(sums[-1] + people)
    return {
        path: sums[bisect_left(places, range_end(path))] - sums[bisect_left(places, path)]
        for path in paths
    }


def overlapping(connection: Connection, wanted: Class, path: str) -> list[ClassRow]:
    """Other classes with a course and a day of ``wanted`` that reach somebody of ``path``, too."""
    query = _CLASSES.where(
        class_.c.id != wanted.id,
        class_.c.state != CANCELLED,
        class_.c.opens <= wanted.closes,
        class_.c.closes >= wanted.opens,
        class_.c.id.in_(
            select(class_course.c.class_id).where(
                class_course.c.course_id.in_(list(wanted.courses))
            )
        ),
    ).order_by(class_.c.opens, class_.c.closes, class_.c.id)
    rows = (ClassRow(*row) for row in connection.execute(query))
    return [row for row in rows if row.path.startswith(path) or path.startswith(row.path)]


def figures(
    connection: Connection, scope: Scope, path: str, courses: Sequence[str], begins_at: int
) -> ClassFigures:
    """How far the people of a class are; ``begins_at``: when its first day begins."""
    person = _people(scope, path, courses).subquery()
    done = (person.c.done >= len(courses)) if courses else person.c.done < 0
    query = select(
        func.count(),
        func.sum(case((done, 1), else_=0)),
        func.sum(case((and_(done, person.c.done_at < begins_at), 1), else_=0)),
        func.sum(case((and_(~done, person.c.last_at.is_not(None)), 1), else_=0)),
    ).select_from(person)
    people, *counts = connection.execute(query).one()
    return ClassFigures(people, *(int(count or 0) for count in counts))


def by_course(
    connection: Connection, scope: Scope, path: str, courses: Sequence[str]
) -> list[ClassCourse]:
    """The courses in their order, each with how many have begun and completed it."""
    query = (
        select(progress.c.course, func.count(), func.count(progress.c.completed_at))
        .join(learner, learner.c.number == progress.c.learner)
        .join(unit, unit.c.id == learner.c.unit_id)
        .where(learner.c.active, progress.c.course.in_(list(courses)), scope.below(path))
        .group_by(progress.c.course)
    )
    counts = {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(query)}
    return [ClassCourse(course, *counts.get(course, (0, 0))) for course in courses]


def people(
    connection: Connection, scope: Scope, path: str, courses: Sequence[str],
    text: str, group: str, limit: int, offset: int,
) -> tuple[int, list[ClassPerson]]:  # fmt: skip
    """How many people of a class match, and one page of them; who is least far comes first.

    ``group``: done, begun (not done), none (nothing yet), or any.
    """
    inner = _people(scope, path, courses)
    if text:
        named = learner.c.name.contains(text, autoescape=True)
        inner = inner.where(named | learner.c.number.startswith(text, autoescape=True))
    person = inner.subquery()
    all_done = (person.c.done >= len(courses)) if courses else person.c.done < 0
    groups = {
        "done": all_done,
        "begun": and_(~all_done, person.c.last_at.is_not(None)),
        "none": and_(~all_done, person.c.last_at.is_(None)),
    }
    query = select(person)
    if group in groups:
        query = query.where(groups[group])
    total = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(person.c.percent, person.c.number).limit(limit).offset(offset)
    many = max(1, len(courses))
    return total, [
        ClassPerson(
            row.number, row.name, row.unit_id, row.unit_name, int(row.done),
            int(row.percent) // many, row.last_at,
        )
        for row in connection.execute(page)
    ]  # fmt: skip


def _people(scope: Scope, path: str, courses: Sequence[str]) -> Select[Any]:
    """Each of a class's people with their progress in its courses."""
    mine = and_(progress.c.learner == learner.c.number, progress.c.course.in_(list(courses)))
    return (
        select(
            learner.c.number,
            learner.c.name,
            learner.c.unit_id,
            unit.c.name.label("unit_name"),
            func.count(progress.c.completed_at).label("done"),
            func.max(progress.c.completed_at).label("done_at"),
            func.coalesce(func.sum(progress.c.percent), 0).label("percent"),
            func.max(progress.c.last_at).label("last_at"),
        )
        .join(unit, unit.c.id == learner.c.unit_id)
        .outerjoin(progress, mine)
        .where(learner.c.active, within(unit.c.path, path), scope.units())
        .group_by(learner.c.number, learner.c.name, learner.c.unit_id, unit.c.name)
    )

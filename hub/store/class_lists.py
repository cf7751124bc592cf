"""Classes as their pages show them: listed, with their people, and how far those are.

People of a class are the active learners at or below its unit. A course that somebody completed
counts as done whenever that was, as at the stations; what was done before the class began is
counted apart, so that nobody takes it for the class's work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, func, or_, select

from hub.store.courses import CANCELLED, Class
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
class ClassCourse:
    """One course of a class, and how many of its people have begun and completed it."""

    id: str
    begun: int
    done: int


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How far the people of a class are with all of its courses, and with each."""

    people: int
    done: int
    before: int  # of ``done``: with everything complete before the first day
    begun: int  # not done, and something of it was studied
    courses: tuple[ClassCourse, ...]

    def count_of(self, group: str) -> int:
        """How many people are in a group of ``GROUPS``; all for any other."""
        none = self.people - self.done - self.begun
        return {"done": self.done, "begun": self.begun, "none": none}.get(group, self.people)


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
    stations = (
        select(func.count())
        .select_from(node.join(unit, unit.c.id == node.c.unit_id))
        .where(node.c.state != "revoked", unit.c.closed_at.is_(None), scope.below(path))
    )
    people = _people_count(connection, scope, path)
    return Reach(people, connection.scalar(stations) or 0)


def people_below(connection: Connection, scope: Scope, paths: Iterable[str]) -> dict[str, int]:
    """How many people of the scope are at or below each path."""
    return {path: _people_count(connection, scope, path) for path in set(paths)}


def _people_count(connection: Connection, scope: Scope, path: str) -> int:
    placed = learner.join(unit, unit.c.id == learner.c.unit_id)
    query = select(func.count()).select_from(placed).where(learner.c.active, scope.below(path))
    return connection.scalar(query) or 0


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
    """How far the people of a class are; ``begins_at``: when its first day begins.

    Only those are looked at of whom something is known; everybody's progress is read once.
    """
    mine = progress.c.course.concat("").in_(list(courses))
    columns = []
    for at, course in enumerate(courses):
        its, done = progress.c.course == course, progress.c.completed_at.is_not(None)
        columns += [
            func.sum(case((its, 1), else_=0)).label(f"begun{at}"),
            func.sum(case((and_(its, done), 1), else_=0)).label(f"done{at}"),
        ]
    person = (
        select(
            func.count(progress.c.completed_at).label("done"),
            func.max(progress.c.completed_at).label("done_at"),
            *columns,
        )
        .select_from(learner)
        .join(progress, progress.c.learner == learner.c.number)
        .join(unit, unit.c.id == learner.c.unit_id)
        .where(learner.c.active, scope.below(path), mine)
        .group_by(learner.c.number)
        .subquery()
    )
    all_done = (person.c.done >= len(courses)) if courses else person.c.done < 0
    names = [column.name for column in columns]
    query = select(
        func.count(),
        func.sum(case((all_done, 1), else_=0)),
        func.sum(case((and_(all_done, person.c.done_at < begins_at), 1), else_=0)),
        *(func.sum(person.c[name]) for name in names),
    ).select_from(person)
    known, all_courses, before, *counts = (int(n or 0) for n in connection.execute(query).one())
    by_course = (
        ClassCourse(course, *counts[2 * at : 2 * at + 2]) for at, course in enumerate(courses)
    )
    whole = _people_count(connection, scope, path)
    return ClassFigures(whole, all_courses, before, known - all_courses, tuple(by_course))


@dataclass(frozen=True, slots=True)
class WantedPeople:
    """Which people of a class: of the courses, by name or number, by group (``GROUPS``) or any.

    ``least_first``: who is least far comes first. In a class of a whole country the database would
    look at everybody for that; there people come by their numbers.
    """

    path: str
    courses: tuple[str, ...]
    text: str = ""
    group: str = ""
    least_first: bool = True


def count_people(connection: Connection, scope: Scope, wanted: WantedPeople) -> int:
    """How many people of a class match."""
    query = select(func.count()).select_from(learner.join(unit, unit.c.id == learner.c.unit_id))
    return connection.scalar(query.where(_matches(scope, wanted))) or 0


def people(
    connection: Connection, scope: Scope, wanted: WantedPeople, limit: int, offset: int
) -> list[ClassPerson]:
    """One page of the people of a class who match."""
    person = _people(scope, wanted).subquery()
    query = select(person).order_by(person.c.percent, person.c.number).limit(limit).offset(offset)
    if not wanted.least_first:
        numbers = (
            select(learner.c.number)
            .join(unit, unit.c.id == learner.c.unit_id)
            .where(_matches(scope, wanted))
            .order_by(learner.c.number)
            .limit(limit)
            .offset(offset)
        )
        page = list(connection.execute(numbers).scalars())
        person = _people(scope, wanted).where(learner.c.number.in_(page)).subquery()
        query = select(person).order_by(person.c.number)
    many = max(1, len(wanted.courses))
    return [
        ClassPerson(
            row.number, row.name, row.unit_id, row.unit_name, int(row.done),
            int(row.percent) // many, row.last_at,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _matches(scope: Scope, wanted: WantedPeople) -> ColumnElement[bool]:
    """Condition on ``learner`` with ``unit``."""
    conditions = [learner.c.active, scope.below(wanted.path)]
    if wanted.text:
        named = learner.c.name.contains(wanted.text, autoescape=True)
        conditions.append(or_(named, learner.c.number.startswith(wanted.text, autoescape=True)))
    mine = and_(progress.c.learner == learner.c.number, progress.c.course.in_(list(wanted.courses)))
    is_begun = select(progress.c.course).where(mine).correlate(learner).exists()
    many = select(func.count(progress.c.completed_at)).where(mine).correlate(learner)
    is_done = many.scalar_subquery() >= len(wanted.courses) if wanted.courses else false()
    groups = {"done": is_done, "begun": and_(is_begun, ~is_done), "none": ~is_begun}
    if wanted.group in groups:
        conditions.append(groups[wanted.group])
    return and_(*conditions)


def _people(scope: Scope, wanted: WantedPeople) -> Select[Any]:
    """Each of a class's people who match, with their progress in its courses."""
    mine = and_(progress.c.learner == learner.c.number, progress.c.course.in_(list(wanted.courses)))
    return (
        select(
            learner.c.number,
            learner.c.name,
            learner.c.unit_id,
            unit.c.name.label("unit_name"),
            func.count(progress.c.completed_at).label("done"),
            func.coalesce(func.sum(progress.c.percent), 0).label("percent"),
            func.max(progress.c.last_at).label("last_at"),
        )
        .join(unit, unit.c.id == learner.c.unit_id)
        .outerjoin(progress, mine)
        .where(_matches(scope, wanted))
        .group_by(learner.c.number, learner.c.name, learner.c.unit_id, unit.c.name)
    )

"""Figures of the tree: people and stations per unit, as few rows as the tree has units.

The database counts, ``hub.reports.figures`` adds up along the tree. Rosters of one page are in
``store.rosters``, stations in ``store.contacts``, exam results in ``store.marks``.
"""

from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
)

from hub.store.courses import CANCELLED
from hub.store.dialect import within
from hub.store.lists import DAY_S, ZONE_S
from hub.store.orders import PLACES
from hub.store.schema import (
    class_,
    class_course,
    course,
    learner,
    node,
    orders,
    progress,
    result,
    unit,
)
from hub.store.scope import Scope
from hub.store.units import Unit


@dataclass(frozen=True, slots=True)
class Due:
    """A required course, the unit at and below which it is due, and when it was first published."""

    course: str
    path: str
    mark: int
    since: int


@dataclass(frozen=True, slots=True)
class CourseRun:
    """One course of a class, the class's days, and the unit that the class is for."""

    course: str
    path: str
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class Group:
    """How many learners of one unit stand alike."""

    unit_id: int
    completed: int  # of the courses that are due to them
    lately: int | None  # latest study: 1 recent, 0 older, None: never
    people: int


@dataclass(frozen=True, slots=True)
class StationRow:
    """What the tree needs to know of a station."""

    id: int
    unit_id: int
    state: str
    last_seen_at: int | None
    refusal: str
    waiting: int  # records that the station has and we lack


@dataclass(frozen=True, slots=True)
class Sittings:
    """Exams of a scope: people and visits apart, as every report must.

    Each counts for the unit where it was handed in, whatever becomes of the learner.
    """

    sittings: int
    people: int
    passed_people: int


def due(connection: Connection) -> list[Due]:
    """The required courses that are published now, and to which units."""
    newest = (
        select(
            course.c.id,
            func.max(course.c.version).label("version"),
            func.min(course.c.published_at).label("since"),
        )
        .group_by(course.c.id)
        .subquery()
    )
    query = (
        select(orders.c.key, unit.c.path, orders.c.mark, newest.c.since)
        .join(unit, unit.c.id == orders.c.unit_id)
        .join(newest, newest.c.id == orders.c.key)
        .join(course, and_(course.c.id == newest.c.id, course.c.version == newest.c.version))
        .where(
            orders.c.scope.in_(PLACES),
            orders.c.kind == "course",
            orders.c.body != b"",
            course.c.required,
        )
    )
    return [Due(*row) for row in connection.execute(query)]


def runs(connection: Connection) -> list[CourseRun]:
    """The courses of all classes but those that were cancelled."""
    query = (
        select(class_course.c.course_id, unit.c.path, class_.c.opens, class_.c.closes)
        .join(class_, class_.c.id == class_course.c.class_id)
        .join(unit, unit.c.id == class_.c.unit_id)
        .where(class_.c.state != CANCELLED)
    )
    return [CourseRun(*row) for row in connection.execute(query)]


def groups(connection: Connection, scope: Scope, courses: list[Due], since: int) -> list[Group]:
    """Active learners of the scope, counted by unit, courses completed and latest study.

    ``since``: study at or after it is recent.
    """
    complete = completed(scope, courses)
    person = (
        select(
            learner.c.unit_id,
            complete.label("completed"),
            case(
                (func.max(progress.c.last_at).is_(None), None),
                (func.max(progress.c.last_at) >= since, 1),
                else_=0,
            ).label("lately"),
        )
        .join(unit, unit.c.id == learner.c.unit_id)
        .outerjoin(progress, progress.c.learner == learner.c.number)
        .where(learner.c.active, scope.units(), unit.c.closed_at.is_(None))
        .group_by(learner.c.unit_id, learner.c.number)
        .subquery()
    )
    query = select(person, func.count().label("people")).group_by(*person.c)
    return [
        Group(row.unit_id, int(row.completed), row.lately, row.people)
        for row in connection.execute(query)
    ]


def completed(scope: Scope, courses: list[Due]) -> ColumnElement[int]:
    """Of a learner's ``progress`` rows (with ``unit``): how many due courses are complete."""
    counts = _counts(scope, courses)
    return func.sum(case((and_(progress.c.completed_at.is_not(None), counts), 1), else_=0))


def completions(connection: Connection, scope: Scope, courses: list[Due]) -> dict[int, int]:
    """How many due courses were first seen complete, by day (of the offices' zone, since 1970)."""
    day = cast((progress.c.completed_at + ZONE_S) // DAY_S, Integer)
    query = (
        select(day.label("day"), func.count().label("visits"))
        .select_from(progress)
        .join(learner, learner.c.number == progress.c.learner)
        .join(unit, unit.c.id == learner.c.unit_id)
        .where(
            learner.c.active, scope.units(), progress.c.completed_at.is_not(None),
            _counts(scope, courses),
        )
        .group_by(day)
    )  # fmt: skip
    return {row.day: row.visits for row in connection.execute(query)}


def units_at(connection: Connection, scope: Scope, level: int) -> list[Unit]:
    """The units of one level of the scope that were not closed."""
    query = select(unit).where(scope.units(), unit.c.level == level, unit.c.closed_at.is_(None))
    rows = connection.execute(query)
    return [Unit(r.id, r.parent_id, r.code, r.name, r.level, r.path) for r in rows]


def _counts(scope: Scope, courses: list[Due]) -> ColumnElement[bool]:
    """Condition on ``progress`` with ``unit``: the course is due there.

    Nobody finds people by the index on courses: it holds everybody of the country.
    """
    its_course = progress.c.course.concat("")
    return or_(
        false(),
        *(
            its_course == each.course
            if scope.top.path.startswith(each.path)
            else and_(its_course == each.course, within(unit.c.path, each.path))
            for each in courses
            if scope.touches(each.path)
        ),
    )


def unit_paths(connection: Connection, scope: Scope) -> dict[int, str]:
    """Path of every unit in the scope that was not closed, by id."""
    query = select(unit.c.id, unit.c.path).where(scope.units(), unit.c.closed_at.is_(None))
    return {row.id: row.path for row in connection.execute(query)}


def station_rows(connection: Connection, scope: Scope) -> list[StationRow]:
    """Every station in the scope."""
    query = (
        select(
            node.c.id,
            node.c.unit_id,
            node.c.state,
            node.c.last_seen_at,
            node.c.refusal,
            (node.c.head_seq - node.c.held_seq).label("waiting"),
        )
        .join(unit, unit.c.id == node.c.unit_id)
        .where(scope.units(), node.c.state != "revoked", unit.c.closed_at.is_(None))
    )
    return [StationRow(*row) for row in connection.execute(query)]


def sittings(connection: Connection, scope: Scope) -> Sittings:
    """Exams handed in and graded: how many, by how many people, how many of them passed."""
    person = (
        select(
            func.count().label("sittings"),
            func.max(case((result.c.passed, 1), else_=0)).label("passed"),
        )
        .select_from(result)
        .join(unit, unit.c.id == result.c.unit_id)
        .where(scope.units())
        .group_by(result.c.learner)
        .subquery()
    )
    query = select(
        func.coalesce(func.sum(person.c.sittings), 0).label("sittings"),
        func.count().label("people"),
        func.coalesce(func.sum(person.c.passed), 0).label("passed"),
    )
    row = connection.execute(query).one()
    return Sittings(int(row.sittings), row.people, int(row.passed))

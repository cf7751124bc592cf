"""Exam results as the pages and the export list them: filtered in the database, in one order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)

from hub.store.schema import class_, class_course, course, learner, progress, result, unit
from hub.store.scope import Scope

CHUNK = 2_000

# The learner's progress in the course of the exam; there are few rows of one learner.
_ITS_COURSE = and_(
    progress.c.learner == result.c.learner,
    func.substr(result.c.exam, 1, func.length(progress.c.course) + 1) == progress.c.course + "/",
)
# Where people are now, beside the unit that a result is counted for.
_now = unit.alias("now_at")
_BY_THEN = (
    result.join(learner, learner.c.number == result.c.learner)
    .join(unit, unit.c.id == result.c.unit_id)
    .join(_now, _now.c.id == learner.c.unit_id)
)
_BY_NOW = (
    result.join(learner, learner.c.number == result.c.learner)
    .join(unit, unit.c.id == learner.c.unit_id)
    .join(_now, _now.c.id == learner.c.unit_id)
)

# What a wrong clock said of the hand-in is put right: by it results come before one another.
_HANDED_IN = func.coalesce(result.c.corrected_at, result.c.submitted_at)


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Which results: at or below a unit's path, of a course, of a class, passed or not.

    ``by_now``: of the units where the learners are now, not of those where they handed in.
    """

    path: str
    course: str = ""
    class_id: str = ""
    passed: str = ""  # "yes" | "no" | ""
    text: str = ""
    by_now: bool = False


@dataclass(frozen=True, slots=True)
class ListedResult:
    """One graded attempt (``hub.store.results``), with its learner and the unit it counts for.

    ``now_path``: of the unit where the learner is now; ``is_here``: whether on the roster.
    """

    learner: str
    exam: str
    attempt: int
    node_id: int
    right: int
    total: int
    score: int
    passed: bool
    began: int
    submitted_at: int
    version: int
    receipt_seq: int
    corrected_at: int | None
    unit_id: int | None
    name: str
    unit_name: str
    path: str
    unit_code: str
    now_path: str
    is_here: bool
    completed_at: int | None  # as in ``progress``, of the exam's course
    completed_version: int | None


@dataclass(frozen=True, slots=True)
class ListedClass:
    """A class and the unit that it is for. Its days are as "2026-11-21"."""

    id: str
    title: str
    opens: str
    closes: str
    unit_name: str
    path: str


@dataclass(frozen=True, slots=True)
class Sum:
    """What a selection holds: visits 人次 and people 人 apart."""

    sittings: int
    people: int
    passed_sittings: int
    passed_people: int
    newest: int | None


def count(connection: Connection, scope: Scope, wanted: ResultFilter) -> Sum:
    """Count the selection."""
    passed = case((result.c.passed, result.c.learner), else_=None)
    query = (
        select(
            func.count(),
            func.count(result.c.learner.distinct()),
            func.count(passed),
            func.count(passed.distinct()),
            func.max(_HANDED_IN),
        )
        .select_from(_placed(wanted))
        .where(_condition(scope, wanted))
    )
    return Sum(*connection.execute(query).one())


def page(
    connection: Connection, scope: Scope, wanted: ResultFilter, limit: int, offset: int
) -> list[ListedResult]:
    """One page, the latest handed in first."""
    query = _rows(scope, wanted).limit(limit).offset(offset)
    return [ListedResult(*row) for row in connection.execute(query)]


def every(connection: Connection, scope: Scope, wanted: ResultFilter) -> Iterator[ListedResult]:
    """The whole selection in the same order, a few rows in memory at a time."""
    streaming = connection.execution_options(yield_per=CHUNK)
    for row in streaming.execute(_rows(scope, wanted)):
        yield ListedResult(*row)


def exams(connection: Connection) -> dict[str, str]:
    """Title of each course's newest version, by id."""
    rows = connection.execute(
        select(course.c.id, course.c.title).order_by(course.c.id, course.c.version)
    )
    return {row.id: row.title for row in rows}


def classes_in(connection: Connection, scope: Scope) -> list[ListedClass]:
    """The classes that hold for a unit of the scope, the latest to open first."""
    query = _classes().order_by(class_.c.opens.desc(), class_.c.id)
    rows = [ListedClass(*row) for row in connection.execute(query)]
    return [row for row in rows if scope.touches(row.path)]


def _classes() -> Select[Any]:
    return select(
        class_.c.id,
        class_.c.title,
        class_.c.opens,
        class_.c.closes,
        unit.c.name.label("unit_name"),
        unit.c.path,
    ).join(unit, unit.c.id == class_.c.unit_id)


def _rows(scope: Scope, wanted: ResultFilter) -> Select[Any]:
    columns = select(
        result,
        learner.c.name,
        unit.c.name.label("unit_name"),
        unit.c.path,
        unit.c.code.label("unit_code"),
        _now.c.path.label("now_path"),
        learner.c.active.label("is_here"),
        progress.c.completed_at,
        progress.c.completed_version,
    )
    return (
        columns.select_from(_placed(wanted).outerjoin(progress, _ITS_COURSE))
        .where(_condition(scope, wanted))
        .order_by(_HANDED_IN.desc(), result.c.learner, result.c.exam, result.c.attempt)
    )


def _placed(wanted: ResultFilter) -> FromClause:
    return _BY_NOW if wanted.by_now else _BY_THEN


def _condition(scope: Scope, wanted: ResultFilter) -> ColumnElement[bool]:
    parts = [scope.below(wanted.path)]
    if wanted.course:
        parts.append(result.c.exam.startswith(f"{wanted.course}/", autoescape=True))
    if wanted.class_id:
        parts.append(_of_class(wanted.class_id))
    if wanted.passed:
        parts.append(result.c.passed == (wanted.passed == "yes"))
    if wanted.text:
        named = learner.c.name.contains(wanted.text, autoescape=True)
        parts.append(or_(named, learner.c.number.startswith(wanted.text, autoescape=True)))
    return and_(*parts)


def _of_class(class_id: str) -> ColumnElement[bool]:
    """The exam is of a course of the class, and the learner at or below the class's unit."""
    place = unit.alias("place")
    return exists(
        select(class_.c.id)
        .join(class_course, class_course.c.class_id == class_.c.id)
        .join(place, place.c.id == class_.c.unit_id)
        .where(
            class_.c.id == class_id,
            unit.c.path.startswith(place.c.path),
            result.c.exam.startswith(class_course.c.course_id + "/"),
        )
        .correlate(unit, result)
    )


def paths(connection: Connection, scope: Scope, wanted: ResultFilter) -> list[str]:
    """The paths of all units that the selection names."""
    query = (
        select(unit.c.path).distinct().select_from(_placed(wanted)).where(_condition(scope, wanted))
    )
    return [row.path for row in connection.execute(query)]

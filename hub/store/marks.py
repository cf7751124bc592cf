"""Exam results as the pages and the export list them: filtered in the database, in one order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
)

from hub.store import courses
from hub.store.lists import ordered, parts
from hub.store.schema import course, learner, progress, result, unit
from hub.store.scope import Scope
from sync.facts.attempts import TRIES, ordinal_of

_KEY = ("learner", "exam", "attempt", "node_id")
# The learner's progress in the course of the exam; there are few rows of one learner.
_ITS_COURSE = and_(
    progress.c.learner == result.c.learner,
    func.substr(result.c.exam, 1, func.length(progress.c.course) + 1) == progress.c.course + "/",
)
# Where people are now, beside the unit that a result is counted for.
_now = unit.alias("now_at")

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

    @property
    def ordinal(self) -> int:
        """Which of the learner's tries it is."""
        return ordinal_of(self.attempt)


@dataclass(frozen=True, slots=True)
class Sum:
    """What a selection holds: visits 人次 and people 人 apart."""

    sittings: int
    people: int
    passed_sittings: int
    passed_people: int
    newest: int | None


def count(connection: Connection, scope: Scope, wanted: ResultFilter) -> Sum:
    """Count the selection: by person first, which is a sixth of the work of counting apart."""
    placed, condition = _narrowest(connection, scope, wanted)
    person = (
        select(
            func.count().label("sittings"),
            func.sum(case((result.c.passed, 1), else_=0)).label("passed"),
            func.max(_HANDED_IN).label("newest"),
        )
        .select_from(placed)
        .where(condition)
        .group_by(result.c.learner)
        .subquery()
    )
    query = select(
        func.coalesce(func.sum(person.c.sittings), 0),
        func.count(),
        func.coalesce(func.sum(person.c.passed), 0),
        func.coalesce(func.sum(case((person.c.passed > 0, 1), else_=0)), 0),
        func.max(person.c.newest),
    )
    sittings, people, passed, passed_people, newest = connection.execute(query).one()
    return Sum(int(sittings), people, int(passed), int(passed_people), newest)


# What a list of results is sorted by.
ORDERS: Mapping[str, ColumnElement[Any]] = {
    "handed": _HANDED_IN,
    "name": learner.c.name,
    "learner": result.c.learner,
    "unit": unit.c.path,
    "exam": result.c.exam,
    "attempt": result.c.attempt % TRIES,
    "score": result.c.score,
    "passed": result.c.passed,
}


def page(
    connection: Connection, scope: Scope, wanted: ResultFilter, limit: int, offset: int,
    order: str = "-handed",
) -> list[ListedResult]:  # fmt: skip
    """One page in an order of ``ORDERS``: the latest handed in first.

    The rows of the page are found by their keys: only those are sorted, and then read whole.
    """
    placed, condition = _narrowest(connection, scope, wanted, order.removeprefix("-"))
    keys = (
        select(*(result.c[name] for name in _KEY))
        .select_from(placed)
        .where(condition)
        .order_by(*ordered(ORDERS, order, result.c.learner, result.c.exam, result.c.attempt))
        .limit(limit)
        .offset(offset)
    )
    wanted_keys = [tuple(row) for row in connection.execute(keys)]
    placed = _placed(wanted, True, True).join(_now, _now.c.id == learner.c.unit_id)
    placed = placed.outerjoin(progress, _ITS_COURSE)
    of_them = result.c.learner.in_(sorted({key[0] for key in wanted_keys}))
    query = _columns().select_from(placed).where(of_them)
    rows = (ListedResult(*row) for row in connection.execute(query))
    by_key = {(row.learner, row.exam, row.attempt, row.node_id): row for row in rows}
    return [by_key[key] for key in wanted_keys]


def every(
    connection: Connection, scope: Scope, wanted: ResultFilter, order: str = "-handed"
) -> Iterator[ListedResult]:
    """The whole selection in that order, a few rows in memory at a time."""
    placed = _placed(wanted, True, True).join(_now, _now.c.id == learner.c.unit_id)
    query = _rows(_condition(connection, scope, wanted), placed, order)
    for rows in parts(connection, query):
        yield from (ListedResult(*row) for row in rows)


def exams(connection: Connection) -> dict[str, str]:
    """Title of each course's newest version, by id."""
    rows = connection.execute(
        select(course.c.id, course.c.title).order_by(course.c.id, course.c.version)
    )
    return {row.id: row.title for row in rows}


def _columns() -> Select[Any]:
    return select(
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


def _rows(condition: ColumnElement[bool], placed: FromClause, order: str) -> Select[Any]:
    return (
        _columns()
        .select_from(placed.outerjoin(progress, _ITS_COURSE))
        .where(condition)
        .order_by(*ordered(ORDERS, order, result.c.learner, result.c.exam, result.c.attempt))
    )


def _placed(wanted: ResultFilter, with_learner: bool, with_unit: bool) -> FromClause:
    """Results with their learners, and with the units that they are counted for."""
    placed: FromClause = result
    if with_learner or wanted.by_now:
        placed = placed.join(learner, learner.c.number == result.c.learner)
    if with_unit:
        at = learner.c.unit_id if wanted.by_now else result.c.unit_id
        placed = placed.join(unit, unit.c.id == at)
    return placed


def _narrowest(
    connection: Connection, scope: Scope, wanted: ResultFilter, order: str = ""
) -> tuple[FromClause, ColumnElement[bool]]:
    """The results of a selection and what else it asks for; of a whole country no unit is read.

    A result that has a unit has its learner on the roster, too: both came in one step.
    """
    with_learner = bool(wanted.text) or order == "name"
    of_all = scope.is_whole and wanted.path == scope.top.path
    if wanted.class_id:
        of_all = of_all and courses.class_unit(connection, wanted.class_id) == wanted.path
    with_unit = not of_all or order == "unit"
    condition = _condition(connection, scope, wanted)
    if not wanted.by_now and not with_unit:
        condition = and_(result.c.unit_id.is_not(None), condition)
    return _placed(wanted, with_learner, with_unit), condition


def _condition(connection: Connection, scope: Scope, wanted: ResultFilter) -> ColumnElement[bool]:
    wishes = [scope.below(wanted.path)]
    if wanted.course:
        wishes.append(result.c.exam.startswith(f"{wanted.course}/", autoescape=True))
    if wanted.class_id:
        wishes.append(_of_class(connection, scope, wanted.class_id))
    if wanted.passed:
        wishes.append(result.c.passed == (wanted.passed == "yes"))
    if wanted.text:
        named = learner.c.name.contains(wanted.text, autoescape=True)
        wishes.append(or_(named, learner.c.number.startswith(wanted.text, autoescape=True)))
    return and_(*wishes)


def _of_class(connection: Connection, scope: Scope, class_id: str) -> ColumnElement[bool]:
    """The exam is of a course of the class, was begun on one of its days, by one of its people."""
    study_class = courses.get_class(connection, class_id)
    path = courses.class_unit(connection, class_id)
    if study_class is None or path is None:
        return false()
    # A wrong clock was as wrong at the beginning as at the end.
    began = result.c.began + func.coalesce(result.c.corrected_at - result.c.submitted_at, 0)
    begins_at, ends_at = study_class.span
    return and_(
        scope.below(path),
        or_(
            false(),
            *(
                result.c.exam.startswith(f"{course_id}/", autoescape=True)
                for course_id in study_class.courses
            ),
        ),
        began >= begins_at,
        began < ends_at,
    )


def paths(connection: Connection, scope: Scope, wanted: ResultFilter) -> list[str]:
    """The paths of all units that the selection names."""
    query = (
        select(unit.c.path)
        .distinct()
        .select_from(_placed(wanted, bool(wanted.text), True))
        .where(_condition(connection, scope, wanted))
    )
    return [row.path for row in connection.execute(query)]

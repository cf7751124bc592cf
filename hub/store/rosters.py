"""Learners as the pages list them: search and state in the database, one page at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)

from hub.store.dialect import within
from hub.store.reports import Due, completed
from hub.store.results import ProgressRow
from hub.store.schema import learner, progress, result, unit
from hub.store.scope import Scope

STATES = ("done", "studying", "behind", "none")


@dataclass(frozen=True, slots=True)
class ListedLearner:
    """A learner of the roster and the unit; ``active`` False once the person left."""

    number: str
    name: str
    post: str
    active: bool
    unit_id: int
    unit_name: str
    path: str


@dataclass(frozen=True, slots=True)
class Duty:
    """What learners are measured by: the courses that count; study at or after ``since`` is recent;
    by path whether somebody may be behind, where the nearest at or above a unit holds."""

    courses: list[Due]
    since: int
    places: Mapping[str, bool]


_LEARNERS: Select[Any] = select(
    learner.c.number,
    learner.c.name,
    learner.c.post,
    learner.c.active,
    learner.c.unit_id,
    unit.c.name.label("unit_name"),
    unit.c.path,
).join_from(learner, unit, unit.c.id == learner.c.unit_id)


def count_learners(
    connection: Connection,
    scope: Scope,
    path: str,
    duty: Duty,
    text: str = "",
    state: str = "",
) -> int:
    """How many learners match; see ``list_learners``."""
    query = _matching(scope, path, duty, text, state)
    return connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def list_learners(
    connection: Connection,
    scope: Scope,
    path: str,
    duty: Duty,
    text: str = "",
    state: str = "",
    limit: int = 50,
    offset: int = 0,
) -> list[ListedLearner]:
    """One page of the learners who match, by unit and number.

    ``state``: done, studying, behind (neither), none (nothing is due), or any.
    """
    query = _matching(scope, path, duty, text, state)
    page = query.order_by(unit.c.path, learner.c.number).limit(limit).offset(offset)
    return [ListedLearner(*row) for row in connection.execute(page)]


def _matching(scope: Scope, path: str, duty: Duty, text: str, state: str) -> Select[Any]:
    query = _LEARNERS.where(learner.c.active, scope.below(path))
    if text:
        named = learner.c.name.contains(text, autoescape=True)
        query = query.where(named | learner.c.number.startswith(text, autoescape=True))
    if state in STATES:
        query = query.where(_stands(scope, path, duty, state))
    return query


def progress_of(connection: Connection, numbers: Iterable[str]) -> dict[str, list[ProgressRow]]:
    """The progress rows of these learners."""
    by_learner: dict[str, list[ProgressRow]] = {}
    query = select(progress).where(progress.c.learner.in_(list(numbers)))
    for row in connection.execute(query):
        by_learner.setdefault(row.learner, []).append(ProgressRow(*row))
    return by_learner


def passed_of(connection: Connection, numbers: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Of these learners: the best score, and whether an exam was passed."""
    query = (
        select(
            result.c.learner,
            func.max(result.c.score).label("best"),
            func.max(case((result.c.passed, 1), else_=0)).label("passed"),
        )
        .where(result.c.learner.in_(list(numbers)))
        .group_by(result.c.learner)
    )
    return {row.learner: (row.best, row.passed) for row in connection.execute(query)}


def learner_in(connection: Connection, scope: Scope, number: str) -> ListedLearner | None:
    """One learner with the unit, if inside the scope; one who left too."""
    row = connection.execute(_LEARNERS.where(learner.c.number == number, scope.units())).first()
    return ListedLearner(*row) if row else None


def _stands(scope: Scope, path: str, duty: Duty, state: str) -> ColumnElement[bool]:
    """Condition on ``learner`` with ``unit``: how the learner stands."""
    need = _need(duty.courses)
    if state == "none":
        return need == 0
    done = (
        select(func.coalesce(completed(scope, duty.courses), 0))
        .where(progress.c.learner == learner.c.number)
        .correlate(learner, unit)
        .scalar_subquery()
    )
    if state == "done":
        return and_(need > 0, done >= need)
    lately = or_(exists(_recent(duty.since)), _early(duty.places, path))
    return and_(need > 0, done < need, lately if state == "studying" else ~lately)


def _early(places: Mapping[str, bool], below: str) -> ColumnElement[bool]:
    """Whether it is too early at ``unit``, which is at or below ``below``, to be behind."""
    near = [path for path in places if path.startswith(below) or below.startswith(path)]
    if not near:
        return false()
    near.sort(key=len, reverse=True)
    return (
        case(*((within(unit.c.path, path), int(not places[path])) for path in near), else_=0) == 1
    )


def _recent(since: int) -> Select[tuple[int]]:
    return (
        select(progress.c.last_at)
        .where(progress.c.learner == learner.c.number, progress.c.last_at >= since)
        .correlate(learner)
    )


def _need(courses: list[Due]) -> ColumnElement[int]:
    """How many courses are due at ``unit``: each counts once, however often it is published."""
    places: dict[str, list[str]] = {}
    for each in courses:
        places.setdefault(each.course, []).append(each.path)
    need: ColumnElement[int] = literal(0)
    for paths in places.values():
        there = or_(*(within(unit.c.path, path) for path in paths))
        need = need + case((there, 1), else_=0)
    return need

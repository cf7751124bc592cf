"""Learners as the pages list them: search and state in the database, one page at a time."""

from collections.abc import Collection, Iterable, Iterator, Mapping
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
from hub.store.lists import ordered, parts
from hub.store.reports import Due, completed
from hub.store.results import ProgressRow
from hub.store.schema import learner, node, progress, result, unit
from hub.store.scope import Scope

STATES = ("done", "studying", "behind", "unknown", "none")


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


@dataclass(frozen=True, slots=True)
class WantedLearners:
    """Which active learners: at or below a unit's path, by how they stand, by name or number.

    ``state``: done; studying (lately, or it is too early to be behind); behind (neither); unknown
    (neither, and their station was not heard of since ``heard_since``); none (nothing is due); or
    "" for any. ``units``: of these alone, where it is known that all others have none.
    """

    path: str
    duty: Duty
    heard_since: int
    text: str = ""
    state: str = ""
    units: Collection[int] | None = None


# What a list of learners is sorted by; at once in a list of any length.
QUICK_ORDERS: Mapping[str, ColumnElement[Any]] = {
    "unit": unit.c.path,
    "number": learner.c.number,
}
# By these only where the list is short: the database looks at all of it.
ORDERS: Mapping[str, ColumnElement[Any]] = {
    **QUICK_ORDERS,
    "name": learner.c.name,
    "post": learner.c.post,
    "last": func.coalesce(
        select(func.max(progress.c.last_at))
        .where(progress.c.learner == learner.c.number)
        .correlate(learner)
        .scalar_subquery(),
        0,
    ),
    "best": func.coalesce(
        select(func.max(result.c.score))
        .where(result.c.learner == learner.c.number)
        .correlate(learner)
        .scalar_subquery(),
        -1,
    ),
}


def count_learners(connection: Connection, scope: Scope, wanted: WantedLearners) -> int:
    """How many learners match."""
    query = _matching(scope, wanted)
    return connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def list_learners(
    connection: Connection,
    scope: Scope,
    wanted: WantedLearners,
    limit: int = 50,
    offset: int = 0,
    order: str = "unit",
) -> list[ListedLearner]:
    """One page of the learners who match, in an order of ``ORDERS``."""
    query = _matching(scope, wanted).order_by(*ordered(ORDERS, order, learner.c.number))
    page = query.limit(limit).offset(offset)
    return [ListedLearner(*row) for row in connection.execute(page)]


def every_learner(
    connection: Connection, scope: Scope, wanted: WantedLearners, order: str = "unit"
) -> Iterator[list[ListedLearner]]:
    """All of them in that order, a few hundred at a time."""
    query = _matching(scope, wanted).order_by(*ordered(ORDERS, order, learner.c.number))
    for rows in parts(connection, query):
        yield [ListedLearner(*row) for row in rows]


def _matching(scope: Scope, wanted: WantedLearners) -> Select[Any]:
    query = _LEARNERS.where(learner.c.active, scope.below(wanted.path))
    if wanted.units is not None:
        query = query.where(learner.c.unit_id.in_(wanted.units))
    if wanted.text:
        named = learner.c.name.contains(wanted.text, autoescape=True)
        query = query.where(named | learner.c.number.startswith(wanted.text, autoescape=True))
    if wanted.state in STATES:
        query = query.where(_stands(scope, wanted))
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


def _stands(scope: Scope, wanted: WantedLearners) -> ColumnElement[bool]:
    """Condition on ``learner`` with ``unit``: how the learner stands."""
    duty = wanted.duty
    need = _need(duty.courses)
    if wanted.state == "none":
        return need == 0
    done = (
        select(func.coalesce(completed(scope, duty.courses), 0))
        .where(progress.c.learner == learner.c.number)
        .correlate(learner, unit)
        .scalar_subquery()
    )
    if wanted.state == "done":
        return and_(need > 0, done >= need)
    lately = or_(exists(_recent(duty.since)), _early(duty.places, wanted.path))
    if wanted.state == "studying":
        return and_(need > 0, done < need, lately)
    unheard = learner.c.unit_id.in_(_unheard(wanted))
    return and_(need > 0, done < need, ~lately, unheard if wanted.state == "unknown" else ~unheard)


def _unheard(wanted: WantedLearners) -> Select[tuple[int]]:
    """The units whose station, their own or the nearest above, was not heard of since then."""
    above = [int(number) for number in wanted.path.strip("/").split("/")]
    place, child = unit.alias("place"), unit.alias("child")
    station, own = node.alias("station"), node.alias("own")
    nearest = (
        select(func.coalesce(station.c.last_seen_at, 0))
        .join(place, place.c.id == station.c.unit_id)
        .where(station.c.unit_id.in_(above), station.c.state != "revoked")
        .order_by(place.c.level.desc(), station.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    served = select(
        literal(above[-1]).label("unit_id"), func.coalesce(nearest, 0).label("seen")
    ).cte("served", recursive=True)
    here = case((own.c.id.is_(None), served.c.seen), else_=func.coalesce(own.c.last_seen_at, 0))
    served = served.union_all(
        select(child.c.id, here)
        .join_from(served, child, child.c.parent_id == served.c.unit_id)
        .outerjoin(own, and_(own.c.unit_id == child.c.id, own.c.state != "revoked"))
    )
    return select(served.c.unit_id).where(served.c.seen < wanted.heard_since)


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

"""Histories of people (table ``learner_change``): what was so of a learner from when on, and why.

Each row is the whole of it until the learner's next row; rows come in the order of their days and
are only ever added. What an import wrote can be taken back: its rows then count as if they had
never been, and stay to be seen. The rules are ``hub.people.changes``.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from hub.store.dialect import MAX_IN, values_of, within
from hub.store.schema import learner, learner_change, unit
from hub.store.units import Unit


class Standing(StrEnum):
    """How somebody stands to the roster. The values are kept in the database."""

    PRESENT = "present"
    RETIRED = "retired"
    LEFT = "left"
    SECONDED = "seconded"
    DUPLICATE = "duplicate"  # the same person as another number


@dataclass(frozen=True, slots=True)
class Change:
    """What is so of a learner since ``since``. ``at``: when and by whom that was noted."""

    learner: str
    name: str
    unit_id: int
    post: str
    state: str
    since: int
    at: int
    by: str
    why: str = ""
    other: str = ""
    import_id: int | None = None


@dataclass(frozen=True, slots=True)
class NotedChange:
    """A change as the pages show it, with its unit's name and its number."""

    id: int
    learner: str
    name: str
    unit_id: int
    unit_name: str
    unit_path: str
    post: str
    state: str
    other: str
    since: int
    why: str
    at: int
    by: str
    import_id: int | None
    undone_at: int | None


_NOTED: Select[Any] = select(
    learner_change.c.id, learner_change.c.learner, learner_change.c.name, learner_change.c.unit_id,
    unit.c.name.label("unit_name"), unit.c.path.label("unit_path"), learner_change.c.post,
    learner_change.c.state, learner_change.c.other, learner_change.c.since, learner_change.c.why,
    learner_change.c.at, learner_change.c.by, learner_change.c.import_id,
    learner_change.c.undone_at,
).join_from(learner_change, unit, unit.c.id == learner_change.c.unit_id)  # fmt: skip
_COUNTS = learner_change.c.undone_at.is_(None)
_AMONG = learner_change.c.learner.in_(bindparam("wanted", expanding=True))
_UNITS = (
    select(learner_change.c.learner, learner_change.c.since, learner_change.c.unit_id)
    .where(_AMONG, _COUNTS)
    .order_by(learner_change.c.id)
)


def add(connection: Connection, changes: Sequence[Change]) -> None:
    """Keep these changes, each later than what is kept of its learner."""
    if changes:
        connection.execute(insert(learner_change), [values_of(change) for change in changes])


def of(connection: Connection, number: str) -> list[NotedChange]:
    """Everything that was noted of a learner, the oldest first; what was taken back too."""
    query = _NOTED.where(learner_change.c.learner == number).order_by(learner_change.c.id)
    return [NotedChange(*row) for row in connection.execute(query)]


def last(connection: Connection, numbers: Iterable[str]) -> dict[str, NotedChange]:
    """What is so of these learners now."""
    latest = (
        select(func.max(learner_change.c.id))
        .where(_AMONG, _COUNTS)
        .group_by(learner_change.c.learner)
    )
    query, wanted = _NOTED.where(learner_change.c.id.in_(latest)), sorted(set(numbers))
    now = {}
    for at in range(0, len(wanted), MAX_IN):
        rows = connection.execute(query, {"wanted": wanted[at : at + MAX_IN]})
        now.update({row.learner: NotedChange(*row) for row in rows})
    return now


def ever_of(connection: Connection, numbers: Iterable[str], at: Unit) -> set[str]:
    """Those of ``numbers`` who are, or ever were, at a unit at or below ``at``."""
    wanted, found = sorted(set(numbers)), set[str]()
    for table, number in ((learner, learner.c.number), (learner_change, learner_change.c.learner)):
        query = (
            select(number)
            .join_from(table, unit, unit.c.id == table.c.unit_id)
            .where(number.in_(bindparam("wanted", expanding=True)), within(unit.c.path, at.path))
        )
        for first in range(0, len(wanted), MAX_IN):
            part = {"wanted": wanted[first : first + MAX_IN]}
            found.update(connection.execute(query, part).scalars())
    return found


@dataclass(frozen=True, slots=True)
class UnitsThen:
    """At which units some learners were when."""

    since: dict[str, list[int]]
    units: dict[str, list[int]]

    def of(self, number: str, at: int) -> int | None:
        """The learner's unit at that time; the first that is known, if it was before that; None
        for a number that is nobody's."""
        if number not in self.units:
            return None
        place = bisect_right(self.since[number], at)
        return self.units[number][max(0, place - 1)]


def units_then(connection: Connection, numbers: Iterable[str]) -> UnitsThen:
    """At which units these learners were when; where nothing is noted, where they are."""
    then, wanted = UnitsThen({}, {}), sorted(set(numbers))
    for first in range(0, len(wanted), MAX_IN):
        part = {"wanted": wanted[first : first + MAX_IN]}
        for row in connection.execute(_UNITS, part):
            then.since.setdefault(row.learner, []).append(row.since)
            then.units.setdefault(row.learner, []).append(row.unit_id)
    without = [number for number in wanted if number not in then.units]
    for first in range(0, len(without), MAX_IN):
        query = select(learner.c.number, learner.c.unit_id)
        among = learner.c.number.in_(without[first : first + MAX_IN])
        for known in connection.execute(query.where(among)):
            then.since[known.number], then.units[known.number] = [0], [known.unit_id]
    return then


# What an import did


def of_import(connection: Connection, import_id: int) -> list[NotedChange]:
    """Everything that an import wrote, in its order."""
    query = _NOTED.where(learner_change.c.import_id == import_id).order_by(learner_change.c.id)
    return [NotedChange(*row) for row in connection.execute(query)]


def page_of_import(
    connection: Connection, import_id: int, limit: int, offset: int
) -> tuple[int, list[NotedChange]]:
    """How many changes an import wrote, and one page of them."""
    mine = learner_change.c.import_id == import_id
    total = connection.execute(select(func.count()).where(mine)).scalar_one()
    page = _NOTED.where(mine).order_by(learner_change.c.id).limit(limit).offset(offset)
    return total, [NotedChange(*row) for row in connection.execute(page)]


def befores(connection: Connection, changes: Iterable[NotedChange]) -> dict[int, NotedChange]:
    """What was so of each change's learner before it, by the change's number."""
    of_change = {change.id: change for change in changes}
    earlier = learner_change.alias("earlier")
    query = (
        select(learner_change.c.id, func.max(earlier.c.id).label("before"))
        .join_from(
            learner_change,
            earlier,
            (earlier.c.learner == learner_change.c.learner)
            & (earlier.c.id < learner_change.c.id)
            & earlier.c.undone_at.is_(None),
        )
        .where(learner_change.c.id.in_(bindparam("wanted", expanding=True)))
        .group_by(learner_change.c.id)
    )
    wanted, pairs = sorted(of_change), dict[int, int]()
    for at in range(0, len(wanted), MAX_IN):
        rows = connection.execute(query, {"wanted": wanted[at : at + MAX_IN]})
        pairs.update({row.id: row.before for row in rows})
    known = _by_id(connection, set(pairs.values()))
    return {number: known[before] for number, before in pairs.items()}


def later(connection: Connection, import_id: int) -> set[str]:
    """The learners of an import of whom something was noted after it."""
    after = learner_change.alias("after")
    query = select(learner_change.c.learner).where(
        learner_change.c.import_id == import_id,
        select(after.c.id)
        .where(
            after.c.learner == learner_change.c.learner,
            after.c.id > learner_change.c.id,
            after.c.undone_at.is_(None),
        )
        .exists(),
    )
    return set(connection.execute(query).scalars())


def undo(connection: Connection, ids: Iterable[int], at: int) -> None:
    """Let these changes count as if they had never been."""
    wanted = sorted(ids)
    for first in range(0, len(wanted), MAX_IN):
        among = learner_change.c.id.in_(wanted[first : first + MAX_IN])
        connection.execute(update(learner_change).where(among).values(undone_at=at))


def _by_id(connection: Connection, ids: set[int]) -> dict[int, NotedChange]:
    query = _NOTED.where(learner_change.c.id.in_(bindparam("wanted", expanding=True)))
    wanted, known = sorted(ids), dict[int, NotedChange]()
    for at in range(0, len(wanted), MAX_IN):
        rows = connection.execute(query, {"wanted": wanted[at : at + MAX_IN]})
        known.update({row.id: NotedChange(*row) for row in rows})
    return known

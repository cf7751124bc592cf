"""Learners as the roster says (table ``learner``)."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, Text, bindparam, func, select

from hub.store.dialect import MAX_IN, range_end, upsert, values_of
from hub.store.schema import learner, orders, unit
from hub.store.scope import Scope
from hub.store.units import Unit


@dataclass(frozen=True, slots=True)
class Learner:
    """One person; ``active`` False once the person left."""

    number: str
    name: str
    unit_id: int
    post: str
    active: bool


_WANTED: BindParameter[str] = bindparam("wanted", expanding=True)
_ONES: Select[Any] = select(
    learner.c.number, learner.c.name, learner.c.unit_id, learner.c.post, learner.c.active
)
_AMONG = _ONES.where(learner.c.number.in_(_WANTED))
_ALIKE = _ONES.add_columns(learner.c.folded).where(learner.c.folded.in_(_WANTED))
# Built once: every sync runs them, and building them takes longer than running them.
_CHANGING = ("name", "unit_id", "post", "active")
_BELOW = select(unit.c.id).where(
    unit.c.path >= bindparam("top", type_=Text), unit.c.path < bindparam("end", type_=Text)
)
_UNDER = select(learner.c.number).where(
    learner.c.number.in_(_WANTED), learner.c.unit_id.in_(_BELOW)
)
# An order of the roster stays where it was placed, withdrawn when the learner leaves.
_ONCE = select(orders.c.key).where(
    orders.c.scope == "up",
    orders.c.unit_id.in_(_BELOW),
    orders.c.node_id == 0,
    orders.c.kind == "roster",
    orders.c.key.in_(_WANTED),
)


def folded(number: str) -> str:
    """The same for all spellings of a number: ``a1001``, ``A1001``, full width."""
    return unicodedata.normalize("NFKC", number).strip().casefold()


def get(connection: Connection, number: str) -> Learner | None:
    """The learner with this number."""
    row = connection.execute(_ONES.where(learner.c.number == number)).first()
    return Learner(*row) if row else None


def alike(connection: Connection, numbers: Iterable[str]) -> dict[str, list[Learner]]:
    """The learners whose numbers are spellings of ``numbers``, by the folded number."""
    wanted = sorted({folded(number) for number in numbers})
    found: dict[str, list[Learner]] = {}
    for at in range(0, len(wanted), MAX_IN):
        for row in connection.execute(_ALIKE, {"wanted": wanted[at : at + MAX_IN]}):
            found.setdefault(row.folded, []).append(Learner(*row[:-1]))
    return found


def among(connection: Connection, numbers: Iterable[str]) -> dict[str, Learner]:
    """Those of ``numbers`` who are on the roster."""
    wanted = list(numbers)
    by_number = {}
    for at in range(0, len(wanted), MAX_IN):
        rows = connection.execute(_AMONG, {"wanted": wanted[at : at + MAX_IN]})
        by_number.update({row.number: Learner(*row) for row in rows})
    return by_number


def outside(connection: Connection, numbers: Iterable[str], scope: Scope) -> dict[str, str]:
    """Those of ``numbers`` who are at a unit outside the scope, with the name of that unit."""
    wanted = list(numbers)
    query = select(learner.c.number, unit.c.name).join(unit, unit.c.id == learner.c.unit_id)
    elsewhere = {}
    for at in range(0, len(wanted), MAX_IN):
        among_these = learner.c.number.in_(wanted[at : at + MAX_IN])
        rows = connection.execute(query.where(among_these, learner.c.active, ~scope.units()))
        elsewhere.update({row.number: row.name for row in rows})
    return elsewhere


def of_unit(connection: Connection, unit_id: int) -> list[Learner]:
    """The active learners of one unit, by number."""
    return of_units(connection, [unit_id])


def of_units(connection: Connection, unit_ids: Iterable[int]) -> list[Learner]:
    """The active learners of these units themselves, by number."""
    wanted, people = sorted(unit_ids), list[Learner]()
    for at in range(0, len(wanted), MAX_IN):
        there = learner.c.unit_id.in_(wanted[at : at + MAX_IN])
        rows = connection.execute(_ONES.where(there, learner.c.active))
        people += [Learner(*row) for row in rows]
    return sorted(people, key=lambda person: person.number)


def numbers_under(connection: Connection, at: Unit) -> list[str]:
    """The numbers of the active learners at and below a unit."""
    query = (
        select(learner.c.number)
        .join(unit, unit.c.id == learner.c.unit_id)
        .where(unit.c.path.startswith(at.path, autoescape=True), learner.c.active)
    )
    return list(connection.execute(query.order_by(learner.c.number)).scalars())


def ever_under(connection: Connection, at: Unit, numbers: Iterable[str]) -> set[str]:
    """Those of ``numbers`` who are at or below a unit, or were at any time that is known."""
    wanted, found = list(numbers), set[str]()
    for query in (_UNDER, _ONCE):
        missing = [number for number in wanted if number not in found]
        for place in range(0, len(missing), MAX_IN):
            some = missing[place : place + MAX_IN]
            values = {"wanted": some, "top": at.path, "end": range_end(at.path)}
            found.update(connection.execute(query, values).scalars())
    return found


def count(connection: Connection) -> int:
    """How many active learners there are."""
    query = select(func.count()).select_from(learner).where(learner.c.active)
    return connection.execute(query).scalar_one()


def put(connection: Connection, learners: Sequence[Learner]) -> None:
    """Add or change learners."""
    if not learners:
        return
    connection.execute(
        upsert(connection.dialect.name, learner, ("number",), _CHANGING),
        [values_of(person) | {"folded": folded(person.number)} for person in learners],
    )

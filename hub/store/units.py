"""Units of the organisation tree (table ``unit``)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Text,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)

from hub.store import counters
from hub.store.dialect import MAX_IN, within
from hub.store.schema import unit

ROOT_CODE = "0"

# Built once: every sync runs it, and building it takes longer than running it.
_ONE = select(unit).where(unit.c.id == bindparam("number"))
_AMONG = select(unit).where(unit.c.id.in_(bindparam("wanted", expanding=True)))


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; ``path`` names its ancestors and itself: "/1/5/9/".

    ``closed_at``: since when it counts nowhere and nothing new is put there.
    """

    id: int
    parent_id: int | None
    code: str
    name: str
    level: int
    path: str
    closed_at: int | None = None

    @property
    def ancestors(self) -> tuple[int, ...]:
        """Ids from the root down to the unit itself."""
        return tuple(int(part) for part in self.path.strip("/").split("/"))


def root(connection: Connection) -> Unit | None:
    """The unit on top, if the tree has one."""
    row = connection.execute(select(unit).where(unit.c.parent_id.is_(None))).first()
    return _unit(row) if row else None


def add_root(connection: Connection, name: str) -> Unit:
    """Make the unit on top."""
    [top] = add(connection, [(ROOT_CODE, name, None)])
    return top


def get(connection: Connection, unit_id: int) -> Unit | None:
    """The unit with this id."""
    row = connection.execute(_ONE, {"number": unit_id}).first()
    return _unit(row) if row else None


def among(connection: Connection, ids: Iterable[int]) -> dict[int, Unit]:
    """The units with these ids."""
    known, wanted = dict[int, Unit](), sorted(set(ids))
    for at in range(0, len(wanted), MAX_IN):
        rows = connection.execute(_AMONG, {"wanted": wanted[at : at + MAX_IN]})
        known.update((row.id, _unit(row)) for row in rows)
    return known


def by_code(connection: Connection, code: str) -> Unit | None:
    """The unit with this code, unless it was closed."""
    known = with_code(connection, code)
    return known if known is not None and known.closed_at is None else None


def with_code(connection: Connection, code: str) -> Unit | None:
    """The unit that has, or had, this code: no other ever gets it."""
    row = connection.execute(select(unit).where(unit.c.code == code)).first()
    return _unit(row) if row else None


def all_by_code(connection: Connection, *, closed: bool = False) -> dict[str, Unit]:
    """Every unit, on demand also the closed ones: for imports, which look up each row."""
    query = select(unit) if closed else select(unit).where(unit.c.closed_at.is_(None))
    return {row.code: _unit(row) for row in connection.execute(query)}


def children(connection: Connection, unit_id: int) -> list[Unit]:
    """The units directly below that were not closed, by code."""
    query = select(unit).where(unit.c.parent_id == unit_id, unit.c.closed_at.is_(None))
    query = query.order_by(unit.c.code)
    return [_unit(row) for row in connection.execute(query)]


def below(connection: Connection, top: Unit) -> list[Unit]:
    """``top`` and every unit below it, parents before children."""
    query = select(unit).where(within(unit.c.path, top.path)).order_by(unit.c.level, unit.c.code)
    return [_unit(row) for row in connection.execute(query)]


def count(connection: Connection) -> int:
    """How many units there are, without the closed ones."""
    query = select(func.count()).select_from(unit).where(unit.c.closed_at.is_(None))
    return connection.execute(query).scalar_one()


def add(connection: Connection, rows: Iterable[tuple[str, str, Unit | None]]) -> list[Unit]:
    """Make units from (code, name, parent) and return them; parents must exist."""
    entries = list(rows)
    first = counters.take(connection, "unit", len(entries)) if entries else 0
    units = [
        Unit(
            number,
            parent.id if parent else None,
            code,
            name,
            parent.level + 1 if parent else 0,
            f"{parent.path if parent else '/'}{number}/",
        )
        for number, (code, name, parent) in enumerate(entries, first)
    ]
    if units:
        connection.execute(
            insert(unit),
            [
                {
                    "id": u.id,
                    "parent_id": u.parent_id,
                    "code": u.code,
                    "name": u.name,
                    "level": u.level,
                    "path": u.path,
                }
                for u in units
            ],
        )
    return units


def rename(connection: Connection, names: Mapping[int, str]) -> None:
    """Give the units with these ids these names."""
    for unit_id, name in names.items():
        connection.execute(update(unit).where(unit.c.id == unit_id).values(name=name))


def move(connection: Connection, moved: Unit, below: Unit) -> Unit:
    """Put a unit, with everything below it, below another; the unit as it is then."""
    path, deeper = f"{below.path}{moved.id}/", below.level + 1 - moved.level
    connection.execute(
        update(unit)
        .where(within(unit.c.path, moved.path))
        .values(
            path=literal(path, Text) + func.substr(unit.c.path, len(moved.path) + 1),
            level=unit.c.level + deeper,
        )
    )
    connection.execute(update(unit).where(unit.c.id == moved.id).values(parent_id=below.id))
    return replace(moved, parent_id=below.id, path=path, level=moved.level + deeper)


def close(connection: Connection, top: Unit, at: int) -> None:
    """From now on the unit and all below it count nowhere."""
    open_ones = within(unit.c.path, top.path) & unit.c.closed_at.is_(None)
    connection.execute(update(unit).where(open_ones).values(closed_at=at))


def _unit(row: Row[Any]) -> Unit:
    return Unit(*tuple(row))

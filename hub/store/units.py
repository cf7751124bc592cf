"""Units of the organisation tree (table ``unit``)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from hub.store import counters
from hub.store.dialect import within
from hub.store.schema import unit

ROOT_CODE = "0"

# Built once: every sync runs it, and building it takes longer than running it.
_ONE = select(unit).where(unit.c.id == bindparam("number"))


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; ``path`` names its ancestors and itself: "/1/5/9/"."""

    id: int
    parent_id: int | None
    code: str
    name: str
    level: int
    path: str

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
    """The units with these ids; as many as a page shows."""
    query = select(unit).where(unit.c.id.in_(sorted(set(ids))))
    return {row.id: _unit(row) for row in connection.execute(query)}


def by_code(connection: Connection, code: str) -> Unit | None:
    """The unit with this code."""
    row = connection.execute(select(unit).where(unit.c.code == code)).first()
    return _unit(row) if row else None


def all_by_code(connection: Connection) -> dict[str, Unit]:
    """Every unit: for imports, which look up each row."""
    return {row.code: _unit(row) for row in connection.execute(select(unit))}


def children(connection: Connection, unit_id: int) -> list[Unit]:
    """The units directly below, by code."""
    query = select(unit).where(unit.c.parent_id == unit_id).order_by(unit.c.code)
    return [_unit(row) for row in connection.execute(query)]


def below(connection: Connection, top: Unit) -> list[Unit]:
    """``top`` and every unit below it, parents before children."""
    query = select(unit).where(within(unit.c.path, top.path)).order_by(unit.c.level, unit.c.code)
    return [_unit(row) for row in connection.execute(query)]


def count(connection: Connection) -> int:
    """How many units there are."""
    return connection.execute(select(func.count()).select_from(unit)).scalar_one()


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


def _unit(row: Row[tuple[object, ...]]) -> Unit:
    return Unit(row.id, row.parent_id, row.code, row.name, row.level, row.path)

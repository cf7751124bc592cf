"""Rosters that were imported (table ``roster_import``): by whom, how many changes, who was missing.

What each changed is in ``hub.store.histories``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, select, update

from hub.store.dialect import number_of
from hub.store.schema import roster_import, unit
from hub.store.scope import Scope


@dataclass(frozen=True, slots=True)
class RosterImport:
    """One import. ``counts``: people by kind of change; ``unit_path``: of whoever did it."""

    id: int
    unit_path: str
    file: str
    counts: Mapping[str, int]
    missing: tuple[str, ...]  # numbers of these units' learners who are not in the file
    at: int
    by: str
    undone_at: int | None
    undone_by: str


_ROWS = select(roster_import, unit.c.path).join(unit, unit.c.id == roster_import.c.unit_id)


def add(connection: Connection, unit_id: int, file: str, at: int, by: str) -> int:
    """Note that an import begins; returns its number."""
    values = {"unit_id": unit_id, "file": file, "counts": "{}", "missing": "[]"}
    made = connection.execute(insert(roster_import).values(at=at, by=by, **values))
    return number_of(made)


def finish(
    connection: Connection, number: int, counts: Mapping[str, int], missing: Iterable[str]
) -> None:
    """Note what an import did."""
    values = {"counts": json.dumps(dict(counts)), "missing": json.dumps(list(missing))}
    connection.execute(update(roster_import).where(roster_import.c.id == number).values(**values))


def undone(connection: Connection, number: int, at: int, by: str) -> None:
    """Note that an import was taken back."""
    change = update(roster_import).where(roster_import.c.id == number)
    connection.execute(change.values(undone_at=at, undone_by=by))


def get(connection: Connection, scope: Scope, number: int) -> RosterImport | None:
    """One import of somebody inside the scope."""
    row = connection.execute(_ROWS.where(roster_import.c.id == number, scope.units())).first()
    return _import(row) if row else None


def latest(connection: Connection, scope: Scope, limit: int) -> list[RosterImport]:
    """The last imports of people inside the scope, the newest first."""
    query = _ROWS.where(scope.units()).order_by(roster_import.c.id.desc()).limit(limit)
    return [_import(row) for row in connection.execute(query)]


def _import(row: Row[tuple[object, ...]]) -> RosterImport:
    return RosterImport(
        row.id, row.path, row.file, json.loads(row.counts), tuple(json.loads(row.missing)),
        row.at, row.by, row.undone_at, row.undone_by,
    )  # fmt: skip

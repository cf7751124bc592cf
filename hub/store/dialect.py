"""The few places where SQLite and PostgreSQL want different words."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Insert, Table, and_
from sqlalchemy.dialects import postgresql, sqlite

# SQLite takes at most 32,766 values in one statement, PostgreSQL 65,535.
MAX_IN = 10_000


def insert(connection: Connection, table: Table) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both dialects spell its methods alike."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)  # type: ignore[return-value]
    return sqlite.insert(table)


@cache
def upsert(dialect: str, table: Table, key: tuple[str, ...], changed: tuple[str, ...]) -> Insert:
    """INSERT a row, or give the row with this ``key`` the new values of ``changed``.

    Built once for each table: building a statement takes as long as running it.
    """
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in changed}
    )


def values_of(row: Any) -> dict[str, Any]:
    """The values of a flat dataclass with slots. ``asdict`` copies each, which costs most of it."""
    return {name: getattr(row, name) for name in row.__slots__}


def number_of(done: CursorResult[Any]) -> int:
    """The number that a new row was given."""
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def within(path: ColumnElement[str], top: str) -> ColumnElement[bool]:
    """Whether ``path`` is ``top`` ("/1/5/") or below it; uses the index on paths."""
    return and_(path >= top, path < range_end(top))


def range_end(top: str) -> str:
    """Where the texts that begin with ``top`` ("/1/5/") end: "0" is the character after "/"."""
    return top[:-1] + "0"

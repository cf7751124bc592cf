"""The few places where SQLite and PostgreSQL want different words."""

from sqlalchemy import ColumnElement, Connection, Table, and_
from sqlalchemy.dialects import postgresql, sqlite

# SQLite takes at most 32,766 values in one statement, PostgreSQL 65,535.
MAX_IN = 10_000


def insert(connection: Connection, table: Table) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both dialects spell its methods alike."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)  # type: ignore[return-value]
    return sqlite.insert(table)


def within(path: ColumnElement[str], top: str) -> ColumnElement[bool]:
    """Whether ``path`` is ``top`` ("/1/5/") or below it; uses the index on paths."""
    return and_(path >= top, path < range_end(top))


def range_end(top: str) -> str:
    """Where the texts that begin with ``top`` ("/1/5/") end: "0" is the character after "/"."""
    return top[:-1] + "0"

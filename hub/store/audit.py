"""Who did what, when (table ``audit``). Rows are only ever added."""

from sqlalchemy import Connection, insert, select

from hub.store.schema import audit


def note(connection: Connection, at: int, user: str, what: str, detail: str = "") -> None:
    """Add a row. ``detail`` never holds a secret."""
    connection.execute(insert(audit).values(at=at, user=user, what=what, detail=detail))


def latest(connection: Connection, count: int = 100) -> list[tuple[int, str, str, str]]:
    """The last rows as (at, user, what, detail), newest first."""
    query = select(audit.c.at, audit.c.user, audit.c.what, audit.c.detail)
    rows = connection.execute(query.order_by(audit.c.id.desc()).limit(count))
    return [(row.at, row.user, row.what, row.detail) for row in rows]

"""Who did what, when (table ``audit``). Rows are only ever added."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, or_, select

from hub.store.schema import audit


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row: who did what, when, and what it was about."""

    at: int
    user: str
    what: str
    detail: str


_ENTRIES = select(audit.c.at, audit.c.user, audit.c.what, audit.c.detail)


def note(connection: Connection, at: int, user: str, what: str, detail: str = "") -> None:
    """Add a row. ``detail`` never holds a secret."""
    connection.execute(insert(audit).values(at=at, user=user, what=what, detail=detail))


def latest(connection: Connection, count: int = 100) -> list[AuditEntry]:
    """The last rows, newest first."""
    rows = connection.execute(_ENTRIES.order_by(audit.c.id.desc()).limit(count))
    return [AuditEntry(*row) for row in rows]


def search(
    connection: Connection,
    text: str,
    limit: int,
    offset: int,
    deeds: Collection[str] = (),
    doers: Collection[str] = (),
) -> tuple[int, list[AuditEntry]]:
    """How many rows name ``text``, and one page of them, newest first.

    ``deeds`` and ``doers`` are codes that stand for ``text`` too.
    """
    columns = (audit.c.user, audit.c.what, audit.c.detail)
    query = _ENTRIES
    if text:
        named = (column.contains(text, autoescape=True) for column in columns)
        query = query.where(or_(*named, audit.c.what.in_(deeds), audit.c.user.in_(doers)))
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(audit.c.id.desc()).limit(limit).offset(offset)
    return total, [AuditEntry(*row) for row in connection.execute(page)]

"""Who did what, when (table ``audit``). Rows are only ever added.

A row holds an event's code and its parameters (``store.audit_events``), no sentence: it stays the
same for years, whatever words the pages use for it (``hub.web.audit_words``).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, or_, select

from hub.store.schema import audit


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row: who did what, when, and what it was about.

    ``detail``: the values of the parameters as one text, for searches; in a row from before there
    were parameters, the note itself.
    """

    at: int
    user: str
    what: str
    detail: str
    parameters: Mapping[str, str | int]


_ENTRIES: Select[Any] = select(
    audit.c.at, audit.c.user, audit.c.what, audit.c.detail, audit.c.parameters
)


def note(connection: Connection, at: int, user: str, what: str, /, **parameters: str | int) -> None:
    """Add a row: ``user`` did ``what``, a code of ``EVENTS``. No parameter ever holds a secret."""
    values = " ".join(str(value) for value in parameters.values())
    connection.execute(
        insert(audit).values(
            at=at,
            user=user,
            what=what,
            detail=values.strip(),
            parameters=json.dumps(parameters, ensure_ascii=False),
        )
    )


def latest(connection: Connection, count: int = 100) -> list[AuditEntry]:
    """The last rows, newest first."""
    rows = connection.execute(_ENTRIES.order_by(audit.c.id.desc()).limit(count))
    return [_entry(row) for row in rows]


def latest_about(
    connection: Connection, deeds: Collection[str], name: str, value: str | int
) -> AuditEntry | None:
    """The newest of these deeds whose parameter ``name`` has this value."""
    query = _ENTRIES.where(audit.c.what.in_(list(deeds))).order_by(audit.c.id.desc())
    entries = (_entry(row) for row in connection.execute(query))
    return next((entry for entry in entries if entry.parameters.get(name) == value), None)


def search(
    connection: Connection,
    text: str,
    limit: int,
    offset: int,
    deeds: Collection[str] = (),
    doers: Collection[str] = (),
) -> tuple[int, list[AuditEntry]]:
    """How many rows name ``text``, and one page of them, newest first.

    ``deeds`` and ``doers``: codes whose words hold ``text``.
    """
    columns = (audit.c.user, audit.c.what, audit.c.detail)
    query = _ENTRIES
    if text:
        named = (column.contains(text, autoescape=True) for column in columns)
        query = query.where(or_(*named, audit.c.what.in_(deeds), audit.c.user.in_(doers)))
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(audit.c.id.desc()).limit(limit).offset(offset)
    return total, [_entry(row) for row in connection.execute(page)]


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.at, row.user, row.what, row.detail, json.loads(row.parameters))

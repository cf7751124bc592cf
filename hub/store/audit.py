"""Who did what, when (table ``audit``). Rows are only ever added.

A row holds an event's code and its parameters (``store.audit_events``), no sentence: it stays the
same for years, whatever words the pages use for it (``hub.web.audit_words``).
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, or_, select

from hub.store.lists import ordered, parts
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


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows: those that name a text, noted from ``since`` on and before ``until``.

    ``deeds`` and ``doers``: codes whose words hold ``text``.
    """

    text: str = ""
    deeds: Collection[str] = ()
    doers: Collection[str] = ()
    since: int | None = None
    until: int | None = None


# What the log is sorted by. Rows are numbered as they were noted.
ORDERS: Mapping[str, ColumnElement[Any]] = {
    "at": audit.c.id,
    "who": audit.c.user,
    "deed": audit.c.what,
}


def count(connection: Connection, wanted: AuditFilter) -> int:
    """How many rows match."""
    return connection.execute(
        select(func.count()).select_from(audit).where(*_conditions(wanted))
    ).scalar_one()


def search(
    connection: Connection, wanted: AuditFilter, limit: int, offset: int, order: str = "-at"
) -> list[AuditEntry]:
    """One page of the rows that match, in an order of ``ORDERS``: the newest first."""
    query = _ENTRIES.where(*_conditions(wanted)).order_by(*ordered(ORDERS, order, audit.c.id))
    return [_entry(row) for row in connection.execute(query.limit(limit).offset(offset))]


def every(connection: Connection, wanted: AuditFilter, order: str = "-at") -> Iterator[AuditEntry]:
    """All of them in that order, a few hundred in memory at a time."""
    query = _ENTRIES.where(*_conditions(wanted)).order_by(*ordered(ORDERS, order, audit.c.id))
    for rows in parts(connection, query):
        yield from map(_entry, rows)


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.text:
        columns = (audit.c.user, audit.c.what, audit.c.detail)
        named = (column.contains(wanted.text, autoescape=True) for column in columns)
        conditions.append(
            or_(*named, audit.c.what.in_(wanted.deeds), audit.c.user.in_(wanted.doers))
        )
    if wanted.since is not None:
        conditions.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(audit.c.at < wanted.until)
    return conditions


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.at, row.user, row.what, row.detail, json.loads(row.parameters))

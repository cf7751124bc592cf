"""Stations as rows of a file: what the columns of their list hold, in words and numbers."""

from collections.abc import Iterator

from sqlalchemy import Connection

from content.face.spoken import moment
from hub.reports import attention
from hub.reports.table_export import Cell
from hub.store import contacts
from hub.store.contacts import ListedStation
from hub.store.scope import Scope, words_of


def station_cells(
    connection: Connection, scope: Scope, rows: list[ListedStation], now: int
) -> Iterator[dict[str, Cell]]:
    """Each station's cells, by the key of the column."""
    above = words_of(connection, scope, [row.path for row in rows])
    keepers = contacts.keepers(connection, {row.unit_id for row in rows})
    for row in rows:
        yield {
            "name": row.unit_name,
            "place": above[row.path],
            "code": row.code,
            "heard": moment(row.last_seen_at) if row.last_seen_at else None,
            "why": attention.reason(row, now),
            "waiting": max(0, row.head_seq - row.held_seq),
            "disk": row.disk_free_mb,
            "keeper": keepers.get(row.unit_id),
            "joined": moment(row.joined_at) if row.joined_at else None,
            "number": row.id,
        }

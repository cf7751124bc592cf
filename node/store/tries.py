"""Tries to sync, for the keeper's page: when, how it went, how many bytes it took."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

# Two weeks of syncs each quarter of an hour.
KEPT = 1_400


@dataclass(frozen=True, slots=True)
class Try:
    """One sync. ``outcome`` is "" when it went well, else the error's code."""

    at: int
    took_ms: int
    outcome: str
    sent: int  # records receipted by it
    bytes_up: int
    bytes_down: int


def add(conn: sqlite3.Connection, sync_try: Try) -> None:
    """Note a try; very old ones are forgotten."""
    conn.execute(
        "INSERT INTO sync_try (at, took_ms, outcome, sent, bytes_up, bytes_down)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            sync_try.at,
            sync_try.took_ms,
            sync_try.outcome,
            sync_try.sent,
            sync_try.bytes_up,
            sync_try.bytes_down,
        ),
    )
    conn.execute("DELETE FROM sync_try WHERE id <= (SELECT max(id) FROM sync_try) - ?", (KEPT,))


def newest(conn: sqlite3.Connection, limit: int) -> list[Try]:
    """The last tries, newest first."""
    rows = conn.execute(
        "SELECT at, took_ms, outcome, sent, bytes_up, bytes_down FROM sync_try"
        " ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    return [Try(*row) for row in rows]


def since(conn: sqlite3.Connection, at: int) -> list[Try]:
    """The tries since that moment, newest first."""
    rows = conn.execute(
        "SELECT at, took_ms, outcome, sent, bytes_up, bytes_down FROM sync_try"
        " WHERE at >= ? ORDER BY id DESC",
        (at,),
    )
    return [Try(*row) for row in rows]


def count(conn: sqlite3.Connection) -> int:
    """How many tries there ever were."""
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM sync_try").fetchone()[0])


def last_good(conn: sqlite3.Connection) -> int:
    """When a sync last went well; 0: never."""
    row = conn.execute(
        "SELECT at FROM sync_try WHERE outcome = '' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return 0 if row is None else int(row["at"])

"""Keepers of this node: names and the stored form of their passwords."""

from __future__ import annotations

import sqlite3


def password(conn: sqlite3.Connection, name: str) -> str:
    """The stored form of the password; empty when there is no such keeper."""
    row = conn.execute("SELECT password FROM keeper WHERE name = ?", (name,)).fetchone()
    return "" if row is None else str(row["password"])


def set_password(
    conn: sqlite3.Connection, name: str, stored: str, at: int, *, initial: bool = False
) -> None:
    """Keep a keeper's password; ``initial`` ones were printed at joining and ought to change."""
    conn.execute(
        "INSERT INTO keeper VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " password = excluded.password, changed_at = excluded.changed_at,"
        " initial = excluded.initial",
        (name, stored, at, int(initial)),
    )


def is_initial(conn: sqlite3.Connection, name: str) -> bool:
    """Whether the keeper still uses the printed password."""
    row = conn.execute("SELECT initial FROM keeper WHERE name = ?", (name,)).fetchone()
    return row is not None and bool(row["initial"])

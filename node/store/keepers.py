"""Keepers of this node: names and the stored form of their passwords."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keeper:
    """One who keeps this station, or did."""

    name: str
    changed_at: int  # the password
    initial: bool  # the password was printed, and must be changed before anything else
    ended_at: int  # sign-ins that began earlier are over
    closed_at: int  # 0: may sign in


def find(conn: sqlite3.Connection, name: str) -> Keeper | None:
    """The keeper of that name who may sign in."""
    row = conn.execute("SELECT * FROM keeper WHERE name = ? AND closed_at = 0", (name,)).fetchone()
    return None if row is None else _keeper(row)


def all(conn: sqlite3.Connection) -> list[Keeper]:
    """Everyone who keeps this station, then those who did."""
    rows = conn.execute("SELECT * FROM keeper ORDER BY closed_at > 0, name")
    return [_keeper(row) for row in rows]


def password(conn: sqlite3.Connection, name: str) -> str:
    """The stored form of the password; empty when there is no such keeper."""
    row = conn.execute(
        "SELECT password FROM keeper WHERE name = ? AND closed_at = 0", (name,)
    ).fetchone()
    return "" if row is None else str(row["password"])


def set_password(
    conn: sqlite3.Connection, name: str, stored: str, at: int, *, initial: bool = False
) -> None:
    """Keep a keeper's password, of a new keeper too; ``initial`` ones were printed."""
    conn.execute(
        "INSERT INTO keeper (name, password, changed_at, initial) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET password = excluded.password, closed_at = 0,"
        " changed_at = excluded.changed_at, initial = excluded.initial",
        (name, stored, at, int(initial)),
    )


def end_sign_ins(conn: sqlite3.Connection, name: str, at: int) -> None:
    """The sign-ins of a keeper that began before ``at`` are over, also for a running node."""
    conn.execute("UPDATE keeper SET ended_at = ? WHERE name = ?", (at, name))


def close(conn: sqlite3.Connection, name: str, at: int) -> None:
    """Let a keeper sign in no more; the name stays, for who asks later."""
    conn.execute(
        "UPDATE keeper SET closed_at = ?, ended_at = ?, password = '' WHERE name = ?",
        (at, at, name),
    )


def _keeper(row: sqlite3.Row) -> Keeper:
    return Keeper(
        row["name"], row["changed_at"], bool(row["initial"]), row["ended_at"], row["closed_at"]
    )

"""Failed sign-ins, on disk so that a restart does not forgive them (rules: node.sign_in)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failures:
    """How often a subject failed lately, and until when it has to wait."""

    count: int = 0
    last_at: int = 0
    until: int = 0
    locked: bool = False


def of(conn: sqlite3.Connection, subject: str) -> Failures:
    """The failures of an account or a source."""
    row = conn.execute("SELECT * FROM login_failure WHERE subject = ?", (subject,)).fetchone()
    if row is None:
        return Failures()
    return Failures(row["count"], row["last_at"], row["until"], bool(row["locked"]))


def put(conn: sqlite3.Connection, subject: str, failures: Failures) -> None:
    """Keep them."""
    conn.execute(
        "INSERT INTO login_failure VALUES (?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET"
        " count = excluded.count, last_at = excluded.last_at, until = excluded.until,"
        " locked = excluded.locked",
        (subject, failures.count, failures.last_at, failures.until, int(failures.locked)),
    )


def forgive(conn: sqlite3.Connection, subject: str) -> None:
    """Forget them: signed in, or lifted by the keeper."""
    conn.execute("DELETE FROM login_failure WHERE subject = ?", (subject,))


def forget_before(conn: sqlite3.Connection, at: int) -> None:
    """Forget failures of long ago that lock nobody."""
    conn.execute("DELETE FROM login_failure WHERE last_at < ? AND locked = 0", (at,))


def locked(conn: sqlite3.Connection) -> set[str]:
    """The subjects that are locked."""
    rows = conn.execute("SELECT subject FROM login_failure WHERE locked = 1")
    return {row["subject"] for row in rows}

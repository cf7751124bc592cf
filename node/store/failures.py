"""Failed sign-ins, on disk so that a restart does not forgive them (rules: node.sign_in)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What is counted: an account from a source; "" for any."""

    account: str
    source: str


@dataclass(frozen=True, slots=True)
class Failures:
    """How often a subject failed lately, and until when it has to wait."""

    count: int = 0
    last_at: int = 0
    until: int = 0
    locked: bool = False


def of(conn: sqlite3.Connection, subject: Subject) -> Failures:
    """The failures of a subject."""
    row = conn.execute(
        "SELECT * FROM sign_in_failure WHERE account = ? AND source = ?",
        (subject.account, subject.source),
    ).fetchone()
    if row is None:
        return Failures()
    return Failures(row["count"], row["last_at"], row["until"], bool(row["locked"]))


def put(conn: sqlite3.Connection, subject: Subject, failures: Failures) -> None:
    """Keep them; none at all leaves no row."""
    if not failures.count:
        forgive(conn, subject)
        return
    conn.execute(
        "INSERT OR REPLACE INTO sign_in_failure (account, source, count, last_at, until, locked)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            subject.account, subject.source,
            failures.count, failures.last_at, failures.until, int(failures.locked),
        ),
    )  # fmt: skip


def forgive(conn: sqlite3.Connection, subject: Subject) -> None:
    """Forget those of one subject: signed in."""
    conn.execute(
        "DELETE FROM sign_in_failure WHERE account = ? AND source = ?",
        (subject.account, subject.source),
    )


def forgive_account(conn: sqlite3.Connection, account: str) -> None:
    """Forget those of an account from everywhere: lifted by the keeper."""
    conn.execute("DELETE FROM sign_in_failure WHERE account = ?", (account,))


def forget_before(conn: sqlite3.Connection, at: int, locked_at: int) -> None:
    """Forget failures of long ago, and locks of longer ago."""
    conn.execute(
        "DELETE FROM sign_in_failure WHERE last_at < CASE locked WHEN 0 THEN ? ELSE ? END",
        (at, locked_at),
    )


def guessed(conn: sqlite3.Connection, total: int) -> set[str]:
    """The accounts that are locked from somewhere, or were tried ``total`` times from anywhere."""
    rows = conn.execute(
        "SELECT account FROM sign_in_failure WHERE account <> ''"
        " AND (locked = 1 OR (source = '' AND count >= ?))",
        (total,),
    )
    return {row["account"] for row in rows}

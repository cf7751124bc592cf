"""Facts that the hub gave back: what this node once noted and lost, or a learner brought along."""

from __future__ import annotations

import sqlite3

from sync.facts.state import Facts


def add(conn: sqlite3.Connection, learner: str, state: bytes, at: int) -> None:
    """Merge ``state`` into what the hub has given of ``learner`` so far."""
    facts = Facts.from_bytes(state)
    known, _ = of(conn, learner)
    facts.merge(known)
    conn.execute(
        "INSERT OR REPLACE INTO inherited VALUES (?, ?, ?)", (learner, facts.to_bytes(), at)
    )


def of(conn: sqlite3.Connection, learner: str) -> tuple[Facts, int]:
    """What the hub gave of ``learner``, and when; empty and 0 if nothing."""
    row = conn.execute("SELECT state, at FROM inherited WHERE learner = ?", (learner,)).fetchone()
    return (Facts(), 0) if row is None else (Facts.from_bytes(bytes(row["state"])), row["at"])


def version(conn: sqlite3.Connection, learner: str) -> tuple[int, int]:
    """How large what the hub gave is, and when it came: to see whether it changed."""
    row = conn.execute(
        "SELECT length(state) AS size, at FROM inherited WHERE learner = ?", (learner,)
    ).fetchone()
    return (0, 0) if row is None else (int(row["size"]), int(row["at"]))

"""Slips: the stored form of the one-time word that a learner signs in with (node.sign_in.slips)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignInSlip:
    """The newest slip of a learner; older ones are void."""

    learner: str
    word: str  # its stored form
    made_at: int
    holds_until: int  # 0: it does not expire

    def is_over(self, now: int) -> bool:
        """Whether it has expired."""
        return 0 < self.holds_until <= now


def find(conn: sqlite3.Connection, learner: str) -> SignInSlip | None:
    """The slip of a learner who has not used it."""
    row = conn.execute("SELECT * FROM slip WHERE learner = ?", (learner,)).fetchone()
    return None if row is None else SignInSlip(**dict(row))


def all(conn: sqlite3.Connection) -> dict[str, SignInSlip]:
    """All that were not used, by learner."""
    return {row["learner"]: SignInSlip(**dict(row)) for row in conn.execute("SELECT * FROM slip")}


def put(conn: sqlite3.Connection, slip: SignInSlip) -> None:
    """Keep a new one instead of the older."""
    conn.execute(
        "INSERT OR REPLACE INTO slip (learner, word, made_at, holds_until) VALUES (?, ?, ?, ?)",
        (slip.learner, slip.word, slip.made_at, slip.holds_until),
    )


def use_up(conn: sqlite3.Connection, learner: str) -> None:
    """It was used."""
    conn.execute("DELETE FROM slip WHERE learner = ?", (learner,))


def void_all(conn: sqlite3.Connection) -> None:
    """Forget all."""
    conn.execute("DELETE FROM slip")

"""Results of exams, as the hub graded them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from sync.facts.attempts import ordinal_of


@dataclass(frozen=True, slots=True)
class Graded:
    """One graded attempt; ``node`` is where it was sat, ``receipt_seq`` what the hub then held."""

    learner: str
    exam: str
    attempt: int
    node: int
    right: int
    total: int
    score: int
    passed: bool
    submitted_at: int
    receipt_seq: int

    @property
    def ordinal(self) -> int:
        """Which of the learner's tries it is."""
        return ordinal_of(self.attempt)


def put(conn: sqlite3.Connection, graded: Graded) -> None:
    """Keep a result; a later word of the hub on the same attempt replaces it."""
    conn.execute(
        "INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            graded.learner,
            graded.exam,
            graded.attempt,
            graded.node,
            graded.right,
            graded.total,
            graded.score,
            int(graded.passed),
            graded.submitted_at,
            graded.receipt_seq,
        ),
    )


def withdraw(conn: sqlite3.Connection, learner: str, exam: str, attempt: int, node: int) -> None:
    """The hub took a result back."""
    conn.execute(
        "DELETE FROM result WHERE learner = ? AND exam = ? AND attempt = ? AND node = ?",
        (learner, exam, attempt, node),
    )


def of_learner(conn: sqlite3.Connection, learner: str) -> list[Graded]:
    """A learner's results, newest first."""
    rows = conn.execute(
        "SELECT * FROM result WHERE learner = ? ORDER BY submitted_at DESC, attempt DESC",
        (learner,),
    )
    return [_graded(row) for row in rows]


def passed_exams(conn: sqlite3.Connection, learner: str) -> set[str]:
    """The exams ("course/item") that a learner has passed."""
    rows = conn.execute(
        "SELECT DISTINCT exam FROM result WHERE learner = ? AND passed = 1", (learner,)
    )
    return {row["exam"] for row in rows}


def _graded(row: sqlite3.Row) -> Graded:
    return Graded(**{**dict(row), "passed": bool(row["passed"])})

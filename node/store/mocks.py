"""Mocks: exams for practice, their answers and marks. Nothing here is, or becomes, an attempt.

An attempt's own tables are ``node.store.attempts``; the rules are in
``node.learning.exams.mock_exam``.
"""

import sqlite3
from dataclasses import dataclass

from node.store.attempts import GivenAnswer

# Older ones of a learner and course are forgotten: what they taught is in the practice records.
KEPT = 5


@dataclass(frozen=True, slots=True)
class Mock:
    """One mock exam of a learner over a course; ``done_at`` is None while it runs."""

    learner: str
    course: str
    number: int
    version: int
    began: int  # unix seconds
    began_running_ms: int
    limit_ms: int
    pass_percent: int
    paper: str
    done_at: int | None
    right: int

    @property
    def open(self) -> bool:
        """Whether it still takes answers."""
        return self.done_at is None


COLUMNS = (
    "learner, course, number, version, began, began_running_ms, limit_ms, pass_percent, paper,"
    ' done_at, "right"'
)


def of_course(conn: sqlite3.Connection, learner: str, course: str) -> list[Mock]:
    """The mocks of the learner over the course, newest first."""
    where = "WHERE learner = ? AND course = ? ORDER BY number DESC"
    query = f"SELECT {COLUMNS} FROM mock {where}"  # noqa: S608 - constants only
    return [Mock(*row) for row in conn.execute(query, (learner, course))]


def find(conn: sqlite3.Connection, learner: str, course: str, number: int) -> Mock | None:
    """The mock of that number, or None."""
    return next((mock for mock in of_course(conn, learner, course) if mock.number == number), None)


def begin(conn: sqlite3.Connection, mock: Mock) -> None:
    """Keep a new mock; the oldest beyond ``KEPT`` go."""
    conn.execute(
        f"INSERT INTO mock ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            *(mock.learner, mock.course, mock.number, mock.version, mock.began),
            *(mock.began_running_ms, mock.limit_ms, mock.pass_percent, mock.paper),
            *(mock.done_at, mock.right),
        ),
    )
    old = (mock.learner, mock.course, mock.number - KEPT)
    for table in ("mock_answer", "mock"):
        conn.execute(
            f"DELETE FROM {table} WHERE learner = ? AND course = ? AND number <= ?",  # noqa: S608
            old,
        )


def answers(conn: sqlite3.Connection, mock: Mock) -> dict[str, GivenAnswer]:
    """The newest answer to each question; one that was taken back is "" and stays."""
    rows = conn.execute(
        "SELECT question, response, counter FROM mock_answer"
        " WHERE learner = ? AND course = ? AND number = ?",
        (mock.learner, mock.course, mock.number),
    )
    return {row[0]: GivenAnswer(*row) for row in rows}


def save_answer(conn: sqlite3.Connection, mock: Mock, new: GivenAnswer) -> GivenAnswer:
    """Keep ``new`` unless a later act is kept already; return what is kept now."""
    kept = answers(conn, mock).get(new.question)
    if kept is not None and new.counter <= kept.counter:
        return kept
    conn.execute(
        "INSERT OR REPLACE INTO mock_answer VALUES (?, ?, ?, ?, ?, ?)",
        (mock.learner, mock.course, mock.number, new.question, new.response, new.counter),
    )
    return new


def finish(conn: sqlite3.Connection, mock: Mock, at: int, right: int) -> None:
    """Close the mock with its mark."""
    conn.execute(
        'UPDATE mock SET done_at = ?, "right" = ? WHERE learner = ? AND course = ? AND number = ?',
        (at, right, mock.learner, mock.course, mock.number),
    )


def open_now(conn: sqlite3.Connection, running_ms: int) -> dict[str, str]:
    """Who has a mock open whose time is not over when the node has run so long: learner, course."""
    rows = conn.execute(
        "SELECT learner, course FROM mock WHERE done_at IS NULL"
        " AND began_running_ms + limit_ms > ?",
        (running_ms,),
    )
    return {row[0]: row[1] for row in rows}

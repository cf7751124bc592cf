"""Attempts: exams begun, their answers and their hand-in, each with its record in one commit.

An attempt's time is counted in milliseconds the node has *run* (``node.learning.uptime``), never by
the wall clock. Every function that writes takes the connection of ``Store.write`` and notes
its record in the journal beside the row: both are on disk, or neither. The rules (who may
begin, when time is over) are in ``node.learning.exams.exam``.
"""

import sqlite3
from dataclasses import dataclass

from node.store import journal
from sync.facts.attempts import ordinal_of
from sync.records import Kind


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """One learner's attempt at one exam on this node; ``exam`` is "course/item"."""

    learner: str
    exam: str
    number: int
    version: int
    began: int  # unix seconds, as this node's clock had it
    began_running_ms: int
    limit_ms: int
    given_back_s: int  # for how long the node stood still meanwhile
    submitted_at: int | None
    paper: str

    @property
    def ordinal(self) -> int:
        """Which of the learner's tries it is."""
        return ordinal_of(self.number)

    @property
    def open(self) -> bool:
        """Whether it still takes answers."""
        return self.submitted_at is None


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """The newest answer to one question; a higher ``counter`` is a later act of the learner."""

    question: str
    response: str
    counter: int


@dataclass(frozen=True, slots=True)
class SatNow:
    """An attempt that still takes answers, and when its learner was last heard of."""

    attempt: StoredAttempt
    touched: int


COLUMNS = (
    "learner, exam, number, version, began, began_running_ms, limit_ms, given_back_s,"
    " submitted_at, paper"
)


def _attempts(rows: sqlite3.Cursor) -> list[StoredAttempt]:
    return [StoredAttempt(*row) for row in rows]


def of_exam(conn: sqlite3.Connection, learner: str, exam: str) -> list[StoredAttempt]:
    """All attempts of the learner at the exam, first to last."""
    where = "WHERE learner = ? AND exam = ? ORDER BY began_running_ms, number"
    query = f"SELECT {COLUMNS} FROM attempt {where}"  # noqa: S608 - constants only
    return _attempts(conn.execute(query, (learner, exam)))


def find(conn: sqlite3.Connection, learner: str, exam: str, number: int) -> StoredAttempt | None:
    """The attempt of that number, or None."""
    where = "WHERE learner = ? AND exam = ? AND number = ?"
    query = f"SELECT {COLUMNS} FROM attempt {where}"  # noqa: S608 - constants only
    return next(iter(_attempts(conn.execute(query, (learner, exam, number)))), None)


def over(conn: sqlite3.Connection, running_ms: int) -> list[StoredAttempt]:
    """The open attempts whose time was over when the node had run so long."""
    where = "WHERE submitted_at IS NULL AND began_running_ms + limit_ms < ?"
    query = f"SELECT {COLUMNS} FROM attempt {where}"  # noqa: S608 - constants only
    return _attempts(conn.execute(query, (running_ms,)))


def open_of(conn: sqlite3.Connection, learner: str) -> list[StoredAttempt]:
    """The attempts that the learner has not handed in."""
    where = "WHERE learner = ? AND submitted_at IS NULL"
    query = f"SELECT {COLUMNS} FROM attempt {where}"  # noqa: S608 - constants only
    return _attempts(conn.execute(query, (learner,)))


def answers(conn: sqlite3.Connection, attempt: StoredAttempt) -> dict[str, GivenAnswer]:
    """The newest answer to each question; one that was taken back is "" and stays."""
    rows = conn.execute(
        "SELECT question, response, counter FROM attempt_answer"
        " WHERE learner = ? AND exam = ? AND number = ?",
        (attempt.learner, attempt.exam, attempt.number),
    )
    return {row[0]: GivenAnswer(*row) for row in rows}


def answered(conn: sqlite3.Connection, attempt: StoredAttempt) -> int:
    """How many questions of the attempt have an answer on disk."""
    (count,) = conn.execute(
        "SELECT count(*) FROM attempt_answer"
        " WHERE learner = ? AND exam = ? AND number = ? AND response <> ''",
        (attempt.learner, attempt.exam, attempt.number),
    ).fetchone()
    return int(count)


def begin(conn: sqlite3.Connection, attempt: StoredAttempt) -> None:
    """Open the attempt and note that it began."""
    conn.execute(
        f"INSERT INTO attempt ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            attempt.learner,
            attempt.exam,
            attempt.number,
            attempt.version,
            attempt.began,
            attempt.began_running_ms,
            attempt.limit_ms,
            attempt.given_back_s,
            attempt.submitted_at,
            attempt.paper,
        ),
    )
    journal.append(
        conn,
        at=attempt.began,
        kind=Kind.EXAM_START,
        learner=attempt.learner,
        object=attempt.exam,
        numbers=(attempt.number, attempt.version),
    )


def save_answer(
    conn: sqlite3.Connection, attempt: StoredAttempt, new: GivenAnswer, at: int
) -> GivenAnswer:
    """Keep ``new`` unless a later act is kept already; return what is kept now.

    The same answer again notes nothing in the journal, however often it comes.
    """
    key = (attempt.learner, attempt.exam, attempt.number, new.question)
    row = conn.execute(
        "SELECT question, response, counter FROM attempt_answer"
        " WHERE learner = ? AND exam = ? AND number = ? AND question = ?",
        key,
    ).fetchone()
    kept = GivenAnswer(*row) if row else GivenAnswer(new.question, "", -1)
    if new.counter <= kept.counter:
        return kept
    conn.execute(
        "INSERT INTO attempt_answer (learner, exam, number, question, response, counter)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (learner, exam, number, question)"
        " DO UPDATE SET response = excluded.response, counter = excluded.counter",
        (*key, new.response, new.counter),
    )
    if new.response != kept.response:
        journal.append(
            conn,
            at=at,
            kind=Kind.EXAM_ANSWER,
            learner=attempt.learner,
            object=new.question,
            response=new.response,
            exam=attempt.exam,
            numbers=(attempt.number,),
        )
    return new


def hand_in(conn: sqlite3.Connection, attempt: StoredAttempt, at: int) -> None:
    """Close the attempt for good and note it; the paper's text has served its time."""
    conn.execute(
        "UPDATE attempt SET submitted_at = ?, paper = '' WHERE learner = ? AND exam = ?"
        " AND number = ? AND submitted_at IS NULL",
        (at, attempt.learner, attempt.exam, attempt.number),
    )
    journal.append(
        conn,
        at=at,
        kind=Kind.EXAM_SUBMIT,
        learner=attempt.learner,
        object=attempt.exam,
        numbers=(attempt.number, attempt.began, -1, attempt.given_back_s),
    )


def give_back(conn: sqlite3.Connection, seconds: int, before_ms: int) -> None:
    """Note in the open attempts that were begun when the node had run less than ``before_ms``
    that it stood still for ``seconds``; below zero: less than was noted before.
    """
    conn.execute(
        "UPDATE attempt SET given_back_s = max(0, given_back_s + ?)"
        " WHERE submitted_at IS NULL AND began_running_ms <= ?",
        (seconds, before_ms),
    )


def all_open(conn: sqlite3.Connection) -> list[StoredAttempt]:
    """The attempts of all learners that still take answers."""
    query = f"SELECT {COLUMNS} FROM attempt WHERE submitted_at IS NULL"  # noqa: S608 - constants only
    return _attempts(conn.execute(query))


def sat_now(conn: sqlite3.Connection) -> list[SatNow]:
    """The attempts of all learners that are not handed in, with what their learner did last.

    When somebody was seen is written every few minutes only (``node.store.sessions``): it may be
    as much too early.
    """
    rows = conn.execute(
        f"SELECT {COLUMNS}, max(began,"  # noqa: S608 - constants only
        " coalesce((SELECT max(seen) FROM session WHERE session.learner = attempt.learner), 0),"
        " coalesce((SELECT at FROM journal WHERE journal.learner = attempt.learner"
        "  ORDER BY epoch DESC, seq DESC LIMIT 1), 0))"
        " FROM attempt WHERE submitted_at IS NULL ORDER BY began, learner"
    )
    return [SatNow(StoredAttempt(*row[:-1]), row[-1]) for row in rows]


def who_sat(conn: sqlite3.Connection) -> set[str]:
    """The learners who handed an exam in here, or have a result from anywhere."""
    rows = conn.execute(
        "SELECT learner FROM attempt WHERE submitted_at IS NOT NULL UNION"
        " SELECT learner FROM result"
    )
    return {row[0] for row in rows}

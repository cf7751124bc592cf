"""Learners of this station, as the hub's roster names them, with their PINs."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from node.errors import NotFound


@dataclass(frozen=True, slots=True)
class Learner:
    """One person on the roster."""

    number: str
    name: str
    post: str
    unit: str
    has_pin: bool
    language: str = ""  # "": none was chosen


@dataclass(frozen=True, slots=True)
class Reset:
    """A keeper took a learner's PIN away."""

    by: str
    at: int


# Withdrawn in the middle of an exam, a learner stays until it is handed in.
_HERE = (
    "(active = 1 OR EXISTS (SELECT 1 FROM attempt"
    " WHERE attempt.learner = learner.number AND attempt.submitted_at IS NULL))"
)


def find(conn: sqlite3.Connection, number: str) -> Learner | None:
    """The learner with ``number``, if on the roster now, or not done with an exam."""
    query = f"SELECT * FROM learner WHERE number = ? AND {_HERE}"  # noqa: S608 - constants only
    row = conn.execute(query, (number,)).fetchone()
    return None if row is None else _learner(row)


def numbers_like(conn: sqlite3.Connection, number: str) -> list[str]:
    """The numbers on the roster that are ``number`` in any case."""
    rows = conn.execute(
        "SELECT number FROM learner WHERE number = ? COLLATE NOCASE AND active = 1", (number,)
    )
    return [row["number"] for row in rows]


def all(conn: sqlite3.Connection) -> list[Learner]:
    """Everyone on the roster, by number."""
    rows = conn.execute("SELECT * FROM learner WHERE active = 1 ORDER BY number")
    return [_learner(row) for row in rows]


def put(conn: sqlite3.Connection, number: str, name: str, post: str, unit: str) -> None:
    """Put a learner on the roster, or change who that is; a PIN stays."""
    conn.execute(
        "INSERT INTO learner (number, name, post, unit) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (number) DO UPDATE SET name = excluded.name, post = excluded.post,"
        " unit = excluded.unit, active = 1",
        (number, name, post, unit),
    )


def withdraw(conn: sqlite3.Connection, number: str) -> None:
    """Take a learner off the roster; what they did stays in the journal.

    Who sits an exam finishes it first.
    """
    conn.execute("UPDATE learner SET active = 0 WHERE number = ?", (number,))


def is_withdrawn(conn: sqlite3.Connection, number: str) -> bool:
    """Whether somebody was on the roster and is no more, even if an exam is not handed in yet."""
    query = "SELECT 1 FROM learner WHERE number = ? AND active = 0"
    return conn.execute(query, (number,)).fetchone() is not None


def pin(conn: sqlite3.Connection, number: str) -> str:
    """The stored form of the learner's PIN; empty before the first sign-in.

    That of a learner who was withdrawn, too: who that was is told where to go.
    """
    row = conn.execute("SELECT pin FROM learner WHERE number = ?", (number,)).fetchone()
    return "" if row is None else str(row["pin"])


def set_pin(conn: sqlite3.Connection, number: str, stored: str, at: int) -> None:
    """Keep a PIN's stored form; an empty one takes it away.

    Raises:
        NotFound: no such learner here.
    """
    changed = conn.execute(
        "UPDATE learner SET pin = ?, pin_at = ? WHERE number = ? AND active = 1",
        (stored, at, number),
    ).rowcount
    if not changed:
        raise NotFound(f"learner {number}")


def set_language(conn: sqlite3.Connection, number: str, language: str) -> None:
    """Keep the language that a learner chose."""
    conn.execute("UPDATE learner SET language = ? WHERE number = ?", (language, number))


def pin_set_at(conn: sqlite3.Connection, number: str) -> int:
    """When the PIN was set or taken away; 0: there never was one."""
    row = conn.execute("SELECT pin_at FROM learner WHERE number = ?", (number,)).fetchone()
    return 0 if row is None else int(row["pin_at"])


def pin_times(conn: sqlite3.Connection) -> dict[str, int]:
    """When each learner's PIN was set or taken away; who never had one is missing."""
    rows = conn.execute("SELECT number, pin_at FROM learner WHERE active = 1 AND pin_at > 0")
    return {row["number"]: int(row["pin_at"]) for row in rows}


def note_reset(conn: sqlite3.Connection, number: str, by: str, at: int) -> None:
    """Keep for the learner that a keeper took the PIN away."""
    conn.execute("UPDATE learner SET reset_by = ?, reset_at = ? WHERE number = ?", (by, at, number))


def reset_of(conn: sqlite3.Connection, number: str) -> Reset | None:
    """The reset that the learner was not told of."""
    row = conn.execute(
        "SELECT reset_by, reset_at FROM learner WHERE number = ? AND reset_at > 0", (number,)
    ).fetchone()
    return None if row is None else Reset(row["reset_by"], row["reset_at"])


def take_reset(conn: sqlite3.Connection, number: str) -> Reset | None:
    """The same, which the learner is told now and not again."""
    reset = reset_of(conn, number)
    conn.execute("UPDATE learner SET reset_by = '', reset_at = 0 WHERE number = ?", (number,))
    return reset


def _learner(row: sqlite3.Row) -> Learner:
    return Learner(
        row["number"], row["name"], row["post"], row["unit"], bool(row["pin"]), row["language"]
    )

"""Classes: which courses are studied from when to when, as the hub ordered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Class:
    """A dated run; dates are "2026-11-21", both days included."""

    id: str
    title: str
    opens: str
    closes: str
    courses: tuple[str, ...]


def put(conn: sqlite3.Connection, class_: Class) -> None:
    """Keep a class as it is now."""
    withdraw(conn, class_.id)
    conn.execute(
        "INSERT INTO class VALUES (?, ?, ?, ?)",
        (class_.id, class_.title, class_.opens, class_.closes),
    )
    _put_courses(conn, class_.id, class_.courses)


def withdraw(conn: sqlite3.Connection, id: str) -> None:
    """A class is no more."""
    conn.execute("DELETE FROM class WHERE id = ?", (id,))


def all(conn: sqlite3.Connection) -> list[Class]:
    """All classes, the one that closes first in front."""
    return [
        Class(row["id"], row["title"], row["opens"], row["closes"], _courses(conn, row["id"]))
        for row in conn.execute("SELECT * FROM class ORDER BY closes, id").fetchall()
    ]


def _courses(conn: sqlite3.Connection, id: str) -> tuple[str, ...]:
    rows = conn.execute("SELECT course FROM class_course WHERE class = ? ORDER BY place", (id,))
    return tuple(row["course"] for row in rows)


def _put_courses(conn: sqlite3.Connection, id: str, courses: Iterable[str]) -> None:
    conn.executemany(
        "INSERT INTO class_course VALUES (?, ?, ?)",
        [(id, place, course) for place, course in enumerate(courses)],
    )

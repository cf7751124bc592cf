"""The journal: what this node noted, numbered without a gap, never changed."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from sync.records import Kind, Record


@dataclass(frozen=True, slots=True)
class Noted:
    """A record and the epoch in which it was noted."""

    epoch: int
    record: Record


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the hub has not receipted yet."""

    count: int
    since: int  # unix s of the oldest; 0 when nothing waits


def append(
    conn: sqlite3.Connection,
    *,
    at: int,
    kind: Kind,
    learner: str,
    object: str,
    response: str = "",
    exam: str = "",
    numbers: tuple[int, ...] = (),
) -> int:
    """Note one fact and return its number."""
    cursor = conn.execute(
        "INSERT INTO journal (epoch, at, kind, learner, object, response, exam, numbers)"
        " VALUES ((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'epoch'),"
        " ?, ?, ?, ?, ?, ?, ?)",
        (at, int(kind), learner, object, response, exam, json.dumps(numbers)),
    )
    seq = cursor.lastrowid
    assert seq is not None  # noqa: S101  SQLite gives one after every INSERT
    return seq


def head(conn: sqlite3.Connection) -> int:
    """The number of the newest record; 0 when there is none."""
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").fetchone()
    return 0 if row is None else int(row["seq"])


def of_learner(conn: sqlite3.Connection, number: str, after: int = 0) -> list[Record]:
    """The records of one learner with a number above ``after``, in order."""
    return [noted.record for noted in noted_of(conn, number, after)]


def noted_of(conn: sqlite3.Connection, number: str, after: int = 0) -> list[Noted]:
    """As ``of_learner``, each with its epoch."""
    rows = conn.execute(
        "SELECT * FROM journal WHERE learner = ? AND seq > ? ORDER BY seq", (number, after)
    )
    return [Noted(row["epoch"], _record(row)) for row in rows]


def since(conn: sqlite3.Connection, epoch: int, first: int, limit: int) -> list[Record]:
    """At most ``limit`` records of ``epoch`` from number ``first`` on, in order."""
    rows = conn.execute(
        "SELECT * FROM journal WHERE seq >= ? AND epoch = ? ORDER BY seq LIMIT ?",
        (first, epoch, limit),
    )
    return [_record(row) for row in rows]


def waiting(conn: sqlite3.Connection) -> Waiting:
    """How many records the hub has not receipted, and since when the oldest waits."""
    row = conn.execute(
        "SELECT count(*) AS count, coalesce(min(at), 0) AS since FROM journal"
        " WHERE seq > (SELECT coalesce(max(seq), 0) FROM receipt)"
    ).fetchone()
    return Waiting(row["count"], row["since"])


def _record(row: sqlite3.Row) -> Record:
    return Record(
        seq=row["seq"],
        at=row["at"],
        kind=Kind(row["kind"]),
        learner=row["learner"],
        object=row["object"],
        response=row["response"],
        exam=row["exam"],
        numbers=tuple(json.loads(row["numbers"])),
    )

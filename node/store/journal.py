"""The journal: what this node noted, numbered without a gap in each epoch, never changed.

A record that the protocol could not carry is refused here, before anybody is told it was kept.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from node.errors import BadRecord
from node.store import meta
from sync.errors import UsageError
from sync.records import Kind, Record, check


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
    """Note one fact and return its number.

    Raises:
        BadRecord: a field is longer than the protocol carries, or does not belong to the kind.
    """
    epoch = meta.number(conn, meta.EPOCH, 1)
    record = Record(head(conn, epoch) + 1, at, kind, learner, object, response, exam, numbers)
    try:
        check(record)
    except UsageError as error:
        raise BadRecord(str(error)) from error
    conn.execute(
        "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (epoch, record.seq, at, int(kind), learner, object, response, exam, json.dumps(numbers)),
    )
    return record.seq


def head(conn: sqlite3.Connection, epoch: int) -> int:
    """The number of the newest record of ``epoch``; 0 when there is none."""
    row = conn.execute(
        "SELECT max(coalesce((SELECT max(seq) FROM journal WHERE epoch = ?1), 0),"
        " coalesce((SELECT max(seq) FROM receipt WHERE epoch = ?1), 0)) AS head",
        (epoch,),
    ).fetchone()
    return int(row["head"])


def of_learner(conn: sqlite3.Connection, number: str, after: int = 0) -> list[Record]:
    """The records of one learner with a number above ``after``, in order."""
    return [noted.record for noted in noted_of(conn, number) if noted.record.seq > after]


def noted_of(conn: sqlite3.Connection, number: str, after: tuple[int, int] = (0, 0)) -> list[Noted]:
    """The records of one learner after the (epoch, seq) ``after``, each with its epoch."""
    rows = conn.execute(
        "SELECT * FROM journal WHERE learner = ? AND (epoch, seq) > (?, ?) ORDER BY epoch, seq",
        (number, *after),
    )
    return [Noted(row["epoch"], _record(row)) for row in rows]


def newest_of(conn: sqlite3.Connection, number: str) -> Record | None:
    """The last record of one learner."""
    row = conn.execute(
        "SELECT * FROM journal WHERE learner = ? ORDER BY epoch DESC, seq DESC LIMIT 1", (number,)
    ).fetchone()
    return None if row is None else _record(row)


def since(conn: sqlite3.Connection, epoch: int, first: int, limit: int) -> list[Record]:
    """At most ``limit`` records of ``epoch`` from number ``first`` on, in order."""
    rows = conn.execute(
        "SELECT * FROM journal WHERE epoch = ? AND seq >= ? ORDER BY seq LIMIT ?",
        (epoch, first, limit),
    )
    return [_record(row) for row in rows]


def waiting(conn: sqlite3.Connection) -> Waiting:
    """How many records the hub has not receipted, and since when the oldest waits."""
    epoch = meta.number(conn, meta.EPOCH, 1)
    row = conn.execute(
        "SELECT count(*) AS count, coalesce(min(at), 0) AS since FROM journal WHERE epoch = ?1"
        " AND seq > (SELECT coalesce(max(seq), 0) FROM receipt WHERE epoch = ?1)",
        (epoch,),
    ).fetchone()
    return Waiting(row["count"], row["since"])


def exam_waits(conn: sqlite3.Connection) -> bool:
    """Whether an exam was handed in that the hub has not receipted."""
    epoch = meta.number(conn, meta.EPOCH, 1)
    row = conn.execute(
        "SELECT 1 FROM journal WHERE epoch = ?1 AND kind = ?2"
        " AND seq > (SELECT coalesce(max(seq), 0) FROM receipt WHERE epoch = ?1) LIMIT 1",
        (epoch, int(Kind.EXAM_SUBMIT)),
    ).fetchone()
    return row is not None


def last_hand_in(conn: sqlite3.Connection, epoch: int, after: int) -> int:
    """The number of the last EXAM_SUBMIT after ``after``; 0 when there is none."""
    row = conn.execute(
        "SELECT max(seq) AS seq FROM journal WHERE epoch = ? AND seq > ? AND kind = ?",
        (epoch, after, int(Kind.EXAM_SUBMIT)),
    ).fetchone()
    return int(row["seq"] or 0)


def handed_in_after(
    conn: sqlite3.Connection, after: tuple[int, int]
) -> tuple[tuple[int, int], bool]:
    """The newest record's (epoch, seq), and whether an exam was handed in after ``after``."""
    epoch = meta.number(conn, meta.EPOCH, 1)
    row = conn.execute(
        "SELECT 1 FROM journal WHERE (epoch, seq) > (?, ?) AND kind = ? LIMIT 1",
        (*after, int(Kind.EXAM_SUBMIT)),
    ).fetchone()
    return (epoch, head(conn, epoch)), row is not None


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

"""Receipts that the hub gave, and which records they are for (tables ``receipt``, ``journal``)."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from sync.records import Kind


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt: the hub holds all records of ``epoch`` up to ``seq``; ``sealed`` as it came."""

    epoch: int
    seq: int
    hash: bytes
    at_ms: int
    sealed: bytes


def covering(conn: sqlite3.Connection, epoch: int, seq: int) -> KeptReceipt | None:
    """The first signed receipt for a record; None before there is one."""
    row = conn.execute(
        "SELECT epoch, seq, hash, at_ms, bytes FROM receipt"
        " WHERE epoch = ? AND seq >= ? AND bytes <> x'' ORDER BY seq LIMIT 1",
        (epoch, seq),
    ).fetchone()
    return _kept(row) if row else None


def signed(conn: sqlite3.Connection) -> list[KeptReceipt]:
    """All signed receipts in the order of the records."""
    rows = conn.execute(
        "SELECT epoch, seq, hash, at_ms, bytes FROM receipt WHERE bytes <> x'' ORDER BY epoch, seq"
    )
    return [_kept(row) for row in rows]


def handed_in(
    conn: sqlite3.Connection, learner: str, exam: str, attempt: int
) -> tuple[int, int, int] | None:
    """Epoch, number and time of the record by which an attempt was handed in here."""
    rows = conn.execute(
        "SELECT epoch, seq, at, numbers FROM journal WHERE learner = ? AND kind = ? AND object = ?"
        " ORDER BY epoch, seq",
        (learner, int(Kind.EXAM_SUBMIT), exam),
    )
    for row in rows:
        if json.loads(row["numbers"])[0] == attempt:
            return row["epoch"], row["seq"], row["at"]
    return None


def _kept(row: sqlite3.Row) -> KeptReceipt:
    return KeptReceipt(
        row["epoch"], row["seq"], bytes(row["hash"]), row["at_ms"], bytes(row["bytes"])
    )

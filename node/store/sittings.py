"""Sittings: what a learner plays or reads right now, durable but not yet a record.

A heartbeat every 10 s would make 360 records an hour. It updates the learner's open sitting of
that item instead; when the learner stops, moves to another place or is idle, the sitting becomes
one record of the journal. Open sittings count as study like the journal does: see
``node.learning.facts``. The rules of what may be credited are in ``node.learning.watch_credit``,
when a sitting ends is in ``node.learning.study``.
"""

import sqlite3
from dataclasses import dataclass

from node.store import journal
from sync.records import Kind

# Shorter than this is a slip of the mouse, and no record.
LEAST_S = 1

_SELECT = "SELECT learner, item, begin_s, end_s, touched_at FROM sitting"


@dataclass(frozen=True, slots=True)
class StudySpan:
    """What was played of ``item`` ("course/item") without a break: ``[begin, end)`` seconds."""

    learner: str
    item: str
    begin: float
    end: float
    touched_at: int

    def touches(self, begin: float, end: float) -> bool:
        """Whether ``[begin, end)`` continues this sitting."""
        return begin <= self.end and end >= self.begin

    def numbers(self) -> tuple[int, int]:
        """The sitting on the item's axis in whole seconds, as the record says it."""
        return round(self.begin), round(self.end)


def open_of(conn: sqlite3.Connection, learner: str) -> list[StudySpan]:
    """The open sittings of ``learner``, the longest untouched first."""
    rows = conn.execute(f"{_SELECT} WHERE learner = ? ORDER BY touched_at, item", (learner,))
    return [_sitting(row) for row in rows]


def open_on(conn: sqlite3.Connection, learner: str, item: str) -> StudySpan | None:
    """The open sitting of ``learner`` on ``item``."""
    row = conn.execute(f"{_SELECT} WHERE learner = ? AND item = ?", (learner, item)).fetchone()
    return None if row is None else _sitting(row)


def touched_since(conn: sqlite3.Connection, at: int) -> list[StudySpan]:
    """Who studies now: the sittings touched at ``at`` or later, newest first."""
    rows = conn.execute(f"{_SELECT} WHERE touched_at >= ? ORDER BY touched_at DESC", (at,))
    return [_sitting(row) for row in rows]


def extend(
    conn: sqlite3.Connection, learner: str, item: str, begin: float, end: float, at: int
) -> None:
    """Store that ``[begin, end)`` was studied: the open sitting grows, or a new one follows it."""
    sitting = open_on(conn, learner, item)
    if sitting is not None and sitting.touches(begin, end):
        begin, end = min(begin, sitting.begin), max(end, sitting.end)
    elif sitting is not None:
        _close(conn, sitting)
    conn.execute(
        "INSERT INTO sitting (learner, item, begin_s, end_s, touched_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (learner, item) DO UPDATE SET begin_s = excluded.begin_s,"
        " end_s = excluded.end_s, touched_at = excluded.touched_at",
        (learner, item, begin, end, at),
    )


def close(conn: sqlite3.Connection, learner: str, item: str) -> None:
    """Turn the open sitting on ``item``, if there is one, into a record."""
    sitting = open_on(conn, learner, item)
    if sitting is not None:
        _close(conn, sitting)


def idle_before(conn: sqlite3.Connection, at: int) -> list[StudySpan]:
    """The open sittings last touched before ``at``, the oldest first."""
    rows = conn.execute(f"{_SELECT} WHERE touched_at < ? ORDER BY touched_at, learner, item", (at,))
    return [_sitting(row) for row in rows]


def close_before(conn: sqlite3.Connection, at: int) -> int:
    """Turn all sittings last touched before ``at`` into records; how many there were."""
    idle = idle_before(conn, at)
    for sitting in idle:
        _close(conn, sitting)
    return len(idle)


def _sitting(row: sqlite3.Row) -> StudySpan:
    return StudySpan(row["learner"], row["item"], row["begin_s"], row["end_s"], row["touched_at"])


def _close(conn: sqlite3.Connection, sitting: StudySpan) -> None:
    begin, end = sitting.numbers()
    if end - begin >= LEAST_S:
        journal.append(
            conn,
            at=sitting.touched_at,
            kind=Kind.STUDY,
            learner=sitting.learner,
            object=sitting.item,
            numbers=(begin, end),
        )
    conn.execute(
        "DELETE FROM sitting WHERE learner = ? AND item = ?", (sitting.learner, sitting.item)
    )

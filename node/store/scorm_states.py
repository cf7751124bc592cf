"""SCORM states: what a package asked to be kept, a row for each of its activities.

Claims of the package, kept so that it can go on where it was; nothing here counts as done. Rows
are written over, so a package that saves without end fills no disk. What may be written is
``node.learning.scorm``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping


def save(
    conn: sqlite3.Connection, learner: str, item: str, parts: Mapping[str, str], at: int
) -> None:
    """Keep ``parts`` of ``item`` ("course/item"), each as JSON text; an empty one is forgotten."""
    for part, state in parts.items():
        if state:
            conn.execute(
                "INSERT OR REPLACE INTO scorm_state (learner, item, part, state, at)"
                " VALUES (?, ?, ?, ?, ?)",
                (learner, item, part, state, at),
            )
        else:
            conn.execute(
                "DELETE FROM scorm_state WHERE learner = ? AND item = ? AND part = ?",
                (learner, item, part),
            )


def load(conn: sqlite3.Connection, learner: str, item: str) -> dict[str, str]:
    """Return all that is kept of ``item``, by part."""
    rows = conn.execute(
        "SELECT part, state FROM scorm_state WHERE learner = ? AND item = ?", (learner, item)
    )
    return {row["part"]: row["state"] for row in rows}


def size(conn: sqlite3.Connection, learner: str, item: str, but: tuple[str, ...] = ()) -> int:
    """Return how many characters are kept of ``item``, apart from the parts in ``but``."""
    return sum(len(state) for part, state in load(conn, learner, item).items() if part not in but)

"""Stars: the questions that a learner marked to come back to.

They stay on this node (docs/decisions say why) and are there on each PC of the station.
"""

import sqlite3


def put(conn: sqlite3.Connection, learner: str, question: str, at: int) -> None:
    """Mark a question ("course/question"); twice is once."""
    conn.execute("INSERT OR IGNORE INTO star VALUES (?, ?, ?)", (learner, question, at))


def drop(conn: sqlite3.Connection, learner: str, question: str) -> None:
    """Take the mark away."""
    conn.execute("DELETE FROM star WHERE learner = ? AND question = ?", (learner, question))


def of_learner(conn: sqlite3.Connection, learner: str) -> list[str]:
    """The marked questions, first marked first."""
    query = "SELECT question FROM star WHERE learner = ? ORDER BY at, question"
    return [row[0] for row in conn.execute(query, (learner,))]

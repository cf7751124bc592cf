"""Last seen: when each learner last signed in or used a page, as far as it is kept here.

A sign-in's row goes when it ends (``node.store.sessions``); what a browser was last used by stays
(``node.store.known_browsers``), and so does the time at which a PIN was set.
"""

from __future__ import annotations

import sqlite3

# How an account is named where failures and known browsers are counted (node.sign_in.guessing).
_ACCOUNT = "learner "
_SEEN = """
SELECT number, max(at) AS at FROM (
  SELECT learner AS number, seen AS at FROM session WHERE learner <> ''
  UNION ALL
  SELECT substr(account, length(?1) + 1), at FROM known_browser
    WHERE substr(account, 1, length(?1)) = ?1
  UNION ALL
  SELECT number, pin_at FROM learner WHERE pin <> ''
) GROUP BY number
"""


def of_learners(conn: sqlite3.Connection) -> dict[str, int]:
    """Learner to Unix seconds; who never signed in is missing."""
    return {row["number"]: int(row["at"]) for row in conn.execute(_SEEN, (_ACCOUNT,))}

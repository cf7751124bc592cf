"""Browsers that signed an account in well: its brake for strangers is not theirs.

The long cookie of a browser names it and opens nothing; here stands only a hash of that name.
"""

from __future__ import annotations

import hashlib
import sqlite3

# A browser that forgets its cookies is a new one each day: a month of those, and all PCs besides.
MOST_OF_ACCOUNT = 60


def knows(conn: sqlite3.Connection, browser: str, account: str) -> bool:
    """Whether ``account`` was signed in well from this browser."""
    return (
        bool(browser)
        and conn.execute(
            "SELECT 1 FROM known_browser WHERE browser = ? AND account = ?",
            (id_of(browser), account),
        ).fetchone()
        is not None
    )


def remember(conn: sqlite3.Connection, browser: str, account: str, at: int) -> None:
    """Note that it was, if the browser has a name; the account's oldest ones make room."""
    if browser:
        conn.execute(
            "INSERT OR REPLACE INTO known_browser (browser, account, at) VALUES (?, ?, ?)",
            (id_of(browser), account, at),
        )
        conn.execute(
            "DELETE FROM known_browser WHERE account = ? AND browser NOT IN"
            " (SELECT browser FROM known_browser WHERE account = ? ORDER BY at DESC LIMIT ?)",
            (account, account, MOST_OF_ACCOUNT),
        )


def forget_account(conn: sqlite3.Connection, account: str) -> None:
    """No browser is known for it any more: its secret was taken away."""
    conn.execute("DELETE FROM known_browser WHERE account = ?", (account,))


def id_of(browser: str) -> str:
    """What is stored of a browser's name."""
    return hashlib.sha256(browser.encode()).hexdigest()

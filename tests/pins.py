"""PINs for learners of a station, where a test is about something else than the first sign-in."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from node.store import learners
from node.store.db import Store
from tests.quick import quick_secret


def give_pins(data: Path, pin: str, *numbers: str) -> None:
    """Set the PIN of learners on the roster, also beside a running node."""
    stored, now = quick_secret(pin), int(time.time())

    def keep(conn: sqlite3.Connection) -> None:
        for number in numbers:
            learners.set_pin(conn, number, stored, now)

    store = Store.open(data)
    try:
        store.write(keep)
    finally:
        store.close()

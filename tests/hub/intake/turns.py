"""Turns: what is let in between the statements that the hub makes before it has a node's lock.

No threads are needed for it, and nothing depends on time; statements of other threads are not
counted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from hub.context.open_hub import Hub

# What takes the lock of a node: of the whole database on SQLite, of its row on PostgreSQL.
LOCKS = ("BEGIN IMMEDIATE", "FOR NO KEY UPDATE")


class Turns:
    """Lets ``act`` in at one turn of what the hub does, and counts the turns."""

    def __init__(self, at: int, act: Callable[[], object]) -> None:
        self.at, self.act = at, act
        self.count = 0
        self._thread = threading.get_ident()
        self._inside = self._locked = False

    def before(self, _conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if self._inside or self._locked or threading.get_ident() != self._thread:
            return
        if self.count == self.at:
            self._inside = True
            try:
                self.act()
            finally:
                self._inside = False
        self.count += 1
        self._locked = any(lock in statement for lock in LOCKS)

    def ended(self, _conn: Any) -> None:
        if not self._inside and threading.get_ident() == self._thread:
            self._locked = False


@contextmanager
def let_in(hub: Hub, turn: int, act: Callable[[], object]) -> Iterator[Turns]:
    """Do ``act`` at the turn with this number."""
    turns = Turns(turn, act)
    hooks: list[tuple[str, Callable[..., None]]] = [
        ("before_cursor_execute", turns.before),
        ("commit", turns.ended),
        ("rollback", turns.ended),
    ]
    for name, hook in hooks:
        event.listen(hub.engine, name, hook)
    try:
        yield turns
    finally:
        for name, hook in hooks:
            event.remove(hub.engine, name, hook)

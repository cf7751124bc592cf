"""Uptime: for how long this node has run in all, over every start.

Exams are timed by it. It stands still while the power is off, so that a power cut takes no time
from an exam, and no change of the wall clock moves it. A mark of it goes to disk with the node's
alive mark. What ran after the last mark is not counted: the learner gains it.
"""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from node.store import meta
from node.store.db import Store

KEY = "running_ms"


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on both clocks: what people read, and what exams are timed by."""

    at: int  # unix seconds; never less than before
    running_ms: int
    true_at: int | None = None  # as well as it is known: what days go by

    @property
    def day_at(self) -> int:
        """The time that decides which day it is: a clock that ran ahead opens no exam."""
        return self.at if self.true_at is None else self.true_at


class Running:
    """Milliseconds run: what earlier starts had marked, and this one's."""

    def __init__(self, before_ms: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._before_ms = before_ms
        self._monotonic = monotonic
        self._began = monotonic()

    @classmethod
    def resume(cls, store: Store, monotonic: Callable[[], float] = time.monotonic) -> "Running":
        """Go on from the last mark on disk."""
        return cls(meta.number(store.read(), KEY), monotonic)

    @property
    def before_ms(self) -> int:
        """How long it had run when this start began."""
        return self._before_ms

    def now_ms(self) -> int:
        """How long the node has run until now."""
        return self._before_ms + int((self._monotonic() - self._began) * 1000)

    def now_s(self) -> float:
        """The same in seconds."""
        return self.now_ms() / 1000

    def mark(self, conn: sqlite3.Connection) -> None:
        """Keep how long it has run, where a power cut does not reach it."""
        meta.put(conn, KEY, str(self.now_ms()))

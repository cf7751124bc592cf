"""Figures that took long to count are shown again for some minutes; pages say when they are from.

A small hub counts in milliseconds and always counts anew. With 370,000 learners it takes seconds,
and twenty offices that open the overview at nine o'clock must not make the hub count twenty times.
At most a sixtieth of its time goes into counting one unit.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from flask import Flask, current_app
from sqlalchemy import Connection

from hub.reports.figures import Overview, overview
from hub.store.scope import Scope
from hub.web.current import hub

EXTENSION = "xuezhan-figures"
LONG_S = 0.5
KEPT_S = 60
# Figures that took long are kept that many times as long, and never longer than ten minutes.
TIMES_KEPT, MOST_KEPT_S = 60, 600
# Paths kept; an overview of a province is about 20 kB.
MOST = 200


@dataclass(slots=True)
class CachedFigures:
    """What was counted, by the path of its top unit."""

    stopwatch: Callable[[], float] = time.monotonic
    figures: dict[str, tuple[Overview, float]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def of(self, connection: Connection, scope: Scope, now: int) -> Overview:
        """The figures of a scope, as old as it took long to count them."""
        path = scope.top.path
        with self.lock:
            known = self.figures.get(path)
            if known is not None and 0 <= now - known[0].counted_at < known[1]:
                return known[0]
            began = self.stopwatch()
            counted = overview(connection, scope, now)
            self.figures.pop(path, None)
            took = self.stopwatch() - began
            if took >= LONG_S:
                kept_s = min(max(KEPT_S, TIMES_KEPT * took), MOST_KEPT_S)
                self.figures[path] = (counted, kept_s)
                while len(self.figures) > MOST:
                    self.figures.pop(next(iter(self.figures)))
            return counted


def attach(app: Flask) -> None:
    """Give ``app`` its place for figures; called once by ``create_app``."""
    app.extensions[EXTENSION] = CachedFigures()


def of(connection: Connection, scope: Scope) -> Overview:
    """The figures of a scope for a page of this request."""
    kept: CachedFigures = current_app.extensions[EXTENSION]
    return kept.of(connection, scope, hub().now())

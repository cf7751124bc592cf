"""What every page of the node shows around its own: the line strip, the station, who is here."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from flask import g

from node.errors import SessionExpired
from node.runtime import LineState
from node.store import meta
from node.store.learners import Learner
from node.web.auth import current_keeper, current_learner
from node.web.current import runtime


@dataclass(frozen=True, slots=True)
class Around:
    """For base.html."""

    station: str
    line: LineState
    synced: int | None  # seconds since the last sync; None: never
    waited: int  # seconds that the oldest waiting record has waited
    learner: Learner | None
    keeper: str
    library: bool  # there are documents to search


def around() -> dict[str, Any]:
    """The template context that base.html needs; looked up once a request.

    If the disk fails, the page that says so must still be shown: then without what is around it.
    """
    if "around" not in g:
        try:
            g.around = _look()
        except sqlite3.Error:
            g.around = Around("", LineState(False, 0, 0, 0), None, 0, None, "", False)
    return {"around": g.around}


def _look() -> Around:
    now, line = runtime().clock.now(), runtime().line()
    return Around(
        station=meta.get(runtime().store.read(), meta.STATION_NAME),
        line=line,
        synced=max(0, now - line.last_sync_at) if line.last_sync_at else None,
        waited=max(0, now - line.waiting_since) if line.waiting_since else 0,
        learner=_learner(),
        keeper=_keeper(),
        library=not runtime().library.is_empty,
    )


def _learner() -> Learner | None:
    try:
        return current_learner()
    except SessionExpired:
        return None


def _keeper() -> str:
    try:
        return current_keeper()
    except SessionExpired:
        return ""

"""Journeys of sticks, for the keeper's page: when, what was brought, what was taken along."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass

from node.store import meta

KEPT = 20


@dataclass(frozen=True, slots=True)
class Journey:
    """One time that a stick was in.

    ``receipted``: records that the hub now holds, by what the stick brought; ``records``: those
    that it took along; ``strangers``: files of ours that were refused; ``outcome``: "" or the code
    of what ended it early.
    """

    at: int
    receipted: int = 0
    orders: int = 0
    courses: int = 0
    answers: int = 0
    records: int = 0
    bytes_out: int = 0
    others: int = 0  # parcels of other stations that a relay took along or in
    strangers: int = 0
    outcome: str = ""


def note(conn: sqlite3.Connection, journey: Journey) -> None:
    """Remember a journey; old ones are forgotten."""
    rows = [*json.loads(meta.get(conn, meta.CARRIED, "[]")), asdict(journey)][-KEPT:]
    meta.put(conn, meta.CARRIED, json.dumps(rows))


def newest(conn: sqlite3.Connection) -> list[Journey]:
    """The last journeys, newest first."""
    rows = json.loads(meta.get(conn, meta.CARRIED, "[]"))
    return [Journey(**row) for row in reversed(rows)]

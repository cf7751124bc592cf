"""What slow carriers were handed, so that an answer that comes days later is understood (§11).

A refusal counts only for the history that it was meant for: the node remembers in which epoch, and
in which starts of its program, it asked. Answers to unknown requests change nothing but marks.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.store import meta

# By relay and by stick together; an answer to an older one is long out of date.
KEPT = 64
RELAY, STICK = "relay", "stick"


@dataclass(frozen=True, slots=True)
class Handed:
    """A parcel that was handed to a slow carrier.

    ``first`` and ``last``: the starts that it named (hex; "" if none); ``end``: the last record
    that it brings; ``orders``: the mark that it named.
    """

    name: str  # hex
    way: str
    epoch: int
    first: str
    last: str
    end: int
    orders: int
    at: int


def note(conn: sqlite3.Connection, parcel: Handed) -> None:
    """Remember it; very old ones are forgotten."""
    _put(conn, [*every(conn), parcel][-KEPT:])


def refused(conn: sqlite3.Connection, parcel: Handed) -> None:
    """Note that the hub refused this one: the next need not wait until this counts as lost."""
    _put(conn, [replace(other, at=0) if other == parcel else other for other in every(conn)])


def every(conn: sqlite3.Connection) -> list[Handed]:
    """All that are remembered, oldest first."""
    return [Handed(*row) for row in json.loads(meta.get(conn, meta.HANDED, "[]"))]


def find(conn: sqlite3.Connection, name: bytes) -> Handed | None:
    """What was asked by the parcel ``name``."""
    return next((parcel for parcel in every(conn) if parcel.name == name.hex()), None)


def newest(conn: sqlite3.Connection, way: str) -> Handed | None:
    """What was last handed over this way."""
    return next((parcel for parcel in reversed(every(conn)) if parcel.way == way), None)


def _put(conn: sqlite3.Connection, handed: Sequence[Handed]) -> None:
    rows = [[getattr(parcel, name) for name in Handed.__slots__] for parcel in handed]
    meta.put(conn, meta.HANDED, json.dumps(rows))

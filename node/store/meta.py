"""Small facts about this node: who it is, whom it trusts, how far it is.

One row a key; :class:`Identity` is what joining the hub gave it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

# Keys in use, so that a misspelt one is a name error.
NODE, EPOCH, STATION, STATION_NAME, HUB_KEY = "node", "epoch", "station", "station_name", "hub_key"
COOKIE_KEY = "cookie_key"
ALIVE, SKEW, HUB_AT = "alive", "clock_skew_s", "hub_at"
ORDERS_MARK = "orders_mark"
REFUSAL = "refusal"  # the code of the hub's last signed refusal; "" when it accepted all
CONTENT_FAULT = "content_fault"  # why the last fetch of content stopped; "" when it did not


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is, as the hub said when it joined."""

    node: int
    epoch: int
    station: str
    name: str
    hub_key: bytes


def get(conn: sqlite3.Connection, key: str, default: str = "") -> str:
    """The value of ``key``."""
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return default if row is None else str(row["value"])


def put(conn: sqlite3.Connection, key: str, value: str) -> None:
    """Keep ``value`` under ``key``."""
    conn.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def number(conn: sqlite3.Connection, key: str, default: int = 0) -> int:
    """The value of ``key`` as a whole number."""
    return int(get(conn, key) or default)


def identity(conn: sqlite3.Connection) -> Identity | None:
    """Who this node is; None before it has joined."""
    node = number(conn, NODE)
    if not node:
        return None
    return Identity(
        node=node,
        epoch=number(conn, EPOCH),
        station=get(conn, STATION),
        name=get(conn, STATION_NAME),
        hub_key=bytes.fromhex(get(conn, HUB_KEY)),
    )


def put_identity(conn: sqlite3.Connection, identity: Identity) -> None:
    """Keep what the hub said at joining."""
    put(conn, NODE, str(identity.node))
    put(conn, EPOCH, str(identity.epoch))
    put(conn, STATION, identity.station)
    put(conn, STATION_NAME, identity.name)
    put(conn, HUB_KEY, identity.hub_key.hex())

"""Small facts about this node: who it is, whom it trusts, how far it is.

One row a key; ``NodeIdentity`` is what joining the hub gave it.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from sync.identity import Identity as HubIdentity
from sync.signing import VerifyKey

# Keys in use, so that a misspelt one is a name error.
NODE, EPOCH, STATION, STATION_NAME = "node", "epoch", "station", "station_name"
HUBS = "hubs"  # all identities of the hub that are known, JSON [[generation, key, box], …]
CONTACT, CONFIRMED_BOOT = "contact", "confirmed_boot"
COOKIE_KEY = "cookie_key"
ALIVE, SKEW, HUB_AT = "alive", "clock_skew_s", "hub_at"  # all in true time, as it was known
ALIVE_BY_HUB = "alive_by_hub"  # "1": the hub was heard before that mark was made, else ""
NOTED = "noted_at"  # the latest time given to anything here; it never goes back
ORDERS_MARK = "orders_mark"
REFUSAL = "refusal"  # the code of the hub's last signed refusal; "" when it accepted all
HANDED = "handed"  # what slow carriers were given, JSON (node.store.handed)
CARRIED = "carried"  # the last journeys of sticks, JSON (node.store.carried)
EPOCH_BEGAN = "epoch_began"  # when the hub knew another history and a new epoch began
KNOWN_KEY = "known_key"  # the generation of our own keys by which the hub knows us
CHAIN_KEY = "chain_key"  # the generation of our own keys that signs the batches of this epoch
TRUST_ROOT = "trust_root"  # the root of releases that this node was given first, as JSON
ACCEPTED = "accepted"  # manifests of wanted courses that are known to be current, JSON
TRUST_FAULT = "trust_fault"  # why a wanted course was not taken for current; "" when all were
GONE = "gone"  # courses that gave way to others on this disk, JSON {course: version}
BAD_SOURCE = "bad_source"  # when a source of content gave wrong bytes last, and its name
LINE_SPEED = "line_speed"  # how fast the line is as the keeper says, kbit/s; shares follow from it
PCS = "pcs"  # what the keeper calls the PCs of the office, JSON {address: name}
CONTENT_FAULT = "content_fault"  # why the last fetch of content stopped; "" when it did not


@dataclass(frozen=True, slots=True)
class NodeIdentity:
    """Who this node is, as the hub said when it joined."""

    node: int
    epoch: int
    station: str
    name: str
    hubs: tuple[HubIdentity, ...]

    @property
    def hub(self) -> HubIdentity:
        """Who the hub is now."""
        return self.hubs[-1]

    @property
    def publishers(self) -> tuple[VerifyKey, ...]:
        """The keys that may have signed a course, the newest first."""
        return tuple(hub.key for hub in reversed(self.hubs))


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


def identity(conn: sqlite3.Connection) -> NodeIdentity | None:
    """Who this node is; None before it has joined."""
    node = number(conn, NODE)
    if not node:
        return None
    return NodeIdentity(
        node=node,
        epoch=number(conn, EPOCH),
        station=get(conn, STATION),
        name=get(conn, STATION_NAME),
        hubs=tuple(
            HubIdentity(number, VerifyKey.from_bytes(bytes.fromhex(key)), bytes.fromhex(box))
            for number, key, box in json.loads(get(conn, HUBS))
        ),
    )


def put_identity(conn: sqlite3.Connection, identity: NodeIdentity) -> None:
    """Keep what the hub said at joining."""
    put(conn, NODE, str(identity.node))
    put(conn, EPOCH, str(identity.epoch))
    put(conn, STATION, identity.station)
    put(conn, STATION_NAME, identity.name)
    put_hubs(conn, identity.hubs)


def put_hubs(conn: sqlite3.Connection, hubs: tuple[HubIdentity, ...]) -> None:
    """Keep all identities of the hub."""
    rows = [[hub.generation, hub.key.to_bytes().hex(), hub.box.hex()] for hub in hubs]
    put(conn, HUBS, json.dumps(rows))

"""Starts of this program (SPEC.md §11): they show the hub a restored backup or a copy."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from node.store import journal, meta
from sync.exchange import MAX_BOOTS


@dataclass(frozen=True, slots=True)
class Boot:
    """One start, and the first record that may have been noted in it."""

    boot: bytes
    epoch: int
    first_seq: int


def begin(conn: sqlite3.Connection, boot: bytes, at: int) -> None:
    """Note that the program starts."""
    epoch = meta.number(conn, meta.EPOCH, 1)
    conn.execute(
        "INSERT INTO boot (boot, epoch, first_seq, at) VALUES (?, ?, ?, ?)",
        (boot, epoch, journal.head(conn, epoch) + 1, at),
    )


def since_confirmed(conn: sqlite3.Connection) -> list[Boot]:
    """The last start that the hub confirmed, if any, and all since; the newest ``MAX_BOOTS``."""
    confirmed = bytes.fromhex(meta.get(conn, meta.CONFIRMED_BOOT))
    rows = conn.execute(
        "SELECT boot, epoch, first_seq FROM boot WHERE place >= coalesce("
        " (SELECT place FROM boot WHERE boot = ?), 0) ORDER BY place DESC LIMIT ?",
        (confirmed, MAX_BOOTS),
    )
    return [Boot(bytes(row["boot"]), row["epoch"], row["first_seq"]) for row in rows][::-1]


def since(conn: sqlite3.Connection, first: bytes) -> list[Boot]:
    """The start ``first`` and all after it."""
    rows = conn.execute(
        "SELECT boot, epoch, first_seq FROM boot WHERE place >="
        " (SELECT place FROM boot WHERE boot = ?) ORDER BY place",
        (first,),
    )
    return [Boot(bytes(row["boot"]), row["epoch"], row["first_seq"]) for row in rows]


def confirm(conn: sqlite3.Connection, boot: bytes) -> None:
    """The hub has heard of ``boot`` and of all before it."""
    meta.put(conn, meta.CONFIRMED_BOOT, boot.hex())

"""A new epoch: what is moved into it, and on top of what it begins (SPEC.md §11)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from node.store import journal, meta, outbox
from node.store.boots import Boot
from sync.exchange import Answer
from sync.receipt import Receipt


def begin_epoch(conn: sqlite3.Connection, answer: Answer, named: Sequence[Boot], at: int) -> int:
    """Begin the epoch after the hub's newest, on top of what it holds; return its number.

    Records that the hub does not hold, and those noted in a start that it does not know, are moved
    into it: under their old numbers the hub knows others, or none.
    """
    old = meta.number(conn, meta.EPOCH, 1)
    new = max(answer.epoch, old) + 1
    strange = [boot for boot in named[answer.known_boots :] if boot.epoch == old]
    first = min((boot.first_seq for boot in strange), default=journal.head(conn, old) + 1)
    # What is held of the epoch in which the node asked, which may not be the newest there.
    first = min(first, answer.held_asked + 1)
    base = Receipt(0, new, 0, answer.held_hash, answer.at, 0, b"")
    conn.execute("DELETE FROM sealed WHERE epoch = ?", (old,))
    conn.execute(
        "UPDATE journal SET epoch = ?, seq = seq - ? WHERE epoch = ? AND seq >= ?",
        (new, first - 1, old, first),
    )
    outbox.take_receipt(conn, base, b"", at)
    meta.put(conn, meta.EPOCH, str(new))
    meta.put(conn, meta.EPOCH_BEGAN, str(at))
    conn.executemany(
        "UPDATE boot SET epoch = ?, first_seq = max(1, first_seq - ?) WHERE boot = ?",
        [(new, first - 1, boot.boot) for boot in strange],
    )
    return new

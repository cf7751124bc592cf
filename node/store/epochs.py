"""A new epoch: which records move into it, and what it begins on (SPEC.md §11)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from node.store import journal, meta, outbox
from node.store.boots import Boot
from sync.exchange import Answer
from sync.receipt import Receipt


def tells_what_is_held(
    conn: sqlite3.Connection, answer: Answer, named: Sequence[Boot], brought: int
) -> bool:
    """Whether a refusal says which records have to move; ``brought``: the last one in the request.

    The hub can compare the records of starts that it knows only when a request brings them.
    """
    epoch = meta.number(conn, meta.EPOCH, 1)
    return answer.held_asked <= brought or _first_unknown(conn, answer, named, epoch) <= brought + 1


def begin_epoch(
    conn: sqlite3.Connection, answer: Answer, named: Sequence[Boot], brought: int, at: int
) -> int:
    """Begin the epoch after the hub's newest, on top of what it holds; return its number.

    Records that the hub does not hold, and those noted in a start that it does not know, are moved
    into it: under their old numbers the hub knows others, or none.
    """
    old = meta.number(conn, meta.EPOCH, 1)
    new = max(answer.epoch, old) + 1
    unknown = _unknown(answer, named, old)
    first = _first_unknown(conn, answer, named, old)
    # What the request brought and the hub holds of the epoch in which the node asked; that may not
    # be the newest at the hub. It may hold more that was not brought; nobody has compared that.
    first = min(first, answer.held_asked + 1, brought + 1)
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
        [(new, first - 1, boot.boot) for boot in unknown],
    )
    return new


def _unknown(answer: Answer, named: Sequence[Boot], epoch: int) -> list[Boot]:
    """The starts that the hub does not know."""
    return [boot for boot in named[answer.known_boots :] if boot.epoch == epoch]


def _first_unknown(
    conn: sqlite3.Connection, answer: Answer, named: Sequence[Boot], epoch: int
) -> int:
    """The first record that may be of an unknown start; one after the last if there is none."""
    unknown = _unknown(answer, named, epoch)
    return min((boot.first_seq for boot in unknown), default=journal.head(conn, epoch) + 1)

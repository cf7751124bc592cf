"""Lineage: this node's history as the hub knows it, and what to do when they differ (SPEC.md §11).

After a restored backup the hub knows records that are not here, and numbers used here are
already taken there. Then a new epoch begins on top of what the hub holds: nothing that was
acknowledged is lost, and no number means two things.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from node.store import boots, meta, outbox
from node.store.db import Store
from sync.exchange import BOOT_BYTES
from sync.receipt import Receipt

log = logging.getLogger(__name__)

# Beside the database, so that it survives what is restored into it.
MARK_FILE = "receipt.mark"


@dataclass(frozen=True, slots=True)
class ReceiptMark:
    """How far the hub had receipted this node when it last said so."""

    epoch: int = 0
    seq: int = 0


def start(store: Store, at: int) -> None:
    """Note a new start of the program."""
    boot = secrets.token_bytes(BOOT_BYTES)
    store.write(lambda conn: boots.begin(conn, boot, at))


def ensure_started(store: Store, data: Path, at: int) -> None:
    """Note a start if there never was one, or none since a backup was restored.

    A command may speak to the hub before the program itself is started.
    """
    if not boots.since_confirmed(store.read()) or rolled_back(store, data):
        start(store, at)


def next_contact(store: Store) -> int:
    """The number of the request that is about to be sent; on disk before it is used."""

    def count(conn: sqlite3.Connection) -> int:
        number = meta.number(conn, meta.CONTACT) + 1
        meta.put(conn, meta.CONTACT, str(number))
        return number

    return store.write(count)


def keep_mark(data: Path, mark: ReceiptMark) -> None:
    """Keep the receipt's mark outside the database, whole or not at all.

    If the disk refuses it, or another process writes it too, the next receipt brings it.
    """
    if mark == read_mark(data):
        return
    part = data / (MARK_FILE + ".part")
    try:
        with part.open("w", encoding="ascii") as out:
            json.dump([mark.epoch, mark.seq], out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(data / MARK_FILE)
    except OSError as error:
        log.warning("mark %s not kept: %s", mark, error)


def read_mark(data: Path) -> ReceiptMark:
    """The mark outside the database; zeros where there is none or it cannot be read."""
    try:
        epoch, seq = json.loads((data / MARK_FILE).read_text("ascii"))
        return ReceiptMark(int(epoch), int(seq))
    except (OSError, ValueError, TypeError):
        return ReceiptMark()


def rolled_back(store: Store, data: Path) -> bool:
    """Whether the database is older than the last receipt: a backup was restored into it."""
    conn = store.read()
    epoch = meta.number(conn, meta.EPOCH, 1)
    mark = read_mark(data)
    return (mark.epoch, mark.seq) > (epoch, outbox.receipted(conn, epoch).seq)


def begin_next(conn: sqlite3.Connection, at: int) -> int:
    """Begin the next epoch on top of this one, all of which the hub holds; return its number."""
    old = meta.number(conn, meta.EPOCH, 1)
    held = outbox.receipted(conn, old)
    outbox.take_receipt(conn, Receipt(0, old + 1, 0, held.hash, 0, 0, b""), b"", at)
    meta.put(conn, meta.EPOCH, str(old + 1))
    return old + 1

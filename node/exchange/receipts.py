"""Receipts for people: the hub's signed word that it holds a record, as a number and a slip.

A receipt's number is node, epoch and record, and the first letters of the batch's hash: enough for
headquarters to find it (``xuezhan-hub log prove``). The sealed receipt itself is what proves it.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from node.store import meta, receipts
from node.store.meta import NodeIdentity
from node.store.receipts import KeptReceipt
from node.store.results import Graded
from sync.errors import PeerError
from sync.receipt import unseal_receipt

HASH_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Slip:
    """One receipt in words: its number, what it covers, when, and who signed it."""

    number: str
    epoch: int
    seq: int
    record: int  # the record that was asked for; the receipt covers all up to ``seq``
    at: int  # the hub's time, unix s
    hash: str
    hub_key: str  # fingerprint of the key that signed it


def of_attempt(conn: sqlite3.Connection, learner: str, exam: str, attempt: int) -> Slip | None:
    """The receipt for an attempt that was handed in here; None while the hub has not said so."""
    hand_in = receipts.handed_in(conn, learner, exam, attempt)
    if hand_in is None:
        return None
    epoch, seq, _at = hand_in
    kept = receipts.covering(conn, epoch, seq)
    return _slip(conn, kept, seq) if kept else None


def number_of(slip: Slip | None, graded: Graded | None) -> str:
    """The number that every page says for one attempt; "" while headquarters has not said any.

    Of an attempt at another station, or from before receipts were kept: node and record.
    """
    if slip is not None:
        return slip.number
    return f"{graded.node}-{graded.receipt_seq}" if graded is not None else ""


def newest(conn: sqlite3.Connection) -> Slip | None:
    """The last receipt that the hub signed."""
    kept = receipts.signed(conn)[-1:]
    return _slip(conn, kept[0], kept[0].seq) if kept else None


def export(conn: sqlite3.Connection) -> tuple[str, int]:
    """All signed receipts as a file that anyone can check, and how many there are."""
    me, signed = meta.identity(conn), receipts.signed(conn)
    values = {
        "station": me.station if me else "",
        "node": me.node if me else 0,
        "hub_keys": [hub.key.to_bytes().hex() for hub in me.hubs] if me else [],
        "receipts": [
            {
                "epoch": receipt.epoch,
                "seq": receipt.seq,
                "at_ms": receipt.at_ms,
                "receipt": receipt.sealed.hex(),
            }
            for receipt in signed
        ],
    }
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n", len(signed)


def _slip(conn: sqlite3.Connection, kept: KeptReceipt, record: int) -> Slip:
    me = meta.identity(conn)
    short = kept.hash.hex()[:HASH_LETTERS]
    return Slip(
        number=f"{me.node if me else 0}-{kept.epoch}-{kept.seq}-{short}",
        epoch=kept.epoch,
        seq=kept.seq,
        record=record,
        at=kept.at_ms // 1000,
        hash=kept.hash.hex(),
        hub_key=_signer(me, kept) if me else "",
    )


def _signer(me: NodeIdentity, kept: KeptReceipt) -> str:
    """The fingerprint of the hub's key that signed it, whichever of its keys that was."""
    for key in me.publishers:
        try:
            unseal_receipt(kept.sealed, key)
        except PeerError:
            continue
        return key.fingerprint()
    return ""

"""The outbox: sealed batches on their way to the hub, and the receipts for them (SPEC.md §4, §6).

A batch is stored before it is first sent and sent again byte for byte until the hub holds it.
The names it introduces are stored in the same transaction.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from node.errors import OutboxMoved
from node.store import journal
from node.store.meta import NodeIdentity
from sync.batch import GENESIS, Batch, batch_hash, seal_batch
from sync.exchange import MAX_REQUEST_RECORDS
from sync.names import Names
from sync.receipt import Receipt
from sync.signing import SigningKey


@dataclass(frozen=True, slots=True)
class End:
    """The end of a chain: its last record and the hash of its last batch."""

    seq: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class Sealed:
    """A batch that the hub has not receipted."""

    first: int
    count: int
    hash: bytes
    bytes: bytes

    @property
    def end(self) -> End:
        """Where the chain stands after it."""
        return End(self.first + self.count - 1, self.hash)


@dataclass(frozen=True, slots=True)
class SealedDraft:
    """A sealed batch that is not stored yet, and the names as they are after it."""

    after: End
    sealed: Sealed
    names: str


def receipted(conn: sqlite3.Connection, epoch: int) -> End:
    """Up to where the hub has said that it holds our chain."""
    row = conn.execute(
        "SELECT seq, hash FROM receipt WHERE epoch = ? ORDER BY seq DESC LIMIT 1", (epoch,)
    ).fetchone()
    return End() if row is None else End(row["seq"], bytes(row["hash"]))


def waiting(conn: sqlite3.Connection, epoch: int, max_bytes: int) -> list[Sealed]:
    """Sealed batches in order, at least the first: what fits in ``max_bytes`` and in a request."""
    batches: list[Sealed] = []
    size = count = 0
    for row in conn.execute(
        "SELECT first_seq, count, hash, bytes FROM sealed WHERE epoch = ? ORDER BY first_seq",
        (epoch,),
    ):
        size += len(row["bytes"])
        count += row["count"]
        if batches and (size > max_bytes or count > MAX_REQUEST_RECORDS):
            break
        batches.append(Sealed(row["first_seq"], row["count"], bytes(row["hash"]), row["bytes"]))
    return batches


def sealed_to(conn: sqlite3.Connection, epoch: int) -> End:
    """Up to where records are sealed, sent or not."""
    row = conn.execute(
        "SELECT first_seq, count, hash FROM sealed WHERE epoch = ? ORDER BY first_seq DESC LIMIT 1",
        (epoch,),
    ).fetchone()
    if row is None:
        return receipted(conn, epoch)
    return End(row["first_seq"] + row["count"] - 1, bytes(row["hash"]))


def draft(
    conn: sqlite3.Connection, identity: NodeIdentity, key: SigningKey, max_records: int
) -> SealedDraft | None:
    """Seal the records that follow; None when there are none. Reads only: see ``keep``."""
    after = sealed_to(conn, identity.epoch)
    records = journal.since(conn, identity.epoch, after.seq + 1, max_records)
    if not records:
        return None
    row = conn.execute("SELECT state FROM names WHERE epoch = ?", (identity.epoch,)).fetchone()
    names = Names.from_text("" if row is None else row["state"])
    batch = Batch(identity.node, identity.epoch, after.hash, tuple(records))
    raw = seal_batch(batch, names, key)
    sealed = Sealed(records[0].seq, len(records), batch_hash(raw), raw)
    return SealedDraft(after, sealed, names.to_text())


def keep(conn: sqlite3.Connection, epoch: int, draft: SealedDraft, at: int) -> None:
    """Store a draft and its names.

    Raises:
        OutboxMoved: another process sealed in between; draw the draft up again.
    """
    if sealed_to(conn, epoch) != draft.after:
        raise OutboxMoved(f"chain no longer ends at {draft.after.seq}")
    sealed = draft.sealed
    conn.execute(
        "INSERT INTO sealed VALUES (?, ?, ?, ?, ?, ?)",
        (epoch, sealed.first, sealed.count, sealed.hash, sealed.bytes, at),
    )
    conn.execute(
        "INSERT INTO names VALUES (?, ?) ON CONFLICT (epoch) DO UPDATE SET state = excluded.state",
        (epoch, draft.names),
    )


def is_ours(conn: sqlite3.Connection, epoch: int, end: End) -> bool:
    """Whether our chain had such an end: what the hub claims to hold is what we sent."""
    if end == receipted(conn, epoch):
        return True
    row = conn.execute(
        "SELECT hash FROM sealed WHERE epoch = ? AND first_seq + count - 1 = ?", (epoch, end.seq)
    ).fetchone()
    return row is not None and bytes(row["hash"]) == end.hash


def take_receipt(conn: sqlite3.Connection, receipt: Receipt, raw: bytes, at: int) -> None:
    """Keep a receipt and drop the batches that it covers.

    ``raw`` is empty when the hub only said in a signed answer what it holds; a sealed
    receipt that comes later replaces it.
    """
    conn.execute(
        "INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (epoch, seq) DO UPDATE"
        " SET bytes = excluded.bytes, at_ms = excluded.at_ms WHERE bytes = x''",
        (receipt.epoch, receipt.seq, receipt.hash, receipt.at, raw, at),
    )
    conn.execute(
        "DELETE FROM sealed WHERE epoch = ? AND first_seq + count - 1 <= ?",
        (receipt.epoch, receipt.seq),
    )

"""Replay: all batches of a node, verified again as they were when they came (SPEC.md §4.7)."""

from collections.abc import Iterator

from sqlalchemy import Connection

from hub.store import batches
from sync.batch import Runs, unseal_runs
from sync.errors import BrokenChain
from sync.names import Names
from sync.signing import VerifyKey


def replay(connection: Connection, node_id: int, epoch: int | None = None) -> Iterator[Runs]:
    """Every batch of a node, or of one epoch of it, in the order of its chains.

    One is held in memory at a time.

    Raises:
        PeerError: a stored batch is not what was accepted.
    """
    for _received_at, batch, _names in _named(connection, node_id, epoch):
        yield batch


def received(connection: Connection, node_id: int) -> Iterator[tuple[int, Runs]]:
    """As ``replay``, each batch with the time when it was received first."""
    for received_at, batch, _names in _named(connection, node_id, None):
        yield received_at, batch


def names_before(connection: Connection, node_id: int, epoch: int, seq: int) -> Names | None:
    """The names that batches of ``epoch`` have introduced before ``seq``.

    None if no batch that is held begins or ends there.
    """
    if seq == 1:
        return Names()
    end = batches.end(connection, node_id, epoch)
    if end is None or end.next_seq <= seq:
        return batches.unpack_names(end.names) if end and end.next_seq == seq else None
    for _received_at, batch, names in _named(connection, node_id, epoch):
        if batch.last + 1 == seq:
            return names
    return None


def _named(
    connection: Connection, node_id: int, only: int | None
) -> Iterator[tuple[int, Runs, Names]]:
    """When each batch was received, the batch, and the names as they are after it."""
    epoch, names, next_seq, previous, key = -1, Names(), 1, b"", None
    for stored in batches.in_chain_order(connection, node_id, only):
        if stored.epoch != epoch or key is None:
            chain = batches.end(connection, node_id, stored.epoch)
            if chain is None:
                raise BrokenChain(node_id, stored.first_seq)
            epoch, names, next_seq, previous = stored.epoch, Names(), 1, chain.base
            key = VerifyKey.from_bytes(chain.public_key)
        batch = unseal_runs(stored.bytes, node_id, key, names, next_seq, previous)
        next_seq, previous = batch.last + 1, stored.hash
        yield stored.received_at, batch, names

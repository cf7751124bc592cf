"""Chains: all batches of a node, verified again as they were when they came (SPEC.md §4.7)."""

from collections.abc import Iterator

from sqlalchemy import Connection

from hub.store import batches
from sync.batch import Runs, unseal_runs
from sync.errors import BrokenChain
from sync.names import Names
from sync.signing import VerifyKey


def replay(connection: Connection, node_id: int) -> Iterator[Runs]:
    """Every batch of a node in the order of its chains; one is held in memory at a time.

    Raises:
        PeerError: a stored batch is not what was accepted.
    """
    epoch, names, next_seq, previous, key = -1, Names(), 1, b"", None
    for one in batches.in_chain_order(connection, node_id):
        if one.epoch != epoch or key is None:
            chain = batches.end(connection, node_id, one.epoch)
            if chain is None:
                raise BrokenChain(node_id, one.first_seq)
            epoch, names, next_seq, previous = one.epoch, Names(), 1, chain.base
            key = VerifyKey.from_bytes(chain.public_key)
        batch = unseal_runs(one.bytes, node_id, key, names, next_seq, previous)
        next_seq, previous = batch.last + 1, one.hash
        yield batch

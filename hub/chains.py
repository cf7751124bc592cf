"""Chains: all batches of a node, verified again as they were when they came (SPEC.md §4.7)."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from sqlalchemy import Connection

from hub.store import batches
from hub.store.batches import Chain
from sync.batch import Runs, batch_hash, read_header, unseal_runs
from sync.errors import BrokenChain, PeerError
from sync.names import Names
from sync.records import Record
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


def parting(
    connection: Connection, node_id: int, epoch: int, brought: Sequence[bytes]
) -> int | None:
    """The first record of the batches that a node brings that is not held under its number.

    None if all are; batches may be cut otherwise than those that are held, so records are compared.
    """
    for place, raw in enumerate(brought):
        try:
            header = read_header(raw)
        except PeerError:
            return None
        if batches.hash_at(connection, node_id, epoch, header.first) != batch_hash(raw):
            chain = batches.end(connection, node_id, epoch)
            if chain is None or header.first >= chain.next_seq:
                return header.first
            return _first_other(connection, chain, brought[place:], header.first)
    return None


def _first_other(
    connection: Connection, chain: Chain, brought: Sequence[bytes], first: int
) -> int | None:
    """The first record in ``brought`` that is not held; another batch begins at ``first``."""
    key = VerifyKey.from_bytes(chain.public_key)
    names, seq, previous = Names(), 1, chain.base
    mine: list[Record] | None = None
    theirs: list[Record] = []
    for one in batches.in_chain_order(connection, chain.node_id):
        if one.epoch != chain.epoch:
            continue
        if seq == first:
            mine = _records(chain, brought, Names.from_text(names.to_text()), seq, previous)
        batch = unseal_runs(one.bytes, chain.node_id, key, names, seq, previous)
        theirs += batch.records if mine is not None else ()
        seq, previous = batch.last + 1, one.hash
    if not mine:
        return first
    same = sum(1 for _ in takewhile(lambda two: two[0] == two[1], zip(mine, theirs, strict=False)))
    return first + same if same < len(mine) else None


def _records(
    chain: Chain, brought: Sequence[bytes], names: Names, seq: int, previous: bytes
) -> list[Record]:
    """What is in batches that continue a chain at ``seq``, up to the first that does not."""
    key, found = VerifyKey.from_bytes(chain.public_key), list[Record]()
    for raw in brought:
        try:
            found += unseal_runs(raw, chain.node_id, key, names, seq, previous).records
        except PeerError:
            break
        seq, previous = found[-1].seq + 1, batch_hash(raw)
    return found

"""Chain: which batches of a request continue a node's chain (sync/SPEC.md §4.7).

The batches are read and checked here; ``hub.intake.apply`` stores them. The caller has checked who
sent the request.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from hub.facts import clock_skew, merge
from hub.facts.merge import Learned
from hub.store import batches
from hub.store.batches import Came, Chain, StoredBatch
from sync.batch import GENESIS, MAGIC, PAYLOAD_AT, Runs, batch_hash, read_header, unseal_runs
from sync.errors import BrokenChain, MalformedBytes, PeerError
from sync.identity import Identity
from sync.names import Names
from sync.signing import Purpose, VerifyKey, verify

log = logging.getLogger(__name__)

_NO_NAMES = batches.pack_names(Names())


@dataclass(frozen=True, slots=True)
class Fork:
    """A batch whose record ``seq`` is not the one that is held."""

    seq: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """How the batches of a request fit the chain.

    ``end``: where the chain ends with what is ``accepted``; ``repeated``: how many are held
    already; ``learned``: the facts of the accepted ones, ``told``: how many records say them of
    each learner, whether he is believed or not; ``refusal``: the code of the first that
    is no batch of this chain, "" if there is none.
    """

    end: Chain
    accepted: tuple[StoredBatch, ...] = ()
    repeated: int = 0
    learned: Learned = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    refusal: str = ""
    fork: Fork | None = None


def open_chain(
    connection: Connection, node_id: int, epoch: int, sender: Identity, newest: Chain | None
) -> Chain:
    """The chain that ``epoch`` continues; a new one begins at the end of the newest (§4.2)."""
    end = newest
    if newest is not None and newest.epoch != epoch:
        end = batches.end(connection, node_id, epoch)
    if end is not None:
        return end
    base = newest.hash if newest is not None else GENESIS
    return Chain(node_id, epoch, 1, base, _NO_NAMES, base, sender.key.to_bytes())


def repeats(connection: Connection, start: Chain, sealed: Sequence[bytes]) -> Reading:
    """Count which of ``sealed`` are held byte for byte; the others are not looked into."""
    return Reading(start, repeated=sum(_is_held(connection, start, raw) for raw in sealed))


def _is_held(connection: Connection, chain: Chain, raw: bytes) -> bool:
    """Whether these very bytes are a batch of this chain."""
    try:
        header = read_header(raw)
    except PeerError:
        return False
    held = batches.hash_at(connection, chain.node_id, header.epoch, header.first)
    return header.epoch == chain.epoch and held == batch_hash(raw)


def follow(
    connection: Connection, start: Chain, sealed: Sequence[bytes], at: int, skew_s: int | None
) -> Reading:
    """Check ``sealed`` one by one, as far as each continues what is before it.

    ``at``: when they came; ``skew_s``: how far the node's clock is ahead. With a fork the whole
    request is of another history: nothing before it is accepted (§11.3, §11.4).
    """
    if not sealed:
        return Reading(start)  # the names are most of the row; an idle request leaves them packed
    key, names = VerifyKey.from_bytes(start.public_key), batches.unpack_names(start.names)
    end, repeated, refusal = start, 0, ""
    accepted: list[StoredBatch] = []
    learned: Learned = {}
    told = Counter[str]()
    for raw in sealed:
        try:
            if _is_repeat(connection, end, accepted, raw, key):
                repeated += 1
                continue
            batch = unseal_runs(raw, end.node_id, key, names, end.next_seq, end.hash)
        except BrokenChain as fault:
            return Reading(start, repeated=repeated, fork=Fork(fault.seq, raw))
        except PeerError as fault:
            log.warning("batch node=%d: %s", end.node_id, fault)
            refusal = fault.code
            break
        came = _came_before(connection, end, accepted)
        accepted.append(_stored(end, batch, raw, at, came, skew_s))
        end = replace(end, next_seq=batch.last + 1, hash=accepted[-1].hash)
        merge.fold(learned, batch, at)
        for run in batch.runs:
            told[run[0].learner] += len(run)
    if accepted:
        end = replace(end, names=batches.pack_names(names))
    return Reading(end, tuple(accepted), repeated, learned, told, refusal)


def _is_repeat(
    connection: Connection,
    end: Chain,
    accepted: Sequence[StoredBatch],
    raw: bytes,
    key: VerifyKey,
) -> bool:
    """Whether ``raw`` is in the chain already (§4.8).

    Raises:
        BrokenChain: the node has signed other bytes for a record that is held.
        PeerError: it is no batch of this epoch, or not signed by the node.
    """
    header = read_header(raw)
    if header.epoch != end.epoch:
        raise MalformedBytes(f"a batch of epoch {header.epoch} in a request of {end.epoch}")
    if header.first >= end.next_seq:
        return False
    held = {batch.first_seq: batch.hash for batch in accepted}.get(header.first)
    held = held or batches.hash_at(connection, end.node_id, end.epoch, header.first)
    if held == batch_hash(raw):
        return True
    verify(Purpose.BATCH, raw[PAYLOAD_AT:], raw[len(MAGIC) : PAYLOAD_AT], key)
    raise BrokenChain(end.node_id, header.first)


def _came_before(
    connection: Connection, end: Chain, accepted: Sequence[StoredBatch]
) -> Came | None:
    """When the last batch of the chain came; None before the first of an epoch."""
    if accepted:
        return Came(accepted[-1].received_at, accepted[-1].clock_skew_s)
    if end.next_seq == 1:
        return None
    return batches.came_with(connection, end.node_id, end.epoch, end.next_seq)


def _stored(
    end: Chain, batch: Runs, raw: bytes, at: int, came: Came | None, skew_s: int | None
) -> StoredBatch:
    """The batch as it is kept behind ``end``."""
    return StoredBatch(
        end.node_id, end.epoch, end.next_seq, batch.last + 1 - end.next_seq, batch_hash(raw),
        end.hash, raw, at, clock_skew_s=clock_skew.skew_of_batch(batch.newest_at, came, skew_s),
    )  # fmt: skip

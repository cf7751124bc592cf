"""Appending: the batches of a request to a node's chain (sync/SPEC.md §4.7).

What continues the chain is stored as it came, folded and graded, within the caller's transaction;
what contradicts it is kept as evidence. Whose the request is was found out before.
"""

import logging
from dataclasses import dataclass, field

from sqlalchemy import Connection

from hub import orders
from hub.context.open_hub import Hub
from hub.facts import clock_skew, derive, merge
from hub.facts.merge import Learned
from hub.store import audit, batches, learners, ledger, units
from hub.store import orders as stored_orders
from hub.store.batches import Came, Chain, StoredBatch
from hub.store.results import ResultRow
from hub.store.units import Unit
from sync.batch import (
    GENESIS,
    MAGIC,
    PAYLOAD_AT,
    Runs,
    batch_hash,
    read_header,
    unseal_runs,
)
from sync.errors import BrokenChain, MalformedBytes, PeerError
from sync.exchange import Request
from sync.merkle import Frontier
from sync.names import Names
from sync.signing import Purpose, VerifyKey, verify

log = logging.getLogger(__name__)

# A cloned node can send contradictions for ever; this many are evidence enough.
MAX_FORKS = 50

FORK, OLD_EPOCH = "fork", "old-epoch"


@dataclass(slots=True)
class OpenChain:
    """The end of a node's chain while batches are being appended."""

    node: int
    key: VerifyKey
    epoch: int
    base: bytes
    next_seq: int
    hash: bytes
    names: Names
    at: int
    clock_skew_s: int | None = None  # of the clock that the request names
    accepted: list[StoredBatch] = field(default_factory=list)
    repeated: int = 0
    log: Frontier | None = None  # as it is with what was accepted


def open_chain(
    connection: Connection, request: Request, key: VerifyKey, newest: Chain | None, now: int
) -> OpenChain:
    """The chain that a request continues; a new epoch begins on what is held of the newest."""
    end = newest
    if newest is not None and newest.epoch != request.epoch:
        end = batches.end(connection, request.node, request.epoch)
    if end is None:
        base = newest.hash if newest is not None else GENESIS
        return OpenChain(request.node, key, request.epoch, base, 1, base, Names(), now)
    # An idle request does not need the names, which are most of the row.
    names = batches.unpack_names(end.names) if request.batches else Names()
    key = VerifyKey.from_bytes(end.public_key)
    return OpenChain(request.node, key, request.epoch, end.base, end.next_seq, end.hash, names, now)


def append(
    hub: Hub,
    connection: Connection,
    chain: OpenChain,
    over: bool,
    sealed: tuple[bytes, ...],
    unit: Unit,
) -> str:
    """Append what continues the chain; the code of the first batch that does not, or "".

    ``over``: another epoch has begun or will, on top of what is held of this one.
    """
    if over:
        # A parcel that was under way while a new epoch began brings what came another way.
        chain.repeated = sum(_is_held(connection, chain, raw) for raw in sealed)
        return "" if chain.repeated == len(sealed) else OLD_EPOCH
    new: Learned = {}
    refusal = ""
    for raw in sealed:
        try:
            batch = _next(connection, chain, raw)
        except BrokenChain as fault:
            refusal = _fork(connection, chain, raw, fault)
            break
        except PeerError as fault:
            log.warning("batch node=%d: %s", chain.node, fault)
            refusal = fault.code
            break
        if batch is not None:
            merge.fold(new, batch)
    if chain.accepted:
        first, chain.log = ledger.append(connection, [one.hash for one in chain.accepted])
        batches.add(connection, chain.accepted, first)
        batches.move_end(connection, _end(chain))
        # Before merging: only what this request speaks of can have changed.
        attempts, courses = derive.about(new)
        merged = merge.merge(connection, new)
        changed = derive.judge(hub, connection, merged, attempts, courses)
        _tell(connection, changed, unit)
    return refusal


def _is_held(connection: Connection, chain: OpenChain, raw: bytes) -> bool:
    """Whether these very bytes are a batch of this chain."""
    try:
        header = read_header(raw)
    except PeerError:
        return False
    held = batches.hash_at(connection, chain.node, header.epoch, header.first)
    return header.epoch == chain.epoch and held == batch_hash(raw)


def _end(chain: OpenChain) -> Chain:
    return Chain(
        chain.node, chain.epoch, chain.next_seq, chain.hash, batches.pack_names(chain.names),
        chain.base, chain.key.to_bytes(),
    )  # fmt: skip


def _next(connection: Connection, chain: OpenChain, raw: bytes) -> Runs | None:
    """The batch in ``raw`` appended to ``chain``; None if it is there already."""
    header, name = read_header(raw), batch_hash(raw)
    if header.epoch == chain.epoch and header.first < chain.next_seq:
        known = {one.first_seq: one.hash for one in chain.accepted}.get(header.first)
        known = known or batches.hash_at(connection, chain.node, chain.epoch, header.first)
        if known == name:
            chain.repeated += 1
            return None
        verify(Purpose.BATCH, raw[PAYLOAD_AT:], raw[len(MAGIC) : PAYLOAD_AT], chain.key)
        raise BrokenChain(chain.node, header.first)
    if header.epoch != chain.epoch:
        raise MalformedBytes(f"a batch of epoch {header.epoch} in a request of {chain.epoch}")
    previous = chain.hash
    batch = unseal_runs(raw, chain.node, chain.key, chain.names, chain.next_seq, previous)
    before = chain.accepted[-1] if chain.accepted else None
    came = Came(before.received_at, before.clock_skew_s) if before else None
    if came is None and header.first > 1:
        came = batches.came_with(connection, chain.node, chain.epoch, header.first)
    skew = clock_skew.skew_of_batch(batch.newest_at, came, chain.clock_skew_s)
    chain.accepted.append(
        StoredBatch(
            chain.node, chain.epoch, header.first, header.count, name, previous, raw, chain.at,
            clock_skew_s=skew,
        )
    )  # fmt: skip
    chain.next_seq, chain.hash = batch.last + 1, name
    return batch


def _fork(connection: Connection, chain: OpenChain, raw: bytes, fault: BrokenChain) -> str:
    """Keep a batch that tells another history as evidence."""
    name = batch_hash(raw)
    new = batches.keep_fork(
        connection, chain.node, chain.epoch, fault.seq, name, raw, chain.at, MAX_FORKS
    )
    if new:
        detail = f"epoch {chain.epoch} seq {fault.seq} hash {name.hex()[:16]}"
        audit.note(connection, chain.at, f"node {chain.node}", "fork", detail)
    return FORK


def _tell(connection: Connection, changed: list[ResultRow], at: Unit) -> None:
    """Order the results to the stations they are for."""
    people = learners.among(connection, {row.learner for row in changed})
    homes = {number: units.get(connection, person.unit_id) for number, person in people.items()}
    placed = [one for row in changed for one in orders.result(row, homes.get(row.learner), at)]
    stored_orders.put(connection, placed)

"""Intake: one request of a node in, its answer out (sync/SPEC.md §5).

Verify, store the batches as they came, fold, grade and answer, all in one transaction: what a
receipt says is on disk. Requests of one node wait for each other at its row.
"""

import logging
from dataclasses import dataclass, field

from sqlalchemy import Connection

from hub import folding, judging, orders
from hub.errors import UnknownStation
from hub.folding import Learned
from hub.machine import Hub
from hub.store import audit, batches, learners, nodes, units
from hub.store import orders as stored_orders
from hub.store.batches import Chain, Stored
from hub.store.engine import reading, writing
from hub.store.nodes import Heard, Node
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
from sync.exchange import Answer, Request, request_node, seal_answer, unseal_request
from sync.names import Names
from sync.receipt import Receipt, seal_receipt
from sync.signing import Purpose, VerifyKey, verify

log = logging.getLogger(__name__)

# A cloned node can send contradictions for ever; this many are evidence enough.
MAX_FORKS = 50
# Epochs and counts are small; a node that names more is broken. Columns hold 31 bits.
MAX_EPOCH = 2**31 - 1

FORK, FROZEN, REVOKED, OLD_EPOCH = "fork", "frozen", "revoked", "old-epoch"


@dataclass(slots=True)
class _Chain:
    """The end of a node's chain while batches are being appended."""

    node: int
    key: VerifyKey
    epoch: int
    next_seq: int
    hash: bytes
    names: Names
    at: int
    accepted: list[Stored] = field(default_factory=list)
    repeated: int = 0


def exchange(hub: Hub, raw: bytes) -> bytes:
    """Answer a node's request; asked again with the same bytes, it ends the same.

    Raises:
        UnknownStation: no node has this number, or it has not joined.
        PeerError: the request is not one, or not signed by that node.
    """
    node_id = request_node(raw)
    with reading(hub.engine) as connection:
        node = nodes.get(connection, node_id) if node_id <= MAX_EPOCH else None
    if node is None or node.public_key is None:
        raise UnknownStation(str(node_id))
    key = VerifyKey.from_bytes(node.public_key)
    request = unseal_request(raw, key)
    if request.epoch > MAX_EPOCH:
        raise MalformedBytes(f"epoch {request.epoch} is beyond all use")
    with writing(hub.engine) as connection:
        answer = _answer(hub, connection, node_id, key, request)
    if answer.refusal:
        log.warning("refused node=%d code=%s held=%d", node_id, answer.refusal, answer.held)
    return seal_answer(answer, raw, hub.key)


def _answer(
    hub: Hub, connection: Connection, node_id: int, key: VerifyKey, request: Request
) -> Answer:
    now = hub.now()
    node = nodes.lock(connection, node_id)
    unit = units.get(connection, node.unit_id) if node else None
    if node is None or unit is None:
        raise UnknownStation(str(node_id))
    refusal = {"frozen": FROZEN, "revoked": REVOKED}.get(node.state, "")
    chain = _open(connection, node_id, key, request, now)
    if not refusal and request.batches:
        refusal = _take(hub, connection, chain, request.batches, unit)
    _note(connection, node, request, chain.next_seq - 1, refusal, now)
    waiting, more = (
        ([], False)
        if node.state == "revoked"
        else orders.for_node(connection, node, unit, request.orders)
    )
    receipt = b""
    if chain.accepted or chain.repeated:
        said = Receipt(node_id, chain.epoch, chain.next_seq - 1, chain.hash, now * 1000)
        receipt = seal_receipt(said, hub.key)
    return Answer(
        at=now * 1000,
        held=chain.next_seq - 1,
        held_hash=chain.hash,
        refusal=refusal,
        again_s=hub.config.again_s,
        more=more,
        receipt=receipt,
        orders=tuple(waiting),
    )


def _open(
    connection: Connection, node_id: int, key: VerifyKey, request: Request, now: int
) -> _Chain:
    end = batches.end(connection, node_id, request.epoch)
    if end is None:
        return _Chain(node_id, key, request.epoch, 1, GENESIS, Names(), now)
    # An idle request does not need the names, which are most of the row.
    names = Names.from_text(end.names.decode()) if request.batches else Names()
    return _Chain(node_id, key, request.epoch, end.next_seq, end.hash, names, now)


def _take(
    hub: Hub, connection: Connection, chain: _Chain, sealed: tuple[bytes, ...], unit: Unit
) -> str:
    """Append what continues the chain; the code of the first batch that does not, or ""."""
    newest = batches.newest(connection, chain.node)
    if newest is not None and newest.epoch > chain.epoch:
        return OLD_EPOCH
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
            folding.fold(new, batch)
    if chain.accepted:
        batches.add(connection, chain.accepted)
        names = chain.names.to_text().encode()
        end = Chain(chain.node, chain.epoch, chain.next_seq, chain.hash, names)
        batches.move_end(connection, end)
        # Before merging: only what this request speaks of can have changed.
        attempts, courses = judging.about(new)
        merged = folding.merge(connection, new)
        changed = judging.judge(hub, connection, merged, attempts, courses)
        _tell(connection, changed, unit)
    return refusal


def _next(connection: Connection, chain: _Chain, raw: bytes) -> Runs | None:
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
    chain.accepted.append(
        Stored(chain.node, chain.epoch, header.first, header.count, name, previous, raw, chain.at)
    )
    chain.next_seq, chain.hash = batch.last + 1, name
    return batch


def _fork(connection: Connection, chain: _Chain, raw: bytes, fault: BrokenChain) -> str:
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


def _note(
    connection: Connection, node: Node, request: Request, held: int, refusal: str, now: int
) -> None:
    said = Heard(
        at=now,
        clock_skew_s=request.at // 1000 - now,
        epoch=request.epoch,
        head_seq=request.head,
        held_seq=held,
        orders_mark=request.orders,
        disk_free_mb=request.disk_free_mb,
        refusal=refusal,
    )
    nodes.heard(connection, node.id, said)

"""Apply: what a request changes, as it was classified (sync/SPEC.md §4.8, §11).

All of it within the caller's transaction: what a receipt says is on disk. Nothing is decided here.
"""

from dataclasses import replace

from sqlalchemy import Connection

from hub import orders
from hub.context.open_hub import Hub
from hub.facts import aside, codec, derive, merge, placing
from hub.facts.belief import Belief
from hub.intake.chain import Fork
from hub.intake.classify import Classification
from hub.intake.history import KnownNode, Verdict
from hub.people import changes
from hub.store import audit, batches, boots, facts, learners, ledger, nodes
from hub.store import orders as stored_orders
from hub.store.nodes import Node, NodeClaims
from sync.batch import batch_hash
from sync.merkle import Frontier

# A cloned node can send contradictions for ever; this many are evidence enough.
MAX_FORKS = 50

FORK = "fork"


def apply(hub: Hub, connection: Connection, case: Classification) -> Frontier | None:
    """Store what a request changes; return the hub's log if it has grown."""
    if case.verdict is Verdict.ANSWERED:
        return None
    node, sender = case.known.node, case.received.sender
    log = _store(hub, connection, case) if case.reading.accepted else None
    if case.reading.fork is not None:
        _keep_evidence(connection, case, case.reading.fork)
    if case.verdict in (Verdict.OTHER, Verdict.CLONED):
        _part_ways(connection, case)
    if case.begins_anew:
        _return_facts(connection, case.known)
    if case.new_starts:
        place = case.known.last.place if case.known.last else 0
        boots.add(connection, node.id, case.new_starts, case.received.request.contact, place)
    if not case.refusal and sender != node.identity:
        nodes.set_identity(connection, node.id, sender)
    nodes.heard(connection, node.id, _claims(case))
    return log


def _store(hub: Hub, connection: Connection, case: Classification) -> Frontier:
    """Keep the batches as they came, in the log and the chain, and fold and grade what they say."""
    reading, at = case.reading, case.received.at
    first, log = ledger.append(connection, [batch.hash for batch in reading.accepted])
    batches.add(connection, reading.accepted, first)
    batches.move_end(connection, reading.end)
    # Before merging: only what this request speaks of can have changed.
    belief = Belief(connection, case.known.node.id, case.known.unit)
    believed = aside.sift(connection, belief, reading.learned, reading.told, at)
    attempts, courses = derive.about(believed)
    merged = merge.merge(connection, believed)
    changed = derive.judge(hub, connection, merged, attempts, courses)
    placing.order_results(connection, changed, case.known.unit)
    changes.follow(connection, {name: merged[name] for name in believed}, case.known.unit)
    if case.verdict is Verdict.LATE:
        # §11.2  Maybe of a life that is over: a node that contradicts it goes on in its own epoch.
        nodes.part(connection, case.known.node.id, reading.end.epoch)
    return log


def _keep_evidence(connection: Connection, case: Classification, fork: Fork) -> None:
    """§11.5  Keep a batch of another history."""
    chain, at = case.known.chain, case.received.at
    name = batch_hash(fork.raw)
    is_new = batches.keep_fork(
        connection, chain.node_id, chain.epoch, fork.seq, name, fork.raw, at, MAX_FORKS
    )
    if is_new:
        audit.note(
            connection, at, f"node {chain.node_id}", "fork",
            epoch=chain.epoch, seq=fork.seq, hash=name.hex()[:16],
        )  # fmt: skip


def _part_ways(connection: Connection, case: Classification) -> None:
    """Note that a request does not continue what is known of the node."""
    node, request = case.known.node, case.received.request
    event = "cloned" if case.verdict is Verdict.CLONED else "other-history"
    audit.note(connection, case.received.at, f"node {node.id}", event, epoch=node.epoch)
    if case.verdict is Verdict.CLONED:
        nodes.set_state(connection, node.id, "frozen")  # §11.4
        return
    # §11.3  That epoch takes nothing new: the answer stays true until the node comes back.
    nodes.end_epoch(connection, node.id, case.known.epoch)
    if request.boots:
        boots.note_answered(connection, node.id, request.boots[-1], request.contact)


def _return_facts(connection: Connection, known: KnownNode) -> None:
    """§11.3  Give a node that begins anew what is known of its learners."""
    for number in learners.numbers_under(connection, known.unit):
        packed = facts.get(connection, number)
        if packed:
            state = codec.unpack(packed).to_bytes()
            stored_orders.put(connection, [orders.facts(known.node.id, number, state)])


def _claims(case: Classification) -> NodeClaims:
    """What the node says of itself, as it is stored."""
    node, request, skew_s = case.known.node, case.received.request, case.clock_skew_s
    claims = NodeClaims(
        at=case.received.at,
        clock_skew_s=node.clock_skew_s if skew_s is None else skew_s,
        epoch=request.epoch,
        head_seq=request.head,
        held_seq=case.end.next_seq - 1,
        orders_mark=request.orders,
        contact=case.contact,
        disk_free_mb=request.disk_free_mb,
        refusal=case.refusal,
    )
    return _as_before(node, claims) if case.overtaken else claims


def _as_before(node: Node, claims: NodeClaims) -> NodeClaims:
    """The claims of a request that came late by relay or stick: only what is held now is new."""
    return replace(
        claims,
        at=node.last_seen_at or claims.at,
        epoch=node.epoch,
        head_seq=node.head_seq,
        held_seq=claims.held_seq if claims.epoch == node.epoch else node.held_seq,
        orders_mark=node.orders_mark,
        disk_free_mb=claims.disk_free_mb if node.disk_free_mb is None else node.disk_free_mb,
        refusal=claims.refusal or node.refusal,
    )

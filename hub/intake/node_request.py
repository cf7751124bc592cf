"""Intake: one request of a node in, its answer out (sync/SPEC.md §5).

Verify, store the batches as they came, fold, grade and answer, all in one transaction: what a
receipt says is on disk. Requests of one node wait for each other at its row.
"""

import logging
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hub import orders
from hub.context.open_hub import Hub
from hub.errors import UnknownStation
from hub.facts import clock_skew, codec
from hub.intake import divergence, history
from hub.intake.append import FORK, OLD_EPOCH, OpenChain, append, open_chain
from hub.intake.divergence import Shared
from hub.intake.history import FROZEN, REVOKED, Classification, Verdict
from hub.store import audit, batches, boots, facts, learners, ledger, nodes, units
from hub.store import orders as stored_orders
from hub.store.batches import Chain
from hub.store.engine import reading, writing
from hub.store.nodes import Node, NodeClaims
from hub.store.units import Unit
from sync.batch import (
    read_header,
)
from sync.errors import MalformedBytes, PeerError, TooLarge
from sync.exchange import (
    MAX_REQUEST_RECORDS,
    Answer,
    Request,
    seal_answer,
    unseal_request,
)
from sync.identity import Identity
from sync.parcel import parcel_name, read_address
from sync.receipt import Receipt, seal_receipt

log = logging.getLogger(__name__)

# Epochs and counts are small; a node that names more is broken. Columns hold 31 bits.
MAX_EPOCH = 2**31 - 1
MAX_CONTACT = 2**53 - 1


def exchange(hub: Hub, raw: bytes, direct: bool = True) -> bytes:
    """Answer a node's parcel with one; asked again with the same bytes, it ends the same.

    ``direct``: it came as soon as it was sent, so the time it names tells the node's clock.

    Raises:
        UnknownStation: no node has this number, or it has not joined.
        PeerError: the parcel is none, not for the hub, or not signed by that node.
    """
    address = read_address(raw)
    with reading(hub.engine) as connection:
        node = nodes.get(connection, address.sender) if address.sender <= MAX_EPOCH else None
    known = node.identity if node else None
    if node is None or known is None:
        raise UnknownStation(str(address.sender))
    request, sender = unseal_request(raw, hub.ring.box(address.hint), known)
    if request.epoch > MAX_EPOCH or request.contact > MAX_CONTACT:
        raise MalformedBytes(f"epoch {request.epoch} or contact {request.contact} beyond all use")
    if sum(_count(batch) for batch in request.batches) > MAX_REQUEST_RECORDS:
        raise TooLarge("the records of a request", MAX_REQUEST_RECORDS)
    with writing(hub.engine) as connection:
        answer = _answer(hub, connection, parcel_name(raw), sender, request, direct)
    if answer.refusal:
        log.warning("refused node=%d code=%s held=%d", node.id, answer.refusal, answer.held)
    certificates = hub.ring.since(request.hub_generation)
    return seal_answer(answer, node.id, sender, hub.key, certificates)


def _count(sealed: bytes) -> int:
    """How many records a batch says it has; none if it cannot be read, which is found later."""
    try:
        return read_header(sealed).count
    except PeerError:
        return 0


@dataclass(slots=True)
class _Visit:
    """A request, and what is known of the node that makes it.

    ``newest``: its newest chain with a batch; ``epoch``: the newest epoch that was heard of;
    ``direct``: it came as soon as it was sent; ``just_said``: its own clock says so, too.
    """

    node: Node
    unit: Unit
    request: Request
    direct: bool
    just_said: bool
    newest: Chain | None
    epoch: int
    chain: OpenChain


def _answer(
    hub: Hub, connection: Connection, asked: bytes, sender: Identity, request: Request, direct: bool
) -> Answer:
    visit = _visit(connection, sender, request, direct, hub.now())
    node, chain = visit.node, visit.chain
    judged, refusal = _receive(hub, connection, visit)
    if not refusal and judged.verdict is Verdict.CONTINUES:
        _record_node_state(connection, node, request, visit.newest, judged)
    if not refusal and sender != node.identity:
        nodes.set_identity(connection, node.id, sender)
    held_asked = chain.next_seq - 1
    if refusal == Verdict.OTHER.value:
        held_asked, chain = _end_epoch(connection, visit, sender)
    contact = history.counted(node, judged, request, visit.epoch, refusal)
    overtaken = judged.verdict is Verdict.LATE or (not direct and request.contact < node.contact)
    if judged.verdict is not Verdict.ANSWERED:
        _note(connection, node, request, chain, contact, refusal, overtaken)
    waiting, more = (
        ([], False)
        if node.state == "revoked"
        else orders.for_node(
            connection, node, visit.unit, request.orders, results_first=bool(request.batches)
        )
    )
    return Answer(
        asked=asked,
        at=chain.at * 1000,
        epoch=chain.epoch,
        held=chain.next_seq - 1,
        held_hash=chain.hash,
        refusal=refusal,
        known_boots=judged.known,
        held_asked=held_asked,
        again_s=hub.slots.come_back(node.id, chain.at),
        since=request.orders,
        more=more,
        receipt=_receipt(hub, connection, chain),
        orders=tuple(waiting),
    )


def _visit(
    connection: Connection, sender: Identity, request: Request, direct: bool, now: int
) -> _Visit:
    node = nodes.lock(connection, request.node)
    unit = units.get(connection, node.unit_id) if node else None
    if node is None or unit is None:
        raise UnknownStation(str(request.node))
    newest = batches.newest(connection, node.id)
    chain = open_chain(connection, request, sender.key, newest, now)
    # What was said before something that was already heard has been under way for long.
    chain.clock_skew_s = clock_skew.skew(request.at, now, direct and request.contact > node.contact)
    epoch = history.newest_epoch(node, _epoch(newest))
    just_said = direct and abs(request.at // 1000 - now) <= clock_skew.FAULT_S
    return _Visit(node, unit, request, direct, just_said, newest, epoch, chain)


def _receive(hub: Hub, connection: Connection, visit: _Visit) -> tuple[Classification, str]:
    """Take in what a request brings: what it is to the history that is known, and the refusal."""
    node, request, chain, now = visit.node, visit.request, visit.chain, visit.chain.at
    refusal = {"frozen": FROZEN, "revoked": REVOKED}.get(node.state, "")
    if refusal:
        return history.judge(connection, node, request, visit.epoch, chain.next_seq - 1), refusal
    judged, is_news = _judge(connection, visit)
    if judged.verdict is Verdict.ANSWERED:
        return judged, OLD_EPOCH
    refusal = _refuse_unknown_history(connection, node, judged.verdict, now)
    if refusal:
        return judged, refusal
    if not is_news:
        chain.repeated = len(request.batches)
        return judged, ""
    over = request.epoch < visit.epoch or request.epoch <= node.ended_epoch
    refusal = append(hub, connection, chain, over, request.batches, visit.unit)
    if chain.accepted and judged.verdict is Verdict.LATE:
        # Maybe of a life that is over: who contradicts it goes on in an epoch of its own.
        nodes.part(connection, node.id, request.epoch)
    if refusal == FORK:
        verdict = history.contradicts(judged, node, request, visit.direct)
        refusal = _refuse_unknown_history(connection, node, verdict, now)
    elif refusal == OLD_EPOCH:
        is_news = not _compare(connection, visit).whole
        verdict = history.too_late(judged, node, request, visit.epoch, is_news, visit.just_said)
        refusal = _refuse_unknown_history(connection, node, verdict, now)
    return judged, refusal


def _compare(connection: Connection, visit: _Visit) -> Shared:
    """Compare what a request brings with what is held of the node."""
    request = visit.request
    return divergence.compare(
        connection, visit.node.id, visit.chain.key, request.epoch, request.batches
    )


def _judge(connection: Connection, visit: _Visit) -> tuple[Classification, bool]:
    """What a request is to the history that is known, and whether its batches are to be taken."""
    node, request, chain = visit.node, visit.request, visit.chain
    judged = history.judge(connection, node, request, visit.epoch, chain.next_seq - 1)
    if judged.verdict is Verdict.CONTINUES and (request.epoch >= visit.epoch or not request.boots):
        return judged, bool(request.batches)
    told = boots.answered(connection, node.id, request.boots[-1])
    if request.contact <= told and visit.epoch > node.ended_epoch:
        return replace(judged, verdict=Verdict.ANSWERED), False
    if judged.verdict in (Verdict.CONTINUES, Verdict.OTHER):
        return judged, bool(request.batches)
    is_news = not _compare(connection, visit).whole
    return history.with_news(judged, node, request, is_news, visit.direct, visit.just_said), is_news


def _end_epoch(connection: Connection, visit: _Visit, sender: Identity) -> tuple[int, OpenChain]:
    """Through which record the node has what is held, and the chain on which it shall go on.

    From now on nothing new is laid there: what is said here stays true until it comes back (§11.3).
    """
    node, request, chain = visit.node, visit.request, visit.chain
    nodes.end_epoch(connection, node.id, visit.epoch)
    if request.boots:
        boots.note_answered(connection, node.id, request.boots[-1], request.contact)
    agrees = _compare(connection, visit)
    if visit.newest is not None:
        there = replace(request, epoch=visit.newest.epoch)
        skew = chain.clock_skew_s
        chain = open_chain(connection, there, sender.key, visit.newest, chain.at)
        chain.clock_skew_s = skew
    return agrees.through + agrees.more, chain


def _epoch(newest: Chain | None) -> int:
    return newest.epoch if newest is not None else 0


def _refuse_unknown_history(connection: Connection, node: Node, verdict: Verdict, now: int) -> str:
    """The refusal for a request that does not continue what is known of the node (§11)."""
    if verdict in (Verdict.CONTINUES, Verdict.LATE):
        return ""
    audit.note(connection, now, f"node {node.id}", verdict.value, f"epoch {node.epoch}")
    if verdict is Verdict.CLONED:
        nodes.set_state(connection, node.id, "frozen")
    return str(verdict.value)


def _record_node_state(
    connection: Connection,
    node: Node,
    request: Request,
    newest: Chain | None,
    judged: Classification,
) -> None:
    """Note what a request of the node's own history says of the node itself."""
    if _epoch(newest) < request.epoch > node.epoch > 0:
        if not history.goes_on(judged, request):
            _return_facts(connection, node)
    history.confirm(connection, node, judged, request)


def _return_facts(connection: Connection, node: Node) -> None:
    """Give a node that begins anew what is known of its learners."""
    unit = units.get(connection, node.unit_id)
    for number in learners.numbers_under(connection, unit) if unit else ():
        packed = facts.get(connection, number)
        if packed:
            state = codec.unpack(packed).to_bytes()
            stored_orders.put(connection, [orders.facts(node.id, number, state)])


def _receipt(hub: Hub, connection: Connection, chain: OpenChain) -> bytes:
    if not chain.accepted and not chain.repeated:
        return b""
    grown = chain.log or ledger.frontier(connection)
    held = chain.next_seq - 1
    at = hub.now() * 1000
    said = Receipt(chain.node, chain.epoch, held, chain.hash, at, grown.size, grown.root())
    return seal_receipt(said, hub.key)


def _note(
    connection: Connection,
    node: Node,
    request: Request,
    chain: OpenChain,
    contact: int,
    refusal: str,
    overtaken: bool,
) -> None:
    """Note what the node says of itself; ``overtaken``: it has said something newer before."""
    skew = chain.clock_skew_s
    said = NodeClaims(
        at=chain.at,
        clock_skew_s=node.clock_skew_s if skew is None else skew,
        epoch=request.epoch,
        head_seq=request.head,
        held_seq=chain.next_seq - 1,
        orders_mark=request.orders,
        contact=contact,
        disk_free_mb=request.disk_free_mb,
        refusal=refusal,
    )
    nodes.heard(connection, node.id, _as_before(node, said) if overtaken else said)


def _as_before(node: Node, said: NodeClaims) -> NodeClaims:
    """What a relay or a stick brought late tells of the node: what is held now, and no more."""
    return replace(
        said,
        at=node.last_seen_at or said.at,
        epoch=node.epoch,
        head_seq=node.head_seq,
        held_seq=said.held_seq if said.epoch == node.epoch else node.held_seq,
        orders_mark=node.orders_mark,
        disk_free_mb=said.disk_free_mb if node.disk_free_mb is None else node.disk_free_mb,
        refusal=said.refusal or node.refusal,
    )

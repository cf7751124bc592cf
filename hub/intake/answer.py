"""Answer: what a node is told of its request (sync/SPEC.md §5.3, §6)."""

from sqlalchemy import Connection

from hub import orders
from hub.context.open_hub import Hub
from hub.intake.classify import Classification
from hub.intake.history import Verdict
from hub.store import ledger
from sync.exchange import Answer, Order, seal_answer
from sync.merkle import Frontier
from sync.receipt import Receipt, seal_receipt


def compose(hub: Hub, connection: Connection, case: Classification, log: Frontier | None) -> Answer:
    """The answer to a request whose changes are stored. ``log``: the hub's, if it has grown."""
    received, end = case.received, case.end
    waiting, more = _orders(connection, case)
    return Answer(
        asked=received.name,
        at=received.at * 1000,
        epoch=end.epoch,
        held=end.next_seq - 1,
        held_hash=end.hash,
        refusal=case.refusal,
        known_boots=case.known.known_starts,
        held_asked=case.held_asked,
        again_s=hub.slots.come_back(case.known.node.id, received.at),
        since=received.request.orders,
        more=more,
        receipt=_receipt(hub, connection, case, log),
        orders=tuple(waiting),
    )


def seal(hub: Hub, case: Classification, answer: Answer) -> bytes:
    """The bytes that go back, sealed to the keys that signed the request."""
    request, sender = case.received.request, case.received.sender
    certificates = hub.ring.since(request.hub_generation)
    return seal_answer(answer, request.node, sender, hub.key, certificates)


def _orders(connection: Connection, case: Classification) -> tuple[list[Order], bool]:
    """§5.6  The orders that wait, results first after batches, and whether there are more."""
    if case.verdict is Verdict.REVOKED:
        return [], False
    node, unit, request = case.known.node, case.known.unit, case.received.request
    first = bool(request.batches)
    return orders.for_node(connection, node, unit, request.orders, results_first=first)


def _receipt(hub: Hub, connection: Connection, case: Classification, log: Frontier | None) -> bytes:
    """§6.1  The receipt for what is held of the chain; empty if the request brought none of it."""
    reading, end = case.reading, case.end
    if case.verdict is Verdict.OTHER or not (reading.accepted or reading.repeated):
        return b""
    log = ledger.frontier(connection) if log is None else log
    held, at = end.next_seq - 1, hub.now() * 1000
    receipt = Receipt(end.node_id, end.epoch, held, end.hash, at, log.size, log.root())
    return seal_receipt(receipt, hub.key)

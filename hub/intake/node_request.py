"""One request of a node in, its answer out (sync/SPEC.md §5).

Open it, classify it, apply what it changes, answer: the last three in one transaction, so what a
receipt says is on disk. Requests of one node wait for each other at its row.
"""

import logging

from hub.context.open_hub import Hub
from hub.errors import UnknownStation
from hub.intake import answer
from hub.intake.apply import apply
from hub.intake.classify import classify, look_up
from hub.intake.history import Received
from hub.store import nodes
from hub.store.engine import reading, writing
from hub.store.nodes import Node
from sync.batch import read_header
from sync.errors import MalformedBytes, PeerError, TooLarge
from sync.exchange import MAX_REQUEST_RECORDS, Request, unseal_request
from sync.identity import Identity
from sync.parcel import parcel_name, read_address

log = logging.getLogger(__name__)

# Epochs and counts are small; a node that names more is broken. Columns hold 31 bits.
MAX_EPOCH = 2**31 - 1
MAX_CONTACT = 2**53 - 1


def exchange(hub: Hub, raw: bytes, direct: bool = True) -> bytes:
    """Answer a node's parcel with one; the same bytes again lead to the same state.

    ``direct``: it came as soon as it was sent, so the time it names tells the node's clock.

    Raises:
        UnknownStation: no node has this number, or it has not joined.
        PeerError: it is no parcel, not for the hub, or not signed by that node.
    """
    number = read_address(raw).sender
    with reading(hub.engine) as connection:
        known = nodes.get(connection, number) if number <= MAX_EPOCH else None
    _, identity = _joined(known, number)
    # Unsealing is slow, so it is done here: no other request waits for it.
    request, sender = _open(hub, raw, identity)
    with writing(hub.engine) as connection:
        node, identity_now = _joined(nodes.lock(connection, number), number)
        if identity_now != identity:
            # §2.6  It changed its keys meanwhile: what the old ones signed is not valid any more.
            request, sender = _open(hub, raw, identity_now)
        received = Received(parcel_name(raw), request, sender, direct, hub.now())
        case = classify(connection, look_up(connection, node, received), received)
        grown = apply(hub, connection, case)
        composed = answer.compose(hub, connection, case, grown)
    if case.refusal:
        log.warning("refused node=%d code=%s held=%d", number, case.refusal, composed.held)
    return answer.seal(hub, case, composed)


def _joined(node: Node | None, number: int) -> tuple[Node, Identity]:
    """A node and the keys that it is known by."""
    identity = node.identity if node is not None else None
    if node is None or identity is None:
        raise UnknownStation(str(number))
    return node, identity


def _open(hub: Hub, raw: bytes, identity: Identity) -> tuple[Request, Identity]:
    """The request in a parcel of the node with ``identity``, and the keys that signed it (§5.2)."""
    request, sender = unseal_request(raw, hub.ring.box(read_address(raw).hint), identity)
    if request.epoch > MAX_EPOCH or request.contact > MAX_CONTACT:
        raise MalformedBytes(f"epoch {request.epoch} or contact {request.contact} beyond all use")
    if sum(_count(batch) for batch in request.batches) > MAX_REQUEST_RECORDS:
        raise TooLarge("the records of a request", MAX_REQUEST_RECORDS)
    return request, sender


def _count(sealed: bytes) -> int:
    """How many records a batch says it has; 0 if it cannot be read, which is noticed later."""
    try:
        return read_header(sealed).count
    except PeerError:
        return 0

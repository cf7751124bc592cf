"""Exchange: what a node says to the hub and what the hub answers, as parcels (SPEC.md §5).

"Here is my head, and what you lack" – "here is your receipt, and what you lack". Pure functions
over bytes: ``node.courier.courier`` and its carriers bring them, ``hub.intake.node_request``
answers. A parcel may arrive twice, late, by another way, or never: §5.5 says what then happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.batch import HASH_BYTES
from sync.errors import MalformedBytes, TooLarge
from sync.identity import Identity
from sync.parcel import HUB, NAME_BYTES, read_address, seal_parcel, unseal_parcel
from sync.receipt import Receipt, unseal_receipt
from sync.sealing import BoxKey
from sync.signing import Purpose, SigningKey
from sync.wire import Reader, Writer, compress, decompress

# §5.3  The roster of a large county at once; the hub cuts its orders below this.
MAX_ORDERS_BYTES = 8_000_000
# §5.2  Random and never used again: two starts of one node cannot be taken for each other.
BOOT_BYTES = 8
# §5.2  A node that was started more often without reaching the hub names the last ones.
MAX_BOOTS = 1_000
# §5.2  Equal records take next to no bytes, but memory and time once they are unpacked.
MAX_REQUEST_RECORDS = 600_000
# §5.2  No parcel holds so many that have a signature and a record: only empty ones do.
MAX_REQUEST_BATCHES = 20_000


@dataclass(frozen=True, slots=True)
class Order:
    """What the hub tells a node: of (kind, key), the one with the highest ``mark`` counts.

    ``body`` is a JSON object in UTF-8; empty: withdrawn.
    """

    mark: int
    kind: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A node's half.

    ``at``: its clock in ms; ``head``: the last sequence number in its journal of ``epoch``;
    ``orders``: the mark up to which it holds all orders; ``hub_generation``: the newest keys of the
    hub that it knows; ``contact``: how many requests it has ever made; ``boots``: the last start
    that the hub has confirmed (if any) and all since; ``batches``: sealed, in chain order.
    """

    node: int
    epoch: int
    at: int
    head: int
    orders: int
    disk_free_mb: int
    hub_generation: int = 0
    contact: int = 0
    boots: tuple[bytes, ...] = ()
    batches: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The hub's half.

    ``asked``: the name of the parcel that it answers; ``at``: the hub's clock in ms; ``epoch``:
    the newest of the node of which it holds batches; ``held``: all records of that epoch up to
    there are at the hub, ``held_hash`` names the last batch (GENESIS: none); ``refusal``: "" or the
    code of the error that was met; ``again_s``: come back after so many seconds; ``since``: these
    orders follow that mark; ``more``: orders wait beyond these. With a refusal,
    ``known_boots``: how many of the starts that were named the hub knows; ``held_asked``: up to
    which record of the epoch that was named it holds all that was brought; beyond that it may hold
    records that nobody has compared.
    """

    asked: bytes
    at: int
    epoch: int
    held: int
    held_hash: bytes
    refusal: str = ""
    known_boots: int = 0
    held_asked: int = 0
    again_s: int = 0
    since: int = 0
    more: bool = False
    receipt: bytes = b""
    orders: tuple[Order, ...] = ()


def seal_request(
    request: Request, key: SigningKey, hub: Identity, certificates: Sequence[bytes] = ()
) -> bytes:
    """Return ``request`` as a parcel to the hub, signed by the node."""
    # §5.2  Numbers, starts, then batches to the end: no count of them stands anywhere.
    out = Writer()
    for number in (request.epoch, request.at, request.head, request.orders, request.disk_free_mb):
        out.varint(number)
    out.varint(request.hub_generation)
    out.varint(request.contact)
    out.varint(len(request.boots))
    for boot in request.boots:
        out.raw(boot)
    for batch in request.batches:
        out.counted(batch)
    # §9.2  The sender stands in the clear, signed with the rest.
    address = (HUB, request.node)
    return seal_parcel(Purpose.REQUEST, address, out.done(), key, hub, certificates)


def unseal_request(raw: bytes, box: BoxKey, node: Identity) -> tuple[Request, Identity]:
    """Check ``raw`` as §5.2 says; return the request, its batches still sealed, and its sender.

    Raises:
        PeerError: it is not a request of ``node`` or its successor.
    """
    # §9.4  The parcel first; only then is the body read.
    body, sender = unseal_parcel(Purpose.REQUEST, raw, box, node)
    reader = Reader(body)
    epoch, at, head, orders, disk_free_mb, hub_generation, contact, boots = (
        reader.varint() for _ in range(8)
    )
    # §5.2  A claim, bounded before as many bytes are taken.
    if boots > MAX_BOOTS:
        raise MalformedBytes(f"{boots} starts at once")
    started = tuple(reader.raw(BOOT_BYTES) for _ in range(boots))
    batches = list[bytes]()
    while reader.at < len(body):
        if len(batches) == MAX_REQUEST_BATCHES:
            raise TooLarge("the batches of a request", MAX_REQUEST_BATCHES)
        batches.append(reader.counted())
    # §9.4.4  The signature covers the address, so this is who signed.
    number = read_address(raw).sender
    request = Request(
        number, epoch, at, head, orders, disk_free_mb, hub_generation, contact, started,
        tuple(batches),
    )  # fmt: skip
    return request, sender


def seal_answer(
    answer: Answer,
    to: int,
    node: Identity,
    key: SigningKey,
    certificates: Sequence[bytes] = (),
) -> bytes:
    """Return ``answer`` as a parcel to node number ``to``, signed by the hub."""
    out = Writer()
    # §5.3  First the name of the parcel that is answered: whoever has asked again skips it.
    out.raw(answer.asked)
    out.varint(answer.at)
    out.counted(answer.receipt)
    # §5.3  A receipt says epoch, seq and hash already.
    if not answer.receipt:
        out.varint(answer.epoch)
        out.varint(answer.held)
        if answer.held:
            out.raw(answer.held_hash)
    out.text(answer.refusal)
    # §11.3  What a node needs to begin its next epoch.
    if answer.refusal:
        out.varint(answer.known_boots)
        out.varint(answer.held_asked)
    # §5.3  2·again + more.
    out.varint(answer.again_s << 1 | answer.more)
    if answer.orders:
        out.varint(answer.since)
        out.raw(compress(_pack(answer.orders), with_dictionary=True))
    return seal_parcel(Purpose.ANSWER, (to, HUB), out.done(), key, node, certificates)


def unseal_answer(raw: bytes, box: BoxKey, hub: Identity) -> tuple[Answer, Identity]:
    """Check that ``raw`` is the hub's (§5.4); return the answer and who the hub is by now.

    A captive portal's page and another node's answer fail here. Whether it answers what was just
    asked is for the caller to see from ``asked``.

    Raises:
        PeerError: it is not.
    """
    # §5.4  Whatever fails here did not come from the hub.
    body, sender = unseal_parcel(Purpose.ANSWER, raw, box, hub)
    reader = Reader(body)
    asked, at, receipt = reader.raw(NAME_BYTES), reader.varint(), reader.counted()
    if receipt:
        # §6.2  The receipt is signed by itself: it is kept and shown apart from the answer.
        opened = unseal_receipt(receipt, sender.key)
        epoch, held, held_hash = opened.epoch, opened.seq, opened.hash
    else:
        epoch, held = reader.varint(), reader.varint()
        held_hash = reader.raw(HASH_BYTES) if held else bytes(HASH_BYTES)
    refusal = reader.text()
    known_boots, held_asked = (reader.varint(), reader.varint()) if refusal else (0, 0)
    again = reader.varint()
    since, orders = 0, tuple[Order, ...]()
    # §5.3  Orders are there only if something is left.
    if reader.at < len(body):
        since, orders = reader.varint(), _unpack(reader.rest())
    answer = Answer(
        asked, at, epoch, held, held_hash, refusal, known_boots, held_asked, again >> 1, since,
        bool(again & 1), receipt, orders,
    )  # fmt: skip
    return answer, sender


def receipt_of(answer: Answer, hub: Identity) -> Receipt | None:
    """The receipt in ``answer``, checked; None when nothing was taken."""
    return unseal_receipt(answer.receipt, hub.key) if answer.receipt else None


def _pack(orders: Sequence[Order]) -> bytes:
    out = Writer()
    for order in orders:
        out.varint(order.mark)
        out.text(order.kind)
        out.text(order.key)
        out.counted(order.body)
    return out.done()


def _unpack(packed: bytes) -> tuple[Order, ...]:
    reader = Reader(decompress(packed, MAX_ORDERS_BYTES, with_dictionary=True))
    orders = []
    while reader.at < len(reader.data):
        mark, kind, key = reader.varint(), reader.text(), reader.text()
        orders.append(Order(mark, kind, key, reader.counted()))
    return tuple(orders)

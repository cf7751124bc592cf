"""Exchange: one request of a node and the hub's answer (SPEC.md §5).

"Here is my head, and what you lack" – "here is your receipt, and what you lack". Pure functions
over bytes: ``node.courier`` carries them, ``hub.intake`` answers. A request or answer may arrive
twice, late, cut, or never: §5.5 says what then happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from sync.batch import HASH_BYTES
from sync.errors import MalformedBytes, TooLarge
from sync.signing import SIGNATURE_BYTES, Purpose, SigningKey, VerifyKey, sign, verify
from sync.wire import Reader, Writer, as_text, compress, decompress

REQUEST_MAGIC = b"XZR1"
ANSWER_MAGIC = b"XZA1"
_PAYLOAD_AT = len(REQUEST_MAGIC) + SIGNATURE_BYTES

# §5.2  Two of the largest batches; a slow line is offered far less (node.courier).
MAX_REQUEST_BYTES = 2_500_000
# §5.3  The roster of a large county at once; the hub cuts its orders below this.
MAX_ANSWER_BYTES = 2_500_000
MAX_ORDERS_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """What the hub tells a node: of (kind, key), the newest ``mark`` holds.

    ``body`` is a JSON object in UTF-8; empty: withdrawn.
    """

    mark: int
    kind: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A node's half. ``at``: its clock in ms; ``head``: the last sequence number in its journal;
    ``orders``: the highest mark it holds; ``batches``: sealed, in order of their chain."""

    node: int
    epoch: int
    at: int
    head: int
    orders: int
    disk_free_mb: int
    batches: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The hub's half. ``held``: all records up to there are at the hub, ``held_hash`` names the
    last batch (GENESIS if none); ``refusal``: "" or the code of the error that a batch met;
    ``again_s``: come back after so many seconds; ``more``: orders wait beyond these."""

    at: int
    held: int
    held_hash: bytes
    refusal: str = ""
    again_s: int = 0
    more: bool = False
    receipt: bytes = b""
    orders: tuple[Order, ...] = ()


def seal_request(request: Request, key: SigningKey) -> bytes:
    """Return ``request`` as bytes signed by the node."""
    out = Writer()
    for number in (request.node, request.epoch, request.at, request.head):
        out.varint(number)
    out.varint(request.orders)
    out.varint(request.disk_free_mb)
    out.varint(len(request.batches))
    for batch in request.batches:
        out.counted(batch)
    return REQUEST_MAGIC + sign(Purpose.REQUEST, out.done(), key) + out.done()


def request_node(raw: bytes) -> int:
    """The node that ``raw`` claims to be from, unchecked: to look its key up."""
    return Reader(_payload(raw, REQUEST_MAGIC, "a request", MAX_REQUEST_BYTES)).varint()


def unseal_request(raw: bytes, key: VerifyKey) -> Request:
    """Check ``raw`` as §5.2 says and return the request; its batches are still sealed.

    Raises:
        PeerError: it is not a request of the holder of ``key``.
    """
    payload = _payload(raw, REQUEST_MAGIC, "a request", MAX_REQUEST_BYTES)
    verify(Purpose.REQUEST, payload, raw[len(REQUEST_MAGIC) : _PAYLOAD_AT], key)
    reader = Reader(payload)
    node, epoch, at, head, orders, disk_free_mb, count = (reader.varint() for _ in range(7))
    # Each batch takes at least a byte: a count that cannot be is refused before any loop.
    if count > len(payload):
        raise MalformedBytes(f"{count} batches in {len(payload)} bytes")
    batches = tuple(reader.counted() for _ in range(count))
    reader.end()
    return Request(node, epoch, at, head, orders, disk_free_mb, batches)


def seal_answer(answer: Answer, raw_request: bytes, key: SigningKey) -> bytes:
    """Return ``answer`` as bytes signed by the hub, good for ``raw_request`` only (§5.3)."""
    out = Writer()
    out.varint(answer.at)
    out.varint(answer.held)
    if answer.held:
        out.raw(answer.held_hash)
    out.text(answer.refusal)
    out.varint(answer.again_s << 1 | answer.more)
    out.counted(answer.receipt)
    if answer.orders:
        orders = Writer()
        for order in answer.orders:
            orders.varint(order.mark)
            orders.text(order.kind)
            orders.text(order.key)
            orders.counted(order.body)
        out.raw(compress(orders.done(), with_dictionary=True))
    payload = out.done()
    return ANSWER_MAGIC + sign(Purpose.ANSWER, _bound(raw_request, payload), key) + payload


def unseal_answer(raw: bytes, raw_request: bytes, hub: VerifyKey) -> Answer:
    """Check that ``raw`` is the hub's answer to ``raw_request`` (§5.4) and return it.

    A captive portal's page, an answer to another request and an old answer all fail here.

    Raises:
        PeerError: it is not.
    """
    payload = _payload(raw, ANSWER_MAGIC, "an answer", MAX_ANSWER_BYTES)
    signature = raw[len(ANSWER_MAGIC) : _PAYLOAD_AT]
    verify(Purpose.ANSWER, _bound(raw_request, payload), signature, hub)
    reader = Reader(payload)
    at, held = reader.varint(), reader.varint()
    held_hash = reader.raw(HASH_BYTES) if held else bytes(HASH_BYTES)
    refusal = reader.text()
    again = reader.varint()
    receipt = reader.counted()
    orders = _orders(reader.rest())
    return Answer(at, held, held_hash, refusal, again >> 1, bool(again & 1), receipt, orders)


def _orders(packed: bytes) -> tuple[Order, ...]:
    if not packed:
        return ()
    reader = Reader(decompress(packed, MAX_ORDERS_BYTES, with_dictionary=True))
    orders = []
    while reader.at < len(reader.data):
        mark, kind, key = reader.varint(), reader.text(), as_text(reader.counted())
        orders.append(Order(mark, kind, key, reader.counted()))
    return tuple(orders)


def _bound(raw_request: bytes, payload: bytes) -> bytes:
    """What the hub signs: the answer together with the request that it answers."""
    return sha256(raw_request).digest() + payload


def _payload(raw: bytes, magic: bytes, what: str, limit: int) -> bytes:
    """The bytes behind magic and signature, once size and frame are known to fit."""
    if len(raw) > limit:
        raise TooLarge(what, limit)
    if len(raw) <= _PAYLOAD_AT or not raw.startswith(magic):
        raise MalformedBytes(f"not the bytes of {what}: {len(raw)} bytes starting {raw[:4]!r}")
    return raw[_PAYLOAD_AT:]

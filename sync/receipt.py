"""Receipt: the hub's signed word on what it holds of one node (SPEC.md §6).

It moves the node's mark: what is receipted is never sent again. Anyone with the hub's public key
can check it later.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.batch import HASH_BYTES
from sync.errors import MalformedBytes
from sync.signing import SIGNATURE_BYTES, Purpose, SigningKey, VerifyKey, sign, verify
from sync.wire import Reader, Writer

# §6.1  Layout:  magic (4) | signature (64) | node, epoch, seq, at | hash (32) | size, root (32)
MAGIC = b"XZC1"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The hub holds all records of (node, epoch) up to ``seq``; ``hash`` names the last batch.

    ``at`` is the hub's time in milliseconds since 1970. ``log_size`` and ``log_root``: the hub's
    log (§10) when it held that; the batch is among its leaves.
    """

    node: int
    epoch: int
    seq: int
    hash: bytes
    at: int
    log_size: int
    log_root: bytes


def seal_receipt(receipt: Receipt, key: SigningKey) -> bytes:
    """Return ``receipt`` as bytes signed by the hub."""
    payload = Writer()
    for number in (receipt.node, receipt.epoch, receipt.seq, receipt.at):
        payload.varint(number)
    payload.raw(receipt.hash)
    payload.varint(receipt.log_size)
    payload.raw(receipt.log_root)
    return MAGIC + sign(Purpose.RECEIPT, payload.done(), key) + payload.done()


def unseal_receipt(sealed: bytes, hub: VerifyKey) -> Receipt:
    """Check that ``sealed`` is a receipt by ``hub`` (§6.2) and return it.

    Raises:
        PeerError: it is not.
    """
    payload_at = len(MAGIC) + SIGNATURE_BYTES
    if not sealed.startswith(MAGIC) or len(sealed) <= payload_at:
        raise MalformedBytes(f"not a receipt: {len(sealed)} bytes starting {sealed[:4]!r}")
    # §6.2  Over the bytes as received, before they are parsed.
    verify(Purpose.RECEIPT, sealed[payload_at:], sealed[len(MAGIC) : payload_at], hub)
    reader = Reader(sealed[payload_at:])
    node, epoch, seq, at = (reader.varint() for _ in range(4))
    hash_, log_size = reader.raw(HASH_BYTES), reader.varint()
    receipt = Receipt(node, epoch, seq, hash_, at, log_size, reader.raw(HASH_BYTES))
    reader.end()
    return receipt

"""Parcel: the one envelope for every carrier (SPEC.md §9).

Sealed to its receiver, signed by its sender, self-contained: the same bytes go over HTTP, through
a relay, or lie on a stick. A carrier sees who sends to whom and how much, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sync.errors import BrokenSuccession, MalformedBytes, TooLarge
from sync.identity import HINT_BYTES, MAX_CERTIFICATES, Identity, hint_of, succeed, walk
from sync.sealing import SEAL_BYTES, BoxKey, seal, unseal
from sync.signing import SIGNATURE_BYTES, Purpose, SigningKey, sign, verify
from sync.wire import Reader, Writer

MAGIC = b"XZE1"
# §9.2  The number that addresses the hub; nodes count from 1.
HUB = 0
# §9.3  A few hundred kB are soon done on any line; the largest batch must fit in one, too.
MAX_PARCEL_BYTES = 2_500_000
NAME_BYTES = 8


@dataclass(frozen=True, slots=True)
class Address:
    """What a carrier can read: the receiver, the sender, and which of the receiver's keys."""

    to: int
    sender: int
    hint: bytes


def seal_parcel(
    purpose: Purpose,
    address: tuple[int, int],
    body: bytes,
    key: SigningKey,
    receiver: Identity,
    certificates: Sequence[bytes] = (),
) -> bytes:
    """Return ``body`` for ``address`` = (to, sender), signed with ``key``.

    ``certificates`` lead from the key that the receiver knows to ``key``.
    """
    out = Writer()
    # §9.2  The clear part: to, from, hint. It is the info of the seal, so it cannot be changed.
    out.raw(MAGIC)
    for number in address:
        out.varint(number)
    out.raw(receiver.hint)
    context = out.done()
    inside = Writer()
    # §9.2  Inside: certificates, signature, body.
    inside.varint(len(certificates))
    for certificate in certificates:
        inside.counted(certificate)
    # §9.2  The receiver's box key is signed, too: nobody can seal what we signed to somebody else.
    inside.raw(sign(purpose, context + receiver.box + body, key))
    inside.raw(body)
    return context + seal(inside.done(), receiver.box, context)


def read_address(raw: bytes) -> Address:
    """Who ``raw`` says it goes to and comes from, unchecked: to carry it, or look keys up.

    Raises:
        PeerError: it is no parcel.
    """
    return _address(raw)[0]


def unseal_parcel(
    purpose: Purpose, raw: bytes, box: BoxKey, sender: Identity
) -> tuple[bytes, Identity]:
    """Check ``raw`` as §9.4 says; return its body and who the sender is by now.

    Raises:
        NotForUs: it is not sealed to ``box``, or changed on the way.
        BadSignature, BrokenSuccession: ``sender`` or a successor did not sign it for ``purpose``.
        PeerError: any other fault.
    """
    # §9.4.1  Size and frame.
    _, context = _address(raw)
    # §9.4.2  Only the receiver can open it.
    reader = Reader(unseal(raw[len(context) :], box, context))
    # §9.4.3  Certificates first: they say which key must have signed.
    identity = succeed(sender, _certificates(reader))
    # §9.4.4  The signature covers address, receiver and body.
    signature, body = reader.raw(SIGNATURE_BYTES), reader.rest()
    verify(purpose, context + box.public + body, signature, identity.key)
    return body, identity


def successors(raw: bytes, box: BoxKey, known: Identity) -> list[Identity]:
    """Whoever the sender of a parcel has been since ``known``, the newest last.

    Raises:
        PeerError: as for ``unseal_parcel``, which must have accepted it.
    """
    _, context = _address(raw)
    return walk(known, _certificates(Reader(unseal(raw[len(context) :], box, context))))


def parcel_name(raw: bytes) -> bytes:
    """Eight bytes that name a parcel: in the answer to it, on a stick, at a relay."""
    return sha256(raw).digest()[:NAME_BYTES]


def box_hint(box: BoxKey) -> bytes:
    """The hint under which parcels sealed to ``box`` come."""
    return hint_of(box.public)


def _certificates(reader: Reader) -> list[bytes]:
    count = reader.varint()
    # §9.4.3  The count is a claim of anybody: bounded before the first is read.
    if count > MAX_CERTIFICATES:
        raise BrokenSuccession(f"{count} certificates announced")
    return [reader.counted() for _ in range(count)]


def _address(raw: bytes) -> tuple[Address, bytes]:
    # §9.4.1  Size, magic, length: all a carrier can check.
    if len(raw) > MAX_PARCEL_BYTES:
        raise TooLarge("a parcel", MAX_PARCEL_BYTES)
    if not raw.startswith(MAGIC):
        raise MalformedBytes(f"not a parcel: {len(raw)} bytes starting {raw[:4]!r}")
    reader = Reader(raw)
    reader.raw(len(MAGIC))
    address = Address(reader.varint(), reader.varint(), reader.raw(HINT_BYTES))
    context = raw[: reader.at]
    # §9.4.1  No parcel is shorter than a seal around a signature.
    if len(raw) < len(context) + SEAL_BYTES + SIGNATURE_BYTES:
        raise MalformedBytes("a parcel is cut")
    return address, context

"""Identity: the public keys of a node or the hub, and how they hand over to new ones (SPEC.md §2).

A certificate is signed by the old key (who may name a successor) and by the new one (who holds
it). A peer that missed several hand-overs gets all certificates at once and walks them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sync.errors import BrokenSuccession
from sync.sealing import BOX_KEY_BYTES, BoxKey
from sync.signing import (
    KEY_BYTES,
    SIGNATURE_BYTES,
    Purpose,
    SigningKey,
    VerifyKey,
    sign,
    verify,
)
from sync.wire import Reader, Writer

HINT_BYTES = 4
# §2.6  A peer that missed more hand-overs than this enrols again.
MAX_CERTIFICATES = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """The keys of one side. ``generation`` counts its hand-overs, from 0 at enrolment."""

    generation: int
    key: VerifyKey
    box: bytes

    @classmethod
    def of(cls, key: SigningKey, generation: int = 0) -> Identity:
        """The public side of ``key``."""
        return cls(generation, key.public, BoxKey.of(key).public)

    @property
    def hint(self) -> bytes:
        """Four bytes by which the holder finds the box key that a parcel is sealed to."""
        return hint_of(self.box)


def hint_of(box: bytes) -> bytes:
    """The hint of a public box key."""
    return sha256(box).digest()[:HINT_BYTES]


def certify(old: SigningKey, new: SigningKey, generation: int) -> bytes:
    """The certificate by which ``old`` names ``new`` its successor, the key of ``generation``."""
    payload = _payload(Identity.of(new, generation))
    # §2.6  The old key says who may follow, the new one that the successor holds it.
    return payload + sign(Purpose.SUCCESSION, payload, old) + sign(Purpose.POSSESSION, payload, new)


def succeed(known: Identity, certificates: Sequence[bytes]) -> Identity:
    """Walk from ``known`` to the newest identity; older certificates are skipped.

    Raises:
        BrokenSuccession: they do not lead on from ``known``.
        BadSignature, WeakKey, MalformedBytes: one of them is no certificate.
    """
    return [known, *walk(known, certificates)][-1]


def walk(known: Identity, certificates: Sequence[bytes]) -> list[Identity]:
    """All identities that come after ``known``, in their order; raises as ``succeed``."""
    path = []
    if len(certificates) > MAX_CERTIFICATES:
        raise BrokenSuccession(f"{len(certificates)} certificates at once")
    for raw in certificates:
        reader = Reader(raw)
        generation = reader.varint()
        key = VerifyKey.from_bytes(reader.raw(KEY_BYTES))
        box = reader.raw(BOX_KEY_BYTES)
        payload = raw[: reader.at]
        by_old, by_new = reader.raw(SIGNATURE_BYTES), reader.raw(SIGNATURE_BYTES)
        reader.end()
        # §2.6  Certificates that the receiver knows are skipped.
        if generation <= known.generation:
            continue
        # §2.6  One step at a time: each key is vouched for by the one before.
        if generation != known.generation + 1:
            raise BrokenSuccession(f"from generation {known.generation} to {generation}")
        # §2.6  Both signatures, or the step is not taken.
        verify(Purpose.SUCCESSION, payload, by_old, known.key)
        verify(Purpose.POSSESSION, payload, by_new, key)
        known = Identity(generation, key, box)
        path.append(known)
    return path


def _payload(identity: Identity) -> bytes:
    out = Writer()
    out.varint(identity.generation)
    out.raw(identity.key.to_bytes())
    out.raw(identity.box)
    return out.done()

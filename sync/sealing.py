"""Sealing: bytes that only their receiver can read (SPEC.md §2.5).

HPKE (RFC 9180), base mode, X25519, HKDF-SHA256, AES-128-GCM: 48 bytes more than what is sealed.
A signature inside says who sent them (``sync.parcel``); keys are made in ``sync.signing``.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from sync.errors import NotForUs, WeakKey
from sync.signing import SigningKey

BOX_KEY_BYTES = 32
SEAL_BYTES = 48

# §2.5  One suite; another one would be another version of the parcel.
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


@dataclass(frozen=True, slots=True, repr=False)
class BoxKey:
    """The secret half of a key that parcels are sealed to."""

    raw: bytes

    @classmethod
    def of(cls, key: SigningKey) -> BoxKey:
        """The box key that belongs to ``key``: one secret file holds both (§2.5)."""
        return cls(hmac.digest(key.to_bytes(), b"xuezhan box 1", "sha256"))

    @property
    def public(self) -> bytes:
        """The 32 bytes that others seal to."""
        return X25519PrivateKey.from_private_bytes(self.raw).public_key().public_bytes_raw()


def seal(data: bytes, receiver: bytes, context: bytes) -> bytes:
    """Return ``data`` readable by the holder of ``receiver`` only, and only with ``context``.

    Raises:
        WeakKey: ``receiver`` is no key that anything can be sealed to.
    """
    try:
        return _SUITE.encrypt(data, X25519PublicKey.from_public_bytes(receiver), info=context)
    except ValueError:
        raise WeakKey("the box key is not a usable X25519 key") from None


def unseal(sealed: bytes, key: BoxKey, context: bytes) -> bytes:
    """Return what was sealed to ``key`` with ``context``.

    Raises:
        NotForUs: it was sealed to another key, or changed on the way.
    """
    try:
        return _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(key.raw), info=context)
    except (InvalidTag, ValueError):
        raise NotForUs("sealed to another key, or changed on the way") from None

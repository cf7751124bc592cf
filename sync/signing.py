"""Signing: Ed25519 with a named purpose (SPEC.md §2).

Keys and signatures only. What is signed, and in which order it is checked, stands in the module
of each message. Secrets that people type are in ``sync.secrets``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.errors import BadSignature, WeakKey

KEY_BYTES = 32
SIGNATURE_BYTES = 64

_P = 2**255 - 19
# §2.2  The y coordinates of the eight points of small order (RFC 8032 curve). A key on one of
# them accepts one signature for ANY message, and the library lets it pass.
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _P - 1,
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        _P - 2707385501144840649318225287225658788936804267575313519463743609750303402022,
    }
)


class Purpose(Enum):
    """What a signature is for. A signature made for one purpose fails for every other."""

    # §2.1  The zero byte ends the purpose: no purpose is the beginning of another.
    JOIN = b"xuezhan join 1\0"
    JOIN_ANSWER = b"xuezhan join answer 1\0"
    BATCH = b"xuezhan batch 1\0"
    REQUEST = b"xuezhan request 1\0"
    ANSWER = b"xuezhan answer 1\0"
    RECEIPT = b"xuezhan receipt 1\0"
    PACK = b"xuezhan pack 1\0"
    SUCCESSION = b"xuezhan succession 1\0"
    POSSESSION = b"xuezhan possession 1\0"


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """The public half of an identity; made only by ``from_bytes`` and ``SigningKey.public``."""

    raw: bytes

    @classmethod
    def from_bytes(cls, raw: bytes) -> VerifyKey:
        """Return the key in ``raw``.

        Raises:
            WeakKey: wrong length, not canonical, or of small order (§2.2).
        """
        if len(raw) != KEY_BYTES:
            raise WeakKey(f"a public key has {KEY_BYTES} bytes, not {len(raw)}")
        # §2.2  The sign bit is no part of y.
        y = int.from_bytes(raw, "little") & (2**255 - 1)
        # §2.2  A second form of the same key would pass for another one.
        if y >= _P:
            raise WeakKey("the public key is not in canonical form")
        if y in _SMALL_ORDER_Y:
            raise WeakKey("the public key is a point of small order: it would accept any message")
        return cls(raw)

    def to_bytes(self) -> bytes:
        """The 32 bytes that ``from_bytes`` takes."""
        return self.raw

    def fingerprint(self) -> str:
        """Sixteen hex digits in groups of four, to be compared by people."""
        digest = sha256(self.raw).hexdigest()[:16]
        return "-".join(digest[at : at + 4] for at in range(0, 16, 4))


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """The secret half. Its ``repr`` shows nothing of it."""

    raw: bytes

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key from the system's random source."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_bytes(cls, raw: bytes) -> SigningKey:
        """The key in 32 bytes; ValueError for any other length."""
        if len(raw) != KEY_BYTES:
            raise ValueError(f"a signing key has {KEY_BYTES} bytes, not {len(raw)}")
        return cls(raw)

    def to_bytes(self) -> bytes:
        """The 32 secret bytes: for a file that only the service's user may read."""
        return self.raw

    @property
    def public(self) -> VerifyKey:
        """The public half."""
        key = Ed25519PrivateKey.from_private_bytes(self.raw).public_key()
        return VerifyKey(key.public_bytes_raw())


def sign(purpose: Purpose, data: bytes, key: SigningKey) -> bytes:
    """Return the 64-byte signature of ``data`` for ``purpose``."""
    return Ed25519PrivateKey.from_private_bytes(key.raw).sign(purpose.value + data)


def sign_metadata(data: bytes, key: SigningKey) -> bytes:
    """Return the signature of TUF metadata, which names its own kind: no purpose stands before it.

    Only for keys that sign nothing else.
    """
    return Ed25519PrivateKey.from_private_bytes(key.raw).sign(data)


def verify(purpose: Purpose, data: bytes, signature: bytes, key: VerifyKey) -> None:
    """Return if ``signature`` was made for ``purpose`` over ``data`` by ``key``.

    Raises:
        BadSignature: it was not.
    """
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, purpose.value + data)
    except InvalidSignature:
        raise BadSignature(
            f"not signed for {purpose.name.lower()} by {key.fingerprint()}"
        ) from None

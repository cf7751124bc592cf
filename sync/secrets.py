"""Secrets that people type: PINs and passwords, kept as Argon2id (SPEC.md §2.4).

Ed25519 keys are in ``sync.signing``.
"""

from __future__ import annotations

import base64
import hmac
import os

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

# OWASP's smallest recommendation: 19 MiB, two passes, one lane; about 64 ms on a station PC.
# More memory would let a handful of sign-ins at once fill a PC of 2 GB.
_MEMORY_KIB = 19_456
_PASSES = 2
_LANES = 1
_SALT_BYTES = 16
_HASH_BYTES = 32


def hash_secret(text: str) -> str:
    """Return ``argon2id$memory$passes$lanes$salt$hash`` for ``text``."""
    salt = os.urandom(_SALT_BYTES)
    digest = _derive(text, salt, _MEMORY_KIB, _PASSES, _LANES)
    return f"argon2id${_MEMORY_KIB}${_PASSES}${_LANES}${_b64(salt)}${_b64(digest)}"


def secret_matches(text: str, stored: str) -> bool:
    """Whether ``stored`` was made from ``text``; compares in constant time.

    Raises:
        ValueError: ``stored`` was not made by ``hash_secret``.
    """
    name, memory, passes, lanes, salt, digest = stored.split("$")
    if name != "argon2id":
        raise ValueError(f"unknown kind of stored secret {name!r}")
    derived = _derive(text, _unb64(salt), int(memory), int(passes), int(lanes))
    return hmac.compare_digest(derived, _unb64(digest))


def random_token(n_bytes: int = 16) -> str:
    """``n_bytes`` of the system's random source as URL-safe text without padding."""
    return _b64(os.urandom(n_bytes))


def _derive(text: str, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    kdf = Argon2id(
        salt=salt, length=_HASH_BYTES, iterations=passes, lanes=lanes, memory_cost=memory
    )
    return kdf.derive(text.encode())


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

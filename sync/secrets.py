"""Secrets that people type: PINs and passwords, kept as Argon2id (SPEC.md §2.4); passphrases,
which lock a key away.

Ed25519 keys are in ``sync.signing``.
"""

from __future__ import annotations

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sync.errors import WrongPassphrase

# OWASP's smallest recommendation: 19 MiB, two passes, one lane; about 64 ms on a station PC.
# More memory would let a handful of sign-ins at once fill a PC of 2 GB.
_MEMORY_KIB = 19_456
_PASSES = 2
_LANES = 1
_SALT_BYTES = 16
_HASH_BYTES = 32
# A passphrase is typed a few times a year, and whoever finds the stick has years to guess it.
_LOCK_MEMORY_KIB = 131_072
_LOCK_PASSES = 4
_NONCE_BYTES = 12
# ``lock`` never writes more than this: a file from elsewhere must not fill the memory.
_MOST_MEMORY_KIB, _MOST_PASSES = 1_048_576, 16


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


def lock(data: bytes, passphrase: str) -> str:
    """``data`` that only ``passphrase`` opens, as one line of text."""
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    key = _derive(passphrase, salt, _LOCK_MEMORY_KIB, _LOCK_PASSES, _LANES)
    box = ChaCha20Poly1305(key).encrypt(nonce, data, None)
    head = f"argon2id${_LOCK_MEMORY_KIB}${_LOCK_PASSES}${_LANES}"
    return f"{head}${_b64(salt)}${_b64(nonce)}${_b64(box)}"


def unlock(locked: str, passphrase: str) -> bytes:
    """What ``lock`` was given.

    Raises:
        WrongPassphrase: it does not open it, or the text was changed.
    """
    try:
        name, memory, passes, lanes, salt, nonce, box = locked.split("$")
        if name != "argon2id" or not (
            int(memory) <= _MOST_MEMORY_KIB and int(passes) <= _MOST_PASSES and int(lanes) == _LANES
        ):
            raise WrongPassphrase("not a locked key of ours")
        key = _derive(passphrase, _unb64(salt), int(memory), int(passes), int(lanes))
        return ChaCha20Poly1305(key).decrypt(_unb64(nonce), _unb64(box), None)
    except (ValueError, InvalidTag) as error:
        raise WrongPassphrase("the passphrase does not open the key") from error


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

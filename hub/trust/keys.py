"""Key files of releases: unlocked for daily work, under a passphrase for everything above it.

``<data>/trust/online.key`` signs each day. ``root.key`` is in the same folder until people take
it away (``xuezhan-hub trust init``). Keys here sign TUF metadata and nothing else.
"""

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key, Signature, Signer, SSlibKey

from content.transfer.key_files import write_secret
from hub.errors import TrustRefused
from sync.errors import WeakKey
from sync.secrets import lock, unlock
from sync.signing import SigningKey, VerifyKey, sign_metadata

FORMAT = "xuezhan-trust-key-1"
ROOT_FILE, ONLINE_FILE, NEXT_FILE = "root.key", "online.key", "online.next.key"
SCHEME = "ed25519"
MAX_FILE_BYTES = 4_096
LEAST_PASSPHRASE = 12


class KeySigner(Signer):
    """A key of ours as the TUF library needs it."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    @property
    def public_key(self) -> Key:
        """The public half, with its id."""
        return tuf_key(self._key.public)

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: Any = None
    ) -> "KeySigner":
        """Refuse: a key of ours is read from its file, not from an address."""
        raise ValueError(priv_key_uri)

    def sign(self, payload: bytes) -> Signature:
        """Sign canonical metadata."""
        return Signature(self.public_key.keyid, sign_metadata(payload, self._key).hex())


def tuf_key(public: VerifyKey) -> SSlibKey:
    """A public key as metadata contains it, named by its hash."""
    raw = public.to_bytes()
    return SSlibKey(sha256(raw).hexdigest(), SCHEME, SCHEME, {"public": raw.hex()})


def own(file: Path) -> SigningKey:
    """The key in an unlocked file, made if there is none; it is on disk when this returns."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        write(file, SigningKey.generate())
    return read(file, _nobody)


def online(folder: Path) -> SigningKey:
    """The key of daily work; never made again, because nobody would trust a new one.

    Raises:
        TrustRefused: it is gone.
    """
    return read(folder / ONLINE_FILE, _nobody)


def write(file: Path, key: SigningKey, passphrase: str = "") -> None:
    """Write a key file; with a passphrase, nobody can read it without that."""
    values = {"format": FORMAT, "public": key.public.to_bytes().hex()}
    if passphrase:
        values["locked"] = lock(key.to_bytes(), passphrase)
    else:
        values["secret"] = key.to_bytes().hex()
    write_secret(file, (json.dumps(values, indent=1) + "\n").encode())


def read(file: Path, passphrase: Callable[[], str]) -> SigningKey:
    """The key in a file; ``passphrase`` is asked for only where one is needed.

    Raises:
        TrustRefused: it is not a key file.
        WrongPassphrase: the passphrase does not open it.
    """
    values = _values(file)
    try:
        secret = values.get("secret")
        raw = unlock(values["locked"], passphrase()) if secret is None else bytes.fromhex(secret)
        key = SigningKey.from_bytes(raw)
    except (KeyError, ValueError, TypeError) as error:
        raise TrustRefused(f"{file.name}: no key file of ours") from error
    if key.public.to_bytes().hex() != values["public"]:
        raise TrustRefused(f"{file.name}: its two halves do not belong together")
    return key


def read_public(file: Path) -> VerifyKey:
    """The public half in a key file, or in the ``.pub`` beside it; no passphrase is needed.

    Raises:
        TrustRefused: it is no key file.
    """
    try:
        return VerifyKey.from_bytes(bytes.fromhex(_values(file)["public"]))
    except (KeyError, ValueError, TypeError, WeakKey) as error:
        raise TrustRefused(f"{file.name}: no public key of ours") from error


def write_public(file: Path, public: VerifyKey) -> None:
    """Write a key file with the public half only; anybody may have it."""
    values = {"format": FORMAT, "public": public.to_bytes().hex()}
    file.write_text(json.dumps(values, indent=1) + "\n", "ascii")


def in_the_open(folder: Path) -> dict[str, SigningKey]:
    """The unlocked keys in ``folder``, by id."""
    by_id = {}
    for file in sorted(folder.glob("*.key")):
        if file.name != NEXT_FILE and "secret" in _values(file):
            key = read(file, _nobody)
            by_id[tuf_key(key.public).keyid] = key
    return by_id


def signers(keys: Iterable[SigningKey]) -> list[KeySigner]:
    """These keys, as signers."""
    return [KeySigner(key) for key in keys]


def _values(file: Path) -> dict[str, str]:
    try:
        with file.open("rb") as opened:
            values = json.loads(opened.read(MAX_FILE_BYTES))
    except (OSError, ValueError) as error:
        raise TrustRefused(f"{file}: cannot be read as a key file") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise TrustRefused(f"{file.name}: no key file of ours")
    return values


def _nobody() -> str:
    return ""

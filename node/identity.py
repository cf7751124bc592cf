"""The node's own keys: files, readable by their owner only.

``node.key`` is generation 0, with which it joined; each hand-over adds ``keys/N.key`` and
``keys/N.cert`` (SPEC.md §2.6). Old keys stay: answers sealed to them may still be under way.
They lie outside the database, so a restored backup does not bring an old key back.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from node.errors import NotJoined
from sync.errors import PeerError
from sync.identity import certify
from sync.parcel import box_hint, read_address
from sync.sealing import BoxKey
from sync.signing import SigningKey

FILE = "node.key"
FOLDER = "keys"


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """``keys`` by generation; ``certificates[n]`` leads from generation n to n + 1."""

    keys: tuple[SigningKey, ...]
    certificates: tuple[bytes, ...] = ()

    @property
    def current(self) -> SigningKey:
        """The key that signs requests now."""
        return self.keys[-1]

    @property
    def generation(self) -> int:
        """How often the keys were handed over."""
        return len(self.keys) - 1

    def since(self, generation: int) -> Sequence[bytes]:
        """The certificates for a hub that knows this node by ``generation``."""
        return self.certificates[generation:]

    def box_for(self, parcel: bytes) -> tuple[BoxKey, int]:
        """The box key that ``parcel`` says it is sealed to, and its generation."""
        try:
            hint = read_address(parcel).hint
        except PeerError:
            hint = b""
        for generation, key in reversed(list(enumerate(self.keys))):
            box = BoxKey.of(key)
            if box_hint(box) == hint:
                return box, generation
        # Not for us, or no parcel at all: opening it will say so.
        return BoxKey.of(self.current), self.generation


def load_keys(data: Path) -> OwnKeys:
    """The keys of this node.

    Raises:
        NotJoined: there are none yet.
    """
    keys, certificates, folder = [load_key(data)], [], data / FOLDER
    while (certificate := folder / f"{len(keys)}.cert").exists():
        key = (folder / f"{len(keys)}.key").read_bytes()
        certificates.append(certificate.read_bytes())
        keys.append(SigningKey.from_bytes(key))
    return OwnKeys(tuple(keys), tuple(certificates))


def load_key(data: Path) -> SigningKey:
    """The key with which this node joined.

    Raises:
        NotJoined: there is none yet.
    """
    try:
        return SigningKey.from_bytes((data / FILE).read_bytes())
    except FileNotFoundError:
        raise NotJoined(str(data)) from None


def make_key(data: Path) -> SigningKey:
    """The key of this node, made now if there is none. On disk when this returns."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / FILE
    if path.exists():
        return load_key(data)
    key = SigningKey.generate()
    _write(path, key.to_bytes())
    return key


def add_key(data: Path) -> OwnKeys:
    """Hand over to a new key; on disk when this returns. The certificate, written last, counts."""
    own = load_keys(data)
    new, generation = SigningKey.generate(), len(own.keys)
    certificate = certify(own.current, new, generation)
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    _write(folder / f"{generation}.key", new.to_bytes())
    _write(folder / f"{generation}.cert", certificate)
    return OwnKeys((*own.keys, new), (*own.certificates, certificate))


def _write(path: Path, secret: bytes) -> None:
    """Write ``secret`` whole or not at all, for this user only."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secret)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)

"""The node's own keys: files, readable by their owner only.

``node.key`` is generation 0, with which it joined, the others are in ``keys/``
(``content.transfer.key_files``). They lie outside the database, so a restored backup does not bring
an old key back.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from content.transfer.key_files import Keys, write_secret
from node.errors import NotJoined
from sync.errors import PeerError
from sync.parcel import box_hint, read_address
from sync.sealing import BoxKey
from sync.signing import SigningKey

FILE = "node.key"
FOLDER = "keys"


@dataclass(frozen=True, slots=True)
class OwnKeys(Keys):
    """The keys of this node."""

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
        # Not for us, or no parcel at all: opening it fails and says why.
        return BoxKey.of(self.current), self.generation


def load_keys(data: Path) -> OwnKeys:
    """The keys of this node.

    Raises:
        NotJoined: there are none yet.
    """
    return OwnKeys.load(load_key(data), data / FOLDER)


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
    write_secret(path, key.to_bytes())
    return key


def add_key(data: Path) -> OwnKeys:
    """Hand over to a new key; on disk when this returns."""
    return load_keys(data).hand_over(data / FOLDER)

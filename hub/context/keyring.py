"""Key ring: the hub's keys, all generations, and the certificates that lead from one to the next.

``<data>/hub.key`` is generation 0, the others are in ``keys/`` (``content.transfer.key_files``).
Old keys stay: what they signed must still be checked.
"""

from dataclasses import dataclass
from pathlib import Path

from content.transfer.key_files import Keys
from sync.errors import NotForUs
from sync.identity import Identity
from sync.parcel import box_hint
from sync.sealing import BoxKey
from sync.signing import SigningKey, VerifyKey


@dataclass(frozen=True, slots=True)
class KeyRing(Keys):
    """The keys of the hub."""

    @property
    def identity(self) -> Identity:
        """Who the hub is now."""
        return Identity.of(self.current, self.generation)

    @property
    def publics(self) -> tuple[VerifyKey, ...]:
        """The public keys of all generations, newest first."""
        return tuple(key.public for key in reversed(self.keys))

    def box(self, hint: bytes) -> BoxKey:
        """The box key that a parcel with ``hint`` is sealed to.

        Raises:
            NotForUs: the hub never had it.
        """
        for key in reversed(self.keys):
            box = BoxKey.of(key)
            if box_hint(box) == hint:
                return box
        raise NotForUs("sealed to a key that the hub never had")


def load(key_file: Path, folder: Path) -> KeyRing:
    """The ring of a hub whose first key is ``key_file`` and whose later ones are in ``folder``."""
    return KeyRing.load(SigningKey.from_bytes(key_file.read_bytes()), folder)

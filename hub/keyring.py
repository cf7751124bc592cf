"""Key ring: the hub's keys, all generations, and the certificates that lead from one to the next.

``<data>/hub.key`` is generation 0; each hand-over adds ``keys/N.key`` and ``keys/N.cert``
(SPEC.md §2.6). Old keys stay: parcels sealed to them may still be under way, and what they signed
must still be checked.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sync.errors import NotForUs
from sync.identity import Identity, certify
from sync.parcel import box_hint
from sync.sealing import BoxKey
from sync.signing import SigningKey, VerifyKey


@dataclass(frozen=True, slots=True)
class KeyRing:
    """``keys`` by generation; ``certificates[n]`` leads from generation n to n + 1."""

    keys: tuple[SigningKey, ...]
    certificates: tuple[bytes, ...] = ()

    @property
    def current(self) -> SigningKey:
        """The key that signs now."""
        return self.keys[-1]

    @property
    def identity(self) -> Identity:
        """Who the hub is now."""
        return Identity.of(self.current, len(self.keys) - 1)

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

    def since(self, generation: int) -> Sequence[bytes]:
        """The certificates for somebody who knows the hub by ``generation``."""
        return self.certificates[generation:]


def load(key_file: Path, folder: Path) -> KeyRing:
    """The ring of a hub whose first key is ``key_file`` and whose later ones are in ``folder``."""
    keys = [SigningKey.from_bytes(key_file.read_bytes())]
    certificates = []
    while (cert := folder / f"{len(keys)}.cert").exists():
        key = (folder / f"{len(keys)}.key").read_bytes()
        certificates.append(cert.read_bytes())
        keys.append(SigningKey.from_bytes(key))
    return KeyRing(tuple(keys), tuple(certificates))


def rotate(ring: KeyRing, folder: Path) -> KeyRing:
    """Hand over to a new key; on disk when this returns. The certificate, written last, counts."""
    folder.mkdir(mode=0o700, exist_ok=True)
    new, generation = SigningKey.generate(), len(ring.keys)
    certificate = certify(ring.current, new, generation)
    write_secret(folder / f"{generation}.key", new.to_bytes())
    write_secret(folder / f"{generation}.cert", certificate)
    return KeyRing((*ring.keys, new), (*ring.certificates, certificate))


def write_secret(file: Path, secret: bytes) -> None:
    """Write ``secret`` whole or not at all, for this user only."""
    part = file.with_suffix(file.suffix + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(secret)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

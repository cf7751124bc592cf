"""Keys on disk, as hub and node keep their own: every generation, and what leads to the next.

The first key has a file of its own; each hand-over adds ``N.key`` and ``N.cert`` to a folder
(sync/SPEC.md §2.6). Old keys stay: parcels sealed to them may still be under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from content.transfer.whole_file import write_whole
from sync.identity import MAX_CERTIFICATES, certify
from sync.signing import SigningKey


@dataclass(frozen=True, slots=True)
class Keys:
    """``keys`` by generation; ``certificates[n]`` leads from generation n to n + 1."""

    keys: tuple[SigningKey, ...]
    certificates: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, first: SigningKey, folder: Path) -> Self:
        """``first`` and those of ``folder``, which may be missing."""
        keys, certificates = [first], []
        while (certificate := folder / f"{len(keys)}.cert").exists():
            key = (folder / f"{len(keys)}.key").read_bytes()
            certificates.append(certificate.read_bytes())
            keys.append(SigningKey.from_bytes(key))
        return cls(tuple(keys), tuple(certificates))

    @property
    def current(self) -> SigningKey:
        """The key that signs now."""
        return self.keys[-1]

    @property
    def generation(self) -> int:
        """How often the keys were handed over."""
        return len(self.keys) - 1

    def since(self, generation: int) -> Sequence[bytes]:
        """The certificates for somebody who knows us by ``generation`` or by a later one."""
        # sync/SPEC.md §2.6  More are refused; who knows us by an older key has to enrol again.
        return self.certificates[generation:][-MAX_CERTIFICATES:]

    def hand_over(self, folder: Path) -> Self:
        """Hand over to a new key; on disk when this returns. The certificate, last, counts."""
        folder.mkdir(mode=0o700, exist_ok=True)
        new, generation = SigningKey.generate(), len(self.keys)
        certificate = certify(self.current, new, generation)
        write_secret(folder / f"{generation}.key", new.to_bytes())
        write_secret(folder / f"{generation}.cert", certificate)
        return type(self)((*self.keys, new), (*self.certificates, certificate))


def write_secret(file: Path, secret: bytes) -> None:
    """Write ``secret`` whole or not at all, for this user only."""
    write_whole(file, secret, 0o600)

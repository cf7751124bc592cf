"""Package: the parts of a .docx, measured before the first is read (SPEC.md §9.10).

A .docx is a zip: §2.6 holds for it. Relations lead from one part to others. Those that lead
outside are known by name only: nothing is ever fetched.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from content.model import limits
from content.model.checks.paths import human_size
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.text import zips
from content.word import stream

_MAIN = "/officeDocument"
_MACROS = "vbaproject.bin"


@dataclass(frozen=True, slots=True)
class Relationship:
    """What an id in a part leads to: a part of the package, or an address outside."""

    target: str
    kind: str
    outside: bool


class Package:
    """The parts of one document."""

    def __init__(
        self, archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo], file: str
    ) -> None:
        self.file = file
        self._archive = archive
        self._parts = {name.lower(): entry for name, entry in parts.items()}
        self._media: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        mains = [each for each in self.relations("").values() if each.kind.endswith(_MAIN)]
        if not mains or mains[0].target.lower() not in self._parts:
            raise ContentFaults([Fault("word-damaged", file)])
        self.main = mains[0].target

    @property
    def has_macros(self) -> bool:
        """Whether there are macros in it, which nobody reads."""
        return any(name.endswith(_MACROS) for name in self._parts)

    def relations(self, part: str) -> dict[str, Relationship]:
        """Return the relations of a part by their ids."""
        folder, base = posixpath.split(part)
        root = self.tree(posixpath.join(folder, "_rels", f"{base}.rels"))
        relations = {}
        for node in root if root is not None else ():
            target = node.attrib.get("Target", "")
            outside = node.attrib.get("TargetMode", "").lower() == "external"
            inside = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            kind = node.attrib.get("Type", "")
            relations[node.attrib.get("Id", "")] = Relationship(
                target if outside else inside, kind, outside
            )
        return relations

    def beside(self, kind: str) -> str:
        """Return the part of a kind that the text uses, "" where there is none."""
        for relation in self.relations(self.main).values():
            if relation.kind.endswith(f"/{kind}") and not relation.outside:
                return relation.target
        return ""

    def tree(self, part: str) -> Element | None:
        """Return a small part; ``None`` where it is not there. Raises ``ContentFaults``."""
        entry = self._parts.get(part.lower())
        if entry is None:
            return None
        self._measured(entry, part, limits.MAX_WORD_PART_BYTES)
        with closing(zips.pieces(self._archive, entry, part)) as pieces:
            return stream.tree(pieces, part, self.file)

    def blocks(self, part: str, within: str) -> Iterator[Element]:
        """Yield the blocks of a part. Raises ``ContentFaults``."""
        entry = self._parts.get(part.lower())
        if entry is None:
            return
        self._measured(entry, part, limits.MAX_WORD_BYTES)
        with closing(zips.pieces(self._archive, entry, part)) as pieces:
            yield from stream.blocks(pieces, within, part, self.file)

    def _measured(self, entry: zipfile.ZipInfo, part: str, limit: int) -> None:
        if entry.file_size > limit:
            values: dict[str, str | int] = {"path": part[:120], "size": human_size(entry.file_size)}
            values["limit"] = human_size(limit)
            raise ContentFaults([Fault("word-too-large", self.file, values=values)])

    def address(self, part: str) -> str:
        """Return the address under which texts show a picture of the package."""
        named = re.sub(r"[^A-Za-z0-9._-]", "", posixpath.basename(part))[-40:]
        address = self._addresses.setdefault(part, f"word-{len(self._addresses)}-{named}")
        self._media[address] = part
        return address

    def name(self, address: str) -> str:
        """Return the part behind an address, "" where there is none."""
        return self._media.get(address, "")

    def picture(self, address: str) -> bytes | None:
        """Return the bytes behind an address; a far too large file is cut, then refused for it."""
        entry = self._parts.get(self.name(address).lower())
        if entry is None:
            return None
        data = b""
        with closing(zips.pieces(self._archive, entry, entry.filename)) as pieces:
            for piece in pieces:
                data += piece
                if len(data) > limits.MAX_SOUND_BYTES:
                    break
        return data


@contextmanager
def opened(path: Path, file: str) -> Iterator[Package]:
    """Open a document.

    Raises:
        ContentFaults: it is not a whole .docx, or may not be unpacked.
    """
    with zips.opened(path) as archive:
        yield Package(archive, zips.judged(archive), file)

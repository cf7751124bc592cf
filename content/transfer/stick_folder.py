"""Stick: the folder that travels between stations and the hub (sync/SPEC.md §12).

Where parcels and blobs lie, under names that fit a pattern. How they are written so that a stick
may be pulled at any moment, and read so that nothing on it leads elsewhere, is
``content.transfer.confined_folder``. Only its receiver reads a parcel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from content.model.errors import StickGone, StrangeFile, WrongParcel
from content.transfer.confined_folder import PIECE_BYTES, Folder
from content.transfer.releases import MAX_BUNDLE_BYTES
from sync.errors import PeerError
from sync.parcel import HUB, MAX_PARCEL_BYTES, parcel_name, read_address

TOP, TO_HUB, TO_NODE, BLOBS, WANTS = "xuezhan", "to-hub", "to-node", "blobs", "wants"
TRUST, RELEASES = "trust", "releases.xzr"
# For one node. A repeated parcel replaces the one before, so these are many.
MAX_OF_ONE = 64
MAX_WANTED = 2_000
# Left free, so that the stick's own file system and the next parcel have room.
RESERVE_BYTES = 8_000_000

PARCEL = re.compile(r"([1-9][0-9]{0,9})-([0-9a-f]{16})\.xze", re.ASCII)
ANSWER = re.compile(r"([0-9a-f]{16})(?:-[0-9]{3})?\.xze", re.ASCII)
NODE = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
WISH = re.compile(r"([1-9][0-9]{0,9})\.txt", re.ASCII)
SHA = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Lying:
    """A parcel to the hub that lies on a stick: its sender and its name."""

    node: int
    name: str

    @property
    def file(self) -> str:
        """What its file is called."""
        return f"{self.node}-{self.name}.xze"


class Stick:
    """A stick that is plugged in. Everything of ours on it is below one folder."""

    def __init__(self, root: Path, *, make: bool = False, top: str = TOP) -> None:
        """Raises ``NoStick``; ``make``: our folder is made; otherwise it may be missing.

        ``top``: our folder's name; a relay keeps its parcels in the same way on its own disk.
        """
        self._name = top
        self._root = Folder.at(root)
        self._open: list[Folder] = [self._root]
        try:
            self._top = self._root.sub(top, make=make)
        except BaseException:
            self._root.close()
            raise
        if self._top is not None:
            self._open.append(self._top)
        self._subs: dict[str, Folder] = {}

    def __enter__(self) -> Stick:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the stick."""
        for folder in reversed(self._open):
            folder.close()
        self._open.clear()
        self._subs.clear()

    def free(self) -> int:
        """How many bytes of content may be put on it."""
        return max(0, self._root.free() - RESERVE_BYTES)

    # Parcels to the hub

    def to_hub(self) -> list[Lying]:
        """The parcels to the hub, node by node; at most ``MAX_OF_ONE`` of one node."""
        parcels: dict[int, list[Lying]] = {}
        for name in self._names(PARCEL, TO_HUB):
            match = PARCEL.fullmatch(name)
            assert match is not None  # noqa: S101  it was chosen by this
            node = int(match[1])
            if len(parcels.setdefault(node, [])) < MAX_OF_ONE:
                parcels[node].append(Lying(node, match[2]))
        return [lying for node in sorted(parcels) for lying in parcels[node]]

    def read_to_hub(self, lying: Lying) -> bytes:
        """A parcel to the hub: whole, and from the node that its name says.

        Raises:
            WrongParcel: it is damaged, half there, or another's.
            StrangeFile: it is no regular file, or too large for a parcel.
        """
        raw = self._folder(TO_HUB).read(lying.file, MAX_PARCEL_BYTES)
        if parcel_name(raw).hex() != lying.name:
            raise WrongParcel(lying.file, "is damaged or not all there")
        _addressed(lying.file, raw, HUB, lying.node)
        return raw

    def put_to_hub(self, node: int, raw: bytes, at: float | None = None) -> Lying:
        """Put a parcel of ``node`` on the stick; ``at`` is for ``age_and_size``."""
        lying = Lying(node, parcel_name(raw).hex())
        self._folder(TO_HUB, make=True).write(lying.file, [raw], at)
        return lying

    def drop_to_hub(self, lying: Lying) -> None:
        """Take a parcel away: it was answered, or a later one says the same and more."""
        folder = self._maybe(TO_HUB)
        if folder is not None:
            folder.remove(lying.file)

    def age_and_size(self, lying: Lying, *, down: bool = False) -> tuple[float, int]:
        """Since when a parcel lies there (Unix seconds, or ``at`` of the put), and its size."""
        if not down:
            return self._folder(TO_HUB).age_and_size(lying.file)
        with self._of(lying.node) as folder:
            if folder is None:
                raise StickGone(f"{TO_NODE}/{lying.node}")
            return folder.age_and_size(f"{lying.name}.xze")

    # Answers to nodes

    def nodes(self) -> set[int]:
        """The nodes that this stick holds or held something from or for."""
        return self.answered() | {lying.node for lying in self.to_hub()} | set(self.wanting())

    def answered(self) -> set[int]:
        """The nodes that have a folder for answers."""
        return {int(name) for name in self._names(NODE, TO_NODE)}

    def to_node(self, node: int) -> list[str]:
        """The files with answers for ``node``, in the order in which they are to be taken."""
        with self._of(node) as folder:
            return folder.names(ANSWER)[:MAX_OF_ONE] if folder is not None else []

    def read_to_node(self, node: int, file: str) -> bytes:
        """A parcel of the hub to ``node``.

        Raises:
            WrongParcel: it says that it is another's.
            StrangeFile: it is no regular file, or too large for a parcel.
        """
        with self._of(node) as folder:
            if folder is None:
                raise StickGone(f"{TO_NODE}/{node}")
            raw = folder.read(file, MAX_PARCEL_BYTES)
        _addressed(file, raw, node, HUB)
        return raw

    def put_to_node(self, node: int, file: str, raw: bytes, at: float | None = None) -> None:
        """Put a parcel of the hub there; it replaces an earlier one of this name."""
        self._folder(TO_NODE, make=True)
        with self._of(node, make=True) as folder:
            assert folder is not None  # noqa: S101  it was made
            folder.sweep()
            folder.write(file, [raw], at)

    def drop_to_node(self, node: int, file: str) -> None:
        """Take an answer away that was taken in."""
        with self._of(node) as folder:
            if folder is not None:
                folder.remove(file)

    # Content

    def wanting(self) -> dict[int, tuple[str, ...]]:
        """The blobs that each station lacks, as it said."""
        wanted = {}
        for name in self._names(WISH, WANTS):
            match = WISH.fullmatch(name)
            assert match is not None  # noqa: S101  it was chosen by this
            with suppress(StrangeFile):
                lines = self._folder(WANTS).read(name, MAX_WANTED * 65).split(b"\n")
                shas = (line.decode("ascii", "replace") for line in lines)
                wanted[int(match[1])] = tuple(sha for sha in shas if SHA.fullmatch(sha))
        return wanted

    def want(self, node: int, shas: Iterable[str]) -> None:
        """Say which blobs ``node`` lacks; this replaces what it said before."""
        lines = "".join(f"{sha}\n" for sha in list(shas)[:MAX_WANTED])
        self._folder(WANTS, make=True).write(f"{node}.txt", [lines.encode()])

    def blobs(self) -> set[str]:
        """The blobs that lie there under their names; their contents are not checked."""
        return set(self._names(SHA, BLOBS))

    def size(self, sha: str) -> int | None:
        """How large a blob there is; None when it is not there."""
        folder = self._maybe(BLOBS)
        return folder.size(sha) if folder is not None and SHA.fullmatch(sha) else None

    def open(self, sha: str) -> BinaryIO:
        """A blob; whoever reads it checks the hash."""
        return self._folder(BLOBS).open(sha)

    def put_blob(self, sha: str, pieces: Iterable[bytes]) -> None:
        """Put a blob there."""
        self._folder(BLOBS, make=True).write(sha, pieces)

    def drop_blob(self, sha: str) -> None:
        """Take a blob away."""
        self._folder(BLOBS).remove(sha)

    def trust(self) -> bytes:
        """The bundle that says which releases are current; empty when there is none."""
        folder = self._maybe(TRUST)
        if folder is None or folder.size(RELEASES) is None:
            return b""
        return folder.read(RELEASES, MAX_BUNDLE_BYTES)

    def put_trust(self, bundle: bytes) -> None:
        """Put the bundle there; it replaces an earlier one."""
        self._folder(TRUST, make=True).write(RELEASES, [bundle])

    def sweep(self) -> None:
        """Take away what was left half-written, in all folders of ours."""
        for name in (TO_HUB, BLOBS, WANTS, TRUST):
            folder = self._maybe(name)
            if folder is not None:
                folder.sweep()

    @contextmanager
    def _of(self, node: int, *, make: bool = False) -> Iterator[Folder | None]:
        """The folder of one node's answers: opened for a moment, because there may be thousands."""
        above = self._maybe(TO_NODE)
        folder = above.sub(str(node), make=make) if above is not None else None
        try:
            yield folder
        finally:
            if folder is not None:
                folder.close()

    def _names(self, pattern: re.Pattern[str], name: str) -> list[str]:
        folder = self._maybe(name)
        return folder.names(pattern) if folder is not None else []

    def _folder(self, name: str, *, make: bool = False) -> Folder:
        folder = self._maybe(name, make=make)
        if folder is None:
            raise StickGone(f"{self._name}/{name}")
        return folder

    def _maybe(self, name: str, *, make: bool = False) -> Folder | None:
        folder = self._subs.get(name)
        if folder is None and self._top is not None:
            folder = self._top.sub(name, make=make)
            if folder is not None:
                self._subs[name] = folder
                self._open.append(folder)
        return folder


def file_pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file of our own."""
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _addressed(file: str, raw: bytes, to: int, sender: int) -> None:
    try:
        address = read_address(raw)
    except PeerError as error:
        raise WrongParcel(file, f"is no parcel ({error.code})") from error
    if (address.to, address.sender) != (to, sender):
        raise WrongParcel(file, f"is from {address.sender} to {address.to}")

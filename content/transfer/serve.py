"""Serve: what a source sends for requests, as one long file that is never on disk (SPEC.md §5.6).

Its length is known before its first byte, it is read from blobs and patches as it goes out, and
it may be sought in: so waitress sends it from its main loop, and no thread waits for a slow line.
Nothing is compressed here; smaller forms of chunks were made before
(``content.transfer.delta.patch``).
"""

import io
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO, Protocol

from content.model.errors import MalformedRecipe, NotABlobName
from content.transfer.delta.patch import Patch, PatchStore
from content.transfer.delta.recipe import MAX_RECIPE_BYTES, Recipe, read_recipe, size_of, whole
from content.transfer.request import BlobRequest
from sync.wire import Writer

# §5.6  Layout:  magic "XZA1" | frames: kind (1 byte) | length (varint) | bytes
MAGIC = b"XZA1"
ABSENT, PLAIN, PACKED, PATCHED = 0, 1, 2, 3


class BlobHolder(Protocol):
    """Where whole blobs are: a node's or hub's disk, a stick."""

    def size(self, sha: str) -> int | None:
        """How large a blob is; None when it is not here."""

    def open(self, sha: str) -> BinaryIO:
        """The blob, to be read and sought in."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the answer: ``data``, or ``length`` bytes of a blob or file from ``first``."""

    length: int
    data: bytes = b""
    blob: str = ""
    path: Path | None = None
    first: int = 0


class PieceResponse(io.RawIOBase):
    """The answer to ``requests`` from what ``holder`` has; ``closed`` is called at the end."""

    def __init__(
        self,
        holder: BlobHolder,
        requests: Sequence[BlobRequest],
        patches: PatchStore | None = None,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._holder, self._patches, self._closed = holder, patches, closed
        self._pieces = [_Piece(len(MAGIC), MAGIC)]
        # Requests whose patch was not made yet.
        self.unmade: list[BlobRequest] = []
        for request in requests:
            self._pieces.extend(self._answer(request))
        self._starts, at = [], 0
        for piece in self._pieces:
            self._starts.append(at)
            at += piece.length
        self.length = at
        self._at = 0
        self._file: tuple[str, BinaryIO] | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to ``offset``."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence, self.length)
        return self._at

    def read(self, count: int = -1) -> bytes:
        """Up to ``count`` bytes; fewer than that only at the end."""
        left = self.length - self._at if count < 0 else min(count, self.length - self._at)
        parts = []
        while left > 0:
            place = bisect_right(self._starts, self._at) - 1
            data = self._of(self._pieces[place], self._at - self._starts[place], left)
            if not data:  # removed meanwhile: the sender must hang up, and the node asks again
                raise OSError("a part of the answer is gone")
            parts.append(data)
            self._at += len(data)
            left -= len(data)
        return b"".join(parts)

    def close(self) -> None:
        """Let go of what is open."""
        if not self.closed:
            if self._file is not None:
                self._file[1].close()
            self._closed()
        super().close()

    def pieces(self, size: int) -> Iterator[bytes]:
        """All of it, for callers that are no web server."""
        with self:
            while data := self.read(size):
                yield data

    def _of(self, piece: _Piece, at: int, most: int) -> bytes:
        count = min(most, piece.length - at)
        if piece.data:
            return piece.data[at : at + count]
        name = piece.blob or str(piece.path)
        if self._file is None or self._file[0] != name:
            if self._file is not None:
                self._file[1].close()
            self._file = (name, self._holder.open(piece.blob) if piece.blob else open(name, "rb"))
        self._file[1].seek(piece.first + at)
        return self._file[1].read(count)

    def _answer(self, request: BlobRequest) -> Iterator[_Piece]:
        recipe = self._recipe(request.blob, request.recipe)
        indexes = list(request.indexes())
        if recipe is None or indexes[-1] >= len(recipe) or request.skip >= recipe[indexes[0]].size:
            yield from _frame(ABSENT)
            return
        packed = self._patches.find(request.blob, request.recipe) if self._patches else None
        patched = self._patch(request)
        run: list[int] = []
        skip = request.skip
        for index in indexes:
            kind, frame = _best(index, recipe[index].size, packed, patched)
            if frame is None or (skip and not run):
                # Plain chunks that are neighbours in the blob go out as one frame.
                if run and recipe[run[-1]].end != recipe[index].first:
                    yield from _plain(request.blob, recipe, run, skip)
                    run, skip = [], 0
                run.append(index)
                continue
            if run:
                yield from _plain(request.blob, recipe, run, skip)
                run, skip = [], 0
            patch, first, length = frame
            yield from _frame(kind, _Piece(length, path=patch.path, first=first))
        if run:
            yield from _plain(request.blob, recipe, run, skip)

    def _patch(self, request: BlobRequest) -> Patch | None:
        if self._patches is None or not request.base:
            return None
        patch = self._patches.find(request.blob, request.recipe, request.base)
        if patch is None:
            self.unmade.append(request)
        return patch

    def _recipe(self, blob: str, name: str) -> Recipe | None:
        """The recipe by which a blob was asked for; None when blob or recipe is not here."""
        try:
            size = self._holder.size(blob)
            if not size:
                return None
            if not name:
                return whole(blob, size)
            if (self._holder.size(name) or MAX_RECIPE_BYTES + 1) > MAX_RECIPE_BYTES:
                return None
            with self._holder.open(name) as file:
                recipe = read_recipe(file.read(MAX_RECIPE_BYTES + 1))
        except (MalformedRecipe, NotABlobName, OSError):
            return None
        return recipe if size_of(recipe) == size else None


class ConcurrencyLimit:
    """How many answers go out at once; no more than ``most``."""

    def __init__(self, most: int) -> None:
        self._free = BoundedSemaphore(most)

    def enter(self) -> bool:
        """Begin an answer, if there is room for one more."""
        return self._free.acquire(blocking=False)

    def leave(self) -> None:
        """End an answer: it has gone out, or nobody wants it any more."""
        self._free.release()


_Found = tuple[Patch, int, int]  # in which patch, from where, how long


def _best(
    index: int, size: int, packed: Patch | None, patched: Patch | None
) -> tuple[int, _Found | None]:
    """The smallest form in which one chunk can go out."""
    best: tuple[int, _Found | None] = (PLAIN, None)
    for kind, patch in ((PACKED, packed), (PATCHED, patched)):
        place = patch.frames.get(index) if patch else None
        if patch and place and place[1] < size:
            best, size = (kind, (patch, *place)), place[1]
    return best


def _plain(blob: str, recipe: Recipe, run: list[int], skip: int) -> Iterator[_Piece]:
    first = recipe[run[0]].first + skip
    yield from _frame(PLAIN, _Piece(recipe[run[-1]].end - first, blob=blob, first=first))


def _frame(kind: int, piece: _Piece | None = None) -> Iterator[_Piece]:
    head = Writer()
    head.varint(kind)
    head.varint(piece.length if piece else 0)
    data = head.done()
    yield _Piece(len(data), data)
    if piece:
        yield piece

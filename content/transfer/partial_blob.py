"""Part: a blob that is not complete yet: a file of its size, with some chunks in place.

Each chunk is checked before it counts (SPEC.md §5.3). After a power cut the file may hold
anything: what is in place is found by hashing, not remembered.
"""

import os
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from content.model.errors import BadChunk, MalformedAnswer
from content.transfer.delta.recipe import Recipe, size_of, whole

# Synced after this many bytes (a power cut may cost them), but no more often than this.
SYNC_BYTES, SYNC_S = 262_144, 1.0


class PartialBlob:
    """The chunks of one blob that are here; open while more arrive."""

    def __init__(
        self,
        path: Path,
        recipe: Recipe,
        *,
        loose: bool = False,
        came: Callable[[int], object] = lambda _count: None,
    ) -> None:
        """Find out what is in place in the file at ``path``, which may not exist yet.

        ``loose``: it is one chunk of at most this size, and the first frame will say how large;
        ``came`` is called with the number of bytes that were put in place.
        """
        self.path, self.recipe, self.is_loose = path, recipe, loose
        self._came = came
        self._file: BinaryIO | None = None
        self._growing = -1  # the chunk of which only the beginning is here, and how much of it
        self._grown = 0
        self._hash = sha256()
        self._unsynced, self._synced_at = 0, time.monotonic()
        self.here: set[int] = set()
        with self:
            self.here.update(filter(self._is_in_place, range(len(recipe))))
            if len(recipe) == 1 and not self.here:
                self._resume_only()

    def __enter__(self) -> Self:
        if self._file is None and self.path.exists():
            self._file = self.path.open("r+b")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._sync()
            self._file.close()
            self._file = None

    @property
    def missing(self) -> list[int]:
        """The chunks that are not in place, in order."""
        return [index for index in range(len(self.recipe)) if index not in self.here]

    @property
    def bytes_here(self) -> int:
        """How many bytes are in place."""
        return sum(self.recipe[index].size for index in self.here) + self._grown

    def skip(self, index: int) -> int:
        """How many bytes of a chunk are here already, unchecked."""
        return self._grown if index == self._growing else 0

    def settle(self, size: int) -> None:
        """Set the size of a loose part to ``size`` bytes.

        Raises:
            MalformedAnswer: it cannot have that size.
        """
        if not self._grown < size <= size_of(self.recipe):
            raise MalformedAnswer(f"{size} bytes, {size_of(self.recipe)} at most")
        self.recipe, self.is_loose = whole(self.path.name, size), False

    def read(self, first: int, length: int) -> bytes:
        """Bytes that are in place."""
        if not length:
            return b""
        file = self._opened()
        file.seek(first)
        return file.read(length)

    def put(self, index: int, data: bytes) -> None:
        """Put a whole chunk in its place.

        Raises:
            BadChunk: it is not that chunk; nothing changed.
        """
        if sha256(data).digest() != self.recipe[index].hash:
            raise BadChunk(f"chunk {index} of {self.path.name}")
        self._write(self.recipe[index].first, data)
        self._done(index)

    def grow(self, index: int, data: bytes) -> None:
        """Put the next bytes of a chunk in their place; with the last the hash is checked.

        Raises:
            BadChunk: the whole is not that chunk; the bytes that came of it are dropped.
        """
        chunk = self.recipe[index]
        if index != self._growing:
            self._growing, self._grown, self._hash = index, 0, sha256()
        self._write(chunk.first + self._grown, data)
        self._hash.update(data)
        self._grown += len(data)
        if self._grown < chunk.size:
            return
        if self._hash.digest() != chunk.hash:
            self.forget_beginning()
            raise BadChunk(f"chunk {index} of {self.path.name}")
        self._growing, self._grown = -1, 0
        self._done(index)

    def forget_beginning(self) -> None:
        """Drop the bytes of a chunk that is partly here: it begins anew."""
        self._growing, self._grown, self._hash = -1, 0, sha256()
        if len(self.recipe) == 1 and not self.here:
            self._opened().truncate(0)

    def _done(self, index: int) -> None:
        self.here.add(index)
        if len(self.here) == len(self.recipe):
            self._opened().truncate(size_of(self.recipe))
        if self._unsynced >= SYNC_BYTES and time.monotonic() - self._synced_at >= SYNC_S:
            self._sync()

    def _write(self, first: int, data: bytes) -> None:
        file = self._opened()
        file.seek(first)
        file.write(data)
        file.flush()  # so that a killed process loses none of it
        self._unsynced += len(data)
        self._came(len(data))

    def _sync(self) -> None:
        if self._unsynced:
            os.fsync(self._opened().fileno())
            self._unsynced, self._synced_at = 0, time.monotonic()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self.path.touch()
            self._file = self.path.open("r+b")
        return self._file

    def _is_in_place(self, index: int) -> bool:
        if self._file is None:
            return False
        chunk = self.recipe[index]
        self._file.seek(chunk.first)
        left, digest = chunk.size, sha256()
        while left and (data := self._file.read(min(left, SYNC_BYTES))):
            digest.update(data)
            left -= len(data)
        return not left and digest.digest() == chunk.hash

    def _resume_only(self) -> None:
        """A blob of one chunk grows from its beginning: the file holds that beginning."""
        size = self.path.stat().st_size if self._file is not None else 0
        if not 0 < size < self.recipe[0].size:
            return
        self._opened().seek(0)
        while data := self._opened().read(SYNC_BYTES):
            self._hash.update(data)
        if self.is_loose and self._hash.hexdigest() == self.path.name:
            self.recipe, self.is_loose = whole(self.path.name, size), False
            self.here.add(0)
        else:
            self._growing, self._grown = 0, size

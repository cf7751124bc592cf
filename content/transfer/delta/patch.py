"""Patch: chunks of a blob in fewer bytes, for those who have an older blob (SPEC.md §5.4).

Each chunk is one zstd frame whose prefix is what the receiver has by then: a window of the old
blob, which the frame names, and the bytes just before the chunk. A patch against nothing is plain
compression. Patches are made by a hub, kept beside its blobs and never trusted: a chunk is what
its hash says.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from content.model.errors import BadChunk, MalformedPatch
from content.transfer.delta.recipe import (
    BEFORE_BYTES,
    MAX_CHUNKS,
    MAX_WHOLE_BYTES,
    MAX_WINDOW_BYTES,
    Chunk,
    Recipe,
)
from sync.errors import MalformedBytes
from sync.wire import Reader, Writer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Layout of a file:  magic "XZD1" | name of the recipe | count | of each frame: chunk number and
# length (varints) | the frames
MAGIC = b"XZD1"
# Prefix and content of the largest such pair fit; a frame that wants more memory is refused.
_WINDOW_LOG = 23
# Made once, sent to thousands of stations over lines of 8 kB/s.
_BEST, _QUICK = 19, 3
# To save less than a twentieth is not worth the receiver's time.
_WORTH = 0.95
_FILE = re.compile(r"[0-9a-f]{64}(-[0-9a-f]{64})?")

Reading = Callable[[int, int], bytes]  # bytes of a blob: first, length


def before(chunk: Chunk, read: Reading) -> bytes:
    """The bytes just before ``chunk`` in its own blob: the end of every prefix."""
    first = max(0, chunk.first - BEFORE_BYTES)
    return read(first, chunk.first - first)


def write_patched(window: tuple[int, int], frame: bytes) -> bytes:
    """A chunk as it travels as a patch: where the window begins, how long it is, the frame."""
    out = Writer()
    for number in window:
        out.varint(number)
    out.raw(frame)
    return out.done()


def read_patched(raw: bytes, old_size: int, whole: bool) -> tuple[tuple[int, int], bytes]:
    """The window and the frame; ``whole``: the chunk is all of its blob.

    Raises:
        BadChunk: there is no such window.
    """
    reader = Reader(raw)
    try:
        first, length = reader.varint(), reader.varint()
    except MalformedBytes as error:
        raise BadChunk(str(error)) from error
    if first + length > old_size or length > (MAX_WHOLE_BYTES if whole else MAX_WINDOW_BYTES):
        raise BadChunk(f"a window of {length} bytes from {first} of {old_size}")
    return (first, length), reader.rest()


def code(data: bytes, prefix: bytes) -> bytes | None:
    """``data`` as one frame after ``prefix``; None where that saves nothing worth it."""
    if len(data) > MAX_WHOLE_BYTES or len(_compressed(data, prefix, _QUICK)) > len(data) * _WORTH:
        return None
    return _compressed(data, prefix, _BEST)


def decode(frame: bytes, prefix: bytes, size: int) -> bytes:
    """What ``code`` was given, if it is ``size`` bytes; more is never held.

    Raises:
        BadChunk: it is no such frame.
    """
    options = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG}
    try:
        inflate = zstd.ZstdDecompressor(zstd_dict=_prefix(prefix), options=options)
        data = inflate.decompress(frame, size + 1)
    except (zstd.ZstdError, EOFError) as error:
        raise BadChunk(f"not a frame of {size} bytes: {error}") from error
    if len(data) != size or not inflate.eof or inflate.unused_data:
        raise BadChunk(f"a frame that is not one of {size} bytes")
    return bytes(data)


def size_in(frame: bytes) -> int:
    """How many bytes a frame claims to hold; 0 when it does not say."""
    try:
        return zstd.get_frame_info(frame).decompressed_size or 0
    except zstd.ZstdError:
        return 0


def _compressed(data: bytes, prefix: bytes, level: int) -> bytes:
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: level,
        zstd.CompressionParameter.window_log: _WINDOW_LOG,
        zstd.CompressionParameter.content_size_flag: 1,
        zstd.CompressionParameter.checksum_flag: 0,
        zstd.CompressionParameter.dict_id_flag: 0,
    }
    return bytes(zstd.compress(data, options=options, zstd_dict=_prefix(prefix)))


def _prefix(prefix: bytes) -> "tuple[zstd.ZstdDict, int] | None":
    # zstd takes no prefix below eight bytes.
    return zstd.ZstdDict(prefix, is_raw=True).as_prefix if len(prefix) >= 8 else None


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch on disk: of each chunk that it has, where its frame is and how long."""

    path: Path
    frames: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob as a hub makes patches of it: its name, that of its recipe, and where it is."""

    name: str
    recipe_name: str
    recipe: Recipe
    path: Path


class PatchStore:
    """A folder of patches: ``<blob>`` and ``<blob>-<old blob>``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def has(self, blob: str, recipe: str = "", old: str = "") -> bool:
        """Whether the patch was made, even one without frames (which would save nothing)."""
        return self.find(blob, recipe, old) is not None

    def find(self, blob: str, recipe: str = "", old: str = "") -> Patch | None:
        """Return the patch of a blob that is cut by this recipe; None when there is none."""
        path = self._path(blob, old)
        try:
            with path.open("rb") as file:
                head = file.read(_INDEX_BYTES)
            if not head.startswith(_head(recipe)):
                return None
            return Patch(path, _read_index(head, path.stat().st_size))
        except (FileNotFoundError, MalformedPatch):
            return None

    def make(self, new: Blob, old: Blob | None = None) -> None:
        """Make the patch of all chunks that are not in the old blob; on disk when this returns."""
        known = {chunk.hash for chunk in old.recipe} if old else set()
        frames: list[tuple[int, bytes]] = []
        with ExitStack() as files:
            read = _reading(files.enter_context(new.path.open("rb")))
            held = _Held(new, old, files) if old else None
            for index, chunk in enumerate(new.recipe):
                if chunk.hash in known:
                    continue
                data, own = read(chunk.first, chunk.size), before(chunk, read)
                frame = held.code(index, data, own) if held else code(data, own)
                if frame is not None:
                    frames.append((index, frame))
        self._write(self._path(new.name, old.name if old else ""), _head(new.recipe_name), frames)

    def drop_others(self, keep: set[str]) -> None:
        """Forget the patches that give none of the blobs in ``keep``."""
        for path in self._root.glob("*"):
            if _FILE.fullmatch(path.name) and path.name[:64] not in keep:
                path.unlink(missing_ok=True)

    def _path(self, blob: str, old: str) -> Path:
        return self._root / (f"{blob}-{old}" if old else blob)

    def _write(self, path: Path, head: bytes, frames: list[tuple[int, bytes]]) -> None:
        out = Writer()
        out.raw(head)
        out.varint(len(frames))
        for index, frame in frames:
            out.varint(index)
            out.varint(len(frame))
        self._root.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        with part.open("wb") as file:
            file.write(out.done())
            for _, frame in frames:
                file.write(frame)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)


class _Held:
    """An old blob, whose likely bytes each chunk is compared with."""

    def __init__(self, new: Blob, old: Blob, files: ExitStack) -> None:
        from content.transfer.delta.alignment import windows  # a node lacks its library

        self._windows = windows(new.path, new.recipe, old.path)
        self._read = _reading(files.enter_context(old.path.open("rb")))

    def code(self, index: int, data: bytes, own: bytes) -> bytes | None:
        """A chunk against its window; None where that saves nothing."""
        window = self._windows[index]
        frame = code(data, self._read(*window) + own)
        return None if frame is None else write_patched(window, frame)


def _reading(file: BinaryIO) -> Reading:
    def read(first: int, length: int) -> bytes:
        file.seek(first)
        return file.read(length)

    return read


def _head(recipe: str) -> bytes:
    return MAGIC + bytes.fromhex(recipe or "0" * 64)


_INDEX_AT = len(_head(""))
_INDEX_BYTES = _INDEX_AT + 5 + MAX_CHUNKS * 6


def _read_index(raw: bytes, size: int) -> dict[int, tuple[int, int]]:
    reader = Reader(raw)
    try:
        reader.raw(_INDEX_AT)
        lengths = [(reader.varint(), reader.varint()) for _ in range(reader.varint())]
    except MalformedBytes as error:
        raise MalformedPatch(str(error)) from error
    at, frames = reader.at, dict[int, tuple[int, int]]()
    for index, length in lengths:
        frames[index] = (at, length)
        at += length
    if at != size:
        raise MalformedPatch(f"{size} bytes, {at} announced")
    return frames

"""Boxes of mp4 (ISO/IEC 14496-12 §4.2): sizes inside a file are claims, each is checked."""

import struct
from array import array
from collections.abc import Iterator

from content.model.errors import NotPlayable

Boxes = Iterator[tuple[bytes, memoryview]]
# Of one box: a track has some twenty, an index a few hundred tracks.
MAX_BOXES = 20_000
_HEADER = struct.Struct(">I4s")


def boxes(data: bytes | memoryview) -> Boxes:
    """Yield kind and body of each box in ``data``; nothing is copied.

    Raises:
        NotPlayable: a box claims more than what holds it, or there are too many.
    """
    view = memoryview(data)
    at, count = 0, 0
    while at + 8 <= len(view):
        length, kind, header = read_header(view[at : at + 16], len(view) - at)
        yield kind, view[at + header : at + length]
        at += length
        count += 1
        if count > MAX_BOXES:
            raise NotPlayable(f"more than {MAX_BOXES} boxes in one")


def read_header(head: bytes | memoryview, room: int) -> tuple[int, bytes, int]:
    """Return (length, kind, header length) of the box that begins with ``head``.

    Raises:
        NotPlayable: it claims more than there is.
    """
    length, kind = _HEADER.unpack_from(head)
    header = 8
    if length == 1:
        (length,) = struct.unpack_from(">Q", head, 8)
        header = 16
    elif length == 0:  # "to the end of the file"
        length = room
    if not header <= length <= room:
        detail = f"box {kind!r} claims {length} of {room} bytes: the file is cut"
        raise NotPlayable(detail, "video-cut")
    return length, kind, header


def inside(box: bytes | memoryview, *path: bytes) -> memoryview:
    """Return the body of the first box along ``path``; empty where there is none."""
    found = memoryview(box)
    for step in path:
        found = next((body for kind, body in boxes(found) if kind == step), memoryview(b""))
    return found


def version(box: memoryview) -> int:
    """Return the version of a full box: which of its numbers are wide."""
    return box[0] if box else 0


def numbers(table: memoryview, count: int, at: int, size: int = 4) -> "array[int]":
    """Return ``count`` big-endian numbers of 4 or 8 bytes that stand at ``at``.

    Raises:
        NotPlayable: the table is shorter than it says.
    """
    if len(table) < at + count * size:
        raise NotPlayable("a table is longer than what holds it")
    read = array("I" if size == 4 else "Q")
    read.frombytes(table[at : at + count * size])
    read.byteswap()
    return read

"""Columns: integers of one meaning side by side, one byte of each at a time (SPEC.md §4.5).

A column is cut into planes: all lowest bytes, then all second bytes, and so on. Two packings of
the same planes: *joined*, one zstd frame with the shipped dictionary, best for a few records; and
*apart*, a frame for each plane, best for thousands. Which numbers stand in which column is in
``sync.layout``.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence

from sync.errors import MalformedBytes
from sync.wire import Reader, Writer, compress, decompress

# §4.5  The first byte of the packing.
_JOINED, _APART = 0, 1
# §4.5  7 bytes hold every number up to 2**53 - 1, doubled for its sign.
_MAX_PLANES = 7
# §4.5  Nothing a node seals comes near: 20,000 records of 400-character names.
MAX_UNPACKED = 16_000_000


def planes(values: Sequence[int]) -> list[bytes]:
    """``values`` (at least one, all >= 0 and < 2^64) cut into planes, the lowest bytes first."""
    # §4.5  As many planes as the largest number has bytes; zero has one.
    count = max(1, (max(values).bit_length() + 7) // 8)
    if count == 1:
        return [bytes(values)]
    wide = array("Q", values)
    if sys.byteorder == "big":
        wide.byteswap()
    raw = wide.tobytes()
    return [raw[plane :: wide.itemsize] for plane in range(count)]


def numbers(parts: Sequence[bytes]) -> Sequence[int]:
    """The values that ``planes`` cut into ``parts`` (of one length, at most eight)."""
    if len(parts) == 1:
        return parts[0]
    wide = array("H" if len(parts) == 2 else "Q")
    mixed = bytearray(len(parts[0]) * wide.itemsize)
    for plane, part in enumerate(parts):
        mixed[plane :: wide.itemsize] = part
    wide.frombytes(mixed)
    if sys.byteorder == "big":
        wide.byteswap()
    return wide


class ColumnWriter:
    """Collects columns; ``pack`` gives the smaller of the two packings."""

    def __init__(self) -> None:
        self._head = Writer()
        self._planes: list[bytes] = []

    @property
    def head(self) -> Writer:
        """The part before all columns: texts and single numbers."""
        return self._head

    def column(self, values: Sequence[int]) -> None:
        """Append a column of numbers >= 0; its length is known to the reader."""
        if not values:
            return
        cut = planes(values)
        # §4.5  p stands in the head, in the order of the columns.
        self._head.varint(len(cut))
        self._planes += cut

    def joined(self) -> bytes:
        """All planes behind the counted head, not yet compressed."""
        head = Writer()
        head.counted(self._head.done())
        return head.done() + b"".join(self._planes)

    def pack(self) -> bytes:
        """The packed columns behind one byte that names the packing."""
        pieces = [self._head.done(), *self._planes]
        joined = bytes([_JOINED]) + compress(self.joined(), with_dictionary=True)
        if len(joined) < _APART_PAYS_BYTES:
            return joined
        apart = Writer()
        apart.raw(bytes([_APART]))
        apart.varint(len(pieces[0]))
        # §4.5  Each piece: varint 2·size + z, then its bytes; z = 1: a zstd frame, if smaller.
        for piece in pieces:
            frame = compress(piece, with_dictionary=False)
            if len(frame) < len(piece):
                apart.varint(len(frame) << 1 | 1)
                apart.raw(frame)
            else:
                apart.varint(len(piece) << 1)
                apart.raw(piece)
        return min(joined, apart.done(), key=len)


# Below this a frame of its own for each of some forty planes never pays: not even tried.
_APART_PAYS_BYTES = 600


class ColumnReader:
    """Gives the columns back in the order in which they were written."""

    def __init__(self, packed: bytes) -> None:
        """Open ``packed``; raises a ``PeerError`` like every method here."""
        reader = Reader(packed)
        mode = reader.varint()
        if mode == _JOINED:
            # §4.5  Joined: counted head, then all planes, in one frame with the dictionary.
            whole = Reader(decompress(reader.rest(), MAX_UNPACKED, with_dictionary=True))
            size = whole.varint()
            self._take: Callable[[int], bytes] = whole.raw
            self._end = whole.end
        elif mode == _APART:
            # §4.5  Apart: the head's length, then head and planes, each by itself.
            size = reader.varint()
            self._take = lambda count: _frame(reader, count)
            self._end = reader.end
        else:
            raise MalformedBytes(f"unknown packing {mode}")
        # §4.5  Checked before anything of that size is taken.
        if size > MAX_UNPACKED:
            raise MalformedBytes("the head of the columns is too large")
        self.head = Reader(self._take(size))

    def column(self, count: int) -> Sequence[int]:
        """Take a column of ``count`` numbers."""
        # §4.5  A column of no numbers is not there at all.
        if count == 0:
            return b""
        cut = self.head.varint()
        # §4.5  p is 1 to 7.
        if not 1 <= cut <= _MAX_PLANES:
            raise MalformedBytes(f"a column of {cut} planes")
        return numbers([self._take(count) for _ in range(cut)])

    def end(self) -> None:
        """Return if all that was packed has been taken."""
        self.head.end()
        self._end()


def _frame(reader: Reader, count: int) -> bytes:
    """The next piece of an *apart* packing, which must have ``count`` bytes."""
    size = reader.varint()
    data = reader.raw(size >> 1)
    # §4.5  z = 1. A plane has one byte a number, so its size bounds what may come out.
    if size & 1:
        data = decompress(data, count, with_dictionary=False)
    if len(data) != count:
        raise MalformedBytes(f"a plane of {len(data)} bytes for {count} numbers")
    return data

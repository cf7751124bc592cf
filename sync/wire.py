"""Wire: the few shapes that all messages are made of (SPEC.md §1).

Unsigned varints (LEB128), counted bytes and UTF-8 text, zstd with a bound on what comes out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sync.errors import MalformedBytes, TooLarge, UsageError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# §1.2  A varint holds at most 2**63 - 1: nine bytes.
_MAX_VARINT_BYTES = 9
# §1.4  The best that costs no more than a second for the largest batch on a station PC.
_LEVEL = 19


class Writer:
    """Collects the parts of a message."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts = bytearray()

    def varint(self, value: int) -> None:
        """Append ``value`` >= 0."""
        # §1.2  The writer keeps the bound that every reader checks.
        if not 0 <= value < 2**63:
            raise UsageError(f"{value} does not fit a varint")
        while value > 0x7F:
            self.parts.append(value & 0x7F | 0x80)
            value >>= 7
        self.parts.append(value)

    def counted(self, data: bytes) -> None:
        """Append ``data`` behind its length."""
        # §1.3  The length, then as many bytes.
        self.varint(len(data))
        self.parts += data

    def text(self, text: str) -> None:
        """Append ``text`` as counted UTF-8."""
        self.counted(text.encode())

    def raw(self, data: bytes) -> None:
        """Append ``data`` as it is; its length is known to the reader."""
        self.parts += data

    def done(self) -> bytes:
        """All parts."""
        return bytes(self.parts)


class Reader:
    """Takes the parts of a message; whatever does not fit raises ``MalformedBytes``."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def varint(self) -> int:
        """Take a varint; refuses one that is cut, too long, or not the shortest form."""
        value = shift = 0
        for count in range(_MAX_VARINT_BYTES):
            if self.at >= len(self.data):
                raise MalformedBytes("a number is cut off")
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                # §1.2  One number, one form: a last byte of zero says nothing.
                if byte == 0 and count:
                    raise MalformedBytes("a number is not in its shortest form")
                return value
            shift += 7
        raise MalformedBytes("a number has more than nine bytes")

    def raw(self, count: int) -> bytes:
        """Take exactly ``count`` bytes."""
        end = self.at + count
        if end > len(self.data):
            raise MalformedBytes(f"{count} bytes announced, {len(self.data) - self.at} there")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def counted(self) -> bytes:
        """Take bytes behind their length."""
        return self.raw(self.varint())

    def text(self) -> str:
        """Take counted UTF-8."""
        return as_text(self.counted())

    def rest(self) -> bytes:
        """Take all that is left."""
        return self.raw(len(self.data) - self.at)

    def end(self) -> None:
        """Return if nothing is left."""
        if self.at != len(self.data):
            raise MalformedBytes(f"{len(self.data) - self.at} bytes too many")


def as_text(data: bytes) -> str:
    """``data`` as UTF-8, or ``MalformedBytes``."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise MalformedBytes("text is not UTF-8") from None


def compress(data: bytes, *, with_dictionary: bool) -> bytes:
    """``data`` as one zstd frame (§1.4)."""
    return compress_each([data], with_dictionary=with_dictionary)[0]


def compress_each(pieces: Iterable[bytes], *, with_dictionary: bool) -> list[bytes]:
    """Each piece as one zstd frame; for many small ones in less than half the time."""
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: _LEVEL,
        # §1.4  Size, checksum and dictionary number stay out: the message says them.
        zstd.CompressionParameter.content_size_flag: 0,
        zstd.CompressionParameter.checksum_flag: 0,
        zstd.CompressionParameter.dict_id_flag: 0,
    }
    # Digested once: to read it again takes longer than to compress a few records.
    dictionary = _dictionary().as_digested_dict if with_dictionary else None
    compressor = zstd.ZstdCompressor(options=options, zstd_dict=dictionary)
    return [bytes(compressor.compress(piece, compressor.FLUSH_FRAME)) for piece in pieces]


def decompress(data: bytes, limit: int, *, with_dictionary: bool) -> bytes:
    """What ``compress`` was given, if it is at most ``limit`` bytes.

    Raises:
        MalformedBytes: not one whole frame.
        TooLarge: more would come out; no more than ``limit`` bytes are ever held.
    """
    dictionary = _dictionary() if with_dictionary else None
    decompressor = zstd.ZstdDecompressor(zstd_dict=dictionary)
    try:
        # §1.4  One byte over the limit is enough to know, and all that is ever unpacked.
        out = decompressor.decompress(data, limit + 1)
    except zstd.ZstdError:
        raise MalformedBytes("not a zstd frame") from None
    if len(out) > limit:
        raise TooLarge("the unpacked message", limit)
    # §1.4  A frame that is cut, or followed by more, is no frame.
    if not decompressor.eof or decompressor.unused_data:
        raise MalformedBytes("the zstd frame is cut or followed by more")
    return bytes(out)


@cache
def _dictionary() -> zstd.ZstdDict:
    """The dictionary of protocol version 1; its bytes never change (§1.4)."""
    return zstd.ZstdDict((Path(__file__).parent / "dictionary.bin").read_bytes())

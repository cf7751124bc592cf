"""mp4: whether a file is one that Chromium 86 plays, and how long it is.

Reads boxes (ISO/IEC 14496-12), nothing of the pictures. Sizes inside a file are claims:
each is checked against what holds it before it is followed.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from content.errors import NotPlayable

# The index of a four-hour lecture is about 8 MB.
MAX_MOOV_BYTES = 32_000_000
# A plain file has fewer than ten boxes at the top; a fragmented one thousands.
MAX_TOP_BOXES = 50_000
_HEADER = struct.Struct(">I4s")


@dataclass(frozen=True, slots=True)
class Movie:
    """What was found: length in seconds, the codec of each track ("avc1", "mp4a", …)."""

    seconds: float
    codecs: tuple[str, ...]


def duration_s(path: Path) -> int:
    """Return the length of an mp4 in whole seconds, rounded down.

    Raises:
        NotPlayable: the file is no mp4, is cut, or does not tell its length.
    """
    return int(probe(path).seconds)


def probe(path: Path) -> Movie:
    """Return length and codecs of an mp4. Raises ``NotPlayable``; no content raises else."""
    try:
        with path.open("rb") as file:
            moov = _find_moov(file, path.stat().st_size)
        return Movie(_length(moov), tuple(_codecs(moov)))
    except struct.error as error:
        raise NotPlayable(f"cut inside a box: {error}") from error


def _find_moov(file: BinaryIO, size: int) -> bytes:
    at, found, seen_type = 0, b"", False
    for _ in range(MAX_TOP_BOXES):
        if at >= size:
            break
        file.seek(at)
        length, kind, header = _read_header(file.read(16), size - at)
        if at == 0 and kind != b"ftyp":
            raise NotPlayable("does not begin with an ftyp box")
        seen_type = True
        if kind == b"moov":
            if length > MAX_MOOV_BYTES:
                raise NotPlayable(f"index of {length} bytes")
            file.seek(at + header)
            found = file.read(length - header)
        at += length
    if not seen_type or not found:
        raise NotPlayable("no moov box: the file is cut or empty")
    return found


def _read_header(head: bytes, room: int) -> tuple[int, bytes, int]:
    """Return (length, kind, header length) of the box that begins with ``head``."""
    length, kind = _HEADER.unpack_from(head)
    header = 8
    if length == 1:
        (length,) = struct.unpack_from(">Q", head, 8)
        header = 16
    elif length == 0:  # "to the end of the file"
        length = room
    if not header <= length <= room:
        raise NotPlayable(f"box {kind!r} claims {length} of {room} bytes: the file is cut")
    return length, kind, header


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, kind, header = _read_header(data[at : at + 16], len(data) - at)
        yield kind, data[at + header : at + length]
        at += length


def _length(moov: bytes) -> float:
    for kind, box in _boxes(moov):
        if kind == b"mvhd":
            if box[:1] == b"\x01":
                scale, length = struct.unpack_from(">IQ", box, 20)
            else:
                scale, length = struct.unpack_from(">II", box, 12)
            if scale and length:
                return float(length) / float(scale)
    raise NotPlayable("does not tell its length")


def _codecs(moov: bytes) -> Iterator[str]:
    for kind, trak in _boxes(moov):
        if kind != b"trak":
            continue
        inner = trak
        for step in (b"mdia", b"minf", b"stbl", b"stsd"):
            inner = next((box for kind, box in _boxes(inner) if kind == step), b"")
        if len(inner) >= 16:
            yield inner[12:16].decode("latin-1")

"""mp4: whether a file is one that Chromium 86 plays, and how long it is.

Reads boxes (ISO/IEC 14496-12), nothing of the pictures. Sizes inside a file are claims:
each is checked against the box around it before it is used.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from content.media.mp4_fragments import MAX_MOOF_BYTES, Fragments, boxes, read_header
from content.model.errors import NotPlayable

# The index of a four-hour lecture is about 8 MB.
MAX_MOOV_BYTES = 32_000_000
# A plain file has fewer than ten boxes at the top; a fragmented one thousands.
MAX_TOP_BOXES = 50_000


@dataclass(frozen=True, slots=True)
class Movie:
    """A film: length in seconds, the codec of each track ("avc1", "mp4a", …)."""

    seconds: float
    codecs: tuple[str, ...]


def duration_s(path: Path) -> int:
    """Return the length of an mp4 in whole seconds, rounded down.

    Raises:
        NotPlayable: the file is no mp4, is cut, or does not tell its length.
    """
    return int(probe(path).seconds)


def probe(path: Path) -> Movie:
    """Return length and codecs of an mp4. Raises ``NotPlayable`` for any bad content."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            moov = _find_moov(file, size)
            seconds = _length(moov) or _in_pieces(file, size, moov)
        if not 0 < seconds < float("inf"):
            raise NotPlayable("does not tell its length")
        return Movie(seconds, tuple(_codecs(moov)))
    except struct.error as error:
        raise NotPlayable(f"cut inside a box: {error}") from error


def _find_moov(file: BinaryIO, size: int) -> bytes:
    at, moov, seen_type = 0, b"", False
    for _ in range(MAX_TOP_BOXES):
        if at >= size:
            break
        file.seek(at)
        length, kind, header = read_header(file.read(16), size - at)
        if at == 0 and kind != b"ftyp":
            raise NotPlayable("does not begin with an ftyp box")
        seen_type = True
        if kind == b"moov":
            if length > MAX_MOOV_BYTES:
                raise NotPlayable(f"index of {length} bytes")
            file.seek(at + header)
            moov = file.read(length - header)
        at += length
    if not seen_type or not moov:
        raise NotPlayable("no moov box: the file is cut or empty")
    return moov


def _length(moov: bytes) -> float:
    for kind, box in boxes(moov):
        if kind == b"mvhd":
            if box[:1] == b"\x01":
                scale, length = struct.unpack_from(">IQ", box, 20)
            else:
                scale, length = struct.unpack_from(">II", box, 12)
            if scale and length:
                return float(length) / float(scale)
    return 0.0


def _in_pieces(file: BinaryIO, size: int, moov: bytes) -> float:
    """The length of a film that is written piece by piece; 0 when it is none."""
    if all(kind != b"mvex" for kind, _ in boxes(moov)):  # no pieces follow
        return 0.0
    pieces, at, room = Fragments(boxes(moov)), 0, MAX_MOOF_BYTES
    for _ in range(MAX_TOP_BOXES):
        if at >= size:
            break
        file.seek(at)
        length, kind, header = read_header(file.read(16), size - at)
        if kind == b"moof":
            room -= length
            if room < 0:
                raise NotPlayable(f"indexes of more than {MAX_MOOF_BYTES} bytes")
            file.seek(at + header)
            pieces.add(file.read(length - header))
        at += length
    return pieces.seconds()


def _codecs(moov: bytes) -> Iterator[str]:
    for kind, trak in boxes(moov):
        if kind != b"trak":
            continue
        inner = trak
        for step in (b"mdia", b"minf", b"stbl", b"stsd"):
            inner = next((box for kind, box in boxes(inner) if kind == step), b"")
        if len(inner) >= 16:
            yield inner[12:16].decode("latin-1")

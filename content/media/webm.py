"""webm: whether a file is one that Chromium 86 plays, and how long it is.

Reads EBML elements (RFC 8794, RFC 9559) up to the first pictures. Sizes inside a file are
claims: each is checked against the element around it before it is used.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from content.media.mp4 import Movie
from content.model.errors import NotPlayable

MAGIC = b"\x1a\x45\xdf\xa3"
# Length, tracks and index of a four-hour lecture stay far below.
MAX_HEAD_BYTES = 8_000_000
MAX_TOP_ELEMENTS = 10_000

_EBML, _DOCTYPE = 0x1A45DFA3, 0x4282
_SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_TRACK, _CODEC = 0xAE, 0x86
_DEFAULT_SCALE_NS = 1_000_000


def probe(path: Path) -> Movie:
    """Return length and codecs ("V_VP9", "A_OPUS", …) of a webm.

    Raises:
        NotPlayable: it is no webm, is cut, or does not tell its length. No content raises more.
    """
    try:
        with path.open("rb") as file:
            info, tracks = _heads(file, path.stat().st_size)
        return Movie(_length(info), tuple(_codecs(tracks)))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotPlayable(f"cut inside an element: {error}") from error


def _heads(file: BinaryIO, size: int) -> tuple[bytes, bytes]:
    """Return the contents of Info and of Tracks."""
    heads = _walk(file, size)
    kind = next((body for name, body in _elements(heads.get(_EBML, b"")) if name == _DOCTYPE), b"")
    if kind.rstrip(b"\0") != b"webm":
        raise NotPlayable(f"is {kind[:20]!r}, not webm")
    if _INFO not in heads or _TRACKS not in heads:
        raise NotPlayable("has no head: the file is cut")
    return heads[_INFO], heads[_TRACKS]


def _walk(file: BinaryIO, size: int) -> dict[int, bytes]:
    """Return the EBML head, Info and Tracks by name, as far as they are there."""
    at, end, heads = 0, size, dict[int, bytes]()
    for _ in range(MAX_TOP_ELEMENTS):
        if at >= end or len(heads) == 3:
            break
        name, length, header = _header(_read(file, at, 12))
        room = end - at - header
        if at == 0 and name != _EBML:
            raise NotPlayable("does not begin as a webm does")
        if length is None and name not in (_SEGMENT, _CLUSTER):
            raise NotPlayable("an element does not tell its length")
        if length is not None and length > room:
            raise NotPlayable(f"an element claims {length} of {room} bytes: the file is cut")
        if name == _SEGMENT:  # its children follow; to the end when it does not say how long
            at, end = at + header, size if length is None else at + header + length
            continue
        if length is None:
            break
        if name in (_EBML, _INFO, _TRACKS):
            heads[name] = _read(file, at + header, min(length, MAX_HEAD_BYTES))
        at += header + length
    return heads


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)


def _header(raw: bytes) -> tuple[int, int | None, int]:
    """Return (name, length or None for "unknown", bytes of the header)."""
    width = 9 - raw[0].bit_length()
    if width > 4:
        raise NotPlayable("not an element: the file is damaged")
    name = int.from_bytes(raw[:width], "big")
    wide = 9 - raw[width].bit_length()
    if wide > 8 or len(raw) < width + wide:
        raise NotPlayable("cut inside an element")
    length = int.from_bytes(raw[width : width + wide], "big") & ((1 << 7 * wide) - 1)
    unknown = length == (1 << 7 * wide) - 1
    return name, None if unknown else length, width + wide


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        name, length, header = _header(data[at : at + 12])
        if length is None or at + header + length > len(data):
            raise NotPlayable("an element is longer than what holds it")
        yield name, data[at + header : at + header + length]
        at += header + length


def _length(info: bytes) -> float:
    scale, duration = _DEFAULT_SCALE_NS, 0.0
    for name, body in _elements(info):
        if name == _SCALE:
            scale = int.from_bytes(body, "big")
        elif name == _DURATION and len(body) in (4, 8):
            (duration,) = struct.unpack(">f" if len(body) == 4 else ">d", body)
    seconds = duration * scale / 1_000_000_000
    if not 0 < seconds < float("inf"):
        raise NotPlayable("does not tell its length")
    return seconds


def _codecs(tracks: bytes) -> Iterator[str]:
    for name, track in _elements(tracks):
        if name == _TRACK:
            yield from (
                body.rstrip(b"\0").decode("ascii")
                for inner, body in _elements(track)
                if inner == _CODEC
            )

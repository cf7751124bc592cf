"""webm: the tracks of picture and sound in a file, and how long it plays.

Reads EBML elements (RFC 8794, RFC 9559); of the pictures only when each cluster begins and which
blocks the last one holds. Sizes inside a file are claims: each is checked against the element
around it before it is used. What plays is ``content.media.film``.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from content.media.movie import Movie, Track, TrackKind
from content.model.errors import NotPlayable

# Length, tracks and index of a four-hour lecture stay far below.
MAX_HEAD_BYTES = 8_000_000
# Recordings that do not say how long their clusters are have every block at the top: four hours
# of 75 a second are 1.1 million.
MAX_ELEMENTS = 1_500_000
# A header that is no more than this off is believed: the last block lasts that long, too.
HEADER_SLACK_S = 0.5

_EBML, _DOCTYPE = 0x1A45DFA3, 0x4282
_SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_TRACK, _CODEC, _NUMBER, _EACH_NS = 0xAE, 0x86, 0xD7, 0x23E383
_VIDEO, _WIDTH, _HEIGHT = 0xE0, 0xB0, 0xBA
_TIME, _SIMPLE_BLOCK, _GROUP, _BLOCK = 0xE7, 0xA3, 0xA0, 0xA1
_DEFAULT_SCALE_NS = 1_000_000
_KINDS: dict[str, TrackKind] = {"V": "picture", "A": "sound"}


@dataclass(slots=True)
class _Heads:
    """EBML head, Info and Tracks by name; when each track's last block begins, in units."""

    bodies: dict[int, bytes] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)


def probe(path: Path) -> Movie:
    """Return tracks ("V_VP9", "A_OPUS", …) and length of a webm.

    Raises:
        NotPlayable: it is no webm, or is cut. No content raises more.
    """
    try:
        with path.open("rb") as file:
            heads = _Walk(file, path.stat().st_size).heads()
        kind = next(
            (body for name, body in _elements(heads.bodies.get(_EBML, b"")) if name == _DOCTYPE),
            b"",
        ).rstrip(b"\0")
        if kind == b"matroska":
            raise NotPlayable("is matroska, not webm", "video-container", kind="MKV")
        if kind != b"webm":
            raise NotPlayable(f"is {kind[:20]!r}, not webm")
        if _INFO not in heads.bodies or _TRACKS not in heads.bodies:
            raise NotPlayable("has no head: the file is cut", "video-cut")
        return _movie(heads)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotPlayable(f"cut inside an element: {error}") from error


def _movie(heads: _Heads) -> Movie:
    scale, claimed = _length(heads.bodies[_INFO])
    tracks, measured = [], 0.0
    for name, body in _elements(heads.bodies[_TRACKS]):
        if name != _TRACK:
            continue
        number, each_ns, track = _track(dict(_elements(body)))
        if track is None:
            continue
        tracks.append(track)
        if number in heads.ends:
            measured = max(measured, (heads.ends[number] * scale + each_ns) / 1_000_000_000)
    right = measured == 0 or abs(claimed - measured) <= HEADER_SLACK_S
    seconds = claimed if right and 0 < claimed < float("inf") else measured
    return Movie(seconds, tuple(tracks))


def _track(parts: dict[int, bytes]) -> tuple[int, int, Track | None]:
    """Number, length of one frame in ns, and the track when it is picture or sound."""
    codec = parts.get(_CODEC, b"").rstrip(b"\0").decode("ascii")
    number, each = (int.from_bytes(parts.get(name, b""), "big") for name in (_NUMBER, _EACH_NS))
    if codec[:1] not in _KINDS:
        return number, each, None
    video = dict(_elements(parts.get(_VIDEO, b"")))
    size = (int.from_bytes(video.get(name, b"")[:4], "big") for name in (_WIDTH, _HEIGHT))
    width, height = size
    track = Track(_KINDS[codec[:1]], codec, 0.0, width=width, height=height)
    return number, min(each, 1_000_000_000), track


def _length(info: bytes) -> tuple[int, float]:
    """Nanoseconds of a unit, and the length in seconds that the header claims."""
    scale, duration = _DEFAULT_SCALE_NS, 0.0
    for name, body in _elements(info):
        if name == _SCALE:
            scale = int.from_bytes(body[:8], "big")
        elif name == _DURATION and len(body) in (4, 8):
            (duration,) = struct.unpack(">f" if len(body) == 4 else ">d", body)
    return scale, duration * scale / 1_000_000_000


class _Walk:
    """One walk over a file: its heads, the time of each cluster, the blocks of the last one."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._heads = _Heads()
        self._time = 0
        self._left = MAX_ELEMENTS

    def heads(self) -> _Heads:
        """Walk the file."""
        at, end, last = 0, self._size, (0, 0)
        while at < end:
            name, length, header = self._next(at, end)
            if at == 0 and name != _EBML:
                raise NotPlayable("does not begin as a webm does")
            if name == _SEGMENT:  # its children follow; to the end when it does not say how long
                at, end = at + header, end if length is None else at + header + length
                continue
            if name == _CLUSTER and length is None:  # its children follow, as if beside it
                at += header
                continue
            if length is None:
                raise NotPlayable("an element does not tell its length")
            if name in (_EBML, _INFO, _TRACKS):
                self._heads.bodies[name] = self._read(at + header, min(length, MAX_HEAD_BYTES))
            elif name == _CLUSTER:
                last = (at + header, at + header + length)
            else:
                self._child(name, at + header, length)
            at += header + length
        self._cluster(*last)
        return self._heads

    def _cluster(self, at: int, end: int) -> None:
        while at < end:
            name, length, header = self._next(at, end)
            if length is None:
                raise NotPlayable("an element does not tell its length")
            self._child(name, at + header, length)
            at += header + length

    def _child(self, name: int, at: int, length: int) -> None:
        """A child of a cluster."""
        if name == _TIME:
            self._time = int.from_bytes(self._read(at, min(length, 8)), "big")
        elif name == _SIMPLE_BLOCK:
            self._block(self._read(at, min(length, 12)))
        elif name == _GROUP:
            head = self._read(at, min(length, 24))
            inner, _, header = _header(head)
            if inner == _BLOCK:
                self._block(head[header:])

    def _block(self, head: bytes) -> None:
        number, width = _size(head)
        (after,) = struct.unpack_from(">h", head, width)
        ends = self._heads.ends
        if number is not None and (number in ends or len(ends) < 100):
            ends[number] = max(ends.get(number, 0), self._time + after)

    def _next(self, at: int, end: int) -> tuple[int, int | None, int]:
        self._left -= 1
        if self._left < 0:
            raise NotPlayable(f"more than {MAX_ELEMENTS} elements")
        name, length, header = _header(self._read(at, 12))
        if length is not None and length > end - at - header:
            detail = f"an element claims {length} of {end - at - header} bytes: the file is cut"
            raise NotPlayable(detail, "video-cut")
        return name, length, header

    def _read(self, at: int, length: int) -> bytes:
        self._file.seek(at)
        return self._file.read(length)


def _header(raw: bytes) -> tuple[int, int | None, int]:
    """Return (name, length or None for "unknown", bytes of the header)."""
    width = 9 - raw[0].bit_length()
    if width > 4:
        raise NotPlayable("not an element: the file is damaged")
    name = int.from_bytes(raw[:width], "big")
    length, wide = _size(raw[width:])
    return name, length, width + wide


def _size(raw: bytes) -> tuple[int | None, int]:
    """Return the number that ``raw`` begins with (None for "unknown") and its bytes."""
    wide = 9 - raw[0].bit_length()
    if wide > 8 or len(raw) < wide:
        raise NotPlayable("cut inside an element")
    most = (1 << 7 * wide) - 1
    size = int.from_bytes(raw[:wide], "big") & most
    return None if size == most else size, wide


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        name, length, header = _header(data[at : at + 12])
        if length is None or at + header + length > len(data):
            raise NotPlayable("an element is longer than what holds it")
        yield name, data[at + header : at + header + length]
        at += header + length

"""Fragments: the length of an mp4 that is written piece by piece (ISO/IEC 14496-12 §8.8).

Screen recorders and streaming programs write such files: the index at the top knows the tracks
but no samples, and each piece has its own index. Only the indexes are read.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from content.model.errors import NotPlayable

# All indexes together: four hours of 75 samples a second, 16 bytes each, are 17 MB.
MAX_MOOF_BYTES = 64_000_000
Boxes = Iterator[tuple[bytes, bytes]]


@dataclass(slots=True)
class _Track:
    scale: int = 0
    each: int = 0  # length of a sample that does not state its own
    begin: int | None = None
    end: int = 0


class Fragments:
    """The tracks of a file, and how far its pieces reach. ``moov``: the boxes of the index.

    All methods raise ``struct.error`` or ``NotPlayable`` for a damaged file.
    """

    def __init__(self, moov: Boxes) -> None:
        self._tracks: dict[int, _Track] = {}
        for kind, box in moov:
            if kind == b"trak":
                self._track(dict(boxes(box)))
            elif kind == b"mvex":
                for name, inner in boxes(box):
                    if name == b"trex":
                        number, each = struct.unpack_from(">4xI4xI", inner)
                        self._tracks.setdefault(number, _Track()).each = each

    def add(self, moof: bytes) -> None:
        """Take the index of one piece."""
        for kind, box in boxes(moof):
            if kind == b"traf":
                self._run(box)

    def seconds(self) -> float:
        """Return how long the longest track is."""
        return max(
            (
                (track.end - (track.begin or 0)) / track.scale
                for track in self._tracks.values()
                if track.scale
            ),
            default=0.0,
        )

    def _track(self, trak: dict[bytes, bytes]) -> None:
        head = trak.get(b"tkhd", b"")
        (number,) = struct.unpack_from(">I", head, 20 if head[:1] == b"\x01" else 12)
        media = dict(boxes(trak.get(b"mdia", b""))).get(b"mdhd", b"")
        (scale,) = struct.unpack_from(">I", media, 20 if media[:1] == b"\x01" else 12)
        self._tracks.setdefault(number, _Track()).scale = scale

    def _run(self, traf: bytes) -> None:
        inner = list(boxes(traf))
        head = next((box for kind, box in inner if kind == b"tfhd"), b"")
        flags, number = struct.unpack_from(">II", head)
        track = self._tracks.setdefault(number, _Track())
        each, at = track.each, 8 + 8 * bool(flags & 1) + 4 * bool(flags & 2)
        if flags & 8:
            (each,) = struct.unpack_from(">I", head, at)
        when = track.end
        for kind, box in inner:
            if kind == b"tfdt":
                (when,) = struct.unpack_from(">Q" if box[:1] == b"\x01" else ">I", box, 4)
        track.begin = when if track.begin is None else min(track.begin, when)
        when += sum(_lasting(box, each) for kind, box in inner if kind == b"trun")
        track.end = max(track.end, when)


def _lasting(trun: bytes, each: int) -> int:
    """How long the samples of a run are together."""
    head: tuple[int, int] = struct.unpack_from(">II", trun)
    flags, count = head
    if not flags & 0x100:
        return (count & 0xFFFFFF) * each
    fields = ((flags >> 8) & 0xF).bit_count()
    at = 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    if len(trun) < at + 4 * fields * count:
        raise NotPlayable("a piece is longer than what holds it")
    lengths: tuple[int, ...] = struct.unpack_from(f">{fields * count}I", trun, at)
    return sum(lengths[::fields])


def boxes(data: bytes) -> Boxes:
    """Yield kind and body of each box in ``data``."""
    at = 0
    while at + 8 <= len(data):
        length, kind, header = read_header(data[at : at + 16], len(data) - at)
        yield kind, data[at + header : at + length]
        at += length


_HEADER = struct.Struct(">I4s")


def read_header(head: bytes, room: int) -> tuple[int, bytes, int]:
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
        raise NotPlayable(f"box {kind!r} claims {length} of {room} bytes: the file is cut")
    return length, kind, header

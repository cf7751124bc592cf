"""Fragments: the length of an mp4 that is written piece by piece (ISO/IEC 14496-12 §8.8).

Screen recorders and streaming programs write such files: the index at the top knows the tracks
and no samples, or only the first, and each piece has its own index. Only the indexes are read.
"""

import struct
from dataclasses import dataclass

from content.media.mp4_boxes import boxes, numbers, version

# All indexes together: four hours of 75 samples a second, 16 bytes each, are 17 MB.
MAX_MOOF_BYTES = 64_000_000


@dataclass(slots=True)
class _Reach:
    each: int = 0  # length of a sample that does not state its own
    begin: int | None = None
    end: int = 0


class Fragments:
    """How far the pieces of each track reach. ``moov`` is the index, ``lasting`` the units of
    each track's samples in it, by the track's number.

    All methods raise ``struct.error`` or ``NotPlayable`` for a damaged file.
    """

    def __init__(self, moov: bytes, lasting: dict[int, int]) -> None:
        self._tracks = {
            number: _Reach(begin=0 if units else None, end=units)
            for number, units in lasting.items()
        }
        for kind, box in boxes(moov):
            if kind == b"mvex":
                for name, inner in boxes(box):
                    if name == b"trex":
                        number, each = struct.unpack_from(">4xI4xI", inner)
                        self._track(number).each = each

    def add(self, moof: bytes) -> None:
        """Take the index of one piece."""
        for kind, box in boxes(moof):
            if kind == b"traf":
                self._run(box)

    def lasting(self, number: int) -> int:
        """Return the units of all samples of a track."""
        track = self._track(number)
        return track.end - (track.begin or 0)

    def _track(self, number: int) -> _Reach:
        return self._tracks.setdefault(number, _Reach())

    def _run(self, traf: memoryview) -> None:
        parts = list(boxes(traf))
        head = next((box for kind, box in parts if kind == b"tfhd"), memoryview(b""))
        flags, number = struct.unpack_from(">II", head)
        track = self._track(number)
        each, at = track.each, 8 + 8 * bool(flags & 1) + 4 * bool(flags & 2)
        if flags & 8:
            (each,) = struct.unpack_from(">I", head, at)
        when = track.end
        for kind, box in parts:
            if kind == b"tfdt":
                (when,) = struct.unpack_from(">Q" if version(box) == 1 else ">I", box, 4)
        track.begin = when if track.begin is None else min(track.begin, when)
        when += sum(_lasting(box, each) for kind, box in parts if kind == b"trun")
        track.end = max(track.end, when)


def _lasting(trun: memoryview, each: int) -> int:
    """How long the samples of a run are together."""
    head: tuple[int, int] = struct.unpack_from(">II", trun)
    flags, count = head
    if not flags & 0x100:
        return (count & 0xFFFFFF) * each
    fields = ((flags >> 8) & 0xF).bit_count()
    at = 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    return sum(numbers(trun, fields * count, at)[::fields])

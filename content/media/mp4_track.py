"""Track of an mp4: whether it is picture or sound, its codec, and how long it plays.

The length is that of the samples (ISO/IEC 14496-12 §8.6.1.2), as far as the edit list shows them
(§8.6.6); what headers claim is not asked.
"""

import struct
from dataclasses import dataclass
from operator import mul
from typing import Literal

from content.media.movie import Track
from content.media.mp4_boxes import boxes, inside, numbers, version
from content.model.errors import NotPlayable

_KINDS: dict[bytes, Literal["picture", "sound"]] = {b"vide": "picture", b"soun": "sound"}
# Where the boxes inside a sample entry begin: pictures, sounds.
_PICTURE_INSIDE, _SOUND_INSIDE = 86, 36
_SECONDS_MOST = 2**40
# AAC says within which kind it is; of these only USAC (xHE-AAC) is no browser's.
AAC, XHE_AAC = 0x40, 0x100 | 42


@dataclass(slots=True)
class IndexTrack:
    """A track of picture or sound, as the index describes it.

    ``scale``: units a second. ``lasting``: units of the samples in the index, ``last_at`` where
    in the file the last run of them begins. Each edit: its length in seconds, where it begins in
    the samples (-1: nothing is shown).
    """

    number: int
    kind: Literal["picture", "sound"]
    scale: int
    lasting: int
    last_at: int
    entry: memoryview
    edits: tuple[tuple[float, int], ...]

    def seconds(self, lasting: int) -> float:
        """Return how long samples of ``lasting`` units play."""
        whole = lasting / self.scale if self.scale else 0.0
        if not self.edits or not whole:
            return min(whole, _SECONDS_MOST)
        shown = waits = 0.0
        for length, begin in self.edits:
            if begin < 0:
                waits += length
                continue
            left = max(0.0, whole - begin / self.scale)
            shown += waits + (min(length, left) if length else left)
            waits = 0.0
        return min(shown, _SECONDS_MOST)

    def track(self, lasting: int) -> Track:
        """Return the track, its samples ``lasting`` units."""
        seconds, codec = self.seconds(lasting), bytes(self.entry[4:8]).decode("latin-1")
        if self.kind == "sound":
            return Track("sound", codec, seconds, _object_type(self.entry))
        width, height = 0, 0
        if len(self.entry) >= _PICTURE_INSIDE:
            width, height = struct.unpack_from(">HH", self.entry, 32)
        profile, level = _h264(self.entry)
        object_type = _object_type(self.entry) if codec == "mp4v" else 0
        return Track("picture", codec, seconds, object_type, profile, level, width, height)


def tracks_in(moov: bytes | memoryview) -> list[IndexTrack]:
    """Return the tracks of picture and sound; pictures of chapters are none.

    Raises:
        NotPlayable, struct.error: the index is damaged.
    """
    scale = _scale(inside(moov, b"mvhd"))
    traks = [dict(boxes(box)) for kind, box in boxes(moov) if kind == b"trak"]
    chapters = {number for trak in traks for number in _chapters(trak)}
    found = []
    for trak in traks:
        track = _track(trak, scale)
        if track and track.number not in chapters:
            found.append(track)
    return found


def _track(trak: dict[bytes, memoryview], movie_scale: int) -> IndexTrack | None:
    media = dict(boxes(trak.get(b"mdia", b"")))
    handler = bytes(media.get(b"hdlr", b"")[8:12])
    if handler not in _KINDS:
        return None
    table = dict(boxes(inside(media.get(b"minf", b""), b"stbl")))
    entry = table.get(b"stsd", memoryview(b""))[8:]
    if len(entry) < 8:
        return None
    (length,) = struct.unpack_from(">I", entry)
    return IndexTrack(
        _number(trak.get(b"tkhd", memoryview(b""))),
        _KINDS[handler],
        _scale(media.get(b"mdhd", memoryview(b""))),
        _lasting(table.get(b"stts", memoryview(b""))),
        _last_at(table),
        entry[: max(8, length)],
        tuple(_edits(inside(trak.get(b"edts", b""), b"elst"), movie_scale)),
    )


def _number(head: memoryview) -> int:
    number: int = struct.unpack_from(">I", head, 20 if version(head) == 1 else 12)[0]
    return number


def _scale(head: memoryview) -> int:
    """The units a second that ``mvhd`` or ``mdhd`` tells."""
    if not head:
        return 0
    scale: int = struct.unpack_from(">I", head, 20 if version(head) == 1 else 12)[0]
    return scale


def _lasting(stts: memoryview) -> int:
    if not stts:
        return 0
    (count,) = struct.unpack_from(">I", stts, 4)
    runs = numbers(stts, 2 * count, 8)
    return sum(map(mul, runs[::2], runs[1::2]))


def _last_at(table: dict[bytes, memoryview]) -> int:
    """Where in the file the last chunk of samples begins; 0 where the index has none."""
    for name, size in ((b"stco", 4), (b"co64", 8)):
        if name in table:
            (count,) = struct.unpack_from(">I", table[name], 4)
            return max(numbers(table[name], count, 8, size), default=0)
    return 0


def _edits(elst: memoryview, scale: int) -> list[tuple[float, int]]:
    if not elst or not scale:
        return []
    (count,) = struct.unpack_from(">I", elst, 4)
    entry = struct.Struct(">QqI" if version(elst) == 1 else ">IiI")
    if len(elst) < 8 + count * entry.size:
        raise NotPlayable("an edit list is longer than what holds it")
    return [
        (length / scale, begin)
        for length, begin, _rate in entry.iter_unpack(elst[8 : 8 + count * entry.size])
    ]


def _chapters(trak: dict[bytes, memoryview]) -> list[int]:
    """The tracks that hold the chapters of this one: their names and pictures."""
    chap = inside(trak.get(b"tref", b""), b"chap")
    return list(numbers(chap, len(chap) // 4, 0))


def _h264(entry: memoryview) -> tuple[int, int]:
    """Profile and level of a sample entry in H.264 (ISO/IEC 14496-15 §5.3.3.1), 0 for others."""
    if bytes(entry[4:7]) != b"avc" or len(entry) < _PICTURE_INSIDE:
        return 0, 0
    box = inside(entry[_PICTURE_INSIDE:], b"avcC")
    return (box[1], box[3]) if len(box) > 3 else (0, 0)


def _object_type(entry: memoryview) -> int:
    """What is said of the codec in the descriptors of "esds" (ISO/IEC 14496-1 §7.2.6.6).

    QuickTime has it deeper inside and with other heads, so it is looked for.
    """
    raw = bytes(entry[:4096])
    at = raw.find(b"esds", _SOUND_INSIDE)
    if at < 0:
        return 0
    found = _descriptor(raw, at + 8, 0x03)
    if not found:
        return 0
    flags = raw[found + 2 : found + 3] or b"\0"
    more = 2 * bool(flags[0] & 0x80) + 2 * bool(flags[0] & 0x20)
    config = _descriptor(raw, found + 3 + more, 0x04)
    if not 0 < config < len(raw):
        return 0
    aac = _descriptor(raw, config + 13, 0x05) if raw[config] == AAC else 0
    # ISO/IEC 14496-3 §1.6.2.1: five bits, and six more after 31.
    if aac and raw[aac : aac + 1] >= b"\xf8" and len(raw) > aac + 1:
        wide = 32 + ((raw[aac] & 7) << 3 | raw[aac + 1] >> 5)
        return XHE_AAC if wide == XHE_AAC & 0xFF else AAC
    return raw[config]


def _descriptor(raw: bytes, at: int, tag: int) -> int:
    """Where the body of the descriptor at ``at`` begins; 0 when it is another one."""
    if raw[at : at + 1] != bytes([tag]):
        return 0
    at += 1
    while at < len(raw) and raw[at] & 0x80:
        at += 1
    return at + 1

"""PDF objects: the dictionaries of a file in plain bytes, and what its pages are drawn with.

Not a reader of PDF: no page is laid out, no cross-reference table is followed. Objects are found
by their words, those of compressed object streams (ISO 32000-1 §7.5.7) too, so a damaged table
hides nothing. All work is bounded: by bytes that are unpacked, not by what the file claims.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

# Texts of 2,000 pages are 40 MB unpacked; a bomb is larger.
MOST_UNPACKED = 64_000_000
MOST_OF_ONE = 16_000_000
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
# The dictionary before a stream: as much as ever stands there.
_BEFORE = 4_000
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_FLATE = re.compile(rb"/Filter\s*(?:\[\s*)?/(?:FlateDecode|Fl)\s*(?:\]|/(?!Filter)|>>|\s)")
_FILTERED = re.compile(rb"/Filter\s*(?!\[\s*\])[\[/0-9]")
_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
# Streams that hold neither objects nor what a page shows.
_OTHER = re.compile(
    rb"/Type\s*/(?:XRef|Metadata|EmbeddedFile)\b|/FontFile|/Length[123]\b|/FunctionType\b"
    rb"|/Subtype\s*/(?:XML|CIDFontType0C|Type1C|OpenType)\b|/N\s+[134]\b(?!.{0,80}/First)"
)
_OBJECTS = re.compile(rb"/Type\s*/ObjStm\b")
# A text is shown: a string or an array before the operator, within BT and ET.
_SHOWS = re.compile(rb"[)>\]]\s*(?:Tj|TJ|'|\")(?=[\s/\[(<]|$)")


@dataclass(frozen=True, slots=True)
class Inside:
    """What was found: names as they are written, with their bytes around; what the pages show.

    ``words``: all dictionaries in plain bytes. ``texts``: how often a text is shown. ``unread``:
    streams that could not be looked into.
    """

    words: bytes
    pictures: int
    texts: int
    unread: int


def look(raw: bytes, *, encrypted: bool = False) -> Inside:
    """Look into a whole file. ``encrypted``: its streams say nothing without a key."""
    left, texts, pictures, unread = MOST_UNPACKED, 0, 0, 0
    words, at = list[bytes](), 0
    for begin, end in _streams(raw):
        before = raw[max(at, begin - _BEFORE) : begin]
        before = before[before.rfind(b" obj") + 1 :]
        words.append(raw[at:begin])
        at = end
        if _PICTURE.search(before):
            pictures += 1
            continue
        if _OTHER.search(before):
            continue
        if encrypted:
            unread += 1
            continue
        body = _unpacked(raw[begin:end], before, min(left, MOST_OF_ONE))
        if body is None:
            unread += 1
            continue
        left -= len(body)
        if _OBJECTS.search(before):
            words.append(body)
        else:
            texts += len(_SHOWS.findall(body))
    words.append(raw[at:])
    return Inside(_HEX.sub(_plain, b"\n".join(words)), pictures, texts, unread)


def _streams(raw: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the streams begin and end, by their words."""
    at = 0
    while found := _STREAM.search(raw, at):
        end = raw.find(b"endstream", found.end())
        if end < 0:
            return
        yield found.end(), end
        at = end + 9


def _unpacked(body: bytes, before: bytes, most: int) -> bytes | None:
    if not _FILTERED.search(before):
        return body[:most]
    if not _FLATE.search(before) or most <= 0:
        return None
    try:
        return zlib.decompressobj().decompress(body, most)
    except zlib.error:
        return None


def _plain(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])

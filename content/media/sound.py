"""Sound: how long a recording lasts, by the headers of its file.

mp3 (ISO/IEC 11172-3, and the frame that Xing and LAME put first), wav, ogg (RFC 3533) with Vorbis
or Opus, m4a (``content.media.mp4``). What is said in it is never read.
"""

import re
import struct
from pathlib import Path

from content.media import mp4
from content.model import picture_sound
from content.model.errors import NotPlayable

# kbit/s by the four bits of a frame's header; MPEG 1 and MPEG 2, layer III.
_KBITS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
# Where the first frame may be, behind tags and their pictures.
_SEARCHED = 2_000_000
_FRAME = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef].", re.DOTALL)


def seconds(path: Path) -> float:
    """Return the length of a recording.

    Raises:
        NotPlayable: it is no recording of these formats, or does not tell its length.
    """
    with path.open("rb") as file:
        kind = picture_sound.kind_of(file.read(picture_sound.HEAD_BYTES))
    try:
        if kind == ".m4a":
            return _aac(path)
        if kind not in _READERS:
            raise NotPlayable("not a recording")
        lasts = _READERS[kind](path.read_bytes())
    except (struct.error, IndexError, ZeroDivisionError) as error:
        raise NotPlayable(f"cut: {error}") from error
    if not 0 < lasts < 1e7:
        raise NotPlayable("does not tell its length")
    return lasts


def _aac(path: Path) -> float:
    movie = mp4.probe(path)
    if not set(movie.codecs) & {"mp4a"}:
        raise NotPlayable(", ".join(movie.codecs))
    return movie.seconds


def _mp3(data: bytes) -> float:
    begin = 0
    if data[:3] == b"ID3":  # its size is 28 bits in four bytes
        begin = 10 + sum((data[6 + n] & 0x7F) << 7 * (3 - n) for n in range(4))
    frame = _FRAME.search(data, begin, begin + _SEARCHED)
    if frame is None:
        raise NotPlayable("no frame of an mp3")
    head = struct.unpack_from(">I", data, frame.start())[0]
    version, rate_at = head >> 19 & 3, head >> 10 & 3
    rate = _RATES[version][rate_at]
    kbits = _KBITS[version != 3][head >> 12 & 15]
    first = data[frame.start() : frame.start() + 200]
    for mark in (b"Xing", b"Info"):
        at = first.find(mark)
        if at > 0 and first[at + 7] & 1:
            frames = struct.unpack_from(">I", first, at + 8)[0]
            return float(frames * (1152 if version == 3 else 576) / rate)
    return (len(data) - frame.start()) * 8 / (kbits * 1000)


def _wav(data: bytes) -> float:
    at, per_second = 12, 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind == b"fmt ":
            per_second = struct.unpack_from("<I", data, at + 16)[0]
        elif kind == b"data":
            return float(min(size, len(data) - at - 8) / per_second)
        at += 8 + size + size % 2
    raise NotPlayable("no samples")


def _ogg(data: bytes) -> float:
    if (at := data.find(b"\x01vorbis", 0, 4_000)) >= 0:
        rate, before = struct.unpack_from("<I", data, at + 12)[0], 0
    elif (at := data.find(b"OpusHead", 0, 4_000)) >= 0:
        rate, before = 48_000, struct.unpack_from("<H", data, at + 10)[0]
    else:
        raise NotPlayable("neither Vorbis nor Opus")
    last = data.rfind(b"OggS")
    return float((struct.unpack_from("<q", data, last + 6)[0] - before) / rate)


_READERS = {".mp3": _mp3, ".wav": _wav, ".ogg": _ogg}

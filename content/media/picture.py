"""Picture: how large it is, and its file without what tells where and by whom it was taken.

Only headers and segments are read, never a pixel. JPEG (ISO/IEC 10918-1, Exif 2.3), PNG, WebP and
GIF; an SVG has no pixels and stays as it is. What a browser needs to show it right stays: colour
profiles, and of Exif the one number that says which side is up.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from content.model import picture_sound

# By their first bytes: pictures that browsers do not show, under the names that people know.
_FOREIGN = (
    ("HEIC", rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)"),
    ("AVIF", rb"....ftypavi[fs]"),
    ("EMF", rb"\x01\x00\x00\x00.{36} EMF"),
    ("WMF", rb"\xd7\xcd\xc6\x9a|\x01\x00\x09\x00\x00\x03"),
    ("TIFF", rb"II\*\x00|MM\x00\*"),
    ("BMP", rb"BM.{4}\x00\x00\x00\x00"),
    ("PSD", rb"8BPS"),
    ("JPEG 2000", rb"\x00\x00\x00\x0cjP  "),
)
# A JPEG's segments without lengths: start, end, and those that begin a scan again.
_ALONE = {0x01, *range(0xD0, 0xDA)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA
# Of a JPEG's segments: application data but JFIF, colour profile and Adobe's; comments.
_TELLS = {0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE}
_PNG_TELLS = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
_WEBP_TELLS = {b"EXIF", b"XMP "}
_ORIENTATION = 0x0112


def foreign(head: bytes) -> str:
    """Return the name of a picture's format that browsers do not show, "" for anything else."""
    for name, start in _FOREIGN:
        if re.match(start, head, re.DOTALL):
            return name
    return ""


def size_of(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels; 0 for what has none or does not tell them."""
    try:
        return _SIZES.get(picture_sound.kind_of(data), _no_size)(data)
    except (struct.error, IndexError):
        return 0, 0


def without_traces(data: bytes) -> bytes:
    """Return a picture's file without place, time, device, author and comments.

    A file that is built otherwise than its format says comes back as it is.
    """
    try:
        return _CLEANERS.get(picture_sound.kind_of(data), bytes)(data)
    except (struct.error, IndexError):
        return data


def _no_size(_data: bytes) -> tuple[int, int]:
    return 0, 0


def _jpeg_size(data: bytes) -> tuple[int, int]:
    for kind, at, _end in _segments(data):
        if kind in _FRAMES:
            high, wide = struct.unpack_from(">HH", data, at + 5)
            return wide, high
    return 0, 0


def _png_size(data: bytes) -> tuple[int, int]:
    wide, high = struct.unpack_from(">II", data, 16)
    return wide, high


def _gif_size(data: bytes) -> tuple[int, int]:
    wide, high = struct.unpack_from("<HH", data, 6)
    return wide, high


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + _24(data, 24), 1 + _24(data, 27)
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    wide, high = struct.unpack_from("<HH", data, 26)
    return wide & 0x3FFF, high & 0x3FFF


def _24(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the segments of a JPEG before its pixels: marker, where it begins and ends."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if kind == 0xFF:  # filling
            at += 1
            continue
        size = 0 if kind in _ALONE else struct.unpack_from(">H", data, at + 2)[0]
        yield kind, at, at + 2 + size
        if kind == _SCAN:
            return
        at += 2 + size


def _clean_jpeg(data: bytes) -> bytes:
    pieces, upright, at = [data[:2]], 1, 2
    for kind, begin, end in _segments(data):
        if kind == _SCAN:
            at = begin
            break
        if kind in _TELLS:
            if kind == 0xE1 and data[begin + 4 : begin + 10] == b"Exif\0\0":
                upright = _orientation(data[begin + 10 : end])
        else:
            pieces.append(data[begin:end])
        at = end
    else:
        return data  # no pixels: whoever shows it says so
    if upright != 1:
        pieces.insert(1, _exif_of(upright))
    return b"".join([*pieces, data[at:]])


def _orientation(tiff: bytes) -> int:
    """Return which side is up, 1 to 8: tag 0x0112 of the first directory."""
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        at = struct.unpack_from(order + "I", tiff, 4)[0]
        for n in range(struct.unpack_from(order + "H", tiff, at)[0]):
            tag, _kind, _count, value = struct.unpack_from(order + "HHIH", tiff, at + 2 + 12 * n)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _exif_of(upright: int) -> bytes:
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, upright, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _clean_png(data: bytes) -> bytes:
    pieces, at = [data[:8]], 8
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        chunk, at = data[at : at + 12 + size], at + 12 + size
        upright = _orientation(chunk[8:-4]) if kind == b"eXIf" else 1
        if kind not in _PNG_TELLS:
            pieces.append(chunk)
        elif upright != 1:
            body = kind + _exif_of(upright)[10:]
            head = struct.pack(">I", len(body) - 4)
            pieces.append(head + body + struct.pack(">I", zlib.crc32(body)))
        if kind == b"IEND":
            return b"".join(pieces)
    return data


def _clean_webp(data: bytes) -> bytes:
    pieces, at = list[bytes](), 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        chunk, at = data[at : at + 8 + size + size % 2], at + 8 + size + size % 2
        if kind in _WEBP_TELLS:
            continue
        if kind == b"VP8X":  # it says that no Exif (8) and no XMP (4) follow
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        pieces.append(chunk)
    if at < len(data):
        return data
    body = b"WEBP" + b"".join(pieces)
    return b"RIFF" + struct.pack("<I", len(body)) + body


_SIZES = {".jpg": _jpeg_size, ".png": _png_size, ".gif": _gif_size, ".webp": _webp_size}
_CLEANERS = {".jpg": _clean_jpeg, ".png": _clean_png, ".webp": _clean_webp}

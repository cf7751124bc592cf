"""Containers: which kind of film a file is, by its first bytes; its name does not matter.

Only mp4 (with QuickTime) and webm are read further (``content.media.mp4``,
``content.media.webm``). The others are named, so that people are told what they have.
"""

import re

MP4, WEBM = "mp4", "webm"
# QuickTime before it had an ftyp box, and pieces that were cut out of a stream.
_FIRST_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"sidx", b"moof"}
# Pictures in the boxes of a film.
_STILLS = (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif", b"avis")
EBML = b"\x1a\x45\xdf\xa3"
# A packet of a transport stream, and one with the time before it.
_PACKET, _TIMED_PACKET = 188, 192

# What a file begins with: what people call it.
_OTHERS = (
    (rb"RIFF....AVI ", "AVI"),
    (rb"FLV[\x01-\x04]", "FLV"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMV"),
    (rb"\x00\x00\x01[\xba\xb3]", "MPEG"),
    (rb"\.RMF", "RealMedia（RM、RMVB）"),
    (rb"OggS.{24,300}(?:\x80theora|BBCD|fishead)", "Ogg"),
    (rb"\x06\x0e\x2b\x34", "MXF"),
    (rb"\x1f\x07\x00", "DV"),
    (rb"DKIF", "IVF"),
    (rb"YUV4MPEG2", "YUV4MPEG"),
    (rb"nut/multimedia container", "NUT"),
    (rb"\xb7\xd8\x00\x20\x37\x49\xda\x11", "WTV"),
    (rb"[FCZ]WS[\x01-\x40]", "Flash（SWF）"),
    (rb"\x00\x00(?:\x00)?\x01[\x67\x27\x40\x09]", "H.264、H.265 裸流"),
)
HEAD_BYTES = 1024


def container_of(head: bytes) -> str:
    """Return what a film that begins with ``head`` stands in; "" when it is no film."""
    if head[4:8] == b"ftyp":
        return "" if head[8:12] in _STILLS else MP4
    if head[4:8] in _FIRST_BOXES and int.from_bytes(head[:4], "big") < 1 << 31:
        return MP4
    if head.startswith(EBML):
        return WEBM
    for start, name in _OTHERS:
        if re.match(start, head, re.DOTALL):
            return name
    for size, at in ((_PACKET, 0), (_TIMED_PACKET, 4)):
        packets = head[at::size][:5]
        if len(packets) == 5 and set(packets) == {0x47}:
            return "TS"
    return ""

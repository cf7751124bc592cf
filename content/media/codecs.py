"""Codecs: what films are coded in, as people call it, and where it plays."""

from enum import Enum, auto

from content.media.movie import Track
from content.media.mp4_track import XHE_AAC


class Playing(Enum):
    """Where a track plays."""

    EVERYWHERE = auto()
    SOME = auto()  # in every browser of a station, not on every phone
    SLOW = auto()  # in browsers, but an old PC does not keep up with it
    NOWHERE = auto()  # not in the browsers of stations
    LOCKED = auto()  # encrypted


_HEVC, _MPEG4, _DV = "HEVC（H.265）", "MPEG-4 第 2 部分（DivX、Xvid）", "DV"
_MPEG2, _SORENSON = "MPEG-2", "Sorenson"
_UNPACKED = "不压缩的 PCM"

# By the name in the file: what people call it.
_PICTURES = {
    **dict.fromkeys(("avc1", "avc3"), "H.264"),
    **dict.fromkeys(("hvc1", "hev1"), _HEVC),
    **dict.fromkeys(("dvh1", "dvhe", "dva1", "dvav"), "杜比视界（Dolby Vision）"),
    **dict.fromkeys(("vvc1", "vvi1"), "VVC（H.266）"),
    **dict.fromkeys(("av01", "V_AV1"), "AV1"),
    **dict.fromkeys(("vp09", "V_VP9"), "VP9"),
    **dict.fromkeys(("vp08", "V_VP8"), "VP8"),
    **dict.fromkeys(("s263", "h263", "H263"), "H.263"),
    **dict.fromkeys(("apch", "apcn", "apcs", "apco", "ap4h", "ap4x"), "ProRes"),
    **dict.fromkeys(("jpeg", "mjpa", "mjpb", "mjpg", "MJPG"), "Motion JPEG"),
    **dict.fromkeys(("SVQ1", "SVQ3"), _SORENSON),
    **dict.fromkeys(("dvc ", "dvcp", "dvpp", "dv5p", "dv5n"), _DV),
    **dict.fromkeys(("m2v1", "mp2v", "mpeg", "mx5p", "xd5c"), _MPEG2),
    **dict.fromkeys(("DIVX", "XVID", "3IVX", "DX50"), _MPEG4),
    **dict.fromkeys(("raw ", "2vuy", "yuv2", "UYVY", "v210"), "不压缩的画面"),
    **dict.fromkeys(("vc-1", "WMV3", "WVC1"), "WMV（VC-1）"),
    "cvid": "Cinepak",
    "png ": "PNG",
    "mp4v": _MPEG4,
}
_SOUNDS = {
    **dict.fromkeys((".mp3", "mp3 "), "MP3"),
    **dict.fromkeys(("ac-3", "sac3"), "AC-3（杜比）"),
    **dict.fromkeys(("ec-3",), "E-AC-3（杜比）"),
    **dict.fromkeys(("ac-4",), "AC-4（杜比）"),
    **dict.fromkeys(("dtsc", "dtse", "dtsh", "dtsl", "dtsx"), "DTS"),
    **dict.fromkeys(("Opus", "A_OPUS"), "Opus"),
    **dict.fromkeys(("samr", "sawb"), "AMR"),
    **dict.fromkeys(("sowt", "twos", "lpcm", "in24", "in32", "fl32", "ipcm", "raw "), _UNPACKED),
    **dict.fromkeys(("ima4", "ms\x00\x11"), "ADPCM"),
    **dict.fromkeys(("ulaw", "alaw"), "G.711"),
    "A_VORBIS": "Vorbis",
    "alac": "ALAC",
    "fLaC": "FLAC",
    "mp4a": "AAC",
}
# What "mp4a" and "mp4v" say they are inside (ISO/IEC 14496-1 §7.2.6.6, and MP4RA's list).
_OBJECTS = {
    **dict.fromkeys((0x60, 0x61, 0x62, 0x63, 0x64, 0x65), _MPEG2),
    **dict.fromkeys((0x69, 0x6B), "MP3"),
    0x20: _MPEG4,
    XHE_AAC: "xHE-AAC",
    0x6A: "MPEG-1",
    0x6C: "Motion JPEG",
    0x6D: "PNG",
    0xA5: "AC-3（杜比）",
    0xA6: "E-AC-3（杜比）",
    0xA9: "DTS",
    0xAC: "DTS",
    0xAD: "Opus",
    0xDD: "Vorbis",
}
_ENCRYPTED = {"encv", "enca", "drmi", "drms", "p608"}
_PLAYS = {"H.264", "AAC"}
_SOME = {"VP8", "VP9", "Opus", "Vorbis", "FLAC", "MP3", _UNPACKED}
# Plays in Chromium 86, a picture at a time on a PC of ten years.
_SLOW = {"AV1"}


def playing(track: Track) -> tuple[Playing, str]:
    """Return where a track plays, and what people call its codec."""
    if track.codec in _ENCRYPTED:
        return Playing.LOCKED, track.codec
    name = _OBJECTS.get(track.object_type, "")
    if not name:
        known = _PICTURES if track.kind == "picture" else _SOUNDS
        name = known.get(track.codec, "") or _printable(track.codec)
    if name in _PLAYS:
        return Playing.EVERYWHERE, name
    if name in _SOME:
        return Playing.SOME, name
    return (Playing.SLOW if name in _SLOW else Playing.NOWHERE), name


def _printable(codec: str) -> str:
    return "".join(c for c in codec if c.isprintable() and c.isascii()).strip()[:20] or "?"

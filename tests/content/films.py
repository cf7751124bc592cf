"""Films made by tests: the boxes of an mp4 and the elements of a webm, with no real pictures."""

import struct
from dataclasses import dataclass

# A cluster that does not say how long it is.
UNKNOWN_CLUSTER = b"\x1f\x43\xb6\x75\x01" + b"\xff" * 7
SAMPLES = 64  # bytes of pictures and sound: nothing reads them


def box(kind: bytes, body: bytes) -> bytes:
    """One mp4 box."""
    return struct.pack(">I4s", 8 + len(body), kind) + body


@dataclass(frozen=True)
class Trak:
    """One track as a test wants it. ``edits``: length in seconds, where it begins (-1: nowhere).

    ``chapters``: the number of the track that names its chapters.
    """

    handler: bytes = b"vide"
    codec: bytes = b"avc1"
    seconds: float = 10.0
    inside: bytes = b""
    edits: tuple[tuple[float, float], ...] = ()
    chapters: int = 0
    samples: bool = True
    size: tuple[int, int] = (640, 360)


def avcc(profile: int, level: int = 30) -> bytes:
    """What a sample entry of H.264 says of its profile."""
    return box(b"avcC", bytes([1, profile, 0, level, 0xFF, 0xE0, 0]))


def esds(object_type: int, config: bytes = b"\x12\x10") -> bytes:
    """What an "mp4a" or "mp4v" says that it is."""
    inner = bytes([object_type, 0x15]) + bytes(11) + bytes([5, len(config)]) + config
    inner = bytes([0, 1, 0, 4, len(inner)]) + inner
    return box(b"esds", bytes(4) + bytes([3, len(inner)]) + inner)


def mp4(
    seconds: float = 10.0,
    codec: bytes = b"avc1",
    version: int = 0,
    *,
    says: float | None = None,
    traks: tuple[Trak, ...] = (),
) -> bytes:
    """A film of picture and sound, or of ``traks``; its header ``says`` how long it is."""
    traks = traks or (
        Trak(codec=codec, seconds=seconds),
        Trak(b"soun", b"mp4a", seconds, esds(0x40)),
    )
    first = box(b"ftyp", b"isom\0\0\2\0")
    length = seconds if says is None else says
    at = 0
    for _ in range(2):  # the first time to learn where the samples begin
        inner = head(length, version)
        inner += b"".join(_trak(trak, number, at) for number, trak in enumerate(traks, 1))
        at = len(first) + len(inner) + 16
    return first + box(b"moov", inner) + box(b"mdat", bytes(SAMPLES))


def head(seconds: float, version: int = 0) -> bytes:
    """The header of a film, 1,000 units a second."""
    length = int(seconds * 1000)
    if version == 1:
        return box(b"mvhd", b"\1\0\0\0" + struct.pack(">QQIQ", 0, 0, 1000, length) + bytes(80))
    return box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, length) + bytes(80))


def _trak(trak: Trak, number: int, at: int) -> bytes:
    inner = box(b"tkhd", bytes(12) + struct.pack(">I", number) + bytes(68))
    if trak.edits:
        rows = b"".join(
            struct.pack(">IiI", int(length * 1000), int(begin * 90_000) if begin >= 0 else -1, 1)
            for length, begin in trak.edits
        )
        inner += box(b"edts", box(b"elst", struct.pack(">II", 0, len(trak.edits)) + rows))
    if trak.chapters:
        inner += box(b"tref", box(b"chap", struct.pack(">I", trak.chapters)))
    entry = bytes(28)
    if trak.handler == b"vide":
        entry = bytes(24) + struct.pack(">HH", *trak.size) + bytes(50)
    entry = box(trak.codec, entry + trak.inside)
    table = box(b"stsd", struct.pack(">II", 0, 1) + entry)
    runs = struct.pack(">IIII", 0, 1, 1, int(trak.seconds * 90_000))
    table += box(b"stts", runs if trak.samples else bytes(8))
    table += box(b"stco", struct.pack(">III", 0, 1, at) if trak.samples else bytes(8))
    media = box(b"mdhd", bytes(12) + struct.pack(">II", 90_000, 0) + bytes(4))
    media += box(b"hdlr", bytes(8) + trak.handler + bytes(13))
    media += box(b"minf", box(b"stbl", table))
    return box(b"trak", inner + box(b"mdia", media))


def element(name: int, body: bytes) -> bytes:
    """One EBML element, its length in eight bytes."""
    width = (name.bit_length() + 7) // 8
    return name.to_bytes(width, "big") + (1 << 56 | len(body)).to_bytes(8, "big") + body


def webm(
    seconds: float,
    codecs: tuple[bytes, ...] = (b"V_VP9", b"A_OPUS"),
    doctype: bytes = b"webm",
    unknown: bool = False,
    says: float | None = None,
) -> bytes:
    """A webm with one block a second in clusters of five; its header ``says`` how long it is."""
    length = seconds if says is None else says
    duration = element(0x4489, struct.pack(">d", length * 1000)) if length else b""
    info = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3, "big")) + duration)
    each = element(0x23E383, (1_000_000_000).to_bytes(4, "big"))
    tracks = b"".join(
        element(0xAE, element(0xD7, bytes([number])) + element(0x86, codec) + each)
        for number, codec in enumerate(codecs, 1)
    )
    inside = info + element(0x1654AE6B, tracks)
    for begin in range(0, int(seconds), 5):
        blocks = element(0xE7, (begin * 1000).to_bytes(4, "big"))
        for second in range(begin, min(begin + 5, int(seconds))):
            block = b"\x81" + struct.pack(">h", (second - begin) * 1000) + bytes(9)
            blocks += element(0xA3, block) if second % 2 else element(0xA0, element(0xA1, block))
        inside += UNKNOWN_CLUSTER + blocks if unknown else element(0x1F43B675, blocks)
    segment = element(0x18538067, inside)
    if unknown:
        segment = b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + inside
    return element(0x1A45DFA3, element(0x4282, doctype)) + segment

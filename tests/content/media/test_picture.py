"""content.media.picture: how large a picture is, and what it tells of him who took it."""

import struct
import zlib

import pytest

from content.media import picture

PLACE = b"GPS 39.9042N 116.4074E"
SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"pixels\xff\x00" + b"\xff\xd9"


def segment(kind: int, body: bytes) -> bytes:
    return bytes([0xFF, kind]) + struct.pack(">H", len(body) + 2) + body


def exif(upright: int, order: str = "<") -> bytes:
    """A TIFF directory with a place in it, and which side is up."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHIHH", 0x0112, 3, 1, upright, 0)
    entries += struct.pack(order + "HHII", 0x8825, 4, 1, 38)
    return head + struct.pack(order + "IH", 8, 2) + entries + bytes(4) + PLACE


def jpeg(upright: int = 6, order: str = "<", wide: int = 40, high: int = 30) -> bytes:
    frame = struct.pack(">BHHB", 8, high, wide, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + b"".join((
        segment(0xE0, b"JFIF\0" + bytes(9)), segment(0xE1, b"Exif\0\0" + exif(upright, order)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE), segment(0xED, b"IPTC" + PLACE),
        segment(0xE2, b"ICC_PROFILE\0colours"), segment(0xFE, PLACE),
        segment(0xDB, bytes(65)), segment(0xC0, frame), SCAN,
    ))  # fmt: skip


def png(*chunks: tuple[bytes, bytes], wide: int = 40, high: int = 30) -> bytes:
    size = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", size), *chunks, (b"IDAT", b"pixels"), (b"IEND", b""))
    )


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    size = bytes([0x0C, 0, 0, 0]) + (39).to_bytes(3, "little") + (29).to_bytes(3, "little")
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(inside)) + inside + b"\0" * (len(inside) % 2)
        for kind, inside in ((b"VP8X", size), (b"VP8 ", b"pixels"), *chunks)
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("upright", [1, 3, 6, 8])
def test_a_photograph_forgets_its_place_and_keeps_its_upright_side(
    upright: int, order: str
) -> None:
    clean = picture.without_traces(jpeg(upright, order))
    assert PLACE not in clean
    assert b"colours" in clean
    assert clean.endswith(SCAN)
    assert picture.size_of(clean) == (40, 30)
    told = clean.find(b"Exif\0\0")
    assert (told >= 0) == (upright != 1)
    if told >= 0:
        assert picture._orientation(clean[told + 6 :]) == upright
    assert picture.without_traces(clean) == clean


def test_other_formats_forget_it_too() -> None:
    for raw in (
        png((b"tEXt", b"Author\0" + PLACE), (b"eXIf", exif(6)), (b"iTXt", PLACE)),
        webp((b"EXIF", exif(6)), (b"XMP ", PLACE)),
    ):
        clean = picture.without_traces(raw)
        assert PLACE not in clean
        assert b"pixels" in clean
        assert picture.size_of(clean) == picture.size_of(raw) == (40, 30)
    assert b"eXIf" in picture.without_traces(png((b"eXIf", exif(6))))
    assert webp()[:20] + b"\0" == picture.without_traces(webp())[:21]


@pytest.mark.parametrize("raw", [png(), b"GIF89a(\0\x1e\0" + bytes(9), b"<svg/>"])
def test_what_tells_nothing_stays_as_it_is(raw: bytes) -> None:
    assert picture.without_traces(raw) == raw


@pytest.mark.parametrize("whole", [jpeg(), png((b"eXIf", exif(6))), webp((b"EXIF", exif(6)))])
def test_a_picture_cut_anywhere_breaks_nothing(whole: bytes) -> None:
    for length in range(len(whole)):
        picture.without_traces(whole[:length])
        picture.size_of(whole[:length])
        picture.foreign(whole[:length])


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypheic", "HEIC"), (b"\0\0\0\x18ftypavif", "AVIF"),
        (b"\x01\0\0\0" + bytes(36) + b" EMF", "EMF"), (b"\xd7\xcd\xc6\x9a", "WMF"),
        (b"II*\0", "TIFF"), (b"\0\0\0\x18ftypisom", ""), (png(), ""), (jpeg(), ""),
    ],
)  # fmt: skip
def test_pictures_that_no_browser_shows_are_named(head: bytes, name: str) -> None:
    assert picture.foreign(head + bytes(30)) == name

"""content.media.sound: how long recordings last, by their headers."""

import struct
from pathlib import Path

import pytest

from content.media import sound
from content.model.errors import NotPlayable
from tests.content.films import Trak, esds, mp4


def wav(seconds: int) -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    samples = bytes(8000 * seconds)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form
    body += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


def mp3(seconds: int, *, tag: bytes = b"", frames: int = 0) -> bytes:
    """64 kbit/s at 44,100 Hz; with ``frames`` a first frame that tells how many there are."""
    frame = b"\xff\xfb\x50\xc0" + bytes(17)
    if frames:
        frame += b"Xing" + struct.pack(">II", 1, frames)
    size = bytes([0, 0, len(tag) >> 7, len(tag) & 0x7F])
    before = b"ID3\x04\0\0" + size + tag if tag else b""
    return before + frame + bytes(8_000 * seconds - len(frame))


def ogg(seconds: int) -> bytes:
    def page(samples: int, body: bytes) -> bytes:
        return b"OggS\0\0" + struct.pack("<q", samples) + bytes(13) + bytes([len(body)]) + body

    head = b"OpusHead\x01\x01" + struct.pack("<HI", 312, 16_000) + bytes(3)
    return page(0, head) + page(48_000 * seconds + 312, b"x")


def m4a(codec: bytes) -> bytes:
    return mp4(traks=(Trak(b"soun", codec, 8, esds(0x40)),)).replace(b"isom", b"M4A ", 1)


@pytest.mark.parametrize(
    ("raw", "lasts"),
    [
        (wav(3), 3), (mp3(5), 5), (mp3(2, tag=bytes(300)), 2), (mp3(1, frames=383), 10.0),
        (ogg(7), 7), (m4a(b"mp4a"), 8),
    ],
)  # fmt: skip
def test_a_recording_tells_its_length(tmp_path: Path, raw: bytes, lasts: float) -> None:
    file = tmp_path / "x"
    file.write_bytes(raw)
    assert sound.seconds(file) == pytest.approx(lasts, abs=0.1)


@pytest.mark.parametrize("whole", [wav(1)[:200], mp3(1, tag=b"t")[:200], ogg(1)])
def test_a_recording_cut_anywhere_gives_a_length_or_says_no(tmp_path: Path, whole: bytes) -> None:
    file = tmp_path / "x"
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        try:
            assert sound.seconds(file) > 0
        except NotPlayable:
            pass


def test_a_film_is_no_recording(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(m4a(b"alac"))
    with pytest.raises(NotPlayable, match="alac"):
        sound.seconds(file)

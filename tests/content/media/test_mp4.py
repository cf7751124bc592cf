"""content.media.mp4: lengths are read, false sizes are noticed."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.media.mp4 import Movie, duration_s, probe
from content.model.errors import NotPlayable
from tests.content.conftest import box, mp4


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


@pytest.mark.parametrize("version", [0, 1])
def test_length_and_codecs_are_read(film: Path, version: int) -> None:
    film.write_bytes(mp4(75.9, version=version))
    assert probe(film) == Movie(75.9, ("avc1",))
    assert duration_s(film) == 75


def test_an_index_behind_the_pictures_is_found(film: Path) -> None:
    whole = mp4(12)
    film.write_bytes(whole[:16] + box(b"mdat", bytes(5000)) + whole[16:-72])
    assert duration_s(film) == 12


def test_a_box_to_the_end_of_the_file_is_followed(film: Path) -> None:
    film.write_bytes(mp4(12)[:-72] + struct.pack(">I4s", 0, b"mdat") + bytes(100))
    assert duration_s(film) == 12


def test_a_film_cut_anywhere_before_its_end_is_not_playable(film: Path) -> None:
    whole = mp4(12)
    index_ends = len(whole) - 72
    for length in range(len(whole)):
        film.write_bytes(whole[:length])
        if length == index_ends:
            continue
        with pytest.raises(NotPlayable):
            probe(film)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"RIFF" + bytes(100), "claims|ftyp"),
        (box(b"mdat", bytes(20)), "does not begin with an ftyp box"),
        (box(b"ftyp", b"isom"), "no moov box"),
        (box(b"ftyp", b"isom") + box(b"moov", b""), "no moov box"),
        (box(b"ftyp", b"isom") + box(b"moov", box(b"free", b"")), "does not tell its length"),
        (mp4(0), "does not tell its length"),
        (box(b"ftyp", b"") + struct.pack(">I4sQ", 1, b"moov", 2**63), "the file is cut"),
        (box(b"ftyp", b"") + struct.pack(">I4s", 4, b"moov"), "claims 4"),
    ],
)
def test_what_is_no_film_says_why(film: Path, data: bytes, message: str) -> None:
    film.write_bytes(data)
    with pytest.raises(NotPlayable, match=message):
        probe(film)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, len(mp4()) - 1), st.integers(0, 255), st.binary(max_size=40))
def test_damaged_films_give_a_length_or_not_playable(
    film: Path, at: int, value: int, tail: bytes
) -> None:
    damaged = bytearray(mp4())
    damaged[at] = value
    film.write_bytes(bytes(damaged) + tail)
    try:
        assert probe(film).seconds > 0
    except NotPlayable:
        pass


def pieces(*runs: tuple[int, bytes], each: int = 0) -> bytes:
    """A film in fragments: begin and run of each; its index has the track, 1,000 to a second."""
    track = box(b"tkhd", bytes(12) + struct.pack(">I", 7)) + box(
        b"mdia", box(b"mdhd", bytes(12) + struct.pack(">II", 1000, 0))
    )
    usual = box(b"mvex", box(b"trex", struct.pack(">IIIIII", 0, 7, 1, each, 0, 0)))
    head = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 0) + bytes(80))
    whole = box(b"ftyp", b"iso5") + box(b"moov", head + box(b"trak", track) + usual)
    for begin, run in runs:
        inside = box(b"tfhd", struct.pack(">II", 0, 7)) + run
        if begin >= 0:
            inside += box(b"tfdt", struct.pack(">II", 0, begin))
        whole += box(b"moof", box(b"traf", inside)) + box(b"mdat", bytes(64))
    return whole


def run(*lasting: int, count: int = 0) -> bytes:
    """A run of samples, each with its length and size; or ``count`` samples without them."""
    if count:
        return box(b"trun", struct.pack(">II", 0, count))
    samples = b"".join(struct.pack(">II", duration, 9) for duration in lasting)
    return box(b"trun", struct.pack(">III", 0x301, len(lasting), 0) + samples)


@pytest.mark.parametrize(
    ("whole", "seconds"),
    [
        (pieces((0, run(500, 700)), (1200, run(300, 1500))), 3.0),
        (pieces((60_000, run(500)), (60_500, run(1500))), 2.0),  # cut out of a longer one
        (pieces((-1, run(count=10)), (-1, run(count=20)), each=100), 3.0),
    ],
)
def test_a_film_in_pieces_is_as_long_as_they_reach(
    film: Path, whole: bytes, seconds: float
) -> None:
    film.write_bytes(whole)
    assert probe(film).seconds == seconds


@pytest.mark.parametrize(
    "whole",
    [
        pieces(),
        pieces((0, box(b"trun", struct.pack(">III", 0x301, 2**30, 0)))),
        pieces((0, run(500)))[:-70],
        pieces((0, box(b"trun", b""))),
    ],
)
def test_pieces_that_lie_are_not_playable(film: Path, whole: bytes) -> None:
    film.write_bytes(whole)
    with pytest.raises(NotPlayable):
        probe(film)

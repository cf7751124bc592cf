"""content.mp4: lengths are told, lies about sizes are noticed."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.errors import NotPlayable
from content.mp4 import Movie, duration_s, probe
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
    ("data", "said"),
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
def test_what_is_no_film_says_why(film: Path, data: bytes, said: str) -> None:
    film.write_bytes(data)
    with pytest.raises(NotPlayable, match=said):
        probe(film)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, len(mp4()) - 1), st.integers(0, 255), st.binary(max_size=40))
def test_damaged_films_give_a_length_or_not_playable(
    film: Path, at: int, value: int, tail: bytes
) -> None:
    data = bytearray(mp4())
    data[at] = value
    film.write_bytes(bytes(data) + tail)
    try:
        assert probe(film).seconds > 0
    except NotPlayable:
        pass

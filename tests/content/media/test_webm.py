"""content.media.webm: lengths and codecs are read, false sizes are noticed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.media import film
from content.media.film import Film
from content.media.mp4 import Movie
from content.media.webm import probe
from content.model.errors import NotPlayable
from tests.content.conftest import webm


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    return tmp_path / "film.webm"


def test_length_and_codecs_are_read(movie: Path) -> None:
    movie.write_bytes(webm(75.5))
    assert probe(movie) == Movie(75.5, ("V_VP9", "A_OPUS"))


def test_a_recording_of_unknown_size_is_read(movie: Path) -> None:
    movie.write_bytes(webm(9.0, unknown=True))
    assert probe(movie).seconds == 9.0


def test_a_film_cut_anywhere_is_not_playable(movie: Path) -> None:
    whole = webm(12)
    for length in range(len(whole)):
        movie.write_bytes(whole[:length])
        with pytest.raises(NotPlayable):
            probe(movie)


def test_a_film_that_does_not_tell_its_length_is_not_playable(movie: Path) -> None:
    movie.write_bytes(webm(0))
    with pytest.raises(NotPlayable, match="length"):
        probe(movie)


def test_its_cousin_matroska_is_not_playable(movie: Path) -> None:
    movie.write_bytes(webm(9, doctype=b"matroska"))
    with pytest.raises(NotPlayable, match="matroska"):
        probe(movie)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_film_raises_nothing_else(movie: Path, data: st.DataObject) -> None:
    raw = bytearray(webm(5))
    for _ in range(3):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    movie.write_bytes(raw)
    try:
        assert probe(movie).seconds > 0
    except NotPlayable:
        pass


def test_codecs_that_old_browsers_lack_are_named(movie: Path) -> None:
    movie.write_bytes(webm(5, codecs=(b"V_AV1", b"A_OPUS")))
    assert film.probe(movie) == Film(5.0, ".webm", ("V_AV1",))

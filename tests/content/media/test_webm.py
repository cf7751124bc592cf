"""content.media.webm: lengths are those of the blocks, false sizes are noticed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.media.webm import probe
from content.model.errors import NotPlayable
from tests.content.films import webm


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    return tmp_path / "film.webm"


def test_length_and_codecs_are_read(movie: Path) -> None:
    movie.write_bytes(webm(75.3))
    assert (probe(movie).seconds, probe(movie).codecs) == (75.3, ("V_VP9", "A_OPUS"))


@pytest.mark.parametrize("says", [0, 4, 60, float("inf"), float("nan"), -1])
@pytest.mark.parametrize("unknown", [False, True])
def test_what_the_header_says_of_the_length_does_not_count(
    movie: Path, says: float, unknown: bool
) -> None:
    movie.write_bytes(webm(12, says=says, unknown=unknown))
    assert probe(movie).seconds == 12


def test_subtitles_are_no_track_of_a_film(movie: Path) -> None:
    movie.write_bytes(webm(5, (b"V_VP8", b"A_VORBIS", b"D_WEBVTT/SUBTITLES", b"S_TEXT/UTF8")))
    assert probe(movie).codecs == ("V_VP8", "A_VORBIS")


def test_a_film_cut_anywhere_is_not_playable(movie: Path) -> None:
    whole = webm(12)
    for length in range(len(whole)):
        movie.write_bytes(whole[:length])
        with pytest.raises(NotPlayable):
            probe(movie)


def test_its_cousin_matroska_is_not_playable(movie: Path) -> None:
    movie.write_bytes(webm(9, doctype=b"matroska"))
    with pytest.raises(NotPlayable, match="matroska") as refused:
        probe(movie)
    assert refused.value.values == {"kind": "MKV"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_film_raises_nothing_else(movie: Path, data: st.DataObject) -> None:
    raw = bytearray(webm(5, unknown=data.draw(st.booleans())))
    for _ in range(3):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    movie.write_bytes(raw)
    try:
        assert probe(movie).seconds >= 0
    except NotPlayable:
        pass

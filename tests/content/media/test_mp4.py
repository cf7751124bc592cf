"""content.media.mp4: lengths are those of the samples, false sizes are noticed."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.media.mp4 import probe
from content.model.errors import NotPlayable
from tests.content.films import SAMPLES, Trak, avcc, box, esds, head, mp4

REST = SAMPLES + 8


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def _length(film: Path, raw: bytes) -> float:
    film.write_bytes(raw)
    return probe(film).seconds


@pytest.mark.parametrize("version", [0, 1])
def test_length_and_codecs_are_read(film: Path, version: int) -> None:
    film.write_bytes(mp4(75.9, version=version))
    movie = probe(film)
    assert (movie.seconds, movie.codecs) == (75.9, ("avc1", "mp4a"))


@pytest.mark.parametrize("says", [0, 5, 12, 90_000])
def test_what_the_header_says_of_the_length_does_not_count(film: Path, says: float) -> None:
    assert _length(film, mp4(6, says=says)) == 6


TEXT = Trak(b"text", b"text", 40)


@pytest.mark.parametrize(
    ("traks", "seconds"),
    [
        ((Trak(seconds=6), Trak(b"soun", b"mp4a", 9)), 9),
        ((Trak(seconds=6), TEXT, Trak(b"tmcd", b"tmcd", 40), Trak(b"meta", b"mebx", 40)), 6),
        # Chapters: their names, and a picture for each.
        ((Trak(seconds=6, chapters=3), TEXT, Trak(b"vide", b"jpeg", 40)), 6),
        ((Trak(seconds=10, edits=((6, 2),)),), 6),
        ((Trak(seconds=10, edits=((60, 2),)),), 8),  # no more than there is
        ((Trak(seconds=10, edits=((0, 2.5),)),), 7.5),  # "all that is left"
        ((Trak(seconds=10, edits=((1.5, -1), (10, 0))),), 11.5),  # begins later
        ((Trak(seconds=10, edits=((10, 0), (50, -1))),), 10),  # nothing after the end
    ],
)
def test_a_film_is_as_long_as_its_longest_track_of_picture_or_sound(
    film: Path, traks: tuple[Trak, ...], seconds: float
) -> None:
    assert _length(film, mp4(traks=traks)) == pytest.approx(seconds, abs=0.001)


def test_profile_level_size_and_kind_of_sound_are_read(film: Path) -> None:
    picture = Trak(inside=avcc(110, 40), size=(1920, 1080))
    film.write_bytes(mp4(traks=(picture, Trak(b"soun", b"mp4a", 10, esds(0x6B)))))
    first, second = probe(film).tracks
    assert (first.profile, first.level, first.width, first.height) == (110, 40, 1920, 1080)
    assert second.object_type == 0x6B


def test_an_index_behind_the_pictures_is_found(film: Path) -> None:
    whole = mp4(12)
    assert _length(film, whole[:16] + box(b"mdat", bytes(5000)) + whole[16:-REST]) == 12


def test_a_box_to_the_end_of_the_file_is_followed(film: Path) -> None:
    assert _length(film, mp4(12)[:-REST] + struct.pack(">I4s", 0, b"mdat") + bytes(100)) == 12


def test_a_box_with_a_size_of_64_bits_is_followed(film: Path) -> None:
    samples = struct.pack(">I4sQ", 1, b"mdat", 16 + SAMPLES) + bytes(SAMPLES)
    assert _length(film, mp4(12)[:-REST] + samples) == 12


def test_what_some_programs_leave_behind_a_film_does_no_harm(film: Path) -> None:
    for rest in (b"\0\0\0", b"\xff\xd8\xff\xe0\0\0\0\0garbage"):
        assert _length(film, mp4(12) + rest) == 12


def test_a_film_cut_anywhere_is_not_playable(film: Path) -> None:
    whole = mp4(12)
    for length in range(len(whole)):
        film.write_bytes(whole[:length])
        with pytest.raises(NotPlayable):
            probe(film)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"RIFF" + bytes(100), "claims"),
        (box(b"ftyp", b"isom"), "no moov box"),
        (box(b"ftyp", b"isom") + box(b"moov", b""), "no moov box"),
        (box(b"ftyp", b"") + struct.pack(">I4sQ", 1, b"moov", 2**63), "the file is cut"),
        (box(b"ftyp", b"") + struct.pack(">I4s", 4, b"moov"), "claims 4"),
        (box(b"ftyp", b"") + box(b"moov", box(b"free", b"") * 20_001), "boxes"),
        (mp4()[:16] + box(b"moov", mp4()[24:-REST]), "behind the end"),
    ],
)
def test_what_is_no_film_says_why(film: Path, data: bytes, message: str) -> None:
    film.write_bytes(data)
    with pytest.raises(NotPlayable, match=message):
        probe(film)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_damaged_films_give_a_length_or_not_playable(film: Path, data: st.DataObject) -> None:
    traks = (Trak(inside=avcc(100), edits=((3, 1),)), Trak(b"soun", b"mp4a", 9, esds(0x40)))
    raw = data.draw(st.sampled_from((mp4(traks=traks), pieces((0, run(500)), (500, run(9))))))
    damaged = bytearray(raw)
    for _ in range(3):
        damaged[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    film.write_bytes(bytes(damaged) + data.draw(st.binary(max_size=40)))
    try:
        assert probe(film).seconds >= 0
    except NotPlayable:
        pass


def pieces(*runs: tuple[int, bytes], each: int = 0) -> bytes:
    """A film in fragments: begin and run of each; its index has the track, 90,000 to a second."""
    trak = mp4(traks=(Trak(samples=False),))
    at = trak.index(b"trak") - 4
    usual = box(b"mvex", box(b"trex", struct.pack(">IIIIII", 0, 1, 1, each, 0, 0)))
    whole = box(b"ftyp", b"iso5") + box(b"moov", head(0) + trak[at:-REST] + usual)
    for begin, samples in runs:
        inside = box(b"tfhd", struct.pack(">II", 0, 1)) + samples
        if begin >= 0:
            inside += box(b"tfdt", struct.pack(">II", 0, begin * 90))
        whole += box(b"moof", box(b"traf", inside)) + box(b"mdat", bytes(64))
    return whole


def run(*lasting: int, count: int = 0) -> bytes:
    """A run of samples, each with its length in ms and size; or ``count`` without them."""
    if count:
        return box(b"trun", struct.pack(">II", 0, count))
    samples = b"".join(struct.pack(">II", duration * 90, 9) for duration in lasting)
    return box(b"trun", struct.pack(">III", 0x301, len(lasting), 0) + samples)


@pytest.mark.parametrize(
    ("whole", "seconds"),
    [
        (pieces((0, run(500, 700)), (1200, run(300, 1500))), 3.0),
        (pieces((60_000, run(500)), (60_500, run(1500))), 2.0),  # cut out of a longer one
        (pieces((-1, run(count=10)), (-1, run(count=20)), each=9_000), 3.0),
        (pieces(), 0.0),
    ],
)
def test_a_film_in_pieces_is_as_long_as_they_reach(
    film: Path, whole: bytes, seconds: float
) -> None:
    assert _length(film, whole) == seconds


@pytest.mark.parametrize(
    "whole",
    [
        pieces((0, box(b"trun", struct.pack(">III", 0x301, 2**30, 0)))),
        pieces((0, run(500)))[:-70],
        pieces((0, box(b"trun", b""))),
    ],
)
def test_pieces_that_lie_are_not_playable(film: Path, whole: bytes) -> None:
    film.write_bytes(whole)
    with pytest.raises(NotPlayable):
        probe(film)

"""content.media.film: which films are taken, which are refused, and in which words."""

from pathlib import Path

import pytest

from content.media import film
from content.media.containers import container_of
from content.model.errors import NotPlayable
from tests.content.films import SAMPLES, Trak, avcc, box, esds, mp4, webm

SOUND = Trak(b"soun", b"mp4a", 10, esds(0x40))


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    return tmp_path / "film"


def _codes(movie: Path, raw: bytes) -> list[str]:
    """What is said of a film, each with the value that it names."""
    movie.write_bytes(raw)
    judged = film.probe(movie)
    return [
        " ".join([fault.code, *map(str, fault.values.values())])
        for fault in judged.faults + judged.notes
    ]


def test_h264_with_aac_is_taken_without_a_word(movie: Path) -> None:
    for profile, level in ((66, 30), (77, 31), (100, 51)):
        picture = Trak(inside=avcc(profile, level), size=(1920, 1080))
        assert _codes(movie, mp4(traks=(picture, SOUND))) == []
    assert film.probe(movie).seconds == 10


@pytest.mark.parametrize(
    ("traks", "code", "value"),
    [
        # Taken, with a remark.
        ((Trak(inside=avcc(110)), SOUND), "note-film-profile", "High 10"),
        ((Trak(inside=avcc(122)), SOUND), "note-film-profile", "High 4:2:2"),
        ((Trak(inside=avcc(244)), SOUND), "note-film-profile", "High 4:4:4"),
        ((Trak(inside=avcc(100, 60)), SOUND), "note-film-level", "6.0"),
        ((Trak(size=(3840, 2160)), SOUND), "note-film-large", "3840 2160"),
        ((Trak(codec=b"vp09"), SOUND), "note-film-picture", "VP9"),
        ((Trak(), Trak(b"soun", b".mp3")), "note-film-sound", "MP3"),
        ((Trak(), Trak(b"soun", b"mp4a", 10, esds(0x6B))), "note-film-sound", "MP3"),
        ((Trak(), Trak(b"soun", b"Opus")), "note-film-sound", "Opus"),
        ((Trak(),), "note-film-silent", ""),
        ((Trak(), SOUND, SOUND), "note-film-sounds", "2"),
        # Refused.
        ((Trak(codec=b"hvc1"), SOUND), "video-codec", "HEVC（H.265）"),
        (
            (Trak(codec=b"mp4v", inside=esds(0x20)), SOUND),
            "video-codec",
            "MPEG-4 第 2 部分（DivX、Xvid）",
        ),
        ((Trak(codec=b"mp4v", inside=esds(0x61)), SOUND), "video-codec", "MPEG-2"),
        ((Trak(codec=b"x\x00\xffy"), SOUND), "video-codec", "xy"),
        ((Trak(codec=b"av01"), SOUND), "video-slow", "AV1"),
        ((Trak(), Trak(b"soun", b"ac-3")), "video-sound", "AC-3（杜比）"),
        ((Trak(), Trak(b"soun", b"mp4a", 10, esds(0xA5))), "video-sound", "AC-3（杜比）"),
        ((Trak(), Trak(b"soun", b"mp4a", 10, esds(0x40, b"\xf9\x40"))), "video-sound", "xHE-AAC"),
        ((Trak(codec=b"encv"), SOUND), "video-locked", ""),
        ((Trak(seconds=0.5),), "video-length", "0"),
    ],
)
def test_a_film_is_taken_with_a_remark_or_refused(
    movie: Path, traks: tuple[Trak, ...], code: str, value: str
) -> None:
    assert _codes(movie, mp4(traks=traks)) == [f"{code} {value}".strip()]


def test_the_track_that_browsers_play_is_judged(movie: Path) -> None:
    dubbed = (Trak(), Trak(b"soun", b"ac-3"), Trak(b"soun", b"mp4a", 12, esds(0x40)))
    assert _codes(movie, mp4(traks=dubbed)) == ["note-film-sounds 2"]
    assert film.probe(movie).seconds == 12


def test_chapters_captions_and_timecode_do_not_make_a_film_refused(movie: Path) -> None:
    others = [Trak(kind, kind, 40) for kind in (b"text", b"sbtl", b"clcp", b"tmcd", b"meta")]
    pictures = Trak(b"vide", b"jpeg", 40)
    whole = mp4(traks=(Trak(chapters=8), SOUND, *others, pictures))
    assert _codes(movie, whole) == []
    assert film.probe(movie).seconds == 10


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (mp4(traks=(SOUND,)), "video-no-picture"),
        (webm(5, (b"A_OPUS",)), "video-no-picture"),
        (mp4(traks=(Trak(b"text", b"text"),)), "video-cut"),
        (mp4(traks=(Trak(samples=False),)), "video-cut"),  # a recording that never began
        (mp4()[:-1], "video-cut"),
        (box(b"ftyp", b"isom") + box(b"mdat", bytes(99)), "video-cut"),
        (box(b"styp", b"msdh") + box(b"moof", bytes(8)), "video-cut"),
        (webm(5)[:-1], "video-cut"),
        (webm(5, doctype=b"matroska"), "video-container"),
        (b"RIFF\0\0\0\0AVI LIST", "video-container"),
        (b"no film", "video-not-mp4"),
        (
            mp4()[: -SAMPLES - 8].replace(b"stts\0\0\0\0\0\0\0\1", b"stts\0\0\0\0\xff\0\0\0"),
            "video-not-mp4",
        ),
    ],
)
def test_what_is_no_film_of_ours_is_refused_for_what_it_is(
    movie: Path, raw: bytes, fault: str
) -> None:
    movie.write_bytes(raw)
    with pytest.raises(NotPlayable) as refused:
        film.probe(movie)
    assert refused.value.fault == fault


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (mp4(), "mp4"),
        (mp4()[16:], "mp4"),  # QuickTime of old begins with its index
        (webm(5), "webm"),
        (b"FLV\x01\x05", "FLV"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6", "WMV"),
        (b"\0\0\x01\xba\x44", "MPEG"),
        ((b"\x47" + bytes(187)) * 5, "TS"),
        ((bytes(4) + b"\x47" + bytes(187)) * 5, "TS"),
        (b".RMF\0\0\0\x12", "RealMedia（RM、RMVB）"),
        (b"OggS" + bytes(24) + b"\x80theora", "Ogg"),
        (b"OggS" + bytes(24) + b"\x01vorbis", ""),  # sound alone
        (b"\x89PNG\r\n\x1a\n", ""),
        (b"GIF89a", ""),
        (b"\0\0\0\x18ftypheic", ""),
        (bytes(1024), ""),
        (b"GGGGG text that begins with G", ""),
    ],
)
def test_the_first_bytes_say_what_a_film_stands_in(head: bytes, kind: str) -> None:
    assert container_of(head[:1024]) == kind

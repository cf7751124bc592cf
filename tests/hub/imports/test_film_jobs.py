"""Films are converted where the hub has ffmpeg; where it has none, everything else goes on."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from content.media import film, mp4
from content.model.faults.faults import Fault
from hub.context.open_hub import Hub
from hub.films import converting, ffmpeg
from hub.films.ffmpeg import ConvertingFault, FilmInput
from hub.imports import film_jobs, imports, jobs
from hub.materials import uploads
from hub.materials.import_report import ImportReport, ImportTarget
from hub.rights import Actor
from hub.store import json_values, materials
from hub.store.engine import reading
from hub.store.scope import whole
from tests.content.films import Trak
from tests.content.films import mp4 as boxes

PROGRAM = shutil.which("ffmpeg")
needs_ffmpeg = pytest.mark.skipif(PROGRAM is None, reason="ffmpeg is not installed")


@pytest.fixture
def author(sqlite_hub: Hub) -> Actor:
    return imports.author_of(sqlite_hub, "author", "")


@pytest.fixture(scope="module")
def avi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of MPEG-4 part 2 and MP3, as old cameras write them; loud, and small."""
    file = tmp_path_factory.mktemp("films") / "old.avi"
    pictures = ("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=2")
    sound = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2")
    made = ("-c:v", "mpeg4", "-c:a", "libmp3lame", str(file))
    subprocess.run([str(PROGRAM), "-loglevel", "error", *pictures, *sound, *made], check=True)
    return file


def _hand_in(hub: Hub, by: Actor, file: Path, target: ImportTarget) -> int:
    with file.open("rb") as stream:
        token, kept = uploads.keep(hub, stream, jobs.KIND)
    return jobs.add(hub, by, "老课.avi", kept.stat().st_size, token, target)


def _row(hub: Hub, number: int) -> materials.ImportJob:
    with reading(hub.engine) as connection:
        row = materials.job(connection, whole(connection), number)
    assert row is not None
    return row


def _left(hub: Hub) -> list[str]:
    return [place.name for place in hub.config.uploads.iterdir()]


@needs_ffmpeg
def test_a_film_that_browsers_do_not_play_comes_in_in_two_sizes(
    sqlite_hub: Hub, author: Actor, avi: Path
) -> None:
    hub = sqlite_hub
    number = _hand_in(hub, author, avi, ImportTarget())
    refused = jobs.run(hub, number, author)
    assert [fault.code for fault in refused.faults] == ["video-container"]
    assert len(_left(hub)) == 1  # it may still be converted
    number = _hand_in(hub, author, avi, ImportTarget(convert=True))
    report = jobs.run(hub, number, author)
    assert (report.what, report.imported, report.refused) == ("film", 1, 0)
    (said,) = (fault for fault in report.remarks if fault.code == "note-film-converted")
    assert "720p" in str(said.values["after"])
    assert _row(hub, number).state == "done"
    assert _row(hub, number).percent > 0
    assert len(_left(hub)) == 1  # nothing of this one
    with reading(hub.engine) as connection:
        row = materials.get(connection, whole(connection), int(report.made[0].id))
    assert row is not None
    item = row.item
    assert (item.title, item.seconds) == ("老课", 2)
    assert item.file
    assert item.poster
    for ref in (item.file, item.lighter or item.file):
        judged = film.probe(hub.blobs.path(ref.sha256))
        assert (judged.faults, judged.notes) == ((), ())
        assert abs(judged.seconds - 2) < 0.2
        raw = hub.blobs.read(ref.sha256, 10**7)
        assert raw.index(b"moov") < raw.index(b"mdat")
        picture = mp4.probe(hub.blobs.path(ref.sha256)).tracks[0]
        assert (picture.width, picture.height, picture.profile) == (160, 120, 77)


@needs_ffmpeg
def test_a_film_that_is_here_keeps_its_name_and_gets_the_new_files(
    sqlite_hub: Hub, author: Actor, avi: Path, tmp_path: Path
) -> None:
    hub, taken = sqlite_hub, tmp_path / "tenbit.mp4"
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", str(taken))
    command = [str(PROGRAM), "-loglevel", "error", "-i", str(avi), *coded]
    subprocess.run(command, check=True)
    first = imports.import_file(hub, taken, "第一讲.mp4", author)
    assert film_jobs.is_convertible(first)
    target = ImportTarget(convert=True, material=int(first.made[0].id))
    number = jobs.add(hub, author, "第一讲.mp4", 1, "", target)
    report = jobs.run(hub, number, author)
    assert report.made == first.made
    with reading(hub.engine) as connection:
        row = materials.get(connection, whole(connection), target.material)
    assert row is not None
    assert row.item.file
    assert film.probe(hub.blobs.path(row.item.file.sha256)).notes == ()
    assert (row.title, row.item.title) == ("第一讲", "第一讲")


def test_without_ffmpeg_it_is_said_what_would_help_and_the_rest_goes_on(
    sqlite_hub: Hub, author: Actor, tmp_path: Path
) -> None:
    hub = replace(sqlite_hub, config=replace(sqlite_hub.config, ffmpeg=ffmpeg.OFF))
    assert not film_jobs.can_convert(hub)
    file = tmp_path / "film"
    file.write_bytes(boxes(traks=(Trak(codec=b"hvc1"),)))
    number = _hand_in(hub, author, file, ImportTarget(convert=True))
    report = jobs.run(hub, number, author)
    assert [fault.code for fault in report.faults] == ["convert-no-ffmpeg"]
    assert _left(hub) == []
    page = tmp_path / "page"
    page.write_text("<p>正文</p>", "utf-8")
    number = _hand_in(hub, author, page, ImportTarget(convert=True))
    assert jobs.run(hub, number, author).imported == 1
    gone = jobs.add(hub, author, "x", 1, "", ImportTarget(convert=True, material=99))
    assert [fault.code for fault in jobs.run(hub, gone, author).faults] == ["convert-gone"]


def _program(tmp_path: Path, body: str) -> Path:
    """A program that stands for ffmpeg: a shell script."""
    script = tmp_path / "ffmpeg"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return script


VIDEO = 'case "$*" in *progress*) ;; *) echo "Duration: 00:01:00.00 Video:" >&2; exit 1;; esac\n'


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("echo nothing >&2; exit 1", "convert-unreadable"),
        (VIDEO + "exit 1", "convert-unreadable"),
        (VIDEO + "exit 0", "convert-unreadable"),  # and made nothing
        (VIDEO + "kill -XFSZ $$", "convert-large"),
        (VIDEO + "kill -XCPU $$", "convert-long"),
    ],
)
def test_a_film_that_cannot_be_converted_says_why_and_leaves_nothing(
    sqlite_hub: Hub, author: Actor, tmp_path: Path, body: str, fault: str
) -> None:
    program = str(_program(tmp_path, body))
    hub = replace(sqlite_hub, config=replace(sqlite_hub.config, ffmpeg=program))
    file = tmp_path / "film"
    file.write_bytes(boxes(traks=(Trak(codec=b"hvc1"),)))
    number = _hand_in(hub, author, file, ImportTarget(convert=True))
    report = jobs.run(hub, number, author)
    assert report.faults == (Fault(fault, values={"path": "老课.avi"}),)
    assert _left(hub) == []


def test_a_film_of_which_a_part_was_lost_says_so(
    sqlite_hub: Hub, author: Actor, tmp_path: Path
) -> None:
    (tmp_path / "nine").write_bytes(boxes(9))
    body = f"{VIDEO}cp {tmp_path}/nine large.mp4; cp {tmp_path}/nine small.mp4"
    program = str(_program(tmp_path, body))
    hub = replace(sqlite_hub, config=replace(sqlite_hub.config, ffmpeg=program))
    number = _hand_in(hub, author, tmp_path / "nine", ImportTarget(convert=True))
    report = jobs.run(hub, number, author)
    (lost,) = (fault for fault in report.remarks if fault.code == "note-film-shorter")
    assert (lost.values["claimed"], lost.values["seconds"]) == (60, 9)


def test_a_full_disk_is_said_before_anything_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "film"
    file.write_bytes(boxes())
    monkeypatch.setattr(converting, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(ConvertingFault) as refused:
        converting.convert(tmp_path / "none", file, tmp_path, lambda _percent: None)
    assert refused.value.fault == "convert-no-room"


def test_ffmpeg_is_limited_sees_no_settings_and_opens_files_only(tmp_path: Path) -> None:
    said = tmp_path / "said"
    body = f'(ulimit -t; ulimit -v; ulimit -f; nice; env | cut -d= -f1 | sort; echo "$*") > {said}'
    program = _program(tmp_path, body)
    film_input = FilmInput(tmp_path / "-i http:", "mov")
    ffmpeg.run(program, film_input.arguments(), tmp_path, 60, lambda _second: None)
    seconds, memory, file_size, niceness, *rest = said.read_text().splitlines()
    assert int(seconds) == 60 * ffmpeg.SECONDS_A_SECOND + ffmpeg.LEAST_S
    assert int(memory) * 1024 <= ffmpeg.MEMORY_BYTES
    assert int(file_size) * 512 <= 401_000_000
    assert niceness == "19"
    assert set(rest[:-1]) <= {"HOME", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}
    assert f"-protocol_whitelist file -f mov -i file:{tmp_path}/-i http:" in rest[-1]


def test_what_is_no_film_of_a_known_container_is_never_given_to_ffmpeg(tmp_path: Path) -> None:
    for raw in (b"#EXTM3U\nhttp://a/\n", b"ffconcat version 1.0\nfile /etc/passwd\n", b"DKIF"):
        file = tmp_path / "film"
        file.write_bytes(raw + bytes(600))
        assert converting.source_of(file) is None


def test_a_folder_that_a_dead_hub_left_is_removed_with_the_next_upload(
    sqlite_hub: Hub, author: Actor, tmp_path: Path
) -> None:
    hub = sqlite_hub
    file = tmp_path / "film"
    file.write_bytes(boxes())
    uploads.forget_old(hub)
    for name, age in (("convert-old", uploads.LEFT_S + 5), ("convert-at-work", 5)):
        place = hub.config.uploads / name
        place.mkdir()
        os.utime(place, (hub.now() - age, hub.now() - age))
    _hand_in(hub, author, file, ImportTarget())
    assert sorted(name for name in _left(hub) if name.startswith("convert-")) == ["convert-at-work"]


def test_a_job_that_takes_long_goes_on_saying_so(sqlite_hub: Hub, author: Actor) -> None:
    number = jobs.add(sqlite_hub, author, "x", 1, "", ImportTarget())
    now = [sqlite_hub.now()]
    hub = replace(sqlite_hub, now=lambda: now[0])
    tell = jobs.teller(hub, number)
    for percent, later in ((3, 1), (3, 30), (3, jobs.BEAT_S + 1)):
        now[0] += later
        tell(percent)
    assert _row(hub, number).percent == 3
    assert _row(hub, number).beat_at == now[0]


def test_an_import_of_before_reads_as_ever(sqlite_hub: Hub) -> None:
    old = json_values.read(ImportTarget, '{"bank_id": 3}')
    assert (old.bank_id, old.convert, old.material) == (3, False, 0)
    assert not film_jobs.is_convertible(ImportReport("x", faults=(Fault("video-cut"),)))

"""Backups: whole, read back, made while the hub serves; and what leaves the earlier ones whole."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from content.model.course import FileRef
from content.transfer.blobs import BlobStore
from hub import config
from hub.__main__ import cli
from hub.context import backup_note, open_hub
from hub.context.open_hub import Hub
from hub.errors import RestoreUnfinished
from hub.facts import rebuild
from hub.operations import backup_folder
from hub.operations import restore as restoring
from hub.operations.backup import BackupReport, back_up
from hub.operations.errors import (
    BackupFailed,
    BackupNewer,
    BackupNoRoom,
    BackupRunning,
    BackupUnsound,
    BlobsLost,
    HubAtWork,
    HubThere,
    NoBackup,
    RestoreFailed,
)
from hub.operations.progress import StepProgress, Tell, nobody
from hub.operations.restore import restore
from hub.store import audit, engine, snapshot, units
from hub.store.engine import reading, writing
from tests.faults.hub_backup import Drill, Size
from tests.hub.conftest import (
    TEMPLATE,
    Clock,
    course,
    join_station,
    publish_course,
    sitting,
    study,
)
from tests.hub.postgresql import new_database
from tests.quick import secrets_cost_little

FILM = b"a film of a few bytes"


def with_film(hub: Hub, film: bytes = FILM, version: int = 1) -> str:
    """Publish a course whose film is there; the film's name."""
    sha = hub.blobs.add_bytes(film)
    plan = course(version)
    items = tuple(
        replace(item, file=FileRef("film.mp4", len(film), sha)) if item.file else item
        for item in plan.items
    )
    publish_course(hub, replace(plan, items=items))
    return sha


def with_records(hub: Hub) -> None:
    """A course and a station that has sent a study and an exam."""
    with_film(hub)
    station = join_station(hub, "110101001")
    station.send(station.seal(study("A1", 0, 50), *sitting("A1"), study("A2", 0, 9)))


def backed_up(hub: Hub, place: Path, tell: Tell = nobody, **options: object) -> BackupReport:
    return back_up(hub.config.data, place, now=hub.now, tell=tell, **options)  # type: ignore[arg-type]


def everything(place: Path) -> dict[str, bytes]:
    """All files of a folder but the lock."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.name != backup_folder.LOCK
    }


def where_nobody_listens(data: Path) -> None:
    """Let the hub in ``data`` have no port, so that none of this machine is asked."""
    (data / "hub.toml").write_text("port = 0\n", "utf-8")


def full(step: str) -> Tell:
    """A disk that is full when a step is told of."""

    def tell(progress: StepProgress) -> None:
        if progress.step == step:
            raise OSError(errno.ENOSPC, "No space left on device")

    return tell


# Making one


def test_a_backup_on_either_database_becomes_a_hub_on_sqlite(
    hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    with_records(hub)
    report = backed_up(hub, tmp_path / "disk")
    assert (report.learners, report.missing, report.lost) == (2, (), ())
    restored = restore(tmp_path / "new", tmp_path / "disk", database="sqlite", now=clock)
    assert (restored.learners, restored.aside) == (2, None)
    again = open_hub.open_hub(tmp_path / "new", clock)
    assert again.engine.dialect.name == "sqlite"
    assert rebuild.digest(again) == rebuild.digest(hub)
    assert again.blobs.names() == hub.blobs.names()
    assert again.key == hub.key
    again.close()


def test_the_copy_of_the_database_is_of_the_moment_in_which_it_began(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "PAGES_AT_ONCE", 10)
    with_records(hub)
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))
        with writing(hub.engine) as connection:  # somebody else, all the while
            audit.note(connection, hub.now(), "test", "init", folder="later")

    snapshot.take(hub.engine, engine.newest_revision(), tmp_path / "copy.db", tell)
    assert len(told) > 5
    assert [done for done, _total in told] == sorted(done for done, _total in told)
    copy = snapshot.open_copy(tmp_path / "copy.db")
    with reading(copy) as connection:
        assert audit.count(connection, audit.AuditFilter("later")) == 0
    assert snapshot.unsound(tmp_path / "copy.db") == ""
    assert not list(tmp_path.glob("copy.db-*"))


def test_a_second_backup_copies_only_what_is_new(sqlite_hub: Hub, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    sha = with_film(sqlite_hub)
    assert backed_up(sqlite_hub, place).fresh == 2
    stored = BlobStore(place / "blobs").path(sha)
    before = stored.stat()
    assert (stored.stat().st_mode & 0o777, stored.stat().st_nlink) == (0o600, 1)
    assert backed_up(sqlite_hub, place).fresh == 0
    with_film(sqlite_hub, b"another film", 2)
    assert backed_up(sqlite_hub, place).fresh == 2
    assert stored.stat() == before
    assert len(backup_folder.whole(place)) == 3


def test_only_whoever_made_a_backup_can_read_it(sqlite_hub: Hub, tmp_path: Path) -> None:
    with_film(sqlite_hub)
    folder = backed_up(sqlite_hub, tmp_path / "disk").folder
    modes = {path.is_dir(): set[int]() for path in (folder, folder / "hub.key")}
    for path in (folder, folder.parent, folder.parent / "blobs", *folder.rglob("*")):
        modes[path.is_dir()].add(path.stat().st_mode & 0o777)
    assert modes == {True: {0o700}, False: {0o600}}


def test_within_the_hubs_folder_files_of_courses_take_no_room_of_their_own(
    sqlite_hub: Hub,
) -> None:
    sha = with_film(sqlite_hub)
    report = back_up(sqlite_hub.config.data, now=sqlite_hub.now)
    assert report.same_disk
    assert sqlite_hub.blobs.path(sha).stat().st_nlink == 2


def test_the_newest_stay_and_files_that_none_of_them_needs_go(
    sqlite_hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    place = tmp_path / "disk"
    sha, extra = with_film(sqlite_hub), sqlite_hub.blobs.add_bytes(b"handed in, then put away")
    backed_up(sqlite_hub, place)
    sqlite_hub.blobs.drop(extra)
    for _ in range(2):
        clock.at += 86_400
        report = backed_up(sqlite_hub, place, keep=2)
    assert report.went == 1
    assert len(backup_folder.whole(place)) == 2
    store = BlobStore(place / "blobs")
    assert (store.has(sha), store.has(extra)) == (True, False)


@pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_tables_of_an_older_release_are_backed_up_as_they_are(
    sqlite_template: Path, tmp_path: Path, clock: Clock, kind: str, request: pytest.FixtureRequest
) -> None:
    """An upgrade backs up with the new program before anything is changed."""
    data = Path(shutil.copytree(sqlite_template, tmp_path / "hub"))
    (data / "hub.db").unlink()
    if kind == "postgresql":
        address = request.getfixturevalue("postgresql")[0]
        config.save_database(data, new_database(address, "older"))
    old = engine.open_engine(config.load(data).database_url)
    engine.migrate(old, "0008")
    with writing(old) as connection:
        units.add_root(connection, "总局")
    old.dispose()
    report = back_up(data, tmp_path / "disk", now=clock)
    assert engine.revision(old) == "0008"
    assert snapshot.revision_of(report.folder / "hub.db") == "0008"
    restore(tmp_path / "new", tmp_path / "disk", database="sqlite", now=clock)
    open_hub.open_hub(tmp_path / "new", clock).close()


def test_the_hub_knows_how_old_its_newest_backup_is(sqlite_hub: Hub, tmp_path: Path) -> None:
    data = sqlite_hub.config.data
    assert backup_note.read(data) is None
    report = backed_up(sqlite_hub, tmp_path / "disk", by="keeper")
    note = backup_note.read(data)
    assert note is not None
    assert (note.at, note.folder) == (sqlite_hub.now(), str(report.folder))
    with reading(sqlite_hub.engine) as connection:
        [entry] = audit.latest(connection, 1)
    assert (entry.user, entry.what) == ("keeper", "backup")


# What leaves the earlier ones whole


@pytest.mark.parametrize("step", ["database", "blobs"])
def test_a_full_disk_leaves_the_earlier_backup_whole_and_says_what_to_do(
    sqlite_hub: Hub, tmp_path: Path, step: str
) -> None:
    place = tmp_path / "disk"
    with_film(sqlite_hub)
    backed_up(sqlite_hub, place)
    before = everything(place)
    with_film(sqlite_hub, b"more", 2)
    with pytest.raises(BackupNoRoom, match="请腾出空间.*以前的备份都没有动"):
        backed_up(sqlite_hub, place, full(step))
    after = everything(place)
    assert {name: after[name] for name in before} == before
    assert len(backup_folder.whole(place)) == 1
    assert not list(place.glob("*.part"))
    assert backed_up(sqlite_hub, place).folder.is_dir()


def test_a_killed_backup_is_no_backup_and_the_next_one_clears_it_away(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    place = tmp_path / "disk"
    with_film(sqlite_hub)

    def die(progress: StepProgress) -> None:
        if progress.step == "check":
            os._exit(9)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of other tests are not ours
        child = os.fork()
    if child == 0:
        back_up(sqlite_hub.config.data, place, now=sqlite_hub.now, tell=die)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert len(list(place.glob("*.part"))) == 1
    with pytest.raises(NoBackup):
        backup_folder.find(place)
    backed_up(sqlite_hub, place)
    assert not list(place.glob("*.part"))
    assert len(backup_folder.whole(place)) == 1


def test_two_backups_do_not_write_into_one_folder(sqlite_hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    with backup_folder.held(tmp_path / "disk"), pytest.raises(BackupRunning):
        backed_up(sqlite_hub, tmp_path / "disk")
    backed_up(sqlite_hub, tmp_path / "disk")


def lose(hub: Hub, sha: str) -> None:
    hub.blobs.path(sha).unlink()


def spoil(hub: Hub, sha: str) -> None:
    hub.blobs.path(sha).write_bytes(bytes(len(FILM)))


@pytest.mark.parametrize("harm", [lose, spoil])
def test_a_lost_file_of_a_course_is_named_and_is_no_backup(
    sqlite_hub: Hub, tmp_path: Path, harm: Callable[[Hub, str], None]
) -> None:
    harm(sqlite_hub, with_film(sqlite_hub))
    with pytest.raises(BlobsLost, match=r"1 个课程文件.*food v1.*--incomplete"):
        backed_up(sqlite_hub, tmp_path / "disk")
    assert backup_folder.whole(tmp_path / "disk") == []
    report = backed_up(sqlite_hub, tmp_path / "disk", incomplete=True)
    assert report.missing == ("food v1",)
    note = backup_note.read(sqlite_hub.config.data)
    assert note is not None
    assert note.missing == 1


def test_a_file_that_only_an_earlier_backup_has_stays_in_the_next(
    sqlite_hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    sha = with_film(sqlite_hub)
    backed_up(sqlite_hub, tmp_path / "disk")
    lose(sqlite_hub, sha)
    report = backed_up(sqlite_hub, tmp_path / "disk", keep=1)
    assert (report.lost, report.missing) == (("food v1",), ())
    restore(tmp_path / "new", tmp_path / "disk", now=clock)
    assert BlobStore(tmp_path / "new" / "blobs").has(sha)


def test_a_disk_that_reads_back_other_bytes_is_no_backup(sqlite_hub: Hub, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    sha = with_film(sqlite_hub)
    backed_up(sqlite_hub, place)
    BlobStore(place / "blobs").path(sha).write_bytes(bytes(len(FILM)))
    with pytest.raises(BackupFailed, match="看看这块磁盘"):
        backed_up(sqlite_hub, place)
    assert backed_up(sqlite_hub, place).fresh == 1


def test_facts_that_do_not_follow_from_the_batches_are_no_backup(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    with_records(sqlite_hub)
    with writing(sqlite_hub.engine) as connection:
        states = text("UPDATE facts SET state = (SELECT state FROM facts WHERE learner = 'A2')")
        connection.execute(states)
    with pytest.raises(BackupUnsound, match="A1 do not follow"):
        backed_up(sqlite_hub, tmp_path / "disk")
    assert backup_folder.whole(tmp_path / "disk") == []


# Bringing one back


def test_a_hub_that_is_there_is_replaced_only_when_that_was_said_and_is_kept_aside(
    sqlite_hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    data = sqlite_hub.config.data
    with_records(sqlite_hub)
    backed_up(sqlite_hub, tmp_path / "disk")
    digest, key = rebuild.digest(sqlite_hub), sqlite_hub.key
    sqlite_hub.close()
    shutil.rmtree(data)
    with secrets_cost_little():
        open_hub.create(sqlite_hub.config, clock)  # as an installer would
    where_nobody_listens(data)
    before = everything(data)
    with pytest.raises(HubThere, match="--replace"):
        restore(data, tmp_path / "disk", now=clock)
    assert everything(data) == before
    aside = restore(data, tmp_path / "disk", replacing=True, now=clock).aside
    assert aside is not None
    assert everything(aside) == before
    again = open_hub.open_hub(data, clock)
    assert (rebuild.digest(again), again.key) == (digest, key)
    again.close()


def test_a_hub_that_answers_is_not_replaced(sqlite_hub: Hub, tmp_path: Path, clock: Clock) -> None:
    backed_up(sqlite_hub, tmp_path / "disk")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (sqlite_hub.config.data / "hub.toml").write_text(f"port = {port}\n", "utf-8")
        with pytest.raises(HubAtWork, match=str(port)):
            restore(sqlite_hub.config.data, tmp_path / "disk", replacing=True, now=clock)


def test_a_spoilt_backup_is_refused_before_anything_is_touched(
    sqlite_hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    film = with_film(sqlite_hub)
    open_hub.rotate_key(sqlite_hub, "test")
    folder = backed_up(sqlite_hub, tmp_path / "disk").folder
    files = [folder / name for name in ("hub.db", "keys/1.key", "blobs.txt", "cookie.key")]
    for file in (*files, BlobStore(tmp_path / "disk" / "blobs").path(film)):
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(BackupUnsound, match="什么也没有改动"):
            restore(tmp_path / "new", tmp_path / "disk", now=clock)
        assert not (tmp_path / "new").exists()
        file.write_bytes(whole)
    restore(tmp_path / "new", tmp_path / "disk", now=clock)


def test_a_backup_of_a_newer_program_is_refused_in_one_sentence(
    sqlite_hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    listed = backed_up(sqlite_hub, tmp_path / "disk").folder / "backup.json"
    lines = listed.read_text("utf-8").splitlines()
    for change in ('"format": 2', '"revision": "9999"'):
        name = change.partition(":")[0]
        changed = [f"  {change}," if line.strip().startswith(name) else line for line in lines]
        assert changed != lines
        listed.write_text("\n".join(changed), "utf-8")
        with pytest.raises(BackupNewer, match="这个程序太旧"):
            restore(tmp_path / "new", tmp_path / "disk", now=clock)
        assert not (tmp_path / "new").exists()


def test_a_full_disk_leaves_the_old_hub_as_it_was(
    sqlite_hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    data = sqlite_hub.config.data
    where_nobody_listens(data)
    with_film(sqlite_hub)
    backed_up(sqlite_hub, tmp_path / "disk")
    before = everything(data)
    with pytest.raises(BackupNoRoom):
        restore(data, tmp_path / "disk", replacing=True, now=clock, tell=full("blobs"))
    assert everything(data) == before


def test_old_and_new_change_places_all_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename
    old, new = ("hub.db", "keys", "hub.toml", "hub.key"), ("hub.db", "blobs", "keys", "hub.key")
    for fails_at in range(len(old) + len(new) + 1):
        data = tmp_path / str(fails_at)
        for folder, names in ((data, old), (data / "restoring", new)):
            for name in names:
                (folder / name).mkdir(parents=True)
                (folder / name / "whose").write_text(folder.name)
        done: list[str] = []

        def renamed(path: Path, target: Path, at: int = fails_at, done: list[str] = done) -> Path:
            done.append(path.name)
            if len(done) == at + 1:
                raise OSError(errno.EIO, "no")
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", renamed)
        whose = data.name
        try:
            restoring._swap(data, data / "restoring", data / "replaced")
            whose = "restoring"
        except OSError:
            assert fails_at < len(old) + len(new)
        there = {path.parent.name: path.read_text() for path in data.glob("*/whose")}
        names = new if whose == "restoring" else old
        assert there == dict.fromkeys(names, whose), fails_at
        monkeypatch.undo()


def test_what_is_half_one_hub_and_half_another_is_opened_by_nobody(
    sqlite_hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    data = sqlite_hub.config.data
    with_film(sqlite_hub)
    backed_up(sqlite_hub, tmp_path / "disk")
    (data / open_hub.RESTORING).mkdir()
    (data / "hub.key").unlink()  # as far as a restore had come when the power went
    for attempt in (
        lambda: open_hub.open_hub(data, clock),
        lambda: open_hub.create(sqlite_hub.config, clock),
        lambda: back_up(data, tmp_path / "disk", now=clock),
    ):
        with pytest.raises(RestoreUnfinished, match="--replace"):
            attempt()
    restore(data, tmp_path / "disk", replacing=True, now=clock)
    open_hub.open_hub(data, clock).close()


def test_numbers_that_stations_may_have_heard_are_not_given_out_again(
    sqlite_hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    """A station that holds orders from after the backup still gets the next ones."""
    station = join_station(sqlite_hub, "110101001")
    with_film(sqlite_hub)
    backed_up(sqlite_hub, tmp_path / "disk")
    with_film(sqlite_hub, b"lost with the hub", 2)
    station.send()
    restore(tmp_path / "new", tmp_path / "disk", now=clock)
    again = open_hub.open_hub(tmp_path / "new", clock)
    station.hub = again
    with_film(again, b"published once more", 2)
    kinds = {order.kind for order in station.send().orders}
    assert "course" in kinds
    assert join_station(again, "110101002").node > station.node + 100
    again.close()


@pytest.mark.postgresql
def test_a_database_that_holds_a_hub_is_replaced_only_when_that_was_said(
    postgresql: tuple[str, Path], tmp_path: Path, clock: Clock
) -> None:
    address = new_database(postgresql[0], "replaced", TEMPLATE)
    data = tmp_path / "hub"
    shutil.copytree(postgresql[1], data)
    config.save_database(data, address)
    hub = open_hub.open_hub(data, clock)
    with_records(hub)
    backed_up(hub, tmp_path / "disk")
    digest = rebuild.digest(hub)
    with writing(hub.engine) as connection:
        connection.execute(text("DELETE FROM facts"))
    with pytest.raises(HubThere):
        restore(tmp_path / "new", tmp_path / "disk", now=clock)
    assert not (tmp_path / "new").exists()
    hub.close()
    with pytest.raises(RestoreFailed, match="原来的都没有动"):
        _cut_off(tmp_path, clock)
    assert not (tmp_path / "new" / "hub.key").exists()
    restore(tmp_path / "new", tmp_path / "disk", replacing=True, now=clock)
    again = open_hub.open_hub(tmp_path / "new", clock)
    assert rebuild.digest(again) == digest
    with writing(again.engine) as connection:  # its numbers go on
        audit.note(connection, clock(), "test", "init", folder="after")
        aside = text("SELECT count(*) FROM information_schema.tables WHERE table_name = 'facts'")
        assert connection.execute(aside).scalar_one() == 2
    again.close()


@pytest.mark.postgresql
def test_a_destroyed_hub_on_postgresql_comes_back_with_courses_records_and_stations(
    postgresql: tuple[str, Path], tmp_path: Path
) -> None:
    """On SQLite: ``tests/faults/test_hub_backup.py``."""

    def database(name: str) -> str:
        return new_database(postgresql[0], name)

    drill = Drill(tmp_path, Size(), lambda _line: None, database)
    with secrets_cost_little():
        drill.run()
    assert drill.faults == []


def _cut_off(tmp_path: Path, clock: Clock) -> None:
    def tell(progress: StepProgress) -> None:
        if progress.step == "rows":
            raise OSError(errno.EIO, "Input/output error")

    restore(tmp_path / "new", tmp_path / "disk", replacing=True, now=clock, tell=tell)


# The verbs


def test_the_verbs_say_in_two_languages_what_was_done(sqlite_hub: Hub, tmp_path: Path) -> None:
    with_film(sqlite_hub)
    data = ["--data", str(sqlite_hub.config.data)]
    made = CliRunner().invoke(cli, [*data, "backup", str(tmp_path / "disk")])
    assert made.exit_code == 0, made.output
    assert "已备份并读回核对 / backed up and read back" in made.output
    assert "课程文件 / files of courses: 0 / 0 MB" in made.output
    new = ["--data", str(tmp_path / "new")]
    back = CliRunner().invoke(cli, [*new, "restore", str(tmp_path / "disk")])
    assert back.exit_code == 0, back.output
    assert "已恢复 / restored" in back.output

"""Backups of a data folder: by command, and by the keeper's button."""

import errno
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from node.exchange.node_keys import add_key, load_keys
from node.keeper import backup
from node.keeper.backup import back_up, main, newest_at
from node.keeper.computer import OK, WAITS, HealthCheck
from node.keeper.health import BACKUP_S, look
from node.runtime import NodeRuntime
from node.store import journal
from sync.records import Kind
from tests.node.conftest import LEARNER, START, FakeTime


def _data(folder: Path) -> Path:
    """A data folder whose newest row is still in the write-ahead log."""
    folder.mkdir()
    (folder / "node.toml").write_text("port = 9000\n")
    (folder / "node.key").write_bytes(b"k" * 32)
    with closing(sqlite3.connect(folder / "node.db")) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("CREATE TABLE answer (text)")
        conn.execute("INSERT INTO answer VALUES ('first')")
        conn.commit()
    return folder


def test_backup_holds_rows_that_are_still_in_the_log(tmp_path: Path) -> None:
    data = _data(tmp_path / "data")
    with closing(sqlite3.connect(data / "node.db")) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO answer VALUES ('newest')")
        writer.commit()
        folder = back_up(data)
    with closing(sqlite3.connect(folder / "node.db")) as copy:
        assert [text for (text,) in copy.execute("SELECT text FROM answer")] == ["first", "newest"]


def test_backup_takes_settings_and_key_along(tmp_path: Path) -> None:
    folder = back_up(_data(tmp_path / "data"))
    assert (folder / "node.toml").read_text() == "port = 9000\n"
    assert (folder / "node.key").read_bytes() == b"k" * 32
    assert folder.stat().st_mode & 0o077 == 0


def test_backup_takes_along_what_the_key_was_changed_to(tmp_path: Path) -> None:
    data = _data(tmp_path / "data")
    new = add_key(data)
    keys = load_keys(back_up(data))
    assert keys.generation == 1
    assert keys.current.to_bytes() == new.current.to_bytes()
    assert keys.certificates == new.certificates


def test_only_the_newest_backups_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _data(tmp_path / "data")
    for day in range(1, 9):
        monkeypatch.setattr(time, "strftime", lambda _format, _at, day=day: f"2026010{day}")
        back_up(data)
    names = sorted(path.name for path in (data / "backups").iterdir())
    assert names == [f"2026010{day}" for day in range(4, 9)]


def test_two_backups_in_one_second_are_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _data(tmp_path / "data")
    monkeypatch.setattr(time, "strftime", lambda _format, _at: "20260101-080000")
    assert back_up(data).name == "20260101-080000"
    assert back_up(data).name == "20260101-080000-2"


def test_a_copy_is_named_by_the_time_that_the_pages_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 1_795_014_000  # 2026-11-18 15:00 UTC, 23:00 in Beijing
    monkeypatch.setattr(time, "time", lambda: at)
    assert back_up(_data(tmp_path / "data")).name == "20261118-230000"


def test_backup_to_a_stick_forgets_nothing_there(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    (stick / "photos").mkdir(parents=True)
    for number in range(7):
        (stick / f"2026010{number}").mkdir()
    back_up(_data(tmp_path / "data"), stick)
    assert len(list(stick.iterdir())) == 9


def test_backup_without_a_database_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "no database" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_half_made_copy_counts_for_nothing_and_goes(tmp_path: Path) -> None:
    data = _data(tmp_path / "data")
    half = data / "backups" / "29990101-000000.part"
    half.mkdir(parents=True)
    assert newest_at(data) == 0
    folder = back_up(data)
    assert list((data / "backups").iterdir()) == [folder]
    assert newest_at(data) == int(folder.stat().st_mtime)


def test_what_is_made_of_courses_is_not_copied(tmp_path: Path) -> None:
    data = _data(tmp_path / "data")
    (data / "library.db").write_bytes(b"any size")
    assert not (back_up(data) / "library.db").exists()


def test_a_copy_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    data = _data(tmp_path / "data")
    (data / "node.db").write_bytes(b"SQLite format 3\0 and then nothing of the kind" * 99)
    with pytest.raises(sqlite3.DatabaseError):
        back_up(data)
    assert list((data / "backups").iterdir()) == []


def test_the_keeper_backs_up_by_a_button_and_sees_how_old_it_is(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    assert "还没有备份过" in keeper.get("/keeper/").text
    assert "现在不用备份" in keeper.get("/keeper/").text  # a tick stands beside this
    answer = keeper.post("/keeper/backup")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/keeper/")
    [folder] = (runtime.config.data / "backups").iterdir()
    assert (folder / "node.db").exists()
    assert f"已备份到 {folder}" in keeper.get("/keeper/").text
    two_days_ago = runtime.clock.now() - 2 * 86_400
    os.utime(folder, (two_days_ago, two_days_ago))
    assert "最近一次：2 天前" in keeper.get("/keeper/").text


def test_records_that_are_here_only_are_asked_to_be_copied_after_a_week(
    runtime: NodeRuntime, pc: FakeTime
) -> None:
    note_study(runtime)
    assert backup_of(runtime).kind == OK
    pc.go_on(BACKUP_S + 60)
    assert backup_of(runtime).kind == WAITS
    folder = back_up(runtime.config.data)
    os.utime(folder, (runtime.clock.now(), runtime.clock.now()))
    condition = backup_of(runtime)
    assert (condition.kind, "只在这台电脑上" in condition.note) == (OK, True)


def test_a_full_disk_refuses_the_copy_in_words(
    keeper: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_data: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup, "back_up", full)
    answer = keeper.post("/keeper/backup")
    assert answer.status_code == 507
    assert "磁盘已满" in answer.text


def backup_of(runtime: NodeRuntime) -> HealthCheck:
    [backup_condition] = [
        condition for condition in look(runtime).conditions if condition.name == "备份"
    ]
    return backup_condition


def note_study(runtime: NodeRuntime) -> None:
    runtime.store.write(
        lambda conn: journal.append(
            conn, at=runtime.clock.now(), kind=Kind.EXAM_SUBMIT, learner=LEARNER,
            object="food/final", numbers=(1, START, -1, 0),
        )
    )  # fmt: skip

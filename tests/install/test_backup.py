"""Backups of a data folder (install/backup.py)."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from install.backup import back_up, main
from node.identity import add_key, load_keys


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
    kept = load_keys(back_up(data))
    assert kept.generation == 1
    assert kept.current.to_bytes() == new.current.to_bytes()
    assert kept.certificates == new.certificates


def test_only_the_newest_backups_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _data(tmp_path / "data")
    for day in range(1, 9):
        monkeypatch.setattr(time, "strftime", lambda _format, day=day: f"2026010{day}")
        back_up(data)
    kept = sorted(path.name for path in (data / "backups").iterdir())
    assert kept == [f"2026010{day}" for day in range(4, 9)]


def test_two_backups_in_one_second_are_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _data(tmp_path / "data")
    monkeypatch.setattr(time, "strftime", lambda _format: "20260101-080000")
    assert back_up(data).name == "20260101-080000"
    assert back_up(data).name == "20260101-080000-2"


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

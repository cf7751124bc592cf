"""The node's command: what it says when this computer cannot do it."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

import node.__main__ as command
from node.config import Config
from node.runtime import NodeRuntime


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """The exit code of the command with these words."""
    monkeypatch.setattr("sys.argv", ["xuezhan-node", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        command.main()
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize("verb", ["run", "status", "sync"])
def test_a_database_that_cannot_be_read_is_said_in_words_and_not_as_a_traceback(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "node.db").write_bytes(b"what a dying disk gives instead of a database" * 100)
    assert run(monkeypatch, verb, "--data", tmp_path) == 1
    stderr = capsys.readouterr().err
    assert "本机磁盘读写出错" in stderr
    assert "(disk-fault: file is not a database)" in stderr


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EIO, "disk-fault"), (errno.ENOSPC, "disk-full")]
)
def test_a_setting_that_the_disk_does_not_give_is_said_in_words(
    number: int,
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(_data: Path) -> Config:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Config, "load", refuse)
    assert run(monkeypatch, "status", "--data", tmp_path) == 1
    assert f"({code}: " in capsys.readouterr().err


def test_what_is_no_fault_of_the_disk_is_not_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_data: Path) -> Config:
        raise OSError(errno.EADDRINUSE, "address already in use")

    monkeypatch.setattr(Config, "load", refuse)
    monkeypatch.setattr("sys.argv", ["xuezhan-node", "status", "--data", str(tmp_path)])
    with pytest.raises(OSError, match="already in use"):
        command.main()


def test_a_database_that_can_be_read_is_told_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    NodeRuntime.open(Config(data=tmp_path)).close()
    with sqlite3.connect(tmp_path / "node.db") as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    conn.close()
    assert run(monkeypatch, "status", "--data", tmp_path) == 1
    assert "还没有加入学站" in capsys.readouterr().err

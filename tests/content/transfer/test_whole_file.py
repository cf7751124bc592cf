from __future__ import annotations

import stat
from pathlib import Path

import pytest

from content.transfer.whole_file import write_whole


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    write_whole(file, b"a long first text")
    write_whole(file, b"second")
    assert file.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [file]


def test_a_secret_is_for_its_user_only_even_where_a_cut_left_a_part(tmp_path: Path) -> None:
    (tmp_path / "node.key.part").write_bytes(b"left behind")
    write_whole(tmp_path / "node.key", b"secret", 0o600)
    assert stat.S_IMODE((tmp_path / "node.key").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "node.key"]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    write_whole(file, b"signed by two")
    (tmp_path / "draft.json.part").mkdir()  # where the new one would grow
    with pytest.raises(OSError, match=r"draft\.json\.part"):
        write_whole(file, b"signed by three")
    assert file.read_bytes() == b"signed by two"

"""The demonstration itself: two stations and a hub, judged by its own verdict."""

from pathlib import Path

import pytest

from install import demo

pytestmark = pytest.mark.slow


def test_demo_once_ends_with_equal_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    assert demo.main(["--once", "--data", str(folder)]) == 0, capsys.readouterr().out
    output = capsys.readouterr().out
    assert "两边一致" in output
    assert "≠" not in output


def test_demo_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(SystemExit):
        demo.main(["--once", "--data", str(tmp_path)])
    assert (tmp_path / "mine.txt").read_text() == "keep me"

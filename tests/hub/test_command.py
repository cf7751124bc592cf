"""The command line: each verb does its work, and errors end in one line."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.__main__ import cli, main

SAMPLES = Path(__file__).parents[2] / "content" / "samples"


@pytest.fixture
def data(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sqlite_template, tmp_path / "hub"))


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--data", str(data), *words], catch_exceptions=False)


def test_init_prints_the_first_password_once(tmp_path: Path) -> None:
    said = run(tmp_path / "hub", "init", "--name", "省局")
    assert said.exit_code == 0
    assert "admin" in said.output
    assert "密码" in said.output


def test_the_verbs_work_together(data: Path, tmp_path: Path) -> None:
    units = tmp_path / "org.csv"
    units.write_text("code,name,parent\n11,北京,\n1101,东城,11\n,坏,\n", "utf-8")
    assert "新增 / added 2" in run(data, "org", "import", str(units)).output
    added = run(data, "station", "add", "110101001", "--name", "东华门所", "--parent", "1101")
    assert "接入码 / code: " in added.output
    people = tmp_path / "roster.csv"
    people.write_text("学号,姓名\n1,王小明\n,无号\n", "utf-8")
    tried = run(data, "roster", "import", str(people), "--unit", "110101001", "--dry-run")
    assert "added 1" in tried.output
    taken = run(data, "roster", "import", str(people), "--unit", "110101001")
    assert "退回 / refused 1" in taken.output
    assert "第 3 行：没有学号" in taken.output
    status = run(data, "status").output
    assert "学员 / learners 1" in status
    assert "东华门所 [waiting]" in status
    assert "facts digest" in run(data, "facts", "digest").output
    assert "0 records" in run(data, "facts", "rebuild").output


def test_a_sample_course_is_published_and_run_as_a_class(data: Path) -> None:
    published = run(data, "course", "publish", str(SAMPLES / "food-inspection"))
    assert published.exit_code == 0, published.output
    made = run(
        data, "class", "c1", "food-inspection", "--title", "第一期",
        "--opens", "2026-11-21", "--closes", "2026-12-10",
    )  # fmt: skip
    assert "2026-11-21 – 2026-12-10" in made.output
    assert "food-inspection v1" in run(data, "status").output


def test_an_error_ends_in_one_line_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["xuezhan-hub", "--data", str(tmp_path), "status"])
    assert main() == 1
    assert capsys.readouterr().err.startswith("not-initialised: ")

"""The command line: each verb does its work, and errors end in one line."""

import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from hub.__main__ import cli, main
from tests.content.conftest import PDF, mp4

SAMPLES = Path(__file__).parents[3] / "content" / "samples"


@pytest.fixture
def data(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sqlite_template, tmp_path / "hub"))


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--data", str(data), *words], catch_exceptions=False)


def test_init_prints_the_first_password_once(tmp_path: Path) -> None:
    result = run(tmp_path / "hub", "init", "--name", "省局")
    assert result.exit_code == 0
    assert "admin" in result.output
    assert "密码" in result.output


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


def test_a_sample_course_is_published_and_run_as_a_class(data: Path, tmp_path: Path) -> None:
    published = run(data, "course", "publish", str(SAMPLES / "food-inspection"))
    assert published.exit_code == 0, published.output
    opened = run(
        data, "class", "c1", "food-inspection", "--title", "第一期",
        "--opens", "2026-11-21", "--closes", "2026-12-10",
    )  # fmt: skip
    assert "2026-11-21 – 2026-12-10" in opened.output
    assert "food-inspection v1" in run(data, "status").output
    folder = shutil.copytree(SAMPLES / "food-inspection", tmp_path / "next")
    written = (folder / "course.toml").read_text("utf-8")
    (folder / "course.toml").write_text(written.replace("version = 1", "version = 2"), "utf-8")
    (folder / "handout.pdf").write_bytes(PDF)
    (folder / "reading.md").write_text("# 更正", "utf-8")
    again = run(data, "course", "publish", str(folder)).output.splitlines()
    assert [line.partition("，")[0] for line in again[:-1]] == [
        "《讲义：现场检查清单与法条》算另一份内容",
        "《案例：一次小超市检查：从进门到公示》算同一份内容",
    ]  # fmt: skip


def test_an_error_ends_in_one_line_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["xuezhan-hub", "--data", str(tmp_path), "status"])
    assert main() == 1
    assert capsys.readouterr().err.startswith("not-initialised: ")


def test_files_are_taken_in_with_a_report_for_each(data: Path, tmp_path: Path) -> None:
    (tmp_path / "讲.mp4").write_bytes(mp4(9))
    (tmp_path / "讲.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\n一\n", "gb18030")
    (tmp_path / "题.txt").write_text("::一:: 二加二 {=4 ~5}\n\n::坏:: {\n", "utf-8")
    files = [str(tmp_path / name) for name in ("讲.srt", "题.txt", "讲.mp4")]
    result = run(data, "content", "import", *files, "--bank", "算术")
    assert result.exit_code == 3
    assert result.output.count("taken in 1") == 3
    assert "refused 1, 共 / all 2" in result.output
    assert "bank 1: 算术" in result.output
    assert "题.txt 第 3 行" in result.output
    again = run(data, "content", "import", *files[::2], "--unit", "0")
    assert (again.exit_code, again.output.count("already 1")) == (0, 2)


def test_importing_for_a_unit_that_is_not_there_is_refused(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "讲.mp4"
    file.write_bytes(mp4(9))
    words = ["--data", str(data), "content", "import", str(file), "--unit", "nowhere"]
    monkeypatch.setattr("sys.argv", ["xuezhan-hub", *words])
    assert main() == 1
    assert "unknown-unit" in capsys.readouterr().err


def test_each_verb_comes_from_the_module_that_is_imported_for_it() -> None:
    for verb in cli.list_commands(click.Context(cli)):
        assert cli.get_command(click.Context(cli), verb) is not None, verb
    assert set(cli.commands) == set(cli.modules)
    assert cli.get_command(click.Context(cli), "nothing") is None

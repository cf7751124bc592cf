"""The step of an upgrade that backs the hub up, run by the shell with the program as it is here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hub import config
from hub.config import Config
from hub.context import open_hub
from hub.operations import backup_folder
from tests.quick import secrets_cost_little

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub."""
    folder = tmp_path_factory.mktemp("upgrade") / "hub"
    with secrets_cost_little():
        open_hub.create(Config(data=folder))
    return folder


def back_up(data: Path, release: Path) -> subprocess.CompletedProcess[str]:
    """Run that step of install.sh; the release that it just made is this source."""
    (release / "venv" / "bin").mkdir(parents=True)
    (release / "app").symlink_to(ROOT)
    python = release / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', "utf-8")
    python.chmod(0o755)
    text = (ROOT / "install" / "install.sh").read_text("utf-8")
    step = text[text.index("back_up() {") : text.index("# set_value NAME")]
    script = f"""set -eu
. {ROOT}/install/words.sh
may_run() {{ "$@"; }}
role=hub data={data} release={release} service=no unit=
{step}
back_up
echo went on
"""
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)


def test_an_upgrade_backs_the_hub_up_before_it_goes_on(data: Path, tmp_path: Path) -> None:
    done = back_up(data, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("went on\n")
    [folder] = backup_folder.whole(data / "backups")
    assert (folder / "hub.db").stat().st_size > 0


def test_an_upgrade_that_cannot_back_up_says_so_and_ends_there(data: Path, tmp_path: Path) -> None:
    """On PostgreSQL, which is not running; there used to be no word of it."""
    config.set_database(data, "postgresql+psycopg://nobody@127.0.0.1:9/hub")
    done = back_up(data, tmp_path)
    config.set_database(data, "")
    assert done.returncode == 1
    assert "store-unavailable" in done.stderr
    assert "没有升级" in done.stderr
    assert "went on" not in done.stdout

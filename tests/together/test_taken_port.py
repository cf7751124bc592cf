"""A port that another program holds, as real processes of the node and the hub meet it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub.config import Config as HubConfig
from hub.context import open_hub
from node.config import Config
from tests.hub.conftest import Clock
from tests.quick import secrets_cost_little

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "install" / "xuezhan.service"
PATIENCE_S = 60


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens at."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def says(done: subprocess.CompletedProcess[str], port: int, setting: str) -> None:
    """It ended with a sentence, its code and what to do, and will not be started again."""
    assert "Traceback" not in done.stderr
    for word in ("port-taken", str(port), setting):
        assert word in done.stderr
    assert f"RestartPreventExitStatus={done.returncode}" in UNIT.read_text("utf-8").splitlines()


def test_a_node_whose_port_is_taken_says_so_in_a_sentence(tmp_path: Path, taken: int) -> None:
    Config(tmp_path, hub_url="http://127.0.0.1:9", host="127.0.0.1", port=taken).save()
    says(run("node", "run", "--data", str(tmp_path)), taken, "node.toml")


def test_a_hub_whose_port_is_taken_says_so_in_a_sentence(tmp_path: Path, taken: int) -> None:
    with secrets_cost_little():
        open_hub.create(HubConfig(data=tmp_path), Clock())
    (tmp_path / "hub.toml").write_text(f"port = {taken}\n", "utf-8")
    says(run("hub", "--data", str(tmp_path), "run"), taken, "hub.toml")


def test_another_fault_at_the_start_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text("prot = 1\n", "utf-8")
    done = run("node", "run", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "prot" in done.stderr

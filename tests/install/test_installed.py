"""A station installed under a prefix: join, run, upgrade, remove (install.sh, uninstall.sh)."""

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from install.servers import PATIENCE_S, Server, ask, free_port

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def _install(prefix: Path, *arguments: str) -> str:
    command = ["sh", str(ROOT / "install" / "install.sh"), "--prefix", str(prefix), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _remove(prefix: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = ["sh", str(ROOT / "install" / "uninstall.sh"), "--prefix", str(prefix), *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False)


@pytest.fixture
def hub(tmp_path: Path) -> Server:
    """A hub whose one station waits for its node."""
    data, port = tmp_path / "hub", free_port()
    data.mkdir()
    (data / "hub.toml").write_text(f'port = {port}\naddress = "http://127.0.0.1:{port}"\n')
    ask("hub", data, "init")
    table = tmp_path / "org.csv"
    table.write_text("代码,名称,上级\n6101,红旗所,\n", "utf-8")
    ask("hub", data, "org", "import", table)
    return Server("hub", data, port)


def _can_install() -> None:
    """Skip where pip cannot get the locked libraries, which the installer needs."""
    probe = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", "/dev/null"]
    done = subprocess.run([*probe, "blinker==1.9.0"], capture_output=True, text=True, check=False)
    if "No matching distribution" in done.stderr:
        pytest.skip("pip finds no libraries on this machine")


def test_a_station_is_installed_upgraded_and_removed(hub: Server, tmp_path: Path) -> None:
    _can_install()
    prefix, port = tmp_path / "pc", free_port()
    app, data = prefix / "opt" / "xuezhan", prefix / "var" / "lib" / "xuezhan"
    code = ask("hub", hub.data, "station", "add", "6101").partition("code:")[2].split()[0]
    hub.start()
    try:
        printed = _install(prefix, "--hub", hub.address, "--code", code, "--port", str(port))
    finally:
        hub.stop()
    assert "已加入：红旗所" in printed
    assert data.stat().st_mode & 0o077 == 0
    command = app / "bin" / "xuezhan-node"
    running = subprocess.Popen([command, "run"], stderr=subprocess.DEVNULL)
    try:
        assert _answers(port)
    finally:
        running.terminate()
        running.wait(20)

    # Upgrade: the data stay, a backup lies beside them, the link names the new release.
    before = (app / "current").resolve()
    _install(prefix)
    assert (app / "current").resolve() != before
    (backup,) = (data / "backups").iterdir()
    assert {path.name for path in backup.iterdir()} >= {"node.db", "node.toml", "node.key"}
    status = subprocess.run([command, "status"], capture_output=True, text=True, check=True)
    assert "红旗所" in status.stdout

    # Removal keeps the data; --purge asks, and "no" changes nothing.
    refused = _remove(prefix, "--purge", typed="no\n")
    assert refused.returncode == 1
    assert command.exists()
    assert _remove(prefix).returncode == 0
    assert not app.exists()
    assert (data / "node.db").exists()
    assert _remove(prefix, "--purge", typed="yes\n").returncode == 0
    assert not data.exists()


def _answers(port: int) -> bool:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.05)
    return False

"""How soon a node answers, its memory when idle, and what it adds to a disk.

``python -m tests.bench.start``: start is the median of seven, from the command to the first
answer; idle memory is the resident set three seconds after a signed-in learner's first page;
installed is a new environment with the node's locked libraries, and the node's own folders.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.bench.figure import ROOT, Figure, report
from tests.bench.station import running, seed

HOW = "python -m tests.bench.start"
STARTS = 7
LEARNERS = 12


def figures() -> list[Figure]:
    """Measure all of it."""
    with tempfile.TemporaryDirectory() as folder:
        start_s, idle_mb = _start_and_idle(Path(folder) / "station")
        installed_mb = _installed(Path(folder) / "installed")
    return [
        Figure("node.start_s", round(start_s, 3), "s", 1.5, "low", HOW),
        Figure("node.idle_rss_mb", round(idle_mb, 1), "MB", 60, "low", HOW),
        # A node core with the same libraries took 67 MB.
        Figure("node.installed_mb", round(installed_mb, 1), "MB", 67, "low", HOW),
    ]


def _start_and_idle(data: Path) -> tuple[float, float]:
    seat = seed(data, LEARNERS)[0]
    took, idle = [], []
    for _ in range(STARTS):
        began = time.monotonic()
        with running(data) as (process, port):
            took.append(time.monotonic() - began)
            page = urllib.request.Request(
                f"http://127.0.0.1:{port}/", headers={"Cookie": seat.cookie}
            )
            with urllib.request.urlopen(page, timeout=10) as answer:  # noqa: S310
                assert answer.status == 200
            time.sleep(3)
            idle.append(process.memory_info().rss / 1e6)
    return statistics.median(took), statistics.median(idle)


def _installed(folder: Path) -> float:
    """MB that ``install.sh`` adds; Python itself is there before."""
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    before = _size(folder)
    lock = ROOT / "install" / "requirements" / "node.txt"
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install"]
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"]
    subprocess.run([*pip, *options, "-r", str(lock)], check=True, capture_output=True)
    for own in ("sync", "content", "node"):
        skip = shutil.ignore_patterns("samples", "__pycache__")
        shutil.copytree(ROOT / own, folder / "app" / own, ignore=skip)
    compiled = [str(venv / "bin" / "python"), "-m", "compileall", "-q", str(folder / "app")]
    subprocess.run(compiled, check=True)
    return (_size(folder) - before) / 1e6


def _size(folder: Path) -> int:
    """Bytes on the disk, in whole blocks."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_blocks * 512 for path in files)


if __name__ == "__main__":
    report(figures)

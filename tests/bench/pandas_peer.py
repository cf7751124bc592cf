"""pandas with openpyxl, what people read workbooks with: rows a second of a file, in this run.

It is installed by pip into an environment of its own below ``.cache/pandas``; where that fails,
whoever asks says so and leaves the figure out.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.figure import ROOT

VERSIONS = ("pandas==2.3.3", "openpyxl==3.1.5")
VENV = ROOT / ".cache" / "pandas"
_INSTALL_S, _READ_S = 600, 600
_READ = """
import sys, time, pandas
def once():
    began = time.process_time()
    frames = pandas.read_excel(sys.argv[1], sheet_name=None, dtype=str, engine="openpyxl")
    return time.process_time() - began, sum(len(frame) for frame in frames.values())
runs = sorted(once() for _ in range(3))
print(runs[1][1] / runs[1][0])
"""


class NoPandas(Exception):
    """It cannot be had here; the text says why."""


def rows_per_s(workbook: Path) -> float:
    """Rows that it reads in a second of processor time, the median of three. Raises NoPandas."""
    read = [str(_python()), "-c", _READ, str(workbook)]
    done = subprocess.run(read, capture_output=True, text=True, timeout=_READ_S, check=False)
    if done.returncode:
        raise NoPandas(done.stderr[-300:])
    return float(done.stdout)


def _python() -> Path:
    python = VENV / "bin" / "python"
    marker = VENV / "-".join(VERSIONS).replace("==", "-")
    if marker.exists():
        return python
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        [str(python), "-m", "pip", "install", "-q", *VERSIONS],
    ):
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_INSTALL_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoPandas(str(error)) from error
        if done.returncode:
            raise NoPandas(done.stderr[-300:])
    marker.touch()
    return python

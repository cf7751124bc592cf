"""Wrong clocks for programs under test, loaded straight into them.

By Debian's libfaketime where it is installed, else by a library of ours (``wrong_clock.c``) where
there is a C compiler. The command ``faketime`` is not used: it keeps a semaphore named by its
process id, and refuses to start if a killed one left a semaphore with the same id.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("wrong_clock.c")
MISSING = "neither faketime nor a C compiler is installed (apt-get install faketime)"
_PLACES = ("/usr/lib", "/usr/local/lib", "/usr/lib64")
_NAMES = ("faketime/libfaketime.so.1", "*/faketime/libfaketime.so.1")
# How long both use an offset before they read the file again.
FILE_S = 1
_SHARED = Path("/dev/shm")  # noqa: S108  where libfaketime keeps them
_LEFT = re.compile(r"(?:sem\.)?faketime_(?:sem|shm)_(\d+)")


@dataclass(frozen=True, slots=True)
class WrongClocks:
    """What to put before a command, so that its wall clock is wrong and its monotonic one right.

    Offsets are seconds (``+3600``) or a time from which the clock goes on
    (``@2000-01-01 00:00:00``).
    """

    library: Path
    is_ours: bool

    def faked(self, offset: str) -> Sequence[str]:
        """The clock is off by ``offset``."""
        return self._before(f"WRONG_CLOCK={offset}", f"FAKETIME={offset}")

    def jumping(self, file: Path) -> Sequence[str]:
        """The same, with an offset that is read from ``file`` anew each second."""
        known = f"FAKETIME_CACHE_DURATION={FILE_S}"
        return self._before(f"WRONG_CLOCK_FILE={file}", f"FAKETIME_TIMESTAMP_FILE={file}", known)

    def _before(self, ours: str, *theirs: str) -> list[str]:
        start = ["env", f"LD_PRELOAD={self.library}", "TZ=UTC"]
        if self.is_ours:
            return [*start, ours]
        return [*start, "FAKETIME_DONT_FAKE_MONOTONIC=1", *theirs]


@pytest.fixture(scope="session")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> WrongClocks:
    """Wrong clocks by whatever this machine has."""
    libraries = (file for place in _PLACES for name in _NAMES for file in Path(place).glob(name))
    library = next(libraries, None)
    return WrongClocks(library, is_ours=False) if library else built(tmp_path_factory)


def built(tmp_path_factory: pytest.TempPathFactory) -> WrongClocks:
    """Wrong clocks by the library of ours, compiled now."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip(MISSING)
    library = tmp_path_factory.mktemp("clock") / "wrong_clock.so"
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", str(library)]
    line = [compiler, *options, str(SOURCE), "-ldl", "-lpthread"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return WrongClocks(library, is_ours=True)


def sweep() -> None:
    """Drop what killed programs left in shared memory."""
    for file in _SHARED.glob("*faketime_*"):
        left = _LEFT.fullmatch(file.name)
        if left and not Path(f"/proc/{left[1]}").exists():
            file.unlink(missing_ok=True)

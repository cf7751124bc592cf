"""Wrong clocks for programs under test: Debian's libfaketime, loaded straight into them.

The command ``faketime`` is not used: it keeps a semaphore named by its process id, and refuses to
start if a killed one left a semaphore with the same id.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_PLACES = ("/usr/lib", "/usr/local/lib", "/usr/lib64")
_NAMES = ("faketime/libfaketime.so.1", "*/faketime/libfaketime.so.1")
# How long it uses an offset before it reads the file again.
FILE_S = 1
_SHARED = Path("/dev/shm")  # noqa: S108  where the library keeps them
_LEFT = re.compile(r"(?:sem\.)?faketime_(?:sem|shm)_(\d+)")


def library() -> Path | None:
    """Where it is; None where it is not installed."""
    libraries = (file for place in _PLACES for name in _NAMES for file in Path(place).glob(name))
    return next(libraries, None)


LIBRARY = library()
MISSING = "faketime is not installed (apt-get install faketime)"


def faked(offset: str) -> Sequence[str]:
    """Put before a command: its wall clock is wrong, its monotonic clock stays right."""
    return [*_start(), f"FAKETIME={offset}"]


def jumping(file: Path) -> Sequence[str]:
    """The same, with an offset that is read from ``file`` anew each second."""
    known = f"FAKETIME_CACHE_DURATION={FILE_S}"
    return [*_start(), f"FAKETIME_TIMESTAMP_FILE={file}", known]


def sweep() -> None:
    """Drop what killed programs left in shared memory."""
    for file in _SHARED.glob("*faketime_*"):
        left = _LEFT.fullmatch(file.name)
        if left and not Path(f"/proc/{left[1]}").exists():
            file.unlink(missing_ok=True)


def _start() -> list[str]:
    return ["env", f"LD_PRELOAD={LIBRARY}", "TZ=UTC", "FAKETIME_DONT_FAKE_MONOTONIC=1"]

"""Failing disk: the library that lets the N-th read, write or flush fail, built and spoken to.

It is in ``failing_disk.c``. A process has it when it was started with ``LD_PRELOAD``.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from enum import IntEnum
from pathlib import Path

SOURCE = Path(__file__).with_name("failing_disk.c")


class Call(IntEnum):
    """What fails."""

    READ = 0
    WRITE = 1
    FLUSH = 2


class NoCompiler(Exception):
    """There is no ``cc`` on this machine."""


def build(folder: Path) -> Path:
    """The library, built in ``folder``.

    Raises:
        NoCompiler: it cannot be built here.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompiler("no cc here: the library that lets the disk fail cannot be built")
    library = folder / "failing_disk.so"
    flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror"]
    subprocess.run([compiler, *flags, "-o", library, SOURCE, "-ldl", "-lpthread"], check=True)
    return library


def environment(library: Path) -> dict[str, str]:
    """The environment of a process whose disk can fail."""
    return {**os.environ, "LD_PRELOAD": str(library)}


class FailingDisk:
    """The library in this process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._library.failing_disk_failed.restype = ctypes.c_long
        self._library.failing_disk_calls.restype = ctypes.c_long

    def arm(self, below: Path, call: Call, nth: int, *, onward: bool) -> None:
        """Let the ``nth`` of these calls fail on files whose path begins so; or all from it on."""
        path = os.fsencode(below.resolve())
        self._library.failing_disk_arm(path, int(call), ctypes.c_long(nth), int(onward))

    def calls(self) -> int:
        """How many calls of this kind there were since."""
        calls: int = self._library.failing_disk_calls()
        return calls

    def heal(self) -> int:
        """Let everything succeed from now on; returns how many calls have failed."""
        failed: int = self._library.failing_disk_failed()
        self._library.failing_disk_arm(b"", 0, ctypes.c_long(0), 0)
        return failed

"""Mounts: the sticks that are in now, for the keeper to choose from."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from content.transfer.stick_folder import TOP

# /run/media/<who>/<label> is the deepest place where systems put a stick.
_DEPTH = 2
_MOST = 20


@dataclass(frozen=True, slots=True)
class Mounted:
    """A file system that somebody has plugged in. ``ours``: it has carried parcels before."""

    path: Path
    label: str
    free: int
    size: int
    ours: bool


def mounted(folders: str) -> list[Mounted]:
    """What is mounted below ``folders`` (separated by colons), those that carried before first."""
    sticks: list[Mounted] = []
    for folder in folders.split(":"):
        if folder:
            sticks += _below(Path(folder), _DEPTH)
    return sorted(sticks, key=lambda stick: (not stick.ours, str(stick.path)))[:_MOST]


def _below(folder: Path, depth: int) -> list[Mounted]:
    sticks: list[Mounted] = []
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:  # not there, or somebody else's
        return sticks
    for path in inside:
        if os.path.ismount(path):
            try:
                usage = shutil.disk_usage(path)
                ours = (path / TOP).is_dir()
            except OSError:  # being pulled at this moment
                continue
            sticks.append(Mounted(path, path.name, usage.free, usage.total, ours))
        elif depth > 1:
            sticks += _below(path, depth - 1)
    return sticks

"""Back up a node's folder: ``python backup.py DATA [TARGET]``, also while it runs.

Copies the database with SQLite's backup API (a file copy would leave the newest records behind)
and the small files beside it: settings and keys. Standard library only, so that it also runs
where nothing of ours is installed. Content is not copied: it comes again from the hub; nor what
is made of it. A hub's backup is another (``xuezhan-hub backup``): nobody gives it its content back.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

SMALL_FILES = ("*.toml", "*.key")
# Newer keys, and the metadata that says which releases are current.
FOLDERS = ("keys", "trust")
KEPT = 5
# Copies are named by the time that the pages show, whatever zone the machine is set to.
BEIJING_S = 8 * 3_600
# Made again from the courses that are here (node/store/library.py).
REMADE = ("library.db",)
BACKUPS, PART = "backups", ".part"


def back_up(data: Path, target: Path | None = None) -> Path:
    """Copy what ``data`` cannot get back from elsewhere; returns the folder of the copy.

    Without ``target`` the copy lies in ``DATA/backups`` and the newest five are kept.

    Raises:
        FileNotFoundError: there is no database in ``data``.
    """
    for half in (data / BACKUPS).glob(f"*{PART}"):
        shutil.rmtree(half, ignore_errors=True)
    databases = sorted(file for file in data.glob("*.db") if file.name not in REMADE)
    if not databases:
        raise FileNotFoundError(f"no database in {data}")
    name = time.strftime("%Y%m%d-%H%M%S", time.gmtime(time.time() + BEIJING_S))
    folder = _unused((target or data / BACKUPS) / name)
    part = folder.with_name(folder.name + PART)
    try:
        _copy(data, databases, part)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if target is None:
        for old in _made(data)[:-KEPT]:
            shutil.rmtree(old)
    return folder


def _copy(data: Path, databases: list[Path], part: Path) -> None:
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    for database in databases:
        _copy_database(database, part / database.name)
    for pattern in SMALL_FILES:
        for file in data.glob(pattern):
            shutil.copy2(file, part / file.name)
    for name in FOLDERS:
        if (data / name).is_dir():
            shutil.copytree(data / name, part / name, ignore=shutil.ignore_patterns("*.part"))
    _to_disk(part)


def newest_at(data: Path) -> int:
    """When the newest copy in ``DATA/backups`` was made, by this PC's clock; 0 for none."""
    return max((int(path.stat().st_mtime) for path in _made(data)), default=0)


def _made(data: Path) -> list[Path]:
    """The copies in ``DATA/backups``, oldest first; none that a power cut left half-made."""
    return sorted(
        path
        for path in (data / BACKUPS).glob("*")
        if path.is_dir() and not path.name.endswith(PART)
    )


def _unused(folder: Path) -> Path:
    """``folder``, or the same with a number when there was a backup in this very second."""
    names = (folder, *(folder.with_name(f"{folder.name}-{n}") for n in range(2, 1_000)))
    return next(name for name in names if not name.exists())


def _copy_database(source: Path, copy: Path) -> None:
    with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(copy)) as to:
        from_.backup(to)
        (verdict,) = to.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the copy of {source} is not sound: {verdict}")


def _to_disk(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def main(arguments: list[str]) -> int:
    """Parse, back up, say where."""
    if len(arguments) not in (1, 2):
        sys.stdout.write(__doc__)
        return 2
    data, *target = (Path(argument) for argument in arguments)
    try:
        folder = back_up(data, *target)
    except (OSError, sqlite3.Error) as fault:
        sys.stderr.write(f"备份失败 / backup failed: {fault}\n")
        return 1
    sys.stdout.write(f"已备份 / backed up: {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

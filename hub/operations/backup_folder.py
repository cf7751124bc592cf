"""Backup folder: where everything lies in it, which generations are whole, which of them stay.

blobs/ab/<sha256>        files of courses, shared by all generations
20261201-144533/         one generation; ".part" at the end of the name: not whole
    backup.json          what belongs to it, with sizes and hashes
    hub.db hub.toml hub.key cookie.key keys/ trust/
    blobs.txt            a line for each file of courses: hash and size
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from content.face.spoken import ZONE
from content.transfer.blobs import BlobStore
from hub.operations.errors import BackupNewer, BackupRunning, BackupUnsound, NoBackup
from hub.store import engine

FORMAT = 1
MANIFEST, BLOB_LIST, DATABASE, BLOBS, LOCK = "backup.json", "blobs.txt", "hub.db", "blobs", ".lock"
PART = ".part"
# Of the folder of a hub: what exists nowhere else, beside the database and the files of courses.
SMALL_FILES, SMALL_FOLDERS = ("hub.toml", "hub.key", "cookie.key"), ("keys", "trust")


class FileMark(msgspec.Struct, frozen=True):
    """How long a file is, and its SHA-256."""

    size: int
    sha256: str


class BackupList(msgspec.Struct, frozen=True):
    """What belongs to a generation. ``revision``: the release of its tables.

    ``missing``: what the files of courses belong to that the hub had lost already.
    """

    format: int
    software: str
    revision: str
    made_at: int
    kept_in: str  # sqlite | postgresql
    files: Mapping[str, FileMark]
    blobs: int
    blob_bytes: int
    missing: tuple[str, ...] = ()


class _Head(msgspec.Struct):
    """What every release writes in the same way."""

    format: int
    software: str
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """One whole backup."""

    folder: Path
    listed: BackupList

    @property
    def store(self) -> BlobStore:
        """Where its files of courses are."""
        return BlobStore(self.folder.parent / BLOBS)

    def blobs(self) -> dict[str, int]:
        """The size of each file of courses, by name."""
        return read_blob_list(self.folder)


def read(folder: Path) -> Generation:
    """The generation in ``folder``; its files are not looked at.

    Raises:
        BackupNewer: this program does not know its form or its tables.
        BackupUnsound: its list cannot be read.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
        head = msgspec.json.decode(raw, type=_Head)
        if head.format > FORMAT or not engine.knows(head.revision):
            raise BackupNewer(head.software)
        return Generation(folder, msgspec.json.decode(raw, type=BackupList))
    except (OSError, msgspec.MsgspecError) as fault:
        raise BackupUnsound(folder / MANIFEST, str(fault)) from fault


def find(place: Path) -> Generation:
    """The generation at ``place``, or the newest of the folder ``place``.

    Raises:
        NoBackup: there is none.
        BackupNewer, BackupUnsound: it cannot be used.
    """
    if (place / MANIFEST).is_file():
        return read(place)
    names = whole(place)
    if not names:
        raise NoBackup(str(place))
    return read(names[-1])


def whole(place: Path) -> list[Path]:
    """The folders of all whole generations, oldest first."""
    return sorted(
        path
        for path in place.glob("*")
        if not path.name.endswith(PART) and (path / MANIFEST).is_file()
    )


def new_name(place: Path, at: int) -> Path:
    """A name that no generation has, after the moment in the zone of the pages."""
    stamp = datetime.fromtimestamp(at, ZONE).strftime("%Y%m%d-%H%M%S")
    names = (place / stamp, *(place / f"{stamp}-{n}" for n in range(2, 1_000)))
    return next(name for name in names if not name.exists())


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Nobody else writes into the folder meanwhile; who was killed holds nothing.

    Raises:
        BackupRunning: somebody does.
    """
    descriptor = os.open(place / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as fault:
        raise BackupRunning(str(place)) from fault
    finally:
        os.close(descriptor)


def sweep(place: Path) -> None:
    """Forget what was not finished: a backup that was killed, files of courses half copied."""
    for half in place.glob(f"*{PART}"):
        shutil.rmtree(half)
    shutil.rmtree(place / BLOBS / "parts", ignore_errors=True)


def keep_newest(place: Path, keep: int) -> int:
    """Forget all but the newest generations, and files that none of those names; how many went."""
    old = whole(place)[:-keep]
    for folder in old:
        half = folder.with_name(folder.name + PART)
        folder.rename(half)  # from now on it is none, wherever this ends
        shutil.rmtree(half)
    if old:
        store = BlobStore(place / BLOBS)
        named = {sha for folder in whole(place) for sha in read_blob_list(folder)}
        for sha in store.names() - named:
            store.drop(sha)
    return len(old)


def read_blob_list(folder: Path) -> dict[str, int]:
    """Size by name of the files of courses that a generation needs."""
    lines = (folder / BLOB_LIST).read_text("ascii").splitlines()
    return {sha: int(size) for sha, _space, size in (line.partition(" ") for line in lines)}


def blob_list(sizes: Mapping[str, int]) -> bytes:
    """The text of such a list."""
    return "".join(f"{sha} {size}\n" for sha, size in sorted(sizes.items())).encode("ascii")


def sync_tree(folder: Path) -> None:
    """Put everything below a folder on disk, names and all."""
    for path in (*folder.rglob("*"), folder):
        sync(path)


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

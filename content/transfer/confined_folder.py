"""Confined folder: on somebody else's disk, read and written so that nothing leads elsewhere.

It is opened by descriptors; links are not followed; only regular files of a bounded size are read.
A file is written whole or not at all. What lies where on a stick is in
``content.transfer.stick_folder``.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from content.model.errors import (
    NoStick,
    StickCrowded,
    StickFull,
    StickGone,
    StickLocked,
    StrangeFile,
)

# A whole county's stations fit; a folder with a million files is not listed to its end.
MAX_ENTRIES = 20_000
PIECE_BYTES = 262_144

_PART = re.compile(r"[0-9a-f-]{1,90}(\.xze|\.txt)?\.part|releases\.xzr\.part", re.ASCII)

# Where the system has no such flag, the check of the file's kind after opening must suffice.
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_READ = os.O_RDONLY | _NO_LINKS | getattr(os, "O_NONBLOCK", 0)  # a fifo must not block us
_FOLDER = os.O_RDONLY | _NO_LINKS | getattr(os, "O_DIRECTORY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LOCKED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_STRANGE = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO})


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Raise an OSError of a stick as one of our errors."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StickFull(where) from error
        if error.errno in _LOCKED:
            raise StickLocked(where) from error
        if error.errno in _STRANGE:
            raise StrangeFile(where, "is no regular file or folder") from error
        raise StickGone(f"{where}: {error}") from error


class Folder:
    """A folder held by its descriptor: a swap on the stick cannot lead us elsewhere."""

    def __init__(self, fd: int, name: str) -> None:
        self._fd, self._name = fd, name

    @classmethod
    def at(cls, path: Path) -> Folder:
        """The folder that a person named; links on the way to it are allowed.

        Raises:
            NoStick: there is none.
        """
        try:
            return cls(os.open(path, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0)), str(path))
        except OSError as error:
            raise NoStick(f"{path}: {error.strerror}") from error

    def close(self) -> None:
        """Let go of it, so that the stick can be taken out."""
        with suppress(OSError):
            os.close(self._fd)

    def sub(self, name: str, *, make: bool = False) -> Folder | None:
        """The folder ``name`` in it; None when there is none.

        Raises:
            StrangeFile: it is a link or no folder.
        """
        where = f"{self._name}/{name}"
        with _told(where):
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=self._fd)
                    os.fsync(self._fd)
            try:
                return Folder(os.open(name, _FOLDER, dir_fd=self._fd), where)
            except FileNotFoundError:
                return None

    def names(self, pattern: re.Pattern[str]) -> list[str]:
        """The names that fit, in order; others are not ours and are skipped.

        Raises:
            StickCrowded: there are more entries than our programs ever write.
        """
        names = []
        with _told(self._name), os.scandir(self._fd) as entries:
            for count, entry in enumerate(entries):
                if count >= MAX_ENTRIES:
                    raise StickCrowded(self._name, MAX_ENTRIES)
                if pattern.fullmatch(entry.name):
                    names.append(entry.name)
        return sorted(names)

    def size(self, name: str) -> int | None:
        """The size of the regular file ``name``; None when there is none."""
        with _told(f"{self._name}/{name}"):
            try:
                status = os.stat(name, dir_fd=self._fd, follow_symlinks=False)
            except FileNotFoundError:
                return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def age_and_size(self, name: str) -> tuple[float, int]:
        """When a file says that it was written (Unix seconds), and its size."""
        with _told(f"{self._name}/{name}"):
            status = os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        return status.st_mtime, status.st_size

    def read(self, name: str, most: int) -> bytes:
        """All of the file ``name``, which may have at most ``most`` bytes.

        Raises:
            StrangeFile: it is no regular file, or larger.
            StickGone: it cannot be read.
        """
        return b"".join(self.pieces(name, most))

    def pieces(self, name: str, most: int) -> Iterator[bytes]:
        """The bytes of ``name``; as for ``read``."""
        where = f"{self._name}/{name}"
        with _told(where):
            fd = os.open(name, _READ, dir_fd=self._fd)
            try:
                status = os.fstat(fd)
                if not stat.S_ISREG(status.st_mode):
                    raise StrangeFile(where, "is no regular file")
                if status.st_size > most:
                    raise StrangeFile(where, f"has {status.st_size} bytes, {most} at most")
                left = status.st_size
                while left > 0 and (piece := os.read(fd, min(left, PIECE_BYTES))):
                    left -= len(piece)
                    yield piece
            finally:
                os.close(fd)

    def open(self, name: str) -> BinaryIO:
        """The regular file ``name``, to be read and sought in.

        Raises:
            StrangeFile: it is no regular file.
            StickGone: it cannot be read.
        """
        where = f"{self._name}/{name}"
        with _told(where):
            fd = os.open(name, _READ, dir_fd=self._fd)
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                os.close(fd)
                raise StrangeFile(where, "is no regular file")
            return os.fdopen(fd, "rb")

    def write(self, name: str, pieces: Iterable[bytes], at: float | None = None) -> None:
        """Put a file there: whole or not at all, on the stick when this returns.

        ``at``: the time of writing that it shall show (Unix seconds), instead of the clock's.

        Raises:
            StickFull, StickLocked, StickGone, StrangeFile: it was not written.
        """
        part = f"{name}.part"
        with _told(f"{self._name}/{name}"):
            self._unlink(part)
            fd = os.open(part, _NEW, 0o644, dir_fd=self._fd)
            try:
                with os.fdopen(fd, "wb") as out:
                    for piece in pieces:
                        out.write(piece)
                    out.flush()
                    if at is not None:
                        os.utime(out.fileno(), (at, at))
                    os.fsync(out.fileno())
                os.replace(part, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
            except BaseException:
                with suppress(OSError):
                    self._unlink(part)
                raise
            os.fsync(self._fd)

    def remove(self, name: str) -> None:
        """Take a file of ours away; nothing happens when it is gone."""
        with _told(f"{self._name}/{name}"):
            self._unlink(name)

    def sweep(self) -> None:
        """Take away what a pulled stick left half-written."""
        for name in self.names(_PART):
            self.remove(name)

    def free(self) -> int:
        """How many bytes there is room for."""
        with _told(self._name):
            room = os.fstatvfs(self._fd)
            return room.f_bavail * room.f_frsize

    def _unlink(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fd)

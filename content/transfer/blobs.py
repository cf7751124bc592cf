"""Blobs: files named by their SHA-256, shared by all versions of all courses (SPEC.md §5).

A blob appears under its name only whole and verified: what is fetched grows in a part
beside it (``content.transfer.partial_blob``) and is moved by one ``os.replace``. Fetching is
``node.courses.fetch``.
"""

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from content.model.checks.paths import sha256_of
from content.model.course import FileRef
from content.model.errors import NotABlobName, WrongHash

_NAME = re.compile(r"[0-9a-f]{64}")
# No file takes longer to write: an older one was left behind by a power cut.
LEFT_BEHIND_S = 6 * 3600


class BlobStore:
    """A folder of blobs: ``<root>/<first two digits>/<sha256>``, parts in ``<root>/parts``.

    Files below ``handed_over`` are written once and never again: they are linked, not copied.
    """

    def __init__(self, root: Path, handed_over: Path | None = None) -> None:
        self._root = root
        self._handed_over = handed_over
        self._parts = root / "parts"

    def path(self, sha: str) -> Path:
        """Return where a blob is, or would be. Raises ``NotABlobName``."""
        if not _NAME.fullmatch(sha):
            raise NotABlobName(sha)
        return self._root / sha[:2] / sha

    def has(self, sha: str) -> bool:
        """Tell whether the blob is here, whole."""
        return self.path(sha).is_file()

    def size(self, sha: str) -> int | None:
        """Return how large a blob is, None when it is not here."""
        try:
            return self.path(sha).stat().st_size
        except FileNotFoundError:
            return None

    def open(self, sha: str) -> BinaryIO:
        """Open a blob for reading. Raises ``FileNotFoundError``."""
        return self.path(sha).open("rb")

    def read_at(self, sha: str, first: int, length: int) -> bytes:
        """Return bytes from the middle of a blob. Raises ``FileNotFoundError``."""
        with self.path(sha).open("rb") as file:
            file.seek(first)
            return file.read(length)

    def read(self, sha: str, limit: int) -> bytes:
        """Return the first ``limit`` bytes of a blob. Raises ``FileNotFoundError``."""
        with self.path(sha).open("rb") as file:
            return file.read(limit)

    def add_file(self, path: Path, name: str = "") -> FileRef:
        """Take a file in; once this returns it is on disk. ``name`` is its path in the course."""
        temporary = self._temporary()
        try:
            if self._linked(path, temporary):
                ref = FileRef(name or path.name, path.stat().st_size, sha256_of(path))
                self._settle(temporary, ref.sha256)
                return ref
            with path.open("rb") as source, temporary.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            ref = FileRef(name or path.name, temporary.stat().st_size, sha256_of(temporary))
            self._settle(temporary, ref.sha256)
        finally:
            temporary.unlink(missing_ok=True)
        return ref

    def add_bytes(self, data: bytes) -> str:
        """Keep ``data`` and return its name; once this returns it is on disk."""
        temporary = self._temporary()
        try:
            temporary.write_bytes(data)
            sha = sha256_of(temporary)
            self._settle(temporary, sha)
        finally:
            temporary.unlink(missing_ok=True)
        return sha

    def add_pieces(self, pieces: Iterable[bytes]) -> str:
        """Keep the joined ``pieces`` and return the name; once this returns it is on disk.

        What the pieces raise is raised here, and nothing is kept.
        """
        temporary = self._temporary()
        try:
            with temporary.open("wb") as target:
                for piece in pieces:
                    target.write(piece)
            sha = sha256_of(temporary)
            self._settle(temporary, sha)
        finally:
            temporary.unlink(missing_ok=True)
        return sha

    def part(self, sha: str) -> Path:
        """Return the file to append to while fetching; its folder is there."""
        name = self.path(sha).name
        self._parts.mkdir(parents=True, exist_ok=True)
        return self._parts / name

    def finish(self, sha: str) -> Path:
        """Turn a whole part into the blob: verified first, on disk when this returns.

        Raises:
            WrongHash: it is not that blob. The part is dropped; fetching begins anew.
            FileNotFoundError: nothing was fetched.
        """
        part = self.part(sha)
        got = sha256_of(part)
        if got != sha:
            part.unlink(missing_ok=True)
            raise WrongHash(sha, got)
        self._settle(part, sha)
        return self.path(sha)

    def missing(self, refs: Iterable[FileRef]) -> tuple[FileRef, ...]:
        """Return the files that are not here yet, each blob once."""
        return tuple({ref.sha256: ref for ref in refs if not self.has(ref.sha256)}.values())

    def drop(self, sha: str) -> None:
        """Forget a blob and its part; nothing happens when there is none."""
        self.path(sha).unlink(missing_ok=True)
        self.part(sha).unlink(missing_ok=True)

    def names(self) -> set[str]:
        """Return the name of every blob that is here."""
        return {path.name for path in self._root.glob("??/*") if _NAME.fullmatch(path.name)}

    def sweep(self, wanted: Iterable[str]) -> None:
        """Forget the parts of blobs that nobody wants, and what a power cut left half-written."""
        keep = set(wanted)
        for path in self._parts.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                new = path.name.startswith("new-")
                old = time.time() - path.stat().st_mtime > LEFT_BEHIND_S
                if old if new else path.name not in keep:
                    path.unlink()

    def _linked(self, path: Path, temporary: Path) -> bool:
        """Let ``temporary`` be the file itself, if it was handed over and the disk can."""
        if self._handed_over is None or not path.is_relative_to(self._handed_over):
            return False
        other = temporary.with_suffix(".link")
        try:
            os.link(path, other)
        except OSError:  # another disk, or one without links
            return False
        os.replace(other, temporary)
        return True

    def _temporary(self) -> Path:
        self._parts.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="new-", dir=self._parts)
        os.close(handle)
        return Path(name)

    def _settle(self, temporary: Path, sha: str) -> None:
        target = self.path(sha)
        fresh = not target.parent.is_dir()
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
        _sync_folder(target.parent)
        if fresh:
            _sync_folder(self._root)


def _sync_folder(folder: Path) -> None:
    """Put the folder's entries on disk, where the system has such a thing (not Windows)."""
    with contextlib.suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

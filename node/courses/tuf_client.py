"""TUF client: TUF's client workflow over the pieces that a carrier brought (content/SPEC.md §8.5).

The workflow itself is ``tuf.ngclient``. This module gives it bytes and the time, and plain names to
what it refuses. It is imported only when a course is wanted: an idle node need not hold it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from tuf.api import exceptions
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from content.transfer.releases import (
    MAX_PIECE_BYTES,
    PIECE,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    release_bytes,
    version_of,
)
from node.courses.trust_errors import (
    ReleaseForged,
    ReleaseIncomplete,
    ReleaseMixed,
    ReleaseOther,
    ReleaseRolledBack,
    ReleaseStale,
    ReleaseTooLarge,
    ReleaseUnknown,
)
from node.errors import DiskFault, DiskFull, NodeError

ROOTS = "root_history"
# §8.5  A node that missed more changes of the root has to join again.
MAX_ROOTS = 64
MAX_ROOT_BYTES, MAX_TIMESTAMP_BYTES = 64_000, 4_000
MAX_DELEGATIONS = 16


class Local:
    """The metadata that this node has checked and kept (``content.transfer.releases``)."""

    def __init__(self, folder: Path, pinned: bytes) -> None:
        self._folder = folder
        self._pinned = pinned

    def root(self, version: int) -> bytes | None:
        """The root of one version."""
        if version == (version_of(self._pinned, ROOT) or 0):
            return self._pinned
        return _read(self._folder / ROOTS / f"{version}.root.json")

    def role(self, name: str) -> tuple[int, bytes] | None:
        """What is kept of a role, and its version."""
        raw = _read(self._folder / f"{name}.json")
        version = version_of(raw, name) if raw is not None else None
        return (version, raw) if raw is not None and version is not None else None

    def have(self, roles: list[str]) -> dict[str, int]:
        """The versions of the root and of these roles that need not be sent again."""
        newest = version_of(self._pinned, ROOT) or 0
        while newest and self.root(newest + 1) is not None:
            newest += 1
        versions = {name: role[0] for name in roles if (role := self.role(name)) is not None}
        return {ROOT: newest, **versions}


class _Pieces(FetcherInterface):
    """Gives the workflow only what came; a timestamp that is already here need not come."""

    def __init__(self, pieces: Mapping[str, bytes], local: Local) -> None:
        self._pieces = dict(pieces)
        self.mixed = ""
        if not any(name.endswith(f".{TIMESTAMP}") for name in pieces):
            stamp = local.role(TIMESTAMP)
            if stamp is not None:
                self._pieces[f"{stamp[0]}.{TIMESTAMP}"] = stamp[1]

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = url.rpartition("/")[2].removesuffix(".json")
        if name == TIMESTAMP:
            stamps = [stamp for stamp in self._pieces if stamp.endswith(f".{TIMESTAMP}")]
            name = stamps[0] if len(stamps) == 1 else name
        raw, fits = self._pieces.get(name), PIECE.fullmatch(name)
        if raw is None or fits is None:
            raise exceptions.DownloadHTTPError(f"{name} is not there", 404)
        if version_of(raw, fits[2]) != int(fits[1]):
            self.mixed = name
            raise exceptions.DownloadError(f"{name} is something else")
        yield raw


class MetadataCheck:
    """One look at the metadata that is here and the pieces that came.

    Raises, here and in ``check``:
        UntrustedRelease: what came is not what headquarters signed for now.
        DiskFull, DiskFault: what was checked cannot be kept.
    """

    def __init__(
        self, folder: Path, pinned: bytes, pieces: Mapping[str, bytes], at: datetime
    ) -> None:
        self._fetcher = _Pieces(pieces, Local(folder, pinned))
        config = UpdaterConfig(
            max_root_rotations=MAX_ROOTS,
            max_delegations=MAX_DELEGATIONS,
            root_max_length=MAX_ROOT_BYTES,
            timestamp_max_length=MAX_TIMESTAMP_BYTES,
            snapshot_max_length=MAX_PIECE_BYTES,
            targets_max_length=MAX_PIECE_BYTES,
        )
        try:
            folder.mkdir(exist_ok=True)
            self._updater = Updater(
                str(folder), "pieces:/", fetcher=self._fetcher, config=config, bootstrap=pinned
            )
            # This PC's clock may be wrong; the library has no other way to set the time.
            self._updater._trusted_set.reference_time = at
            self._updater.refresh()
        except _REFUSALS as error:
            raise self._named(error) from error

    def check(self, path: str, manifest: str) -> None:
        """Return if the release at ``path`` is the pack with this manifest."""
        try:
            target = self._updater.get_targetinfo(path)
        except _REFUSALS as error:
            raise self._named(error) from error
        if target is None:
            raise ReleaseUnknown(path)
        try:
            target.verify_length_and_hashes(release_bytes(manifest))
        except exceptions.LengthOrHashMismatchError as error:
            raise ReleaseOther(f"{path}: not {manifest}") from error

    def _named(self, error: Exception) -> NodeError:
        if self._fetcher.mixed:
            return ReleaseMixed(f"{self._fetcher.mixed}: {error}")
        for kind, named in _NAMES.items():
            if isinstance(error, kind):
                return named(f"{type(error).__name__}: {error}")
        if isinstance(error, OSError):
            full = error.errno in (28, 122)
            return DiskFull(str(error)) if full else DiskFault(f"metadata: {error}")
        return ReleaseForged(f"{type(error).__name__}: {error}")


_REFUSALS = (exceptions.RepositoryError, exceptions.DownloadError, ValueError, OSError)
# The first class that fits gives the name.
_NAMES: dict[type[Exception], type[NodeError]] = {
    exceptions.ExpiredMetadataError: ReleaseStale,
    exceptions.BadVersionNumberError: ReleaseRolledBack,
    exceptions.DownloadLengthMismatchError: ReleaseTooLarge,
    exceptions.DownloadError: ReleaseIncomplete,
}


def settle(folder: Path) -> None:
    """Sync to disk what was written there, so that a power cut does not lose it."""
    for name in (*sorted(folder.glob("*.json")), *sorted(folder.glob(f"{ROOTS}/*")), folder):
        handle = os.open(name, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _read(file: Path) -> bytes | None:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_PIECE_BYTES)
    except OSError:
        return None


__all__ = ["SNAPSHOT", "TARGETS", "MetadataCheck", "Local", "settle"]

"""Blob copies: files of courses go into a backup's store once, whichever generations need them.

They are named by their hashes and never change. Which ones there must be follows from the tables.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from content.model.checks.paths import sha256_of
from content.model.errors import ContentError, WrongHash
from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.pack import open_manifest
from content.transfer.blobs import BlobStore
from hub.operations.progress import StepMeter
from hub.store import blob_names
from sync.errors import SyncError
from sync.signing import VerifyKey

_CHUNK_BYTES = 1 << 20


def lacking(source: BlobStore, store: BlobStore) -> dict[str, int]:
    """What ``source`` has and ``store`` has not, or not whole: the size of each, by name."""
    sizes = {sha: source.size(sha) or 0 for sha in sorted(source.names())}
    return {sha: size for sha, size in sizes.items() if store.size(sha) != size}


def copy(source: BlobStore, store: BlobStore, sha: str, meter: StepMeter, *, link: bool) -> bool:
    """Bring one file over, on disk when this returns; False if it is not what its name says.

    ``link``: as another name of the same file, where the disk can do that.

    Raises:
        OSError: the disk refused.
    """
    part = store.part(sha)
    part.unlink(missing_ok=True)
    if link and _link(source.path(sha), store.path(sha)):
        meter.more(store.size(sha) or 0)
        if sha256_of(store.path(sha)) == sha:
            return True
        store.drop(sha)
        return False
    with source.open(sha) as read, part.open("wb") as written:
        while chunk := read.read(_CHUNK_BYTES):
            written.write(chunk)
            meter.more(len(chunk))
    try:
        store.finish(sha).chmod(0o600)
    except WrongHash:
        return False
    return True


def _link(source: Path, target: Path) -> bool:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with suppress(OSError):  # another disk, or one that knows no links
        os.link(source, target)
        return True
    return False


def needed(
    connection: Connection, store: BlobStore, publishers: Sequence[VerifyKey]
) -> Iterator[tuple[str, str]]:
    """Each file that the tables name, and what it belongs to, in the words of people."""
    for course, version, manifest in blob_names.of_versions(connection):
        what = f"{course} v{version}"
        yield manifest, what
        if not store.has(manifest):
            continue
        with suppress(ContentError, SyncError):  # its hash is right: a release of long ago
            opened = open_manifest(store.read(manifest, MAX_MANIFEST_BYTES), *publishers)
            for ref in opened.files():
                yield from ((sha, what) for sha in (ref.sha256, ref.recipe) if sha)
    for title, sha in blob_names.of_contents(connection):
        yield sha, title[:40]


def lost(names: Iterator[tuple[str, str]], there: Mapping[str, int]) -> dict[str, str]:
    """Of the files that are needed those that are not there: what each belongs to, by name."""
    return {sha: what for sha, what in names if sha not in there}

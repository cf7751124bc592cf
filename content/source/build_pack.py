"""Build a pack from a checked course folder: its files as blobs, its manifest signed. Hub only."""

from dataclasses import replace

from content import scorm
from content.model.errors import FolderChanged
from content.packs.pack import Pack, seal
from content.source.folder import CourseFolder
from content.transfer.blobs import BlobStore
from sync.signing import SigningKey


def build(folder: CourseFolder, blobs: BlobStore, key: SigningKey) -> Pack:
    """Put a checked folder into ``blobs``, with the recipes of large files, and sign its manifest.

    The same folder gives the same manifest, byte for byte.

    Raises:
        FolderChanged: a file is not what it was when the folder was read.
    """
    keep_files(folder, blobs)
    return seal(folder.course, blobs, key)


def keep_files(folder: CourseFolder, blobs: BlobStore) -> None:
    """Put the files of a checked folder into ``blobs``.

    Raises:
        FolderChanged: a file is not what it was when the folder was read.
    """
    packed = _keep_packages(folder, blobs)
    for ref in folder.course.files():
        if ref.path in packed:
            continue
        if ref.path in folder.made:
            got = blobs.add_bytes(folder.made[ref.path])
        else:
            got = blobs.add_file(folder.root / ref.path).sha256
        if got != ref.sha256:
            raise FolderChanged(ref.path)


def _keep_packages(folder: CourseFolder, blobs: BlobStore) -> set[str]:
    """Put the files of SCORM items into ``blobs``; return their paths in the course."""
    packed: set[str] = set()
    for item in folder.course.items:
        if item.id in folder.packages:
            inside = [replace(ref, path=ref.path.partition("/")[2]) for ref in item.assets]
            scorm.keep(folder.packages[item.id], tuple(inside), blobs)
            packed.update(ref.path for ref in item.assets)
    return packed

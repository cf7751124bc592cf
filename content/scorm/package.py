"""Package: the zip that an authoring tool exported, read without unpacking it (SPEC.md §2.8).

Names, sizes and kinds are checked by ``content.text.zips``; what the files are for is read by
``content.scorm.imsmanifest``. No file of a package is ever written under its own name: they become
blobs.
"""

import hashlib
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from content.model import limits
from content.model.activities import Scorm
from content.model.checks.paths import human_size
from content.model.course import FileRef, Item
from content.model.errors import ContentFaults, FolderChanged
from content.model.faults.faults import Fault
from content.scorm.elsewhere import Elsewhere
from content.scorm.imsmanifest import read_manifest
from content.text import zips
from content.transfer.blobs import BlobStore

MANIFEST = "imsmanifest.xml"
# What a learner needs at least for one activity that opens something; authors may say otherwise.
SECONDS_EACH = 60
# What packages of standards that no station plays have instead of a manifest, and how that is said.
OTHER_STANDARDS = {"cmi5.xml": "scorm-cmi5", "tincan.xml": "scorm-xapi"}
_AICC_ENDINGS = (".cst", ".au", ".crs", ".des")


@dataclass(frozen=True, slots=True)
class ScormPackage:
    """A package that can be played.

    Paths of ``files`` are those inside the package. ``notes`` say what of it was left out: parts
    that name missing files or addresses.
    """

    title: str
    scorm: Scorm
    files: tuple[FileRef, ...]
    notes: tuple[Fault, ...] = ()

    @property
    def seconds(self) -> int:
        """The least time that a learner has to spend, unless an author says otherwise."""
        return min(SECONDS_EACH * len(self.scorm.launchable()), limits.MAX_SECONDS)

    def item(self, identifier: str, title: str, required: bool, seconds: int = 0) -> Item:
        """Return the course item that plays this package."""
        assets = tuple(
            FileRef(f"{identifier}/{ref.path}", ref.size, ref.sha256) for ref in self.files
        )
        return Item(
            *(identifier, "scorm", title, required, seconds or self.seconds),
            scorm=self.scorm,
            assets=assets,
        )


def read(path: Path, blobs: BlobStore) -> ScormPackage:
    """Check a package and put its files into ``blobs``.

    Raises:
        ContentFaults: it cannot be played; ``blobs`` holds nothing of it then.
    """
    package = inspect(path)
    keep(path, package.files, blobs)
    return package


def inspect(path: Path) -> ScormPackage:
    """Check a package, every byte of it, and keep nothing.

    Raises:
        ContentFaults: with every fault that was found.
    """
    with zips.opened(path) as archive:
        files = _files(archive)
        nonempty = {name: entry for name, entry in files.items() if entry.file_size}
        title, scorm, notes = read_manifest(_manifest(archive, files), _finder(nonempty))
        elsewhere = Elsewhere()
        refs = tuple(_measured(archive, name, entry, elsewhere) for name, entry in nonempty.items())
        return ScormPackage(title, scorm, refs, notes + elsewhere.notes())


def keep(path: Path, refs: tuple[FileRef, ...], blobs: BlobStore) -> None:
    """Put the files ``refs`` of a package into ``blobs``, or nothing of it.

    Raises:
        FolderChanged: the zip no longer holds them.
        ContentFaults: it can no longer be read.
    """
    added: list[str] = []
    try:
        with zips.opened(path) as archive:
            files = _files(archive)
            for ref in refs:
                if blobs.has(ref.sha256):
                    continue
                entry = files.get(ref.path)
                if entry is None:
                    raise FolderChanged(ref.path)
                sha = blobs.add_pieces(zips.pieces(archive, entry, ref.path))
                added.append(sha)
                if sha != ref.sha256:
                    raise FolderChanged(ref.path)
    except BaseException:
        for sha in added:
            blobs.drop(sha)
        raise


def _files(archive: zipfile.ZipFile) -> Mapping[str, zipfile.ZipInfo]:
    """The files of the package by their paths in it, checked; a single folder at the top is
    no part of the paths."""
    files = zips.judged(archive, limits.MAX_ASSET_PATH_CHARS, limits.MAX_ASSET_PARTS)
    if len(files) > limits.MAX_SCORM_FILES:
        values = {"count": len(files), "limit": limits.MAX_SCORM_FILES}
        raise ContentFaults([Fault("zip-too-many", values=values)])
    large = [name for name, entry in files.items() if entry.file_size > limits.MAX_VIDEO_BYTES]
    if large:
        limit = human_size(limits.MAX_VIDEO_BYTES)
        raise ContentFaults(
            Fault("scorm-file-large", values={"path": name, "limit": limit}) for name in large
        )
    manifest = {name.lower(): entry for name, entry in files.items()}
    top = zips.root_of(manifest, MANIFEST, _instead(manifest))
    cut = len(top) + 1 if top else 0
    return {name[cut:]: entry for name, entry in files.items()}


def _instead(names: Iterable[str]) -> str:
    """How to say what a package without a manifest is."""
    ends = {name.rpartition("/")[2] for name in names}
    for file, code in OTHER_STANDARDS.items():
        if file in ends:
            return code
    aicc = any(name.endswith(_AICC_ENDINGS) for name in ends)
    return "scorm-aicc" if aicc else "scorm-no-manifest"


def _manifest(archive: zipfile.ZipFile, files: Mapping[str, zipfile.ZipInfo]) -> bytes:
    [(name, entry)] = [(n, entry) for n, entry in files.items() if n.lower() == MANIFEST]
    if entry.file_size > limits.MAX_SCORM_MANIFEST_BYTES:
        sizes = human_size(entry.file_size), human_size(limits.MAX_SCORM_MANIFEST_BYTES)
        values = {"size": sizes[0], "limit": sizes[1]}
        raise ContentFaults([Fault("scorm-manifest-large", MANIFEST, values=values)])
    return b"".join(zips.pieces(archive, entry, name))


def _finder(files: Iterable[str]) -> Callable[[str], str | None]:
    """Find a file by its name in a manifest: authors mix cases, escapes and Unicode forms."""
    known = {name.casefold(): name for name in files}

    def find(name: str) -> str | None:
        for written in (name, unquote(name)):
            path = known.get(unicodedata.normalize("NFC", written).casefold())
            if path is not None:
                return path
        return None

    return find


def _measured(
    archive: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo, elsewhere: Elsewhere
) -> FileRef:
    hashed = hashlib.sha256()
    read: list[bytes] | None = [] if elsewhere.reads(name, entry.file_size) else None
    for piece in zips.pieces(archive, entry, name):
        hashed.update(piece)
        if read is not None:
            read.append(piece)
    if read is not None:
        elsewhere.look(name, b"".join(read))
    return FileRef(name, entry.file_size, hashed.hexdigest())

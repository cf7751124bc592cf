"""Zip of a course folder: unpacked without believing anything it says (SPEC.md §2.6).

All names, sizes and methods are judged before the first byte is written.
"""

import shutil
import stat
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from content.errors import ContentFaults
from content.faults import Fault, Faults
from content.limits import MAX_COURSE_BYTES, MAX_ZIP_ENTRIES, MAX_ZIP_RATIO
from content.paths import human_size, is_safe_path

# What systems put beside an author's files.
_LITTER_FOLDERS = {"__MACOSX"}
_LITTER_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}
# The others are unpacked by the standard library without a bound on what comes out at once.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_PIECE = 1 << 20
# Below this a great ratio is only a very regular text.
_SMALL_BYTES = 1_000_000
# What ``zipfile`` raises for damaged, cut or unknown contents.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)


def unpack(path: Path, into: Path, wanted: str) -> Path:
    """Unpack into the new folder ``into``; return the folder in it that holds ``wanted``.

    Raises:
        ContentFaults: with every fault of the zip; ``into`` does not exist then.
        FileExistsError: ``into`` is there already.
    """
    into.mkdir(parents=True)
    try:
        return _unpack(path, into, wanted)
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise


def _unpack(path: Path, into: Path, wanted: str) -> Path:
    try:
        archive = zipfile.ZipFile(path)
    except (*_DAMAGED, OSError) as error:
        raise ContentFaults([Fault("zip-not-zip")]) from error
    with archive:
        files = _judged(archive)
        for name, entry in files.items():
            _extract(archive, entry, name, into)
    root = _root_of(files, wanted)
    return into.joinpath(root)


def _judged(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files to unpack by name, or raise with every fault of the list."""
    faults = Faults()
    entries = archive.infolist()
    if len(entries) > MAX_ZIP_ENTRIES:
        faults.add("zip-too-many", count=len(entries), limit=MAX_ZIP_ENTRIES)
        raise ContentFaults(faults)
    files: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for entry in entries:
        name = _name(entry)
        parts = PurePosixPath(name).parts
        if parts and (parts[0] in _LITTER_FOLDERS or parts[-1] in _LITTER_FILES):
            continue
        _judge(entry, name, faults)
        # Windows and macOS keep one file for names that differ in case or composition.
        same = unicodedata.normalize("NFC", name).casefold()
        if same in folded:
            faults.add("zip-name-twice", path=name[:120])
        folded.add(same)
        if not entry.is_dir():
            files[name] = entry
    if sum(entry.file_size for entry in files.values()) > MAX_COURSE_BYTES:
        faults.add("zip-too-large", limit=human_size(MAX_COURSE_BYTES))
    if len(faults):
        raise ContentFaults(faults)
    return files


def _judge(entry: zipfile.ZipInfo, name: str, faults: Faults) -> None:
    if not is_safe_path(name.removesuffix("/")):
        faults.add("path-unsafe", path=name[:120])
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        faults.add("file-not-regular", path=name[:120])
    if entry.header_offset < 0:  # the beginning of the zip is missing
        faults.add("zip-damaged", path=name[:120])
    if entry.compress_type not in _METHODS:
        faults.add("zip-method", path=name[:120])
    if entry.flag_bits & _ENCRYPTED:
        faults.add("zip-encrypted", path=name[:120])
    if entry.file_size > max(_SMALL_BYTES, entry.compress_size * MAX_ZIP_RATIO):
        faults.add("zip-bomb", path=name[:120])


def _name(entry: zipfile.ZipInfo) -> str:
    """Return a name as its author wrote it: Chinese Windows writes GBK and does not say so."""
    # ``zipfile`` cuts ``filename`` at a NUL and turns backslashes on Windows: judge the original.
    name = entry.orig_filename
    if entry.flag_bits & _UTF8_NAME:
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return name


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, into: Path) -> None:
    """Write one file. ``zipfile`` gives no more bytes than were announced, and checks them.

    A full disk is no fault of the zip: its ``OSError`` goes up.
    """
    target = into.joinpath(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("xb") as sink:
            shutil.copyfileobj(source, sink, _PIECE)
    except (*_DAMAGED, RuntimeError, FileExistsError, NotADirectoryError) as error:
        raise ContentFaults([Fault("zip-damaged", values={"path": name})]) from error


def _root_of(files: dict[str, zipfile.ZipInfo], wanted: str) -> str:
    """Return the folder that holds ``wanted``: the top, or the one folder at the top."""
    if wanted in files:
        return ""
    tops = {name.split("/")[0] for name in files}
    if len(tops) == 1 and f"{(top := tops.pop())}/{wanted}" in files:
        return top
    raise ContentFaults([Fault("zip-no-course")])

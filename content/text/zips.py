"""Zip: unpacked or read without trusting anything in it (SPEC.md §2.6).

All names, sizes and methods are checked before the first byte is unpacked. A course folder's zip is
unpacked here; ``content.scorm`` reads a package out of its zip.
"""

import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from content.model.checks.paths import human_size, is_safe_path
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault, Faults
from content.model.limits import (
    MAX_COURSE_BYTES,
    MAX_PARTS,
    MAX_PATH_CHARS,
    MAX_ZIP_ENTRIES,
    MAX_ZIP_LIST_BYTES,
    MAX_ZIP_RATIO,
)

# What systems put beside an author's files.
_LITTER_FOLDERS = {"__MACOSX"}
_LITTER_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}
# The standard library unpacks other methods without a limit on what comes out at once.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_PIECE = 1 << 20
# Below this a great ratio is only a very regular text.
_SMALL_BYTES = 1_000_000
# What ``zipfile`` raises for damaged, cut or unknown contents.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)
# The record at the end of a zip that says how long its list is, and the same of zip64.
_END, _END_BYTES = b"PK\x05\x06", 22
_END64, _END64_AT, _END64_BYTES = b"PK\x06\x06", b"PK\x06\x07", 20
_MAX_COMMENT_BYTES = 0xFFFF


def unpack(path: Path, into: Path, wanted: str) -> Path:
    """Unpack into the new folder ``into``; return the folder in it that holds ``wanted``.

    An empty ``wanted`` asks for nothing: the answer is ``into``.

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
    with opened(path) as archive:
        files = judged(archive)
        for name, entry in files.items():
            _extract(archive, entry, name, into)
    return into.joinpath(root_of(files, wanted))


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose list is short enough to be held in memory.

    Raises:
        ContentFaults: it is no zip, or has too many entries.
    """
    try:
        _check_list(path)
        archive = zipfile.ZipFile(path)
    except (*_DAMAGED, OSError) as error:
        raise ContentFaults([Fault("zip-not-zip")]) from error
    with archive:
        yield archive


def _check_list(path: Path) -> None:
    """``zipfile`` reads the whole list at once; a million entries would take a gigabyte."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        begin = max(0, size - _END_BYTES - _MAX_COMMENT_BYTES - _END64_BYTES)
        file.seek(begin)
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or at + _END_BYTES > len(tail):
            return  # not a zip: ``zipfile`` says so
        count, length = struct.unpack_from("<HI", tail, at + 10)
        at64 = at - _END64_BYTES
        if at64 >= 0 and tail.startswith(_END64_AT, at64):
            (where,) = struct.unpack_from("<Q", tail, at64 + 8)
            file.seek(min(where, size))
            record = file.read(56)
            if record.startswith(_END64) and len(record) == 56:
                count, length = struct.unpack_from("<Q", record, 32) + struct.unpack_from(
                    "<Q", record, 40
                )
    if count > MAX_ZIP_ENTRIES or length > MAX_ZIP_LIST_BYTES:
        limit = MAX_ZIP_ENTRIES
        raise ContentFaults([Fault("zip-too-many", values={"count": count, "limit": limit})])


def judged(
    archive: zipfile.ZipFile, most_chars: int = MAX_PATH_CHARS, most_parts: int = MAX_PARTS
) -> dict[str, zipfile.ZipInfo]:
    """Return the files of a zip by name, or raise with every fault of its list.

    Raises:
        ContentFaults: a name, size, kind or method is refused.
    """
    faults = Faults()
    entries = archive.infolist()
    if len(entries) > MAX_ZIP_ENTRIES:
        faults.add("zip-too-many", count=len(entries), limit=MAX_ZIP_ENTRIES)
        raise ContentFaults(faults)
    files: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for place, (entry, name) in enumerate(zip(entries, names_of(archive), strict=True), 1):
        if not name:
            faults.add("zip-no-name", place=place)
            continue
        parts = PurePosixPath(name).parts
        if parts and (parts[0] in _LITTER_FOLDERS or parts[-1] in _LITTER_FILES):
            continue
        _judge(entry, name, faults, (most_chars, most_parts))
        # Windows and macOS keep one file for names that differ in case or composition.
        same = name.casefold()
        if same in folded:
            faults.add("zip-name-twice", path=name[:120])
        folded.add(same)
        if not name.endswith("/"):
            files[name] = entry
    # More compressed bytes than fit before the list: files overlap.
    if sum(entry.compress_size for entry in entries) > archive.start_dir:
        faults.add("zip-bomb", path=next(iter(files), ""))
    if sum(entry.file_size for entry in files.values()) > MAX_COURSE_BYTES:
        faults.add("zip-too-large", limit=human_size(MAX_COURSE_BYTES))
    if len(faults):
        raise ContentFaults(faults)
    return files


def pieces(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str
) -> Generator[bytes, None, None]:
    """Yield what a file holds: no more than was announced, and checked at its end.

    Raises:
        ContentFaults: it is damaged.
    """
    try:
        with archive.open(entry) as source:
            while piece := source.read(_PIECE):
                yield piece
    except (*_DAMAGED, RuntimeError) as error:
        raise ContentFaults([Fault("zip-damaged", values={"path": name})]) from error


def beginning(archive: zipfile.ZipFile, name: str | zipfile.ZipInfo, limit: int) -> bytes:
    """Return the first bytes of a file; none where it is damaged: its reader says so."""
    try:
        with archive.open(name) as file:
            return file.read(limit)
    except (*_DAMAGED, RuntimeError, OSError):
        return b""


def _judge(entry: zipfile.ZipInfo, name: str, faults: Faults, longest: tuple[int, int]) -> None:
    if not is_safe_path(name.removesuffix("/"), *longest):
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


def names_of(archive: zipfile.ZipFile) -> list[str]:
    """Return the name of each entry as its author meant it, folders with ``/`` at their end.

    Chinese Windows writes GBK and does not say so; some of its tools part folders by ``\\``, in a
    zip where no ``/`` stands then. In NFC: macOS splits composed letters into base and accent.
    """
    names = [unicodedata.normalize("NFC", _as_written(entry)) for entry in archive.infolist()]
    if any("/" in name for name in names):
        return names
    return [name.replace("\\", "/") for name in names]


def _as_written(entry: zipfile.ZipInfo) -> str:
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
        with target.open("xb") as sink:
            for piece in pieces(archive, entry, name):
                sink.write(piece)
    except (FileExistsError, NotADirectoryError) as error:
        raise ContentFaults([Fault("zip-damaged", values={"path": name})]) from error


def root_of(
    files: Mapping[str, zipfile.ZipInfo], wanted: str, missing: str = "zip-no-course"
) -> str:
    """Return the folder that holds ``wanted``: the top, or the one folder at the top.

    An empty ``wanted`` asks for nothing: the answer is the top.

    Raises:
        ContentFaults: it is in neither; ``missing`` is the fault's code.
    """
    if not wanted or wanted in files:
        return ""
    tops = {name.split("/")[0] for name in files}
    if len(tops) == 1 and f"{(top := tops.pop())}/{wanted}" in files:
        return top
    raise ContentFaults([Fault(missing)])

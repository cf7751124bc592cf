"""File kind: what a file is, by its content; the name decides only between plain texts.

Whether it may be used is decided by its reader (``content.source.material``,
``content.source.folder``, ``content.questions``, ``content.scorm``).
"""

import re
import zipfile
from enum import StrEnum
from pathlib import Path, PurePosixPath

from content.media.containers import is_still
from content.media.film import is_film
from content.media.subtitles import is_srt
from content.model import picture_sound
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.model.limits import MAX_TOML_BYTES
from content.text.encodings import decoded
from content.text.zips import beginning, opened


class What(StrEnum):
    """What a file is taken for."""

    FILM = "film"
    PDF = "pdf"
    PICTURE = "picture"
    SUBTITLES = "subtitles"
    PAGE = "page"
    PAGES = "pages"  # a zip of them
    COURSE = "course"  # a zip of a course folder
    SCORM = "scorm"
    BANK = "bank"
    WORD = "word"  # a document that is no bank


# How much of a package's manifest is searched to tell SCORM from QTI.
_MANIFEST_BYTES = 4_000_000
# Beyond this a text is no question bank, page or subtitles that anyone wrote.
_TEXT_BYTES = max(20_000_000, MAX_TOML_BYTES)
_PAGE_NAMES = {".html", ".htm", ".xhtml", ".md", ".markdown", ".txt"}
_HTML = re.compile(r"<!doctype html|<(?:html|head|body|title|meta|h[1-6]|p|div|table|ul)\b", re.I)
_XML_BANK = re.compile(r"<(?:\w+:)?(?:quiz|questestinterop|assessment\w*|qti-assessment\w*)\b")
_TABLES = (".csv", ".tsv")
_COLUMNS = re.compile(r"^[^\n]*(?:题干|题目|试题|question)[^\n]*[,\t;][^\n]*答案", re.IGNORECASE)


def recognise(path: Path, name: str) -> What:
    """Say what the file at ``path``, handed in as ``name``, is.

    Raises:
        ContentFaults: it cannot be taken in; the fault says what to do instead.
    """
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise ContentFaults([Fault("file-empty", values={"path": name[:120]})])
    if is_film(head):
        return What.FILM
    if is_still(head):
        raise ContentFaults([Fault("picture-not-picture", values=_named(name))])
    if b"%PDF-" in head:
        return What.PDF
    if picture_sound.kind_of(head) in picture_sound.PICTURES:
        return What.PICTURE
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path, name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _old_office(path, name)
    if head.startswith(b"{\\rtf"):
        raise ContentFaults([Fault("word-old", values=_named(name))])
    if head.startswith((b"Rar!", b"7z\xbc\xaf")):
        raise ContentFaults([Fault("zip-not-zip")])
    return _text(path, name)


def _old_office(path: Path, name: str) -> What:
    """Office up to 2003, or a document behind a password: only a workbook may be a bank."""
    # Here, not above: stations recognise nothing.
    from content.questions.table import biff

    names = biff.top_names(path)
    ending = PurePosixPath(name.lower()).suffix
    if "EncryptedPackage" in names:
        raise ContentFaults([Fault("word-locked", values=_named(name))])
    if "WordDocument" in names or not names and ending in (".doc", ".dot", ".wps"):
        raise ContentFaults([Fault("word-old", values=_named(name))])
    if ending in (".xls", ".et"):
        return What.BANK
    raise ContentFaults([Fault("material-office", values=_named(name))])


def _zipped(path: Path, name: str) -> What:
    with opened(path) as archive:
        names = [entry.filename for entry in archive.infolist()]
        manifest = _manifest(archive, names)
    if "[Content_Types].xml" in names:
        if any(each.startswith("xl/") for each in names):
            return What.BANK
        if any(each.lower().startswith("word/") for each in names):
            return _word(path, name)
        raise ContentFaults([Fault("material-office", values=_named(name))])
    if "mimetype" in names and "content.xml" in names:  # OpenDocument
        if PurePosixPath(name.lower()).suffix == ".ods":
            return What.BANK
        raise ContentFaults([Fault("material-office", values=_named(name))])
    if any(PurePosixPath(each).name == "course.toml" for each in names):
        return What.COURSE
    if manifest is not None:
        return (
            What.BANK
            if re.search(rb"imsqti|/qti|x-bb-qti", manifest, re.IGNORECASE)
            else What.SCORM
        )
    endings = {PurePosixPath(each.lower()).suffix for each in names}
    if not endings & _PAGE_NAMES and ".xml" in endings:
        return What.BANK
    return What.PAGES


def _word(path: Path, name: str) -> What:
    """A document that is mostly questions is a bank; its name does not matter."""
    from content.questions.paper import word

    return What.BANK if word.is_bank(path, name[-120:]) else What.WORD


def _manifest(archive: zipfile.ZipFile, names: list[str]) -> bytes | None:
    """Return the beginning of the package's manifest; ``None`` when it has none."""
    manifests = sorted(
        (name for name in names if PurePosixPath(name).name.lower() == "imsmanifest.xml"), key=len
    )
    if not manifests:
        return None
    # UTF-16 reads the same without its zeros.
    return beginning(archive, manifests[0], _MANIFEST_BYTES).replace(b"\0", b"")


def _text(path: Path, name: str) -> What:
    if path.stat().st_size > _TEXT_BYTES:
        raise ContentFaults([Fault("material-unknown", values=_named(name))])
    raw = path.read_bytes()
    text = decoded(raw)
    if text is None and _XML_BANK.search(raw[:20_000].decode("latin-1")):
        return What.BANK  # its reader says which encoding was expected
    if text is None:
        raise ContentFaults([Fault("material-unknown", values=_named(name))])
    if text.startswith("WEBVTT") or is_srt(text):
        return What.SUBTITLES
    if _XML_BANK.search(text[:20_000]):
        return What.BANK
    ending = PurePosixPath(name.lower()).suffix
    if text.lstrip().startswith("<") and _HTML.search(text[:20_000]):
        return What.PAGE
    if ending not in (".md", ".markdown") and _is_bank(text, ending):
        return What.BANK
    if not text.strip():
        raise ContentFaults([Fault("file-empty", values={"path": name[:120]})])
    if ending not in _PAGE_NAMES and not _HTML.search(text[:20_000]):
        raise ContentFaults([Fault("material-unknown", values=_named(name))])
    return What.PAGE


def _is_bank(text: str, ending: str) -> bool:
    """Tell whether a plain text holds questions, or is a table that may."""
    # Here, not above: a station has no library for some of their formats.
    from content.questions.gift import aiken
    from content.questions.gift import reader as gift
    from content.questions.paper import reader as paper

    if ending in _TABLES or _COLUMNS.search(text[:4_000]):
        return True
    if aiken.looks_like(text) or gift.looks_like(text):
        return True
    return paper.looks_like(paper.lines_of(text))


def _named(name: str) -> dict[str, str | int]:
    return {"path": name[:120]}

"""File kind: what a file is, by its content; the name decides only between plain texts.

Whether it may be used is decided by its reader (``content.source.material``,
``content.source.folder``, ``content.questions``, ``content.scorm``).
"""

import re
import zipfile
from enum import StrEnum
from pathlib import Path, PurePosixPath

from content import scorm
from content.media import picture
from content.media.film import is_film
from content.media.subtitles import is_srt
from content.model import picture_sound
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.model.limits import MAX_TOML_BYTES
from content.text import xml_tree
from content.text.encodings import decoded
from content.text.zips import beginning, names_of, opened


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
    SOUND = "sound"
    OLD_WORD = "old-word"  # a text that an office program can save as .docx
    SLIDES = "slides"  # what an office program can print as PDF


_SOUND_ONLY = re.compile(rb"....ftypM4[AB] ", re.DOTALL)
# Streams of the programs' documents: Word and WPS, Works; PowerPoint and WPP.
_OLD_WORD = {"worddocument", "matost", "wpsdocument"}
_OLD_SLIDES = {"powerpoint document", "pp97_dualstorage"}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_OPEN_DOCUMENTS = {
    "spreadsheet": What.BANK,
    "text": What.OLD_WORD,
    "presentation": What.SLIDES,
    "graphics": What.SLIDES,
}
# How much of a package's manifest is searched to tell SCORM from QTI.
_MANIFEST_BYTES = 4_000_000
# Beyond this a text is no question bank, page or subtitles that anyone wrote.
_TEXT_BYTES = max(20_000_000, MAX_TOML_BYTES)
_PAGE_NAMES = {".html", ".htm", ".xhtml", ".md", ".markdown", ".txt"}
_HTML = re.compile(r"<!doctype html|<(?:html|head|body|title|meta|h[1-6]|p|div|table|ul)\b", re.I)
_XML_BANK = re.compile(r"quiz|questestinterop|assessment\w*|qti-assessment[\w-]*")
_WHOLE_PAGE = re.compile(r"<!doctype html|<(?:html|head|body|style|script)\b", re.IGNORECASE)
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
    if what := _by_first_bytes(head, name):
        return what
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path, name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _old_office(path, name)
    if head.startswith(b"{\\rtf"):
        return What.OLD_WORD
    if head.startswith((b"Rar!", b"7z\xbc\xaf")):
        raise ContentFaults([Fault("zip-not-zip")])
    return _text(path, name)


def _by_first_bytes(head: bytes, name: str) -> What | None:
    """Films, documents, pictures and recordings; ``None`` for what has to be looked into."""
    if kind := picture.foreign(head):
        raise ContentFaults([Fault("picture-foreign", values=_named(name) | {"format": kind})])
    if is_film(head):
        return What.SOUND if _SOUND_ONLY.match(head) else What.FILM
    if b"%PDF-" in head:
        return What.PDF
    kind = picture_sound.kind_of(head)
    if kind:
        return What.PICTURE if kind in picture_sound.PICTURES else What.SOUND
    if kind := picture_sound.foreign_sound(head):
        raise ContentFaults([Fault("sound-foreign", values=_named(name) | {"format": kind})])
    return None


def _old_office(path: Path, name: str) -> What:
    """Office up to 2003, or a document behind a password: what is in it says which program's."""
    # Here, not above: stations recognise nothing.
    from content.cells import compound

    names = {each.lower() for each in compound.top_names(path)}
    ending = PurePosixPath(name.lower()).suffix
    if "encryptedpackage" in names:
        raise ContentFaults([Fault("word-locked", values=_named(name))])
    if names & _OLD_WORD or not names and ending in (".doc", ".dot", ".wps"):
        return What.OLD_WORD
    if names & _OLD_SLIDES:
        return What.SLIDES
    if names & {"workbook", "book"} or ending in (".xls", ".et"):
        return What.BANK
    raise ContentFaults([Fault("material-office", values=_named(name))])


def _zipped(path: Path, name: str) -> What:
    with opened(path) as archive:
        names = names_of(archive)
        manifest = _manifest(archive, names)
        kind = _open_document(archive)
    small = [each.lower() for each in names]
    if "[content_types].xml" in small:
        return _office_zip(path, name, {each.partition("/")[0] for each in small})
    if "ofd.xml" in small:
        raise ContentFaults([Fault("material-ofd", values=_named(name))])
    if kind is not None:
        if kind not in _OPEN_DOCUMENTS:
            raise ContentFaults([Fault("material-office", values=_named(name))])
        return _OPEN_DOCUMENTS[kind]
    if any(PurePosixPath(each).name == "course.toml" for each in names):
        return What.COURSE
    if manifest is not None:
        is_qti = re.search(rb"imsqti|/qti|x-bb-qti", manifest, re.IGNORECASE)
        return What.BANK if is_qti else What.SCORM
    if any(PurePosixPath(each).name in scorm.OTHER_STANDARDS for each in small):
        return What.SCORM  # its reader says that it is of another kind
    endings = {PurePosixPath(each).suffix for each in small}
    if not endings & _PAGE_NAMES and ".xml" in endings:
        return What.BANK
    return What.PAGES


def _office_zip(path: Path, name: str, folders: set[str]) -> What:
    """Office since 2007: the folder of its parts says which program's."""
    if "xl" in folders:
        return What.BANK
    if "word" in folders:
        return _word(path, name)
    if "ppt" in folders:
        return What.SLIDES
    raise ContentFaults([Fault("material-office", values=_named(name))])


def _open_document(archive: zipfile.ZipFile) -> str | None:
    """Return what an OpenDocument file says that it is; ``None`` for any other zip."""
    if not {"content.xml", "mimetype"} <= set(archive.namelist()):
        return None
    said = beginning(archive, "mimetype", 200).decode("latin-1")
    return said.strip().removeprefix(_OPEN_DOCUMENT).removesuffix("-template")


def _word(path: Path, name: str) -> What:
    """A document that is mostly questions is a bank; its name does not matter."""
    from content.questions.paper import word

    return What.BANK if word.is_bank(path, name[-120:]) else What.WORD


def _manifest(archive: zipfile.ZipFile, names: list[str]) -> bytes | None:
    """Return the beginning of the package's manifest; ``None`` when it has none."""
    manifests = sorted(
        (len(name), place)
        for place, name in enumerate(names)
        if PurePosixPath(name).name.lower() == "imsmanifest.xml"
    )
    if not manifests:
        return None
    # UTF-16 reads the same without its zeros.
    entry = archive.infolist()[manifests[0][1]]
    return beginning(archive, entry, _MANIFEST_BYTES).replace(b"\0", b"")


def _text(path: Path, name: str) -> What:
    if path.stat().st_size > _TEXT_BYTES:
        raise ContentFaults([Fault("material-unknown", values=_named(name))])
    raw = path.read_bytes()
    text = decoded(raw)
    if text is None and _XML_BANK.fullmatch(xml_tree.root_of(raw[:100_000].decode("latin-1"))):
        return What.BANK  # its reader says which encoding was expected
    if text is None:
        raise ContentFaults([Fault("material-unknown", values=_named(name))])
    if text.startswith("WEBVTT") or is_srt(text):
        return What.SUBTITLES
    if _is_xml_bank(text, name):
        return What.BANK
    ending = PurePosixPath(name.lower()).suffix
    if text.lstrip().startswith("<") and _HTML.search(text[:20_000]):
        return What.BANK if _has_tagged_questions(text) else What.PAGE
    if ending not in (".md", ".markdown") and _is_bank(text, ending):
        return What.BANK
    if not text.strip():
        raise ContentFaults([Fault("file-empty", values={"path": name[:120]})])
    if ending not in _PAGE_NAMES and not _HTML.search(text[:20_000]):
        raise ContentFaults([Fault("material-unknown", values=_named(name))])
    return What.PAGE


def _is_xml_bank(text: str, name: str) -> bool:
    """Tell whether a text is the XML of a bank. Raises ``ContentFaults`` for any other XML."""
    root = xml_tree.root_of(text)
    if _XML_BANK.fullmatch(root):
        return True
    if xml_tree.is_xml(text):
        raise ContentFaults([Fault("xml-unknown", name[:120], values={"tag": root[:40]})])
    return False


def _has_tagged_questions(text: str) -> bool:
    """Tell whether a text that begins with a tag is GIFT, whose texts may have tags."""
    from content.questions.gift import reader as gift

    return not _WHOLE_PAGE.search(text[:20_000]) and gift.is_surely(text)


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

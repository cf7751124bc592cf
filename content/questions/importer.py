"""Importer: recognises a file's format by its content and calls its reader (SPEC.md §9.1)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from content.cells import text_table, workbook
from content.cells.workbook import OLE, is_workbook
from content.model.checks.paths import human_size
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.model.limits import MAX_ASSET_PARTS, MAX_ASSET_PATH_CHARS, MAX_BANK_BYTES
from content.questions.model.report import Imported
from content.text import encodings, xml_tree, zips
from content.text.encodings import text_of
from content.transfer.blobs import BlobStore

if TYPE_CHECKING:
    from content.questions.model.rich_text import MediaCollector


def read(
    path: Path, blobs: BlobStore, mapping: Mapping[str, str] | None = None, name: str = ""
) -> Imported:
    """Return the questions of a bank and what was refused; their files go into ``blobs``.

    ``mapping`` (field to heading) is for tables whose headings are not the usual ones; ``name``
    is what people call the file.

    Raises:
        ContentFaults: the file as a whole is not a bank that can be read.
    """
    file = (name or path.name)[-120:]
    size = path.stat().st_size
    if size > MAX_BANK_BYTES:
        values = {"size": human_size(size), "limit": human_size(MAX_BANK_BYTES)}
        raise ContentFaults([Fault("bank-too-large", file, values=values)])
    with path.open("rb") as opened:
        magic = opened.read(4)
    if magic == b"PK\x03\x04":
        bank = _package(path, file, blobs, mapping)
    elif magic == OLE:
        bank = _workbook(path, file, "xls", blobs, mapping)
    else:
        bank = _doubted(path, _text(path, file, blobs, mapping), file)
    if not bank.total:
        raise ContentFaults([Fault("bank-empty", file)])
    return bank


def _doubted(path: Path, bank: Imported, file: str) -> Imported:
    """Say in which encoding a text was read, where that was only guessed."""
    encoding = encodings.doubtful(path.read_bytes())
    if not encoding:
        return bank
    doubt = Fault("note-encoding", file, values={"encoding": encoding})
    return replace(bank, remarks=(doubt, *bank.remarks))


def _package(
    path: Path, file: str, blobs: BlobStore, mapping: Mapping[str, str] | None
) -> Imported:
    with zips.opened(path) as archive:
        names = zips.judged(archive, MAX_ASSET_PATH_CHARS, MAX_ASSET_PARTS)
    if is_workbook(names):
        return _workbook(path, file, "xlsx", blobs, mapping)
    if any(name.lower().startswith("word/") for name in names):
        from content.questions.paper import word

        return word.read(path, file, blobs, mapping)
    from content.questions.model.rich_text import MediaCollector
    from content.questions.qti import reader as qti

    return qti.read_package(path, file, MediaCollector(blobs))


def _workbook(
    path: Path, file: str, format: str, blobs: BlobStore, mapping: Mapping[str, str] | None
) -> Imported:
    from content.questions.model.rich_text import MediaCollector
    from content.questions.table import reader as table
    from content.questions.table.media import Pictures, held

    sheets = workbook.sheets(path, file)
    files = held(sheets)
    if format == "xls":
        return table.read(sheets, file, format, MediaCollector(blobs, files.get), mapping)
    pictures = Pictures(path)
    shelf = MediaCollector(blobs, lambda address: files.get(address) or pictures.read(address))
    return table.read(sheets, file, format, shelf, mapping, pictures)


def _text(path: Path, file: str, blobs: BlobStore, mapping: Mapping[str, str] | None) -> Imported:
    from content.questions.gift import aiken
    from content.questions.gift import reader as gift
    from content.questions.model.rich_text import MediaCollector
    from content.questions.paper import reader as paper
    from content.questions.table import reader as table

    raw = path.read_bytes()
    text = text_of(raw, file).replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub("^\ufeff", "", text, flags=re.MULTILINE)  # files joined end to end
    shelf = MediaCollector(blobs)
    if text.lstrip()[:1] == "<" and (bank := _xml(raw, file, shelf)):
        return bank
    if xml_tree.is_xml(text):
        raise ContentFaults(
            [Fault("xml-unknown", file, values={"tag": xml_tree.root_of(text)[:40]})]
        )
    lines = paper.lines_of(text)
    if paper.looks_like(lines):
        return paper.read(lines, file, "paper", shelf)
    if aiken.looks_like(text):
        return aiken.read(text, file, shelf)
    if mapping or table.looks_like(text_table.beginning(text)):
        return table.read([text_table.sheet_of(text, file)], file, "csv", shelf, mapping)
    if gift.is_cloze(text):
        return gift.read_cloze(text, file, shelf)
    if gift.looks_like(text):
        return gift.read(text, file, shelf)
    raise ContentFaults([Fault("bank-format", file)])


def _xml(raw: bytes, file: str, shelf: "MediaCollector") -> Imported | None:
    """Return the questions of an XML file; ``None`` where its root element is not a bank's."""
    from content.questions.moodle import reader as moodle
    from content.questions.qti import reader as qti

    text = xml_tree.text_of(raw, file)
    name = xml_tree.root_of(text)
    if name == "quiz":
        return moodle.read(xml_tree.parse(text, file), file, shelf)
    if name in qti.ROOTS:
        return qti.read_file(xml_tree.parse(text, file), file, shelf)
    return None

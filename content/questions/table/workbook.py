"""Workbook: xlsx, xls and csv as sheets of text, measured before a library reads them.

A workbook is a zip of XML, or a file system in a file. A library makes a table of everything
between the first and the last cell: two cells can ask for more memory than there is.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from content.model import limits
from content.model.checks.paths import human_size
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.questions.table import biff
from content.text import zips

OLE = b"\xd0\xcf\x11\xe0"
_REF = re.compile(rb"""<(?:\w+:)?(?:c|row)\s[^<>]*?\br\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
# Bytes kept of the piece before, so that no cell's reference is cut where a piece ends.
_OVERLAP = 200


@dataclass(slots=True)
class Sheet:
    """One sheet: its rows with the numbers that the spreadsheet shows; empty ones are left out."""

    name: str
    rows: list[tuple[int, list[str]]]
    # Rows and columns, from 0, whose cells hold a date or a time.
    dated: set[tuple[int, int]] = field(default_factory=set)


def is_workbook(names: Mapping[str, object]) -> bool:
    """Tell whether a zip with these files is a workbook."""
    return any(name.lower() == "xl/workbook.xml" for name in names)


def sheets(path: Path, file: str) -> list[Sheet]:
    """Return the sheets of an xlsx or xls workbook.

    Raises:
        ContentFaults: it is damaged, or too large to be held in memory.
    """
    with path.open("rb") as opened:
        is_ole = opened.read(4) == OLE
    try:
        area = biff.area(path) if is_ole else _area(path, file)
    except ValueError as error:
        raise ContentFaults([Fault("bank-workbook", file)]) from error
    if area > limits.MAX_SHEET_CELLS:
        values = {"limit": limits.MAX_SHEET_CELLS // 1_000_000}
        raise ContentFaults([Fault("bank-sheet-area", file, values=values)])
    try:
        return _read(path)
    except BaseException as error:
        # The library is Rust: its panics are not an ``Exception``.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise ContentFaults([Fault("bank-workbook", file)]) from error
        raise


def _read(path: Path) -> list[Sheet]:
    # Imported here, not above: only the hub has this library.
    from python_calamine import CalamineWorkbook

    book_sheets = []
    with CalamineWorkbook.from_path(path) as book:
        for name in book.sheet_names:
            source = book.get_sheet_by_name(name)
            first = source.start or (0, 0)
            values = source.to_python(skip_empty_area=True)
            sheet = Sheet(name, [])
            for number, row in enumerate(values, first[0]):
                texts = [""] * first[1] + [as_text(value) for value in row]
                for place, value in enumerate(row, first[1]):
                    if isinstance(value, date | time | timedelta):
                        sheet.dated.add((number, place))
                sheet.rows.append((number + 1, texts))
            _fill_merged(sheet, source.merged_cell_ranges or [])
            sheet.rows = [row for row in sheet.rows if any(row[1])]
            book_sheets.append(sheet)
    return book_sheets


def _fill_merged(sheet: Sheet, ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Copy a chapter or type that is merged over several rows into each of them."""
    at = {number: row for number, row in sheet.rows}
    for (top, left), (bottom, right) in ranges:
        if bottom == top or right != left:
            continue
        merged = at.get(top + 1, [])[left : left + 1]
        for number in range(top + 2, bottom + 2):
            row = at.get(number)
            if merged and row is not None and left < len(row):
                row[left] = row[left] or merged[0]


def as_text(value: object) -> str:
    """Return a cell as a person reads it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value).strip()


def text_sheet(text: str, file: str) -> Sheet:
    """Return a table that is text with commas, tabs or semicolons.

    Raises:
        ContentFaults: it is no such table.
    """
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    sheet = Sheet("", [])
    at = 1
    try:
        for row in reader:
            texts = [value.strip() for value in row]
            if any(texts):
                sheet.rows.append((at, texts))
            at = reader.line_num + 1
    except csv.Error as error:
        raise ContentFaults([Fault("bank-workbook", file, at)]) from error
    return sheet


def _area(path: Path, file: str) -> int:
    """Return how many cells lie between the first and the last of the widest sheet."""
    with zips.opened(path) as archive:
        files = zips.judged(archive)
        size = sum(entry.file_size for entry in files.values())
        if size > limits.MAX_WORKBOOK_BYTES:
            values = {"size": human_size(size), "limit": human_size(limits.MAX_WORKBOOK_BYTES)}
            raise ContentFaults([Fault("bank-too-large", file, values=values)])
        wanted = [name for name in files if _SHEET.fullmatch(name)]
        return max((_sheet_area(archive, files[name], name) for name in wanted), default=0)


def _sheet_area(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> int:
    rows, columns = 0, 1
    for letters, number in _references(zips.pieces(archive, entry, name)):
        rows = max(rows, number)
        columns = max(columns, letters)
    return rows * columns


def _references(pieces: Iterator[bytes]) -> Iterator[tuple[int, int]]:
    overlap = b""
    for piece in pieces:
        text = overlap + piece
        for match in _REF.finditer(text):
            column = 0
            for letter in match[1]:
                column = column * 26 + letter - 64
            yield column, int(match[2])
        overlap = text[-_OVERLAP:]

"""Marked cells: those of an xlsx workbook whose look is not their value (SPEC.md §9.7).

The library that reads workbooks gives values. This module goes once over the XML of each sheet: it
measures it, and finds cells with a number format, with an error, and formulas without a result.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from content.cells.sheet import place
from content.cells.styles import BookStyles
from content.model import limits
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.text import zips

_ATTRIBUTE = r"""\b%s\s*=\s*["']%s["']"""
_REF = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_REFERENCE = re.compile(rb"[A-Z]{1,3}[0-9]{1,7}")
_UNPLACED = re.compile(rb"""<(?:\w+:)?c(?![^<>]*\sr\s*=)[\s/>]""")
_TAGS = re.compile(rb"""<(?:\w+:)?(row|c)\b([^<>]*)>""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^<>]*?\br\s*=\s*["']([0-9]{1,7})["']""")
_R = re.compile(rb"""\sr\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
_ATTRIBUTES = re.compile(rb"""\s([rst])\s*=\s*["'](\w{1,16})["']""")
_V = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)<")
_HIDDEN_ROW = re.compile(
    rb"""<(?:\w+:)?row\b(?=[^<>]*\bhidden\s*=\s*["'](?:1|true)["'])[^<>]*?\br\s*=\s*["']([0-9]{1,7})["']"""
)
_COL = re.compile(rb"""<(?:\w+:)?col\s([^<>]*\bhidden\s*=\s*["'](?:1|true)["'][^<>]*)>""")
_MIN_MAX = re.compile(rb"""\b(min|max)\s*=\s*["']([0-9]{1,5})["']""")
# A formula's cell: its result may be missing, or stand there as 0 until the file is opened.
_FORMULA = (
    rb"<(?:\w+:)?c\b([^<>]*[^<>/])>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*%s</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_UNCOUNTED = {False: re.compile(_FORMULA % b""), True: re.compile(_FORMULA % b"0?")}


class Mark(NamedTuple):
    """A cell, of which there may be millions: its format, its type, its value as written."""

    code: str
    kind: str
    value: str


@dataclass(slots=True)
class Marks:
    """What one sheet's XML says beside values. ``cells``: by row from 1 and column from 0."""

    rows: int = 0
    columns: int = 1
    cells: dict[tuple[int, int], Mark] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, styles: BookStyles) -> Marks:
    """Return the marks of a sheet. Raises ``ContentFaults``."""
    marks, number = Marks(), _Numbering()
    wanted = _pattern(styles.marked)
    for text in _whole_rows(zips.pieces(archive, entry, entry.filename)):
        _measure(text, marks)
        addresses = number.of(text) if number.is_needed or _UNPLACED.search(text) else {}
        _take(text, wanted, styles, addresses, marks)
        if b"<f" in text or b":f" in text:
            _take_uncounted(text, _UNCOUNTED[styles.counts_on_opening], addresses, marks)
        if len(marks.cells) > limits.MAX_SHEET_CELLS:
            values = {"limit": limits.MAX_SHEET_CELLS // 1_000_000}
            raise ContentFaults([Fault("bank-sheet-area", values=values)])
        marks.hidden_rows.update(map(int, _HIDDEN_ROW.findall(text)))
        for col in _COL.findall(text):
            ends = {name: int(value) for name, value in _MIN_MAX.findall(col)}
            first, last = ends.get(b"min", 1), min(ends.get(b"max", 1), 16_384)
            marks.hidden_columns.update(range(first - 1, last))
        marks.rows, marks.columns = max(marks.rows, number.row), max(marks.columns, number.most)
    return marks


def _whole_rows(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The XML in parts that end where a row ends, so that no cell is cut."""
    kept = b""
    for piece in pieces:
        text = kept + piece
        end = text.rfind(b"row>", max(0, len(kept) - 4)) + 4
        if end < 4:
            kept = text
            continue
        kept = text[end:]
        yield text[:end]
    if kept:
        yield kept


def _pattern(styles: Mapping[int, str]) -> re.Pattern[bytes]:
    """Cells with one of these styles, or with an error or a date of ISO 8601."""
    signs = _ATTRIBUTE % ("t", "(?:e|d)")
    if styles:
        signs += "|" + _ATTRIBUTE % ("s", "(?:" + "|".join(map(str, styles)) + ")")
    text = rf"<(?:\w+:)?c\b(?=[^<>]*(?:{signs}))([^<>]*[^<>/])>(.*?)</(?:\w+:)?c>"
    return re.compile(text.encode(), re.DOTALL)


def _measure(text: bytes, marks: Marks) -> None:
    places = _REF.findall(text)
    for letters in {letters for letters, _ in places}:
        marks.columns = max(marks.columns, place(f"{letters.decode()}1")[1] + 1)
    rows = {digits for _, digits in places}
    rows.update(_ROW.findall(text))
    marks.rows = max(marks.rows, max(map(int, rows), default=0))


def _take(
    text: bytes,
    wanted: re.Pattern[bytes],
    styles: BookStyles,
    addresses: Mapping[int, tuple[int, int]],
    marks: Marks,
) -> None:
    codes = {str(number).encode(): code for number, code in styles.marked.items()}
    for match in wanted.finditer(text):
        attributes = dict(_ATTRIBUTES.findall(match[1]))
        value = _V.search(match[2])
        at = addresses.get(match.start()) or _address(attributes)
        if at is not None:
            written = value[1].decode("utf-8", "replace") if value else ""
            code, kind = codes.get(attributes.get(b"s", b""), ""), attributes.get(b"t", b"n")
            marks.cells[at] = Mark(code, kind.decode("latin-1"), written)


def _take_uncounted(
    text: bytes, pattern: re.Pattern[bytes], addresses: Mapping[int, tuple[int, int]], marks: Marks
) -> None:
    for match in pattern.finditer(text):
        attributes = dict(_ATTRIBUTES.findall(match[1]))
        at = addresses.get(match.start()) or _address(attributes)
        if at is not None and attributes.get(b"t") != b"str":
            marks.cells[at] = Mark("", "formula", "")


def _address(attributes: Mapping[bytes, bytes]) -> tuple[int, int] | None:
    """Where a cell says that it is."""
    reference = _REFERENCE.fullmatch(attributes.get(b"r", b""))
    return place(reference[0].decode()) if reference else None


class _Numbering:
    """Counts rows and cells where a program did not write their addresses."""

    def __init__(self) -> None:
        self.is_needed = False
        self.row = 0
        self.most = 0
        self._column = 0

    def of(self, text: bytes) -> dict[int, tuple[int, int]]:
        """Return the addresses of the cells by where they begin."""
        self.is_needed = True
        found = {}
        for match in _TAGS.finditer(text):
            reference = _R.search(match[2])
            if match[1] == b"row":
                self.row = int(reference[2]) if reference else self.row + 1
                self._column = 0
                continue
            if reference and reference[1]:
                self.row, self._column = place((reference[1] + reference[2]).decode())
            found[match.start()] = (self.row, self._column)
            self._column += 1
            self.most = max(self.most, self._column)
        return found

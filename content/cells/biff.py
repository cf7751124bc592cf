"""BIFF: an old xls workbook is measured, and cells whose look is not their value are found.

The file is a small file system (MS-CFB, ``content.cells.compound``) whose stream ``Workbook`` is a
run of records (MS-XLS).
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path

from content.cells import compound
from content.cells.format_code import BUILT_IN, GENERAL
from content.cells.marked import Mark, Marks
from content.cells.shown import is_plain
from content.model.refused import Refused

_NAMES = {"Workbook", "Book"}
# Records of a cell: row and column are their first two numbers.
_CELLS = {0x0203, 0x00FD, 0x027E, 0x00BD, 0x0204, 0x0205, 0x0006, 0x0201, 0x00BE, 0x00D6, 0x0207}
# Records of several cells in a row: their last number is the last column.
_SEVERAL = {0x00BD, 0x00BE}
_NUMBER, _RK, _MULRK, _FORMULA, _BOOLERR, _LABEL, _LABELSST = (
    0x0203, 0x027E, 0x00BD, 0x0006, 0x0205, 0x0204, 0x00FD
)  # fmt: skip
_BOF, _EOF, _SHEET, _FORMAT, _XF, _DATEMODE, _FILEPASS, _ROW, _COLINFO = (
    0x0809, 0x000A, 0x0085, 0x041E, 0x00E0, 0x0022, 0x002F, 0x0208, 0x007D
)  # fmt: skip
_BIFF8 = 0x0600


@dataclass(slots=True)
class OldBook:
    """``area``: cells between the first and the last of all sheets; ``sheets`` by their places."""

    area: int = 0
    since_1904: bool = False
    sheets: list[Marks] = field(default_factory=list)
    hidden: list[bool] = field(default_factory=list)


def area(path: Path) -> int:
    """Return how many cells lie between the first and the last of all sheets together.

    Raises:
        ValueError: the file is not an old xls workbook.
        Refused: it is behind a password.
    """
    return look(path).area


def look(path: Path) -> OldBook:
    """Return what an old workbook says beside values.

    Raises:
        ValueError: the file is not an old xls workbook.
        Refused: it is behind a password.
    """
    data = path.read_bytes()
    try:
        return _Records(compound.stream(data, _NAMES)).book
    except (struct.error, IndexError) as error:
        raise ValueError("not a workbook") from error


class _Records:
    """The run of records of a workbook, gone over once."""

    def __init__(self, stream: bytes) -> None:
        self.book = OldBook()
        self._stream = stream
        self._codes = dict(BUILT_IN)
        self._formats: list[int] = []  # of each style
        self._begins: list[int] = []  # of each sheet
        self._version = _BIFF8
        self._rows = self._columns = 0
        self._look()

    def _look(self) -> None:
        stream, at, depth = self._stream, 0, 0
        marks: Marks | None = None
        while at + 4 <= len(stream):
            kind, length = struct.unpack_from("<HH", stream, at)
            body = at + 4
            if kind == _BOF:
                depth += 1
                if depth == 1:
                    marks = self._sheet_at(at, body, length)
            elif kind == _EOF:
                depth -= 1
            elif kind in _CELLS and length >= 4 and body + 4 <= len(stream):
                self._cell(kind, body, length, marks if depth == 1 else None)
            elif marks is None:
                self._global(kind, body, length)
            elif depth == 1:
                _hidden(kind, stream[body : body + length], marks)
            at = body + length
        self.book.area = self._rows * self._columns

    def _sheet_at(self, at: int, body: int, length: int) -> Marks | None:
        if not at:
            self._version = struct.unpack_from("<H", self._stream, body)[0] if length > 1 else 0
            return None
        if at in self._begins:
            return self.book.sheets[self._begins.index(at)]
        return Marks()

    def _global(self, kind: int, body: int, length: int) -> None:
        data = self._stream[body : body + length]
        if kind == _FILEPASS:
            raise Refused("table-locked")
        if kind == _SHEET and length > 6:
            self._begins.append(struct.unpack_from("<I", data)[0])
            self.book.sheets.append(Marks())
            self.book.hidden.append(bool(data[4] & 3))
        elif kind == _DATEMODE and length > 1:
            self.book.since_1904 = data[0] == 1
        elif kind == _XF and length > 3:
            self._formats.append(struct.unpack_from("<H", data, 2)[0])
        elif kind == _FORMAT and length > 2:
            self._codes[struct.unpack_from("<H", data)[0]] = self._text(data)

    def _text(self, data: bytes) -> str:
        if self._version != _BIFF8:
            return data[3:].decode("gb18030", "replace")
        wide = data[4] & 1 if len(data) > 4 else 0
        return data[5:].decode("utf-16-le" if wide else "latin-1", "replace")

    def _cell(self, kind: int, body: int, length: int, marks: Marks | None) -> None:
        row, column = struct.unpack_from("<HH", self._stream, body)
        last = column
        if kind in _SEVERAL and body + length <= len(self._stream):
            last = max(column, *struct.unpack_from("<H", self._stream, body + length - 2))
        self._rows, self._columns = max(self._rows, row + 1), max(self._columns, last + 1)
        if marks is None or length < 6 or body + length > len(self._stream):
            return
        if kind == _MULRK:
            for n, at in enumerate(range(body + 4, body + length - 7, 6)):
                style, packed = struct.unpack_from("<HI", self._stream, at)
                self._mark(marks, row, column + n, style, _rk(packed))
            return
        style = struct.unpack_from("<H", self._stream, body + 4)[0]
        if kind == _BOOLERR and length > 7 and self._stream[body + 7]:
            marks.cells[row + 1, column] = Mark("", "e", "")
        elif kind in (_LABEL, _LABELSST):
            self._mark(marks, row, column, style, None)
        elif kind == _RK and length > 9:
            packed = struct.unpack_from("<I", self._stream, body + 6)[0]
            self._mark(marks, row, column, style, _rk(packed))
        elif kind in (_NUMBER, _FORMULA) and length > 13:
            self._result(marks, row, column, style, self._stream[body + 6 : body + 14])

    def _result(self, marks: Marks, row: int, column: int, style: int, value: bytes) -> None:
        if value[6:] != b"\xff\xff":
            self._mark(marks, row, column, style, struct.unpack("<d", value)[0])
        elif value[0] == 2:
            marks.cells[row + 1, column] = Mark("", "e", "")
        elif value[0] in (0, 3):
            self._mark(marks, row, column, style, None)

    def _mark(self, marks: Marks, row: int, column: int, style: int, value: float | None) -> None:
        number = self._formats[style] if style < len(self._formats) else 0
        code = self._codes.get(number, GENERAL)
        if not is_plain(code):
            kind, written = ("s", "") if value is None else ("n", repr(value))
            marks.cells[row + 1, column] = Mark(code, kind, written)


def _rk(packed: int) -> float:
    """A number in 30 bits: a whole one, or the upper part of a float; maybe a hundredth of it."""
    if packed & 2:
        whole = packed >> 2
        value = float(whole - (1 << 30) if whole >= 1 << 29 else whole)
    else:
        value = struct.unpack("<d", struct.pack("<II", 0, packed & 0xFFFFFFFC))[0]
    return value / 100 if packed & 1 else value


def _hidden(kind: int, data: bytes, marks: Marks) -> None:
    if kind == _ROW and len(data) >= 14 and data[12] & 0x20:
        marks.hidden_rows.add(struct.unpack_from("<H", data)[0] + 1)
    elif kind == _COLINFO and len(data) >= 10 and data[8] & 1:
        first, last = struct.unpack_from("<HH", data)
        marks.hidden_columns.update(range(first, min(last, 255) + 1))

"""Workbook: xlsx and xls as sheets of what their cells show, measured before a library reads them.

A workbook is a zip of XML, or a file system in a file. A library makes a table of everything
between the first and the last cell: two cells can ask for more memory than there is. It gives
values; ``marked`` and ``biff`` say which cells show something else.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path

from content.cells import biff, compound, marked, shown, styles
from content.cells.marked import Mark, Marks
from content.cells.sheet import BLANKS, Sheet, fill_down
from content.model import limits
from content.model.checks.paths import human_size
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.model.refused import Refused
from content.text import zips

OLE = b"\xd0\xcf\x11\xe0"
ZIP = b"PK"


def is_workbook(names: Mapping[str, object]) -> bool:
    """Tell whether a zip with these files is a workbook."""
    return any(name.lower() == styles.BOOK for name in names)


def sheets(path: Path, file: str) -> list[Sheet]:
    """Return the sheets of an xlsx or xls workbook.

    Raises:
        ContentFaults: it is damaged, locked, or too large to be held in memory.
    """
    with path.open("rb") as opened:
        is_old = opened.read(4) == OLE
    try:
        return _old(path, file) if is_old else _new(path, file)
    except Refused as refused:
        raise ContentFaults([Fault(refused.code, file, values=refused.values)]) from refused
    except ValueError as error:
        raise ContentFaults([Fault("bank-workbook", file)]) from error


def _old(path: Path, file: str) -> list[Sheet]:
    if "EncryptedPackage" in compound.top_names(path):
        raise Refused("table-locked")
    book = biff.look(path)
    _fits(book.area, file)
    read = _values(path, file)
    for place, sheet in enumerate(read):
        if place < len(book.sheets):
            sheet.is_hidden = book.hidden[place]
            _overlay(sheet, book.sheets[place], since_1904=book.since_1904)
    return _finished(read)


def _new(path: Path, file: str) -> list[Sheet]:
    looks = dict[str, Marks]()
    with zips.opened(path) as archive:
        files = zips.judged(archive)
        size = sum(entry.file_size for entry in files.values())
        if size > limits.MAX_WORKBOOK_BYTES:
            values = {"size": human_size(size), "limit": human_size(limits.MAX_WORKBOOK_BYTES)}
            raise ContentFaults([Fault("bank-too-large", file, values=values)])
        style = styles.read(archive, files)
        for name, part in style.parts.items():
            if part:
                looks[name] = marked.read(archive, files[part], style)
                _fits(looks[name].rows * looks[name].columns, file)
    read = _values(path, file)
    for sheet in read:
        if look := looks.get(sheet.name):
            _overlay(sheet, look, since_1904=style.since_1904)
    return _finished(read)


def _fits(area: int, file: str) -> None:
    if area > limits.MAX_SHEET_CELLS:
        values = {"limit": limits.MAX_SHEET_CELLS // 1_000_000}
        raise ContentFaults([Fault("bank-sheet-area", file, values=values)])


def _values(path: Path, file: str) -> list[Sheet]:
    try:
        return _read(path)
    except BaseException as error:
        # The library is Rust: its panics are not an ``Exception``.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            code = "table-locked" if type(error).__name__ == "PasswordError" else "bank-workbook"
            raise ContentFaults([Fault(code, file)]) from error
        raise


def _read(path: Path) -> list[Sheet]:
    # Imported here, not above: only the hub has this library.
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book_sheets = []
    with CalamineWorkbook.from_path(path) as book:
        for about in book.sheets_metadata:
            source = book.get_sheet_by_name(about.name)
            top, left = source.start or (0, 0)
            sheet = Sheet(about.name, [], is_hidden=about.visible != SheetVisibleEnum.Visible)
            for number, row in enumerate(source.to_python(skip_empty_area=True), top + 1):
                texts = [""] * left
                for column, value in enumerate(row, left):
                    if isinstance(value, str):
                        texts.append(value)
                    else:
                        texts.append(_text(sheet, number, column, value))
                sheet.rows.append((number, texts))
            for (first, start), (last, end) in source.merged_cell_ranges or []:
                sheet.spans.append((first + 1, start, last + 1, end))
            book_sheets.append(sheet)
    return book_sheets


def _text(sheet: Sheet, row: int, column: int, value: object) -> str:
    """A value that has no format, as a person reads it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        try:
            return shown.shown_general(float(value))
        except Refused as refused:
            sheet.faults[row, column] = refused
            return ""
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value) if isinstance(value, date | time | timedelta) else str(value).strip()


def _overlay(sheet: Sheet, look: Marks, *, since_1904: bool) -> None:
    """Put what marked cells show in the place of their values."""
    sheet.hidden_rows, sheet.hidden_columns = look.hidden_rows, look.hidden_columns
    rows = dict(sheet.rows)
    for (number, column), mark in look.cells.items():
        row = rows.get(number)
        if row is None:
            row = rows[number] = []
        row.extend([""] * (column + 1 - len(row)))
        sheet.faults.pop((number, column), None)
        try:
            row[column] = _marked(mark, row[column], since_1904=since_1904)
        except Refused as refused:
            row[column] = ""
            sheet.faults[number, column] = refused
    if len(rows) > len(sheet.rows):
        sheet.rows = sorted(rows.items())


def _marked(mark: Mark, text: str, *, since_1904: bool) -> str:
    match mark.kind:
        case "e":
            raise Refused("cell-error", value=mark.value or "#N/A")
        case "formula":
            raise Refused("cell-formula")
        case "n" if mark.value and mark.code:
            try:
                value = float(mark.value)
            except ValueError:
                return text
            return shown.shown_number(value, mark.code, since_1904=since_1904)
        case "s" | "str" | "inlineStr" if mark.code:
            return shown.shown_text(text, mark.code)
    return text


def _finished(read: list[Sheet]) -> list[Sheet]:
    """Merged cells filled, blanks at the ends of texts gone, rows that show nothing left out."""
    for sheet in read:
        fill_down(sheet)
        faulty = {number for number, _column in sheet.faults}
        kept = []
        for number, row in sheet.rows:
            texts = [text.strip(BLANKS) if text else text for text in row]
            if any(texts) or number in faulty:
                kept.append((number, texts))
        sheet.rows = kept
    return read

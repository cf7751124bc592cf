"""Workbooks for tests: cells with formats, and the XML behind them changed as others write it."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import xlsxwriter

# A cell: its value, or its value and its number format.
Cell = object
PART = "xl/worksheets/sheet1.xml"


def book(
    path: Path, *sheets: tuple[str, Sequence[Sequence[Cell]]], since_1904: bool = False
) -> Path:
    """Write a workbook; a cell that is a pair has its number format behind its value."""
    with xlsxwriter.Workbook(str(path), {"date_1904": since_1904}) as made:
        formats: dict[str, object] = {}
        for name, rows in sheets:
            page = made.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    value, code = cell if isinstance(cell, tuple) else (cell, "")
                    if code and code not in formats:
                        formats[code] = made.add_format({"num_format": code})
                    page.write(row, column, value, formats.get(code))
    return path


def changed(path: Path, change: Callable[[str], str], part: str = PART) -> Path:
    """Change the XML of one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert part in parts
    parts[part] = change(parts[part].decode("utf-8")).encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return path

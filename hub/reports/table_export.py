"""Rows of a list as a file, row by row: csv for any program, xlsx for offices.

A cell that begins like a formula stays a text in both: in csv an apostrophe stands before it,
which spreadsheets take as "text" and do not show.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from content.face.words import gettext as _
from hub.reports.export import MAX_ROWS, TEXTS_ONLY

Cell = str | int | None

# With these a spreadsheet begins to calculate, or takes the text apart.
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(file: Path, titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write the rows as text in UTF-8, with the mark by which office programs know it."""
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(titles)
        writer.writerows([harmless(cell) for cell in row] for row in rows)


def write_xlsx(
    file: Path, title: str, titles: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> None:
    """Write the rows as a workbook of one sheet; texts are never calculated."""
    with xlsxwriter.Workbook(str(file), TEXTS_ONLY) as book:
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E5EFE9"})
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(titles) - 1, 18)
        for at, text in enumerate(titles):
            sheet.write_string(0, at, text, head)
        last = 0
        for last, row in enumerate(rows, 1):
            if last > MAX_ROWS:
                words = _("行数超过一张表的上限，其余没有列出；请缩小范围再导出。")
                sheet.write_string(last, 0, words)
                break
            for at, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(last, at, cell)
                elif cell:
                    sheet.write_string(last, at, cell)
        sheet.autofilter(0, 0, max(last, 1), len(titles) - 1)


def harmless(cell: Cell) -> Cell:
    """A cell of a csv file that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.startswith(FORMULA_BEGINS):
        return f"'{cell}"
    return cell

"""Sheet: one table of a workbook, or a text table, as rows of what its cells show."""

from dataclasses import dataclass, field
from functools import cache

from content.model.refused import Refused

# What nobody sees at the ends of a text: all blanks, and signs of no width.
BLANKS = (
    "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200C))))
    + "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)


@dataclass(slots=True)
class Sheet:
    """Its rows with the numbers that the spreadsheet shows; empty ones are left out.

    ``faults``: by row number and column from 0, why a cell cannot be shown truly; its text is "".
    ``spans``: merged cells as first row, first column, last row, last column. ``hidden_rows`` and
    ``hidden_columns`` are read like the others; who reads them says so.
    """

    name: str
    rows: list[tuple[int, list[str]]]
    faults: dict[tuple[int, int], Refused] = field(default_factory=dict)
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    is_hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)

    def fault(self, row: int, columns: list[int]) -> Refused | None:
        """Return the first fault in these columns of a row, with the address of its cell."""
        if not self.faults:
            return None
        for column in columns:
            if fault := self.faults.get((row, column)):
                return Refused(fault.code, **fault.values, cell=f"{letters(column)}{row}")
        return None


def letters(column: int) -> str:
    """Return how spreadsheets name a column, counted from 0: A, B, …, AA."""
    name = ""
    while column >= 0:
        name = chr(65 + column % 26) + name
        column = column // 26 - 1
    return name


def place(reference: str) -> tuple[int, int]:
    """Return row, from 1, and column, from 0, of an address such as B3."""
    name = reference.rstrip("0123456789")
    return int(reference[len(name) :]), column_of(name)


@cache
def column_of(name: str) -> int:
    """Return the place of a column, from 0, by its letters."""
    column = 0
    for char in name:
        column = column * 26 + ord(char) - 64
    return column - 1


def fill_down(sheet: Sheet) -> None:
    """Copy a chapter, type or unit that is merged over several rows into each of them."""
    at = {number: row for number, row in sheet.rows}
    for top, left, bottom, right in sheet.spans:
        if bottom == top or right != left:
            continue
        merged = at.get(top, [])[left : left + 1]
        for number in range(top + 1, bottom + 1) if merged else ():
            row = at.get(number)
            if row is not None and left < len(row):
                row[left] = row[left] or merged[0]

"""Headings: in which row of a sheet they stand, below titles and dates, in one row or in two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from content.cells.sheet import Sheet, letters

# Titles, dates and instructions stand above the headings, but never more rows than this.
MOST_ABOVE = 30
# How a column without a heading is called, with its letter.
UNNAMED = "%s 列"

Worth = Callable[[Sequence[str]], int]


@dataclass(frozen=True, slots=True)
class Headings:
    """``texts`` by column; ``rows``: how many rows of the sheet go up to their last."""

    texts: tuple[str, ...]
    rows: int


def find(sheet: Sheet, worth: Worth) -> Headings | None:
    """Return the headings of which most is understood; None where nothing is.

    ``worth`` says how much of a row is understood as headings. Two rows are taken together where
    that says more: 单位 over 代码 and 名称.
    """
    best, most = None, 0
    rows = sheet.rows[: MOST_ABOVE + 1]
    for at, (_, row) in enumerate(rows):
        found = worth(row)
        below = rows[at + 1][1] if at + 1 < len(rows) else []
        if found > most or (found == most and best and _is_below(rows[at - 1][1], row)):
            best, most = Headings(tuple(row), at + 1), found
        for joined in _joined(sheet, at, row, below):
            together = worth(joined)
            doubled = together == most and _is_below(row, below) and worth(below) < most
            if together and (doubled or (together > most and together > worth(below))):
                best, most = Headings(tuple(joined), at + 2), together
    return best if most else None


def likely(sheet: Sheet) -> Headings:
    """Return the row that looks most like headings: many short words, no numbers."""

    def looks(row: Sequence[str]) -> int:
        words = [text for text in row if text and len(text) <= 20]
        return len(words) - 2 * sum(any(char.isdecimal() for char in text) for text in words)

    rows = [row for _, row in sheet.rows[:MOST_ABOVE]]
    at = max(range(len(rows)), key=lambda place: (looks(rows[place]), -place), default=-1)
    return Headings(tuple(rows[at]) if rows else (), at + 1)


def unnamed(sheet: Sheet) -> Headings:
    """Return the names of columns by their letters, for a sheet without headings."""
    width = max((len(row) for _, row in sheet.rows[:MOST_ABOVE]), default=0)
    return Headings(tuple(UNNAMED % letters(column) for column in range(width)), 0)


def _is_below(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether a row is the second of two, whose merged cells say the same in both."""
    return sum(bool(a) and a == b for a, b in zip(upper, lower, strict=False)) > 1


def _joined(sheet: Sheet, at: int, upper: Sequence[str], lower: Sequence[str]) -> list[list[str]]:
    """Two rows as one: the lower word, or both words where the upper spans several columns."""
    if not any(lower):
        return []
    number = sheet.rows[at][0]
    over = [*upper, *[""] * (len(lower) - len(upper))]
    for top, left, _, right in sheet.spans:
        if top == number and left < len(over):
            over[left : right + 1] = [over[left]] * len(over[left : right + 1])
    under = [*lower, *[""] * (len(over) - len(lower))]
    plain = [
        below or above for above, below in zip([*upper, *over[len(upper) :]], under, strict=True)
    ]
    both = [
        below or above if above == below or not below else above + below
        for above, below in zip(over, under, strict=True)
    ]
    return [plain, both]

"""Text table: csv and its kin as a sheet: by comma, tab or semicolon, in any usual encoding."""

import csv
import io
import re
from collections import Counter

from content.cells.sheet import BLANKS, Sheet
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault

_LOOKED_AT = 60
# ="001234" and '001234 keep a spreadsheet from making a number of it.
_KEPT_TEXT = re.compile(r"""="([^"]*)"|'(?=[0-9Xx]+$)(.*)""", re.DOTALL)
_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def sheet_of(text: str, file: str, *, strict: bool = False) -> Sheet:
    """Return a table that is text with commas, tabs or semicolons.

    ``strict``: quotes must be as they should; else only one that never ends is a fault.

    Raises:
        ContentFaults: it is no such table.
    """
    named = _SEPARATOR.match(text)
    body = text[named.end() :] if named else text
    delimiter = named[1] if named else _delimiter(body)
    begin = 2 if named else 1
    try:
        return Sheet("", _rows(body, delimiter, begin, strict=True))
    except csv.Error as error:
        if strict or "end of data" in str(error):
            values = {"detail": str(error)}
            line = getattr(error, "line", begin)
            raise ContentFaults([Fault("table-quotes", file, line, values=values)]) from error
    try:
        return Sheet("", _rows(body, delimiter, begin, strict=False))
    except csv.Error as error:
        raise ContentFaults([Fault("bank-workbook", file)]) from error


def beginning(text: str) -> Sheet:
    """Return what the beginning of a text is as a table, to see whether it is one."""
    part = text[:20_000]
    try:
        return Sheet("", _rows(part, _delimiter(part), 1, strict=False))
    except csv.Error:
        return Sheet("", [])


def _rows(text: str, delimiter: str, at: int, *, strict: bool) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    rows, before = [], at - 1
    try:
        for row in reader:
            texts = [_bare(value) for value in row]
            if any(texts):
                rows.append((at, texts))
            at = before + reader.line_num + 1
    except csv.Error as error:
        error.line = at  # type: ignore[attr-defined]
        raise
    return rows


def _bare(value: str) -> str:
    text = value.strip(BLANKS)
    if text[:1] in ("=", "'") and (kept := _KEPT_TEXT.fullmatch(text)):
        return (kept[1] if kept[1] is not None else kept[2]).strip(BLANKS)
    return text


def _delimiter(text: str) -> str:
    """The sign that parts most lines alike; titles above the table have none."""
    lines = text.split("\n", _LOOKED_AT)[:_LOOKED_AT]
    alike = {sign: _alike(lines, sign) for sign in ",\t;"}
    best = max(alike, key=lambda sign: alike[sign])
    # A bar stands between wordings of an answer, too: it parts where nothing else does.
    return best if alike[best] > (1, 0) else max(best, "|", key=lambda sign: _alike(lines, sign))


def _alike(lines: list[str], sign: str) -> tuple[int, int]:
    """In how many lines a sign stands equally often, and how often."""
    counts = Counter(line.count(sign) for line in lines if sign in line)
    return max(((times, count) for count, times in counts.items()), default=(0, 0))

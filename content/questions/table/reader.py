"""Tables of questions: a row each, or a row for each option (SPEC.md §9.7).

``content.questions.table.table_rows`` reads a row; ``columns`` knows which column is which.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from content.cells.sheet import Sheet
from content.model.limits import MAX_IMPORTED
from content.model.refused import Refused
from content.questions.model.report import Imported, ReadingReport, SourcePlace, noting, too_many
from content.questions.model.rich_text import MediaCollector
from content.questions.model.settle import to_question
from content.questions.table import table_rows
from content.questions.table.columns import BankColumns, recognise
from content.questions.table.media import MEDIA_SHEET, OverCells

# Titles, dates and instructions stand above the headings, but never more rows than this.
_FAR = 20
# Sheets with such a name explain how to fill in the others.
_NOTES = re.compile(
    r"说明|须知|指南|注意|示例|样例|范例|图例|目录|readme|instruction|notes?$", re.I
)
# 二、多项选择题（每题2分）: it stands alone in its row.
_SECTION = re.compile(
    r"(?:第?[一二三四五六七八九十]+(?:部分|大题)?|[IVXⅠ-Ⅹ]+)\s*[、.．:：]?\s*"
    r"(?:[^，。？\s]{0,10}(?<!问)题|名词解释|案例分析)\s*(?:[（(，:：].*)?"
)


@dataclass(slots=True)
class _Table:
    """A sheet whose headings were found."""

    sheet: Sheet
    headings: tuple[str, ...]
    mapping: dict[str, str]
    rows: list[tuple[int, list[str]]]


def looks_like(sheet: Sheet) -> bool:
    """Tell whether a text table is one of questions."""
    return any("text" in mapping and len(mapping) > 1 for mapping in _scan(sheet, {}))


def read(
    sheets: list[Sheet],
    file: str,
    format: str,
    shelf: MediaCollector,
    mapping: Mapping[str, str] | None = None,
    pictures: OverCells | None = None,
) -> Imported:
    """Return the questions of a workbook's sheets, and what was understood of its headings."""
    chosen = dict(mapping or {})
    asked = [sheet for sheet in sheets if sheet.name != MEDIA_SHEET and sheet.rows]
    seen = [sheet for sheet in asked if not sheet.is_hidden]
    tables = [table for table in (_table(sheet, chosen) for sheet in seen) if table]
    report = ReadingReport(file)
    if not tables:
        return _unknown(seen or asked, report, format)
    reader = _Reader(report, shelf, pictures, named=len(asked) > 1)
    for sheet in asked:
        if not any(table.sheet is sheet for table in tables):
            _say_unread(sheet, report)
    for table in tables:
        reader.read(table)
    return replace(
        report.outcome(format),
        headings=tables[0].headings,
        mapping=tables[0].mapping,
        rows=reader.rows,
        rows_refused=reader.rows_refused,
    )


def _say_unread(sheet: Sheet, report: ReadingReport) -> None:
    """Count the rows of a sheet without headings as refused; hidden ones and notes are said."""
    place, name = SourcePlace(0, sheet.name), sheet.name[:60]
    if sheet.is_hidden or _NOTES.search(sheet.name):
        report.remark("note-sheet", place, name=name, rows=len(sheet.rows))
    else:
        report.refuse(Refused("sheet-unread", name=name, unread=len(sheet.rows)), place)


def _unknown(sheets: list[Sheet], report: ReadingReport, format: str) -> Imported:
    """No column holds questions: every row is refused, and people see the headings to choose."""
    if not sheets:
        return report.outcome(format)
    first = max(sheets, key=lambda sheet: len(sheet.rows))
    headings = tuple(first.rows[0][1])
    count = max(1, len(first.rows) - 1)
    row = first.rows[1 if len(first.rows) > 1 else 0][0]
    report.refuse(Refused("sheet-columns", unread=count), SourcePlace(row, first.name))
    for sheet in sheets:
        if sheet is not first:
            _say_unread(sheet, report)
    bank = replace(report.outcome(format), headings=headings, mapping=recognise(headings))
    return replace(bank, rows=report.total, rows_refused=report.total)


def _scan(sheet: Sheet, chosen: dict[str, str]) -> Iterator[dict[str, str]]:
    for _, row in sheet.rows[:_FAR]:
        mapping = recognise(row)
        taken = set(chosen.values()) & set(row)
        mapping = {
            field: heading
            for field, heading in mapping.items()
            if field not in chosen and heading not in taken
        }
        yield mapping | {
            field: heading for field, heading in chosen.items() if heading in taken and heading
        }


def _table(sheet: Sheet, chosen: dict[str, str]) -> _Table | None:
    """Return the sheet, with the row in which most is understood as its headings."""
    best: dict[str, str] = {}
    at = -1
    for place, mapping in enumerate(_scan(sheet, chosen)):
        if "text" in mapping and len(mapping) > max(1, len(best)):
            best, at = mapping, place
    if at < 0:
        return None
    headings = tuple(sheet.rows[at][1])
    rows = [(number, row) for number, row in sheet.rows[at + 1 :] if tuple(row) != headings]
    return _Table(sheet, headings, best, rows)


class _Reader:
    """Rows in, questions out."""

    def __init__(
        self,
        report: ReadingReport,
        shelf: MediaCollector,
        pictures: OverCells | None,
        *,
        named: bool,
    ) -> None:
        self._report = report
        self._shelf = shelf
        self._pictures = pictures
        self._named = named
        self.rows = 0
        self.rows_refused = 0

    def read(self, table: _Table) -> None:
        """Take every question of one sheet."""
        columns = BankColumns(table.headings, table.mapping)
        used = set(table.mapping.values())
        left = [heading for heading in table.headings if heading and heading not in used]
        if left:
            key = table.sheet.name if self._named else ""
            self._report.remark("note-columns", SourcePlace(0, key), names="、".join(left)[:200])
        self._say_hidden(table, columns)
        section = table.sheet.name
        for group in _groups(table, columns):
            if titled := _section(group):
                section = titled
                continue
            self._take(table, columns, group, section)
            if self._report.total > MAX_IMPORTED:
                raise too_many(self._report.file)

    def _take(
        self, table: _Table, columns: BankColumns, group: list[tuple[int, list[str]]], section: str
    ) -> None:
        number = group[0][0]
        place = SourcePlace(number, table.sheet.name if self._named else "")
        note = noting(self._report, place)
        self.rows += len(group)
        row = table_rows.Row(
            columns,
            [texts for _, texts in group],
            section,
            lambda at, column: self._shown(table.sheet.name, *group[at], column),
        )
        try:
            for at, _ in group:
                if fault := table.sheet.fault(at, columns.places):
                    raise fault
            draft, own_id = table_rows.draft_of(row, note)
            self._report.add(to_question(draft, self._shelf, note), own_id, place)
        except Refused as refused:
            self.rows_refused += len(group)
            self._report.refuse(refused, place)

    def _say_hidden(self, table: _Table, columns: BankColumns) -> None:
        place = SourcePlace(0, table.sheet.name if self._named else "")
        if hidden := sum(number in table.sheet.hidden_rows for number, _ in table.rows):
            self._report.remark("note-hidden-rows", place, rows=hidden)
        if unseen := [at for at in columns.places if at in table.sheet.hidden_columns]:
            names = "、".join(table.headings[at] for at in unseen)
            self._report.remark("note-hidden-columns", place, names=names[:200])

    def _shown(self, sheet: str, number: int, texts: list[str], column: int) -> list[str]:
        """Return the addresses of the pictures in or over a cell."""
        if self._pictures is None:
            return []
        text = texts[column] if column < len(texts) else ""
        return self._pictures.named(text) + self._pictures.over(sheet, number, column)


def _section(group: list[tuple[int, list[str]]]) -> str:
    """Return the title over the questions below, 二、多项选择题（每题2分）; "" for a question."""
    filled = {text for _, row in group for text in row if text}
    return filled.pop() if len(filled) == 1 and _SECTION.fullmatch(next(iter(filled))) else ""


def _groups(table: _Table, columns: BankColumns) -> Iterator[list[tuple[int, list[str]]]]:
    """Yield the rows of each question: one, or one for each of its options."""
    if not columns.has("right"):
        yield from ([row] for row in table.rows)
        return
    group: list[tuple[int, list[str]]] = []
    for row in table.rows:
        begins = columns.of(row[1], "text") or (
            group and columns.of(row[1], "number") != columns.of(group[-1][1], "number")
        )
        if group and begins:
            yield group
            group = []
        group.append(row)
    if group:
        yield group

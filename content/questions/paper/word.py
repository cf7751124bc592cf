"""Banks in Word: a table with headings, or a paper (SPEC.md §9.9, §9.10).

``content.word`` reads the document; a table of questions is read like a sheet of a workbook.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from content.cells.sheet import Sheet
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.questions.model.report import Imported, ReadingReport, SourcePlace
from content.questions.model.rich_text import MediaCollector
from content.questions.paper import reader as paper
from content.questions.paper.lines import PaperLine, line_of, narrow
from content.questions.table import columns
from content.questions.table import reader as table
from content.transfer.blobs import BlobStore
from content.word import page
from content.word.document import Cell, Paragraph, WordDocument, WordTable, opened
from content.word.flow import OBJECT, Atom, Flow, joined

_LETTER = re.compile(r"\s*[(]?[A-Ta-t]\s*[.、:)]")
_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")


@dataclass(slots=True)
class WordContent:
    """What a document holds: lines of a paper, and tables whose rows are questions."""

    lines: list[PaperLine] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    pictures: dict[tuple[str, int, int], list[str]] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)


class _CellPictures:
    """Pictures in the cells of tables, as ``table.media.Pictures`` has those of workbooks."""

    def __init__(self, pictures: dict[tuple[str, int, int], list[str]]) -> None:
        self._pictures = pictures

    def named(self, _formula: str) -> list[str]:
        """Return the pictures that a formula names: a document has no formulas in cells."""
        return []

    def over(self, sheet: str, row: int, column: int) -> list[str]:
        """Return the addresses of the pictures in a cell."""
        return self._pictures.get((sheet, row, column), [])


def is_bank(path: Path, name: str) -> bool:
    """Tell whether a document is mostly questions. Raises ``ContentFaults``."""
    with opened(path, name) as document:
        content = content_of(document)
    return any(map(_asks, content.sheets)) or paper.paper_in(content.lines) is not None


def count_in(path: Path, name: str) -> int:
    """Return how many questions stand in a document that is no bank. Raises ``ContentFaults``."""
    with opened(path, name) as document:
        return paper.count_in(content_of(document).lines)


def read(
    path: Path, file: str, blobs: BlobStore, mapping: Mapping[str, str] | None = None
) -> Imported:
    """Return the questions of a document. Raises ``ContentFaults``."""
    with opened(path, file) as document:
        content = content_of(document)
        shelf = MediaCollector(blobs, document.package.picture)
        from_tables = _tables(content, file, shelf, mapping)
        report = ReadingReport(file)
        scanned = paper.paper_in(content.lines)
        if scanned is not None:
            paper.take(scanned, report, shelf, paragraphs=True)
        elif from_tables is None:
            raise ContentFaults([Fault("word-no-questions", file)])
        for code in sorted(code for code in content.lost if code.startswith("note-")):
            report.remark(code, SourcePlace())
        if document.package.has_macros:
            report.remark("note-word-macros", SourcePlace())
    return _together(from_tables, report.outcome("docx"))


def content_of(document: WordDocument) -> WordContent:
    """Return what stands in a document. Raises ``ContentFaults``."""
    content = WordContent()
    for block in document.blocks():
        if isinstance(block, Paragraph):
            content.lines += _lines(block)
        else:
            _table(block, content)
    content.lost = document.lost
    _untitle(content.lines)
    return content


def _untitle(lines: list[PaperLine]) -> None:
    """The one heading above all others is the document's title, not a chapter."""
    heads = [at for at, line in enumerate(lines) if line.heading and not line.blank]
    if heads and not any(line.text.strip() for line in lines[: heads[0]]):
        level = lines[heads[0]].heading
        if all(lines[at].heading > level for at in heads[1:]):
            lines[heads[0]] = replace(lines[heads[0]], heading=0)


def _lines(paragraph: Paragraph) -> Iterator[PaperLine]:
    """A paragraph as lines: each manual line break begins another."""
    flow = paragraph.numbered()
    heading = 0 if paragraph.title else paragraph.level
    begin = 0
    for part in flow.text.split("\n"):
        end = begin + len(part)
        yield line_of(
            flow.cut(begin, end),
            paragraph.at,
            heading=heading,
            lost=paragraph.lost if not begin else (),
        )
        begin = end + 1


def _asks(table: Sheet) -> bool:
    return any(
        "text" in fields and "answer" in fields
        for fields in (columns.recognise(row) for _, row in table.rows[:3])
    )


def _table(table: WordTable, content: WordContent) -> None:
    """A table of questions, of answers, of options, or one that is shown."""
    sheet = _sheet(table, f"{len(content.sheets) + 1}", content)
    if _asks(sheet):
        content.sheets.append(sheet)
        return
    for key in [key for key in content.pictures if key[0] == sheet.name]:
        del content.pictures[key]
    first = next((p for row in table.rows for cell in row for p in cell.paragraphs()), None)
    at = first.at if first else 0
    if pairs := _pairs(sheet):
        content.lines.append(PaperLine(Flow(), at, "", pairs=pairs))
        return
    cells = [cell for row in table.rows for cell in row]
    lettered = sum(bool(_LETTER.match(narrow(_cell_text(cell)))) for cell in cells)
    if lettered > 1 or len(cells) == 1:
        for cell in cells:
            for paragraph in cell.paragraphs():
                content.lines += _lines(paragraph)
        return
    lost = tuple(code for cell in cells for p in cell.paragraphs() for code in p.lost)
    flow = Flow(OBJECT, (), (Atom(page.table_html(table)),))
    content.lines.append(line_of(flow, at, lost=lost))


def _cell_text(cell: Cell) -> str:
    return "\n".join(paragraph.numbered().readable() for paragraph in cell.paragraphs()).strip()


def _sheet(table: WordTable, name: str, content: WordContent) -> Sheet:
    sheet = Sheet(name, [])
    below: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(table.rows, 1):
        texts: list[str] = []
        cells = list(row)
        while cells or len(texts) in below:
            at = len(texts)
            if at in below:  # a cell above goes on here
                left, text = below.pop(at)
                if left > 1:
                    below[at] = (left - 1, text)
                texts.append(text)
                continue
            cell = cells.pop(0)
            flow = joined(paragraph.numbered() for paragraph in cell.paragraphs())
            shown = [src for atom in flow.atoms for src in re.findall(r'src="([^"]+)"', atom.html)]
            if shown:
                content.pictures[name, number, at] = [html.unescape(address) for address in shown]
            texts += [_as_text(flow).strip()] + [""] * (cell.columns - 1)
            if cell.rows > 1:
                below[at] = (cell.rows - 1, texts[at])
        if any(texts):
            sheet.rows.append((number, texts))
    return sheet


def _as_text(flow: Flow) -> str:
    """The text of a cell; superscripts and subscripts become signs or a formula."""
    pieces, at = [], 0
    marks = sorted((m for m in flow.marks if m.tag in ("sup", "sub")), key=lambda m: m.begin)
    for mark in marks:
        if mark.begin < at:
            continue
        pieces.append(flow.cut(at, mark.begin).readable())
        text = flow.cut(mark.begin, mark.end).readable()
        signs = text.translate(_RAISED if mark.tag == "sup" else _LOWERED)
        has_signs = all(sign != char for sign, char in zip(signs, text, strict=True))
        sign = "^" if mark.tag == "sup" else "_"
        pieces.append(signs if has_signs else rf"\({sign}{{{text}}}\)")
        at = mark.end
    return "".join([*pieces, flow.cut(at).readable()])


def _pairs(table: Sheet) -> tuple[tuple[int, str], ...]:
    """Numbers above their answers: 题号 1 2 3, 答案 A B C; or one below the other."""
    rows = [row for _, row in table.rows]
    pairs: list[tuple[int, str]] = []
    for above, below in zip(rows, rows[1:], strict=False):
        if narrow(above[0]) in ("题号", "序号", "题目") and below[0] in (
            "答案",
            "正确答案",
            "参考答案",
        ):
            answers = zip(above[1:], below[1:], strict=False)
            pairs += [
                (int(n), answer) for n, answer in answers if n.isdecimal() and len(n) < 5 and answer
            ]
    if rows and len(rows[0]) == 2 and [narrow(heading) for heading in rows[0]] in (
        ["题号", "答案"], ["序号", "答案"],
    ):  # fmt: skip
        pairs = [(int(row[0]), row[1]) for row in rows[1:] if row[0].isdecimal() and row[1]]
    return tuple(pairs)


def _tables(
    content: WordContent, file: str, shelf: MediaCollector, mapping: Mapping[str, str] | None
) -> Imported | None:
    if not content.sheets:
        return None
    pictures = _CellPictures(content.pictures)
    return table.read(content.sheets, file, "docx", shelf, mapping, pictures)


def _together(first: Imported | None, other: Imported) -> Imported:
    if first is None:
        return other
    return replace(
        first,
        questions=first.questions + other.questions,
        total=first.total + other.total,
        refused=first.refused + other.refused,
        remarks=first.remarks + other.remarks,
    )

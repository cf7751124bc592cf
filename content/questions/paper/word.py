"""Banks in Word: a table with headings, or a paper (SPEC.md §9.9, §9.10).

The document is read by ``content.word``; a table of questions is a sheet as of a workbook.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.questions.model.report import Imported, ReadingReport, SourcePlace
from content.questions.model.rich_text import MediaCollector
from content.questions.paper import reader as paper
from content.questions.paper.lines import PaperLine, line_of, narrow
from content.questions.table import columns
from content.questions.table import reader as table
from content.questions.table.workbook import Sheet
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
    """Pictures in the cells of tables, as ``sheet_media.Pictures`` has those over cells."""

    def __init__(self, found: dict[tuple[str, int, int], list[str]]) -> None:
        self._found = found

    def named(self, _formula: str) -> list[str]:
        """Return the pictures that a formula names: a document has no formulas in cells."""
        return []

    def over(self, sheet: str, row: int, column: int) -> list[str]:
        """Return the addresses of the pictures in a cell."""
        return self._found.get((sheet, row, column), [])


def is_bank(path: Path, name: str) -> bool:
    """Tell whether a document is mostly questions. Raises ``ContentFaults``."""
    with opened(path, name) as document:
        found = found_in(document)
    return any(map(_asks, found.sheets)) or paper.asked_in(found.lines) is not None


def count_in(path: Path, name: str) -> int:
    """Return how many questions stand in a document that is no bank. Raises ``ContentFaults``."""
    with opened(path, name) as document:
        return paper.count_in(found_in(document).lines)


def read(
    path: Path, file: str, blobs: BlobStore, mapping: Mapping[str, str] | None = None
) -> Imported:
    """Return the questions of a document. Raises ``ContentFaults``."""
    with opened(path, file) as document:
        found = found_in(document)
        shelf = MediaCollector(blobs, document.package.picture)
        made = _tables(found, file, shelf, mapping)
        report = ReadingReport(file)
        scanned = paper.asked_in(found.lines)
        if scanned is not None:
            paper.take(scanned, report, shelf, paragraphs=True)
        elif made is None:
            raise ContentFaults([Fault("word-no-questions", file)])
        for code in sorted(code for code in found.lost if code.startswith("note-")):
            report.remark(code, SourcePlace())
        if document.package.has_macros:
            report.remark("note-word-macros", SourcePlace())
    return _together(made, report.outcome("docx"))


def found_in(document: WordDocument) -> WordContent:
    """Return what stands in a document. Raises ``ContentFaults``."""
    found = WordContent()
    for block in document.blocks():
        if isinstance(block, Paragraph):
            found.lines += _lines(block)
        else:
            _table(block, found)
    found.lost = document.lost
    _untitle(found.lines)
    return found


def _untitle(lines: list[PaperLine]) -> None:
    """The one heading above all others is the document's title, not a chapter."""
    heads = [at for at, line in enumerate(lines) if line.heading and not line.blank]
    if heads and not any(line.text.strip() for line in lines[: heads[0]]):
        level = lines[heads[0]].heading
        if all(lines[at].heading > level for at in heads[1:]):
            lines[heads[0]] = replace(lines[heads[0]], heading=0)


def _lines(paragraph: Paragraph) -> Iterator[PaperLine]:
    """A paragraph as lines: those that were broken by hand are lines of their own."""
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
        "text" in found and "answer" in found
        for found in (columns.recognise(row) for _, row in table.rows[:3])
    )


def _table(table: WordTable, found: WordContent) -> None:
    """A table of questions, of answers, of options, or one that is shown."""
    made = _sheet(table, f"{len(found.sheets) + 1}", found)
    if _asks(made):
        found.sheets.append(made)
        return
    for key in [key for key in found.pictures if key[0] == made.name]:
        del found.pictures[key]
    first = next((p for row in table.rows for cell in row for p in cell.paragraphs()), None)
    at = first.at if first else 0
    if pairs := _pairs(made):
        found.lines.append(PaperLine(Flow(), at, "", pairs=pairs))
        return
    cells = [cell for row in table.rows for cell in row]
    lettered = sum(bool(_LETTER.match(narrow(_said(cell)))) for cell in cells)
    if lettered > 1 or len(cells) == 1:
        for cell in cells:
            for paragraph in cell.paragraphs():
                found.lines += _lines(paragraph)
        return
    lost = tuple(code for cell in cells for p in cell.paragraphs() for code in p.lost)
    flow = Flow(OBJECT, (), (Atom(page.table_html(table)),))
    found.lines.append(line_of(flow, at, lost=lost))


def _said(cell: Cell) -> str:
    return "\n".join(one.numbered().readable() for one in cell.paragraphs()).strip()


def _sheet(table: WordTable, name: str, found: WordContent) -> Sheet:
    made = Sheet(name, [])
    below: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(table.rows, 1):
        texts: list[str] = []
        cells = list(row)
        while cells or len(texts) in below:
            at = len(texts)
            if at in below:  # a cell above goes on here
                left, said = below.pop(at)
                if left > 1:
                    below[at] = (left - 1, said)
                texts.append(said)
                continue
            cell = cells.pop(0)
            flow = joined(one.numbered() for one in cell.paragraphs())
            shown = [src for atom in flow.atoms for src in re.findall(r'src="([^"]+)"', atom.html)]
            if shown:
                found.pictures[name, number, at] = [html.unescape(one) for one in shown]
            texts += [_as_text(flow).strip()] + [""] * (cell.columns - 1)
            if cell.rows > 1:
                below[at] = (cell.rows - 1, texts[at])
        if any(texts):
            made.rows.append((number, texts))
    return made


def _as_text(flow: Flow) -> str:
    """The text of a cell; what is raised or lowered keeps it, as signs or as a formula."""
    pieces, at = [], 0
    marks = sorted((m for m in flow.marks if m.tag in ("sup", "sub")), key=lambda m: m.begin)
    for mark in marks:
        if mark.begin < at:
            continue
        pieces.append(flow.cut(at, mark.begin).readable())
        said = flow.cut(mark.begin, mark.end).readable()
        signs = said.translate(_RAISED if mark.tag == "sup" else _LOWERED)
        kept = all(sign != char for sign, char in zip(signs, said, strict=True))
        sign = "^" if mark.tag == "sup" else "_"
        pieces.append(signs if kept else rf"\({sign}{{{said}}}\)")
        at = mark.end
    return "".join([*pieces, flow.cut(at).readable()])


def _pairs(table: Sheet) -> tuple[tuple[int, str], ...]:
    """Numbers above their answers: 题号 1 2 3, 答案 A B C; or one below the other."""
    rows = [row for _, row in table.rows]
    found: list[tuple[int, str]] = []
    for above, below in zip(rows, rows[1:], strict=False):
        if narrow(above[0]) in ("题号", "序号", "题目") and below[0] in (
            "答案",
            "正确答案",
            "参考答案",
        ):
            pairs = zip(above[1:], below[1:], strict=False)
            found += [(int(n), said) for n, said in pairs if n.isdecimal() and len(n) < 5 and said]
    if rows and len(rows[0]) == 2 and [narrow(one) for one in rows[0]] in (
        ["题号", "答案"], ["序号", "答案"],
    ):  # fmt: skip
        found = [(int(row[0]), row[1]) for row in rows[1:] if row[0].isdecimal() and row[1]]
    return tuple(found)


def _tables(
    found: WordContent, file: str, shelf: MediaCollector, mapping: Mapping[str, str] | None
) -> Imported | None:
    if not found.sheets:
        return None
    pictures = _CellPictures(found.pictures)
    return table.read(found.sheets, file, "docx", shelf, mapping, pictures)


def _together(one: Imported | None, other: Imported) -> Imported:
    if one is None:
        return other
    return replace(
        one,
        questions=one.questions + other.questions,
        total=one.total + other.total,
        refused=one.refused + other.refused,
        remarks=one.remarks + other.remarks,
    )

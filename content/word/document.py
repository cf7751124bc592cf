"""Document: the text of a .docx in its order, paragraphs and tables (SPEC.md §9.10)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree.ElementTree import Element

from content.model import limits
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.text.xml_tree import child, children, local
from content.word import package as packages
from content.word.flow import Flow, joined
from content.word.numbering import Numbering, ParagraphLabel, number_of, value
from content.word.package import Package
from content.word.runs import RunReader
from content.word.styles import Styles, outline_level

_WRAPPERS = {"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"}
_NOTE_KINDS = ("footnote", "endnote")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph. ``at`` is its place among those that are not empty, from 1.

    ``level``: of a heading, 1 to 9. ``lost``: codes of what could not be kept.
    """

    flow: Flow
    at: int = 0
    label: ParagraphLabel | None = None
    level: int = 0
    title: bool = False
    lost: tuple[str, ...] = ()

    def numbered(self) -> Flow:
        """Return it with its number, as it is read."""
        if self.label is None or not self.label.text:
            return self.flow
        return joined([Flow(self.label.text), self.flow], "" if not self.flow.text else " ")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, and how many columns and rows it spans."""

    blocks: tuple["Block", ...]
    columns: int = 1
    rows: int = 1

    def paragraphs(self) -> Iterator[Paragraph]:
        """Yield the paragraphs in it, also those of tables in it."""
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield block
            else:
                for row in block.rows:
                    for cell in row:
                        yield from cell.paragraphs()


@dataclass(frozen=True, slots=True)
class WordTable:
    """A table; a cell that spans several rows stands in the first of them."""

    rows: tuple[tuple[Cell, ...], ...] = field(default=())


Block = Paragraph | WordTable


@dataclass(slots=True)
class _Place:
    """A cell while the rows below it are read: whether it goes on, and from which column."""

    cell: Cell
    column: int
    goes_on: bool


class WordDocument:
    """A document that is open; what it says is read once, from its beginning.

    With ``boxes`` the paragraphs of text boxes follow the one that holds the box.
    """

    def __init__(self, package: Package, *, boxes: bool = False) -> None:
        self.package = package
        self._keep_boxes = boxes
        self._styles = Styles(package.tree(package.beside("styles")))
        self._numbering = Numbering(package.tree(package.beside("numbering")))
        self._runs = RunReader(package, self._styles, package.main)
        self._count = 0
        self._blocks = 0
        self._begun: list[Flow] = []

    @property
    def lost(self) -> Counter[str]:
        """How often what could not be kept so far, by code; codes of mere remarks too."""
        return self._runs.lost

    def blocks(self) -> Iterator[Block]:
        """Yield the paragraphs and tables of the text. Raises ``ContentFaults``."""
        for element in self.package.blocks(self.package.main, "body"):
            yield from self._block(element)

    def notes(self) -> list[tuple[int, Flow]]:
        """Return the notes that the text names, by their numbers. Raises ``ContentFaults``."""
        wanted = dict(self._runs.notes)
        numbered = []
        for kind in _NOTE_KINDS:
            part = self.package.beside(f"{kind}s")
            if not part or not any(key.startswith(kind) for key in wanted):
                continue
            runs = RunReader(self.package, self._styles, part)
            for element in self.package.blocks(part, f"{kind}s"):
                at = wanted.get(f"{kind}:{value(element, 'id')}")
                if at is not None:
                    note = joined(map(runs.read, children(element, "p"))).strip()
                    numbered.append((at, note))
            if runs.boxes:
                runs.lost["note-word-textbox"] += 1
            self.lost.update(runs.lost)
        return sorted(numbered, key=lambda note: note[0])

    def _block(self, element: Element) -> Iterator[Block]:
        kind = local(element)
        if kind == "p":
            self._counted()
            if (read := self._paragraph(element)) is not None:
                yield read
            yield from self._boxes()
        elif kind == "tbl":
            yield self._table(element)
        elif kind in _WRAPPERS:
            for node in element:
                yield from self._block(node)
        elif kind in ("altChunk", "subDoc"):
            self.lost["word-ole"] += 1

    def _boxes(self) -> Iterator[Block]:
        """Yield what stands in the text boxes of the paragraph just read."""
        boxes, self._runs.boxes = self._runs.boxes, []
        for box in boxes if self._keep_boxes else ():
            for element in box:
                yield from self._block(element)

    def _counted(self) -> None:
        self._blocks += 1
        if self._blocks > limits.MAX_WORD_PARAGRAPHS:
            values = {"limit": limits.MAX_WORD_PARAGRAPHS}
            raise ContentFaults([Fault("word-too-long", self.package.file, values=values)])

    def _paragraph(self, element: Element) -> Paragraph | None:
        """Return a paragraph; ``None`` for one whose end was deleted: it goes on in the next."""
        before = Counter(self.lost)
        flow = self._runs.read(element)
        if self._runs.boxes and not self._keep_boxes:
            self.lost["note-word-textbox"] += 1
        properties = child(element, "pPr")
        if child(properties, "rPr", "del") is not None:
            self.lost["note-word-tracked"] += 1
            self._begun.append(flow)
            return None
        if self._begun:
            flow, self._begun = joined([*self._begun, flow], ""), []
        style = self._styles.of(value(child(properties, "pStyle"), "val"))
        label = self._label(properties)
        outline = value(child(properties, "outlineLvl"), "val")
        seen = bool(flow.text.strip() or (label and label.format != "bullet"))
        self._count += seen
        lost = tuple(code for code in self.lost if self.lost[code] > before[code])
        level = outline_level(outline) if outline else style.level
        return Paragraph(flow, self._count, label, level, style.title, lost)

    def _label(self, properties: Element | None) -> ParagraphLabel | None:
        name = value(child(properties, "pStyle"), "val")
        style = self._styles.of(name)
        own = child(properties, "numPr")
        number = value(child(own, "numId"), "val") or style.number
        level_text = value(child(own, "ilvl"), "val")
        if not number or number == "0":
            return None
        if level_text:
            level = number_of(level_text, 0)
        elif style.number_level is not None:
            level = style.number_level
        else:
            level = self._numbering.level_of_style(number, name)
        return self._numbering.label(number, level)

    def _table(self, element: Element) -> WordTable:
        rows: list[list[_Place]] = []
        for row in _rows(element):
            if child(row, "trPr", "del") is None:
                rows.append(self._row(row))
            else:
                self.lost["note-word-tracked"] += 1
        return WordTable(tuple(_merged(rows)))

    def _row(self, row: Element) -> list[_Place]:
        places: list[_Place] = []
        column = number_of(value(child(row, "trPr", "gridBefore"), "val"), 0)
        for cell in _cells(row):
            self._counted()
            properties = child(cell, "tcPr")
            wide = max(1, min(number_of(value(child(properties, "gridSpan"), "val"), 1), 100))
            merge = child(properties, "vMerge")
            goes_on = merge is not None and value(merge, "val") != "restart"
            blocks = tuple(block for node in cell for block in self._block(node))
            places.append(_Place(Cell(blocks, wide), column, goes_on))
            column += wide
        return places


def _rows(element: Element) -> Iterator[Element]:
    for node in element:
        if local(node) == "tr":
            yield node
        elif local(node) in _WRAPPERS:
            yield from _rows(node)


def _cells(element: Element) -> Iterator[Element]:
    for node in element:
        if local(node) == "tc":
            yield node
        elif local(node) in _WRAPPERS:
            yield from _cells(node)


def _merged(rows: list[list[_Place]]) -> Iterator[tuple[Cell, ...]]:
    """Yield rows in which vertically merged cells are one cell over several rows."""
    tall: Counter[tuple[int, int]] = Counter()
    above: dict[int, tuple[int, int]] = {}
    for number, row in enumerate(rows):
        now: dict[int, tuple[int, int]] = {}
        for place in row:
            begun = above.get(place.column) if place.goes_on else None
            now[place.column] = begun or (number, place.column)
            if begun:
                tall[begun] += 1
        above = now
    for number, row in enumerate(rows):
        yield tuple(
            replace(place.cell, rows=1 + tall[number, place.column])
            for place in row
            if not (place.goes_on and number and _begins_above(rows, number, place.column))
        )


def _begins_above(rows: list[list[_Place]], number: int, column: int) -> bool:
    return any(place.column == column for place in rows[number - 1])


@contextmanager
def opened(path: Path, file: str, *, boxes: bool = False) -> Iterator[WordDocument]:
    """Open a document; ``boxes``: with what its text boxes say.

    Raises:
        ContentFaults: it is not a whole .docx, or may not be unpacked; reading raises it too.
    """
    with packages.opened(path, file) as package:
        yield WordDocument(package, boxes=boxes)

"""Page: a document as the HTML of a page, or as the lines of a library's document (SPEC.md §9.10).

The result is still an author's HTML: ``content.text.pages`` makes it harmless.
"""

import html
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from content.word import document
from content.word.document import Block, Cell, Paragraph, WordDocument, WordTable
from content.word.flow import Flow

_DEEPEST = 6  # of headings


@dataclass(frozen=True, slots=True)
class WordPage:
    """A document as HTML, its title, codes of what was left out, and a function for pictures."""

    html: str
    title: str
    notes: tuple[str, ...]
    picture: Callable[[str], bytes | None]


@contextmanager
def opened(path: Path, file: str) -> Iterator[WordPage]:
    """Open a document as a page: headings, lists, tables, pictures, its notes at the end.

    Raises:
        ContentFaults: it is not a whole .docx, or may not be unpacked.
    """
    with document.opened(path, file, boxes=True) as read:
        blocks = list(read.blocks())
        page = "".join(_blocks(blocks))
        if notes := read.notes():
            page += "<hr>" + "".join(f"<p>[{at}] {flow.html()}</p>" for at, flow in notes)
        codes = sorted(code for code, count in read.lost.items() if count)
        codes += ["note-word-macros"] if read.package.has_macros else []
        yield WordPage(page, html.escape(_title(blocks)), tuple(codes), read.package.picture)


def _title(blocks: Iterable[Block]) -> str:
    """Return the title: a paragraph of that style, else the first heading."""
    heads = [head for head in blocks if isinstance(head, Paragraph) and head.flow.text.strip()]
    for chosen in (
        [head for head in heads if head.title],
        [head for head in heads if head.level],
    ):
        if chosen:
            return " ".join(chosen[0].flow.readable().split())
    return ""


def text_lines(read: WordDocument) -> Iterator[str]:
    """Yield a line for each paragraph (headings begin with ``#``) and each row (with tabs)."""
    yield from _lines(read.blocks())
    for at, flow in read.notes():
        yield f"[{at}] {flow.readable()}"


def table_html(table: WordTable) -> str:
    """Return a table as HTML; tables in it are tables in its cells."""
    rows = ("".join(_cell(cell) for cell in row) for row in table.rows)
    return "<table><tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody></table>"


def _cell(cell: Cell) -> str:
    wide = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    tall = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    blocks = [block for block in cell.blocks if not _is_empty(block)]
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph) and not blocks[0].level:
        inside = blocks[0].numbered().strip().html()
    else:
        inside = "".join(_blocks(blocks))
    return f"<td{wide}{tall}>{inside}</td>"


def _is_empty(block: Block) -> bool:
    return isinstance(block, Paragraph) and not block.numbered().text.strip()


def _blocks(blocks: list[Block]) -> Iterator[str]:
    at = 0
    while at < len(blocks):
        block = blocks[at]
        if isinstance(block, WordTable):
            yield table_html(block)
        elif _list_kind(block):
            items = list(takewhile(_is_item, blocks[at:]))
            yield from _list([item for item in items if isinstance(item, Paragraph)])
            at += len(items) - 1
        elif block.level or block.title:
            level = 1 if block.title else min(block.level, _DEEPEST)
            if not _is_empty(block):
                yield f"<h{level}>{block.numbered().strip().html(('sup', 'sub', 'i'))}</h{level}>"
        elif not _is_empty(block):
            yield f"<p>{block.numbered().strip().html()}</p>"
        at += 1


def _list_kind(paragraph: Paragraph) -> str:
    """Return ``ul`` or ``ol`` where a browser's list shows the same signs, else ""."""
    label = paragraph.label
    if label is None or paragraph.level:
        return ""
    return "ul" if label.format == "bullet" else "ol" if label.plain else ""


def _is_item(block: Block) -> bool:
    return isinstance(block, Paragraph) and bool(_list_kind(block))


def _list(items: list[Paragraph]) -> Iterator[str]:
    """Nested lists, by their levels; a number that is not the next one begins a new list."""
    open_lists: list[tuple[str, int, int]] = []  # kind, level, last number
    for item in items:
        kind, label = _list_kind(item), item.label
        level, number = (label.level, label.number) if label else (0, 0)
        while open_lists and (
            open_lists[-1][1] > level
            or open_lists[-1][1] == level
            and (open_lists[-1][0] != kind or kind == "ol" and open_lists[-1][2] + 1 != number)
        ):
            yield f"</li></{open_lists.pop()[0]}>"
        if open_lists and open_lists[-1][1] == level:
            yield "</li>"
            open_lists.pop()
        else:
            start = f' start="{number}"' if kind == "ol" and number != 1 else ""
            yield f"<{kind}{start}>"
        open_lists.append((kind, level, number))
        yield f"<li>{item.flow.strip().html()}"
    while open_lists:
        yield f"</li></{open_lists.pop()[0]}>"


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from _paragraph_lines(block)
        else:
            for row in block.rows:
                cells = (" ".join(_cell_text(cell).split()) for cell in row)
                if line := "\t".join(cells).strip():
                    yield line


def _paragraph_lines(paragraph: Paragraph) -> Iterator[str]:
    flow: Flow = paragraph.numbered()
    for line in flow.readable().split("\n"):
        if line.strip():
            yield f"# {line}" if paragraph.level or paragraph.title else line


def _cell_text(cell: Cell) -> str:
    return " ".join(paragraph.numbered().readable() for paragraph in cell.paragraphs())

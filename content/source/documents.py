"""Documents: files as offices keep them, made into documents of a library (SPEC.md §7).

What a volume is and how it is read: ``content.model.volume``. Only publishing needs this module.
"""

import codecs
import hashlib
import html
import re
from pathlib import Path, PurePosixPath

from content.model import limits
from content.model.checks.paths import human_size
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.model.volume import Document
from content.text import pages
from content.text.search_fold import fold

WORD = ".docx"
ENDINGS = (".txt", ".md", ".html", ".htm", WORD)
# A document becomes one line of a volume; its text may have half as many bytes as that.
MAX_TEXT_BYTES = limits.MAX_DOCUMENT_BYTES // 2

# What may stand at the head of a document, a line each, before its text.
_HEADS = {
    "标题": "title", "题名": "title", "title": "title",
    "文号": "number", "发文字号": "number", "number": "number",
    "发布日期": "issued", "日期": "issued", "date": "issued",
    "来源": "source", "发布机关": "source", "source": "source",
}  # fmt: skip
_HEAD = re.compile(r"\s*([^：:\s]{2,8})\s*[：:]\s*(.+)")
_HEADING = re.compile(r"#{1,6}\s+(.+)")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^>]*)>")
_BLOCKS = frozenset("p div h1 h2 h3 h4 h5 h6 li ul ol tr table br blockquote pre dt dd hr".split())
# Sounds over words stand in brackets after them; a page's own brackets for old browsers go.
_RUBY = re.compile(r"<rp>[^<]*</rp>|<(/?)rt>")
_START = re.compile(r'\bstart="(-?[0-9]{1,9})(\)?)"')
# The indent of a list inside a list; deeper levels look the same.
INDENT, MOST_INDENTS = "　　", 8


def document_of(path: PurePosixPath, raw: bytes, ending: str = "") -> Document:
    """Return what an author's file holds; ``path`` is its place in the volume's folder.

    ``ending``: how it is read where its name says something else.

    Text comes in whatever encoding Chinese offices use: UTF-8, UTF-16 with its mark, GB 18030.
    The head may name title, number, date and source; else the title is the first heading, a short
    first line, or the name of the file.

    Raises:
        UnicodeDecodeError: the bytes are not text.
    """
    head, text = _head(decode(raw))
    ending = ending or path.suffix.lower()
    if ending in (".html", ".htm"):
        lines = _Lines(pages.sanitise(text, lambda _source: None)).lines
    elif ending == ".md":
        lines = _Lines(pages.render_markdown(text, lambda _source: None, brackets=True)).lines
    else:
        lines = [line for line in map(_clean, text.splitlines()) if line]
    return _document(path, head, lines)


def word_document_of(path: PurePosixPath, file: Path) -> Document:
    """Return what a Word document holds, its headings, numbers and tables as text.

    Raises:
        ContentFaults: it cannot be read, or its text is too long.
    """
    # Here, not above: a library of the hub.
    from content.word import document, page

    with document.opened(file, path.as_posix()[-120:], boxes=True) as read:
        text = "\n".join(page.text_lines(read))
    if len(text.encode()) > MAX_TEXT_BYTES:
        values: dict[str, str | int] = {"path": path.as_posix()[:120]}
        values |= {"size": human_size(len(text.encode())), "limit": human_size(MAX_TEXT_BYTES)}
        raise ContentFaults([Fault("document-too-large", values=values)])
    head, text = _head(text)
    return _document(path, head, [line for line in map(_clean, text.splitlines()) if line])


def _document(path: PurePosixPath, head: dict[str, str], lines: list[str]) -> Document:
    title = head.get("title", "")
    if not title and lines:
        heading = _HEADING.fullmatch(lines[0])
        if heading or len(lines[0]) <= limits.MAX_TITLE_CHARS:
            title, lines = heading[1] if heading else lines[0].strip(), lines[1:]
    return Document(
        id=hashlib.sha256(path.as_posix().encode()).hexdigest()[:12],
        title=(title or _clean(path.stem) or path.name)[: limits.MAX_TITLE_CHARS],
        text="\n".join(lines),
        number=head.get("number", "")[: limits.MAX_NAME_CHARS],
        issued=head.get("issued", "")[: limits.MAX_NAME_CHARS],
        source=head.get("source", "")[: limits.MAX_NAME_CHARS],
    )


def decode(raw: bytes) -> str:
    """Return text of any of the encodings that Chinese offices use. Raises UnicodeDecodeError."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


class _Lines:
    """Sanitised HTML as lines of text: headings keep a mark, items of a list their numbers."""

    def __init__(self, page: str) -> None:
        self.lines: list[str] = []
        self._line, self._mark = "", ""  # the text being read, and the mark to put before it
        # The lists around this place: the number of the next item (None: no numbers), its sign.
        self._lists: list[tuple[int | None, str]] = []
        page = _RUBY.sub(lambda match: {"": "（", "/": "）"}.get(match[1], ""), page)
        at = 0
        for tag in _TAG.finditer(page):
            self._line += page[at : tag.start()]
            at = tag.end()
            if tag[2] in _BLOCKS:
                self._end_line()
                (self._leave if tag[1] else self._enter)(tag[2], tag[3])
        self._line += page[at:]
        self._end_line()

    def _enter(self, tag: str, attributes: str) -> None:
        if tag in ("ol", "ul"):
            self._end_item()
            start = _START.search(attributes)
            number = int(start[1]) if start else 1
            self._lists.append((None if tag == "ul" else number, (start and start[2]) or "."))
        elif tag == "li" and self._lists:
            next_number, sign = self._lists[-1]
            if next_number is not None:
                self._mark = f"{next_number}{sign}"
                self._lists[-1] = next_number + 1, sign
        elif tag[0] == "h" and tag != "hr":
            self._mark = f"# {self._mark}"

    def _leave(self, tag: str, _attributes: str) -> None:
        if tag == "li":
            self._end_item()
        elif tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        elif tag[0] == "h":
            self._mark = self._mark.removeprefix("# ")

    def _end_line(self) -> None:
        """A line without text is left out; its number goes to the next line with text."""
        text, self._line = _clean(html.unescape(self._line)), ""
        if text:
            self._put(text)

    def _end_item(self) -> None:
        """A number without text becomes a line of its own."""
        if self._mark:
            self._put("")

    def _put(self, text: str) -> None:
        before = "" if self._mark.startswith("#") else self._indent()
        gap = " " if text and self._mark and not self._mark.endswith(" ") else ""
        self.lines.append(f"{before}{self._mark}{gap}{text}")
        self._mark = ""

    def _indent(self) -> str:
        return INDENT * min(max(0, len(self._lists) - 1), MOST_INDENTS)


def _head(text: str) -> tuple[dict[str, str], str]:
    """The fields at the head of a file, and what follows them."""
    head: dict[str, str] = {}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        field = _HEAD.fullmatch(_clean(line))
        name = _HEADS.get(fold(field[1])) if field else None
        if line.strip() and (field is None or name is None or name in head):
            return head, "\n".join(lines[number:])
        if field and name:
            head[name] = field[2].strip()
    return head, ""


def _clean(line: str) -> str:
    spaced = " ".join(line.split())
    if spaced.isprintable():  # nearly always, and ten times as fast
        return spaced
    return "".join(char for char in spaced if char.isprintable())

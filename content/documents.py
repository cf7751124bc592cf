"""Documents: files as offices keep them, made into documents of a library (SPEC.md §7).

What a volume is and how it is read: ``content.library``. Only publishing needs this module.
"""

import codecs
import hashlib
import html
import re
from pathlib import PurePosixPath

from content import limits, pages
from content.folding import fold
from content.library import Document

ENDINGS = (".txt", ".md", ".html", ".htm")

# What may stand at the head of a document, a line each, before its text.
_HEADS = {
    "标题": "title", "题名": "title", "title": "title",
    "文号": "number", "发文字号": "number", "number": "number",
    "发布日期": "issued", "日期": "issued", "date": "issued",
    "来源": "source", "发布机关": "source", "source": "source",
}  # fmt: skip
_HEAD = re.compile(r"\s*([^：:\s]{2,8})\s*[：:]\s*(.+)")
_HEADING = re.compile(r"#{1,6}\s+(.+)")
_BLOCK = re.compile(r"</?(?:p|div|h[1-6]|li|ul|ol|tr|table|br|blockquote|pre|dt|dd|hr)\b[^>]*>")


def document_of(path: PurePosixPath, raw: bytes) -> Document:
    """Return what an author's file holds; ``path`` is its place in the volume's folder.

    Text comes in whatever encoding Chinese offices use: UTF-8, UTF-16 with its mark, GB 18030.
    The head may name title, number, date and source; else the title is the first heading, a short
    first line, or the name of the file.

    Raises:
        UnicodeDecodeError: the bytes are no text.
    """
    head, text = _head(decode(raw))
    if path.suffix.lower() in (".html", ".htm"):
        text = _plain(pages.sanitise(text, lambda _source: None))
    elif path.suffix.lower() == ".md":
        text = _plain(pages.render_markdown(text, lambda _source: None))
    rest = [line for line in map(_clean, text.splitlines()) if line]
    title = head.get("title", "")
    if not title and rest:
        heading = _HEADING.fullmatch(rest[0])
        if heading or len(rest[0]) <= limits.MAX_TITLE_CHARS:
            title, rest = heading[1] if heading else rest[0], rest[1:]
    return Document(
        id=hashlib.sha256(path.as_posix().encode()).hexdigest()[:12],
        title=(title or _clean(path.stem) or path.name)[: limits.MAX_TITLE_CHARS],
        text="\n".join(rest),
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


def _plain(page: str) -> str:
    """Sanitised HTML as lines of text; headings keep a mark."""
    marked = re.sub(r"<h[1-6][^>]*>", "\n# ", re.sub(r"\s+", " ", page))
    return html.unescape(re.sub(r"<[^>]*>", "", _BLOCK.sub("\n", marked)))


def _head(text: str) -> tuple[dict[str, str], str]:
    """The fields at the head of a file, and what follows them."""
    head: dict[str, str] = {}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = _HEAD.fullmatch(_clean(line))
        name = _HEADS.get(fold(found[1])) if found else None
        if line.strip() and (found is None or name is None or name in head):
            return head, "\n".join(lines[number:])
        if found and name:
            head[name] = found[2].strip()
    return head, ""


def _clean(line: str) -> str:
    spaced = " ".join(line.split())
    return "".join(one for one in spaced if one.isprintable())

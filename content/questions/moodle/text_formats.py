"""Text formats: the four ways in which Moodle's texts are written (SPEC.md §9.4)."""

import html
import re

from content.model import limits
from content.model.refused import Refused
from content.questions.model.draft import Words

# What makes Moodle's own format HTML: a tag or an entity.
_HTML = re.compile(r"<[a-zA-Z/][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_AS_WRITTEN = re.compile(r"(<pre\b.*?</pre\s*>)", re.IGNORECASE | re.DOTALL)
_BLOCKS = "p|div|br|hr|pre|ul|ol|li|table|thead|tbody|tr|td|th|h[1-6]|blockquote|dl|dt|dd|figure"
_BLOCK = rf"</?(?:{_BLOCKS})\b[^<>]*>"
_MAKES_LINE = re.compile(rf"({_BLOCK})[ \t]*\n|\n(?=[ \t]*{_BLOCK})", re.IGNORECASE)
# Its reader takes quadratic time for signs that open and never close.
_MOST_MARKDOWN = 3 * limits.MAX_QUESTION_CHARS
# Formulas are taken out before Markdown is read: it would take their signs for its own.
_TEX = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]|\$\$.*?\$\$", re.DOTALL)


def words_of(text: str, format: str) -> Words:
    """Return a text as its format means it: ``html``, ``markdown``, ``plain``, else Moodle's.

    Raises:
        Refused: it is too long to be read.
    """
    if format == "html":
        return Words(text, html=True)
    if format in ("plain", "plain_text"):
        return Words(text)
    if format == "markdown":
        return Words(_markdown(text), html=True)
    if _HTML.search(text):
        parts = _AS_WRITTEN.split(text)
        lined = (part if n % 2 else _lines(part) for n, part in enumerate(parts))
        return Words("".join(lined), html=True)
    return Words(text)


def _lines(text: str) -> str:
    """Return HTML with a break at each end of a line, where no block or break makes it anyway."""
    return _MAKES_LINE.sub(r"\1 ", text).replace("\n", "<br>\n")


def _markdown(text: str) -> str:
    # Imported here, not above: only the hub has this library.
    from markdown_it import MarkdownIt

    if len(text) > _MOST_MARKDOWN:
        raise Refused("asked-text-long", size=len(text), limit=limits.MAX_QUESTION_CHARS)
    formulas: list[str] = []

    def away(match: re.Match[str]) -> str:
        formulas.append(match[0])
        return f"\ufdda{len(formulas) - 1}\ufddb"

    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(_TEX.sub(away, text))
    return re.sub(
        "\ufdda([0-9]+)\ufddb",
        lambda match: html.escape(formulas[int(match[1])], quote=False),
        rendered,
    )

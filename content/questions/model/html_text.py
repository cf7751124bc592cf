"""HTML to text and text to HTML, where nothing is lost by it (SPEC.md §9.4)."""

import html
import re
from collections.abc import Iterator

# Markup that only makes lines: what it holds reads the same as plain text.
_LINES = re.compile(r"</?(?:p|div|br|span)\s*/?>", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|div)>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_ANY_TAG = re.compile(r"<[a-zA-Z!/?]")
_TAG = re.compile(r"(<[^>]*>)")
_DOLLARS = re.compile(r"\$\$([^$]+)\$\$")
# Stands for the edge of a block while lines are made; no text holds it.
_EDGE = "\x00"


def plainly(source: str) -> str | None:
    """Return harmless HTML as plain text, or None when its markup says more than lines do."""
    if _ANY_TAG.search(_LINES.sub("", source)):
        return None
    text = _SPACE.sub(" ", source.replace(_EDGE, ""))
    text = re.sub(r"</?span\s*/?>", "", text, flags=re.IGNORECASE)
    text = _BLOCK.sub(_EDGE, _BREAK.sub("\n", text))
    blocks = (block for block in text.split(_EDGE) if block.strip())
    lines = html.unescape("\n".join(block.strip(" ") for block in blocks)).split("\n")
    return "\n".join(_SPACE.sub(" ", line).strip(" ") for line in lines).strip()


def as_html(text: str) -> str:
    """Return plain text as HTML that reads the same."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def pieces(text: str, *, rich: bool) -> Iterator[tuple[str, bool]]:
    """Yield a text in pieces: True with a piece that people see, False with a tag."""
    if not rich:
        yield text, True
        return
    for number, piece in enumerate(_TAG.split(text)):
        yield piece, number % 2 == 0


def tex_signs(text: str, *, rich: bool = False) -> str:
    """Return a text with ``$$…$$`` as ``\\(…\\)``, or ``\\[…\\]`` where it is alone on its line."""
    if "$$" not in text:
        return text
    written = []
    for piece, seen in pieces(text, rich=rich):
        lines = piece.split("\n") if seen else [piece]
        written.append("\n".join(_tex_line(line) for line in lines) if seen else piece)
    return "".join(written)


def _tex_line(line: str) -> str:
    alone = _DOLLARS.fullmatch(line.strip())
    opened, closed = (r"\[", r"\]") if alone else (r"\(", r"\)")

    def formula(match: re.Match[str]) -> str:
        inside = match[1].strip()
        return f"{opened}{inside}{closed}" if inside else match[0]

    return _DOLLARS.sub(formula, line)

"""Markup: the harmless HTML that pages and questions hold, and a check of it (SPEC.md §2.5).

When a course is built, ``content.text.pages`` makes HTML harmless with a parser for everything
that authors write. A program that opens a pack has no such library and needs none. It refuses all
HTML that is not in the one plain form that ``content.text.pages`` writes, so that a browser reads
exactly what was checked.
"""

import html
import re
from collections.abc import Collection

TAGS = frozenset(
    "a abbr b blockquote br caption code dd del div dl dt em figcaption figure h1 h2 h3 h4 h5 h6"
    " hr i img ins li mark ol p pre q rp rt ruby s small span strong sub sup table tbody td tfoot"
    " th thead tr u ul".split()
)
# Questions may also hold a sound, with the browser's own controls.
SOUND = "audio"
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    SOUND: {"src", "controls"},
}
# Every program that shows pages or questions serves blobs at this address.
MEDIA_URL = "/media/"
# TeX in any text, drawn where it is shown (``face/static/formulas.js``).
FORMULA = re.compile(r"\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)
LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)

# Elements without an end tag.
_SINGLE = {"br", "hr", "img"}
_PIECE = re.compile(r'[^<>]+|<(/?)([a-z][a-z0-9]*)((?: [a-z]+="[^"<>]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')


def is_harmless(text: str, files: Collection[str]) -> bool:
    """Tell whether ``text`` is HTML as ``content.text.pages`` writes it, and shows only ``files``.

    ``files`` are SHA-256 in hexadecimal digits. Elements and attributes are on the list, every
    element that begins ends, and pictures and sounds come from ``MEDIA_URL``.
    """
    begun: list[str] = []
    at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            return False
        at = piece.end()
        ends, tag, attributes = piece[1], piece[2], piece[3]
        if tag is None:
            continue
        if tag not in TAGS and tag != SOUND:
            return False
        if ends:
            if attributes or not begun or begun.pop() != tag:
                return False
        elif not _may_stand(tag, attributes, files):
            return False
        elif tag not in _SINGLE:
            begun.append(tag)
    return not begun


def _may_stand(tag: str, attributes: str, files: Collection[str]) -> bool:
    for name, value in _ATTRIBUTE.findall(attributes):
        if tag == "a" and name == "rel":
            continue
        if name not in ATTRIBUTES.get(tag, set()):
            return False
        if name == "src" and (
            not value.startswith(MEDIA_URL) or value.removeprefix(MEDIA_URL) not in files
        ):
            return False
        if name == "href" and not LINK.match(value):
            return False
    return True


def shown_files(*texts: str) -> set[str]:
    """Return the SHA-256 of every file that pieces of checked HTML show."""
    return set(re.findall(r'src="/media/([0-9a-f]{64})"', " ".join(texts)))


def visible_text(page: str) -> str:
    """Return what a reader sees of harmless HTML, as plain text."""
    return html.unescape(re.sub(r"<[^>]*>", " ", page)).strip()

"""Styles: which paragraphs are headings or numbered, and how runs are marked, by their style.

What a style leaves open is taken from the style that it is based on; circles end.
"""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from content.text.xml_tree import child, children
from content.word.numbering import is_on, number_of, value

_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_DEEPEST = 20  # styles based on styles; Word writes five at most
_SWITCHES = {"b": "b", "i": "i", "strike": "s", "dstrike": "s"}
_RAISED = {"superscript": "sup", "subscript": "sub"}
_SMALL = 16  # half points: no text of a paper is so small
# Values that mean ordinary black text.
_BLACK = {"", "auto", "000000", "none"}
_UNSHADED = {"", "auto", "none", "ffffff", "white"}


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says of a paragraph and its runs."""

    level: int = 0
    title: bool = False
    number: str = ""
    number_level: int | None = None
    tags: frozenset[str] = frozenset()


class Styles:
    """The styles of a document by their ids."""

    def __init__(self, root: Element | None) -> None:
        self._elements = {value(style, "styleId"): style for style in children(root, "style")}
        self._made: dict[str, Style] = {}

    def of(self, style: str) -> Style:
        """Return what a style says; an empty style where it is not there."""
        if style not in self._made:
            self._made[style] = self._read(style)
        return self._made[style]

    def _read(self, style: str) -> Style:
        chain: list[Element] = []
        while style in self._elements and len(chain) < _DEEPEST:
            chain.append(self._elements[style])
            style = value(child(chain[-1], "basedOn"), "val")
        level, title, number, number_level = 0, False, "", None
        tags: frozenset[str] = frozenset()
        for element in reversed(chain):
            name = value(child(element, "name"), "val")
            heading = _HEADING.fullmatch(name.strip())
            outline = value(child(element, "pPr", "outlineLvl"), "val")
            if heading or outline:
                level = int(heading[1]) if heading else outline_level(outline)
            title = title or name.lower() in ("title", "标题")
            counted = child(element, "pPr", "numPr")
            if counted is not None:
                number = value(child(counted, "numId"), "val") or number
                own_level = value(child(counted, "ilvl"), "val")
                number_level = number_of(own_level, 0) if own_level else number_level
            tags = tags_of(child(element, "rPr"), tags)
        return Style(level, title, number, number_level, tags)


def outline_level(text: str) -> int:
    """Return the level of a heading; 0 for a text that is not a heading."""
    level = number_of(text, 9) + 1
    return level if level <= 9 else 0


def tags_of(properties: Element | None, before: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return how a run is marked, beginning with what its style says."""
    tags = set(before)
    for node in properties if properties is not None else ():
        name = node.tag.rpartition("}")[2]
        setting = value(node, "val")
        if name in _SWITCHES:
            (tags.add if is_on(node) else tags.discard)(_SWITCHES[name])
        elif name == "vertAlign":
            tags -= {"sup", "sub"}
            tags |= {_RAISED[setting]} if setting in _RAISED else set()
        elif name == "position":
            tags |= _lifted(properties, setting)
        elif name == "u":
            (tags.discard if setting in ("none", "") else tags.add)("u")
        elif name == "em":
            (tags.discard if setting == "none" else tags.add)("em")
        elif name == "color":
            tags = {tag for tag in tags if not tag.startswith("color:")}
            tags |= set() if setting.lower() in _BLACK else {f"color:{setting.lower()}"}
        elif name in ("highlight", "shd"):
            shade = setting if name == "highlight" else value(node, "fill")
            if shade.lower() not in _UNSHADED:
                tags.add(f"shade:{shade.lower()}")
    return frozenset(tags)


def _lifted(properties: Element | None, position: str) -> set[str]:
    """Text raised or lowered by hand and made small, as some programs write ² and ₂."""
    size = number_of(value(child(properties, "sz"), "val"), 99)
    bare = position.strip().removeprefix("-")
    if size > _SMALL or number_of(bare, 0) < 2:
        return set()
    return {"sub" if position.strip().startswith("-") else "sup"}

"""Numbering: the number that Word shows before a paragraph, but does not keep as text.

Lists count by their abstract definition; what a list shows is the text of its level with the
counts in it (ECMA-376 §17.9). Definitions that are circular or missing give no number.
"""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from content.text.xml_tree import child, children, local
from content.word.numbers import written

_LEVELS = 9


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: from where it counts, how, and what it shows."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    digits_only: bool = False
    style: str = ""


@dataclass(slots=True)
class _List:
    """What a number id means: its abstract list, and where its own count begins."""

    abstract: str
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class ParagraphLabel:
    """What stands before a paragraph: as it reads, and how it counts."""

    text: str
    format: str
    number: int
    level: int
    # "%1." and the like: a browser's own list shows the same.
    plain: bool


class Numbering:
    """The lists of a document; labels are asked for in the order of the text."""

    def __init__(self, root: Element | None) -> None:
        self._abstract: dict[str, dict[int, Level]] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int | None]] = {}
        for node in root if root is not None else ():
            if local(node) == "abstractNum":
                levels = dict(map(_level, children(node, "lvl")))
                self._abstract[value(node, "abstractNumId")] = levels
            elif local(node) == "num":
                self._lists[value(node, "numId")] = _list(node)

    def level_of_style(self, number: str, style: str) -> int:
        """Return the level of a list that belongs to a paragraph style."""
        known = self._lists.get(number)
        for at, level in self._abstract.get(known.abstract, {}).items() if known else ():
            if level.style == style:
                return at
        return 0

    def label(self, number: str, at: int) -> ParagraphLabel | None:
        """Count one paragraph of a list; return what stands before it."""
        numbered_list = self._lists.get(number)
        if numbered_list is None or not 0 <= at < _LEVELS:
            return None
        levels = self._abstract.get(numbered_list.abstract, {}) | numbered_list.levels
        level = levels.get(at)
        if level is None:
            return None
        counts = self._counts.setdefault(numbered_list.abstract, [None] * _LEVELS)
        if at in numbered_list.starts and at not in numbered_list.begun:
            numbered_list.begun.add(at)
            counts[at] = numbered_list.starts[at]
        else:
            before = counts[at]
            counts[at] = level.start if before is None else before + 1
        counts[at + 1 :] = [None] * (_LEVELS - at - 1)
        text = self._text(level, levels, counts)
        plain = level.format == "decimal" and level.text == f"%{at + 1}."
        return ParagraphLabel(text, level.format, counts[at] or 0, at, plain)

    def _text(self, level: Level, levels: dict[int, Level], counts: list[int | None]) -> str:
        if level.format == "bullet":
            return "•"
        text = level.text[:60]
        for place in range(_LEVELS):
            if f"%{place + 1}" in text:
                own = levels.get(place, Level())
                count = counts[place]
                format = "decimal" if level.digits_only else own.format
                number = written(own.start if count is None else count, format)
                text = text.replace(f"%{place + 1}", number)
        return text


def value(element: Element | None, name: str) -> str:
    """Return an attribute by its local name."""
    for key, text in element.attrib.items() if element is not None else ():
        if key.rpartition("}")[2] == name:
            return text
    return ""


def number_of(text: str, default: int) -> int:
    """Return a whole number as files write it; ``default`` for anything else."""
    bare = text.strip()
    return int(bare) if bare.isdecimal() and len(bare) < 7 else default


def _list(element: Element) -> _List:
    numbered_list = _List(value(child(element, "abstractNumId"), "val"))
    for override in children(element, "lvlOverride"):
        at = number_of(value(override, "ilvl"), 0)
        start = child(override, "startOverride")
        if start is not None:
            numbered_list.starts[at] = number_of(value(start, "val"), 1)
        for own in children(override, "lvl"):
            numbered_list.levels[at] = _level(own)[1]
    return numbered_list


def _level(element: Element) -> tuple[int, Level]:
    def setting(name: str, default: str = "") -> str:
        return value(child(element, name), "val") or default

    legal = child(element, "isLgl")
    return number_of(value(element, "ilvl"), 0), Level(
        number_of(setting("start"), 1),
        setting("numFmt", "decimal"),
        setting("lvlText"),
        legal is not None and is_on(legal),
        setting("pStyle"),
    )


def is_on(element: Element | None) -> bool:
    """Tell whether a switch such as ``<w:b/>`` is there and on."""
    return element is not None and value(element, "val").lower() not in ("0", "false", "off")

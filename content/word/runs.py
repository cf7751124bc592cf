"""Runs: the content of a paragraph as a flow; what cannot be kept is noted by its code.

Tracked changes count as accepted; hidden text and comments are left out. Text boxes are handed on
(``boxes``): a page shows them after their paragraph, a bank leaves them out.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from content.model.refused import Refused
from content.text.xml_tree import child, children, local, said
from content.word import omml
from content.word.flow import LINK, OBJECT, Atom, Flow, FlowWriter
from content.word.numbering import is_on, number_of, value
from content.word.package import Package, Relationship
from content.word.styles import Styles, tags_of

# Characters of symbol fonts, by the last two digits of their code.
_SIGNS = {
    "wingdings": {0xFC: "✓", 0xFB: "✗", 0xFE: "☑", 0xFD: "☒", 0xA8: "□", 0x6F: "□", 0xA1: "○",
                  0x6C: "●", 0x6E: "■", 0xD8: "➢", 0xE0: "→"},
    "wingdings 2": {0x50: "✓", 0x4F: "✗", 0x52: "☑", 0x51: "☒", 0x53: "☒", 0xA3: "□"},
    "symbol": {0xD6: "√", 0xB4: "×", 0xB8: "÷", 0xB1: "±", 0xA3: "≤", 0xB3: "≥", 0xB9: "≠",
               0xB0: "°", 0x61: "α", 0x62: "β", 0x67: "γ", 0x6D: "μ", 0x70: "π", 0x57: "Ω",
               0x44: "Δ", 0xB7: "•", 0xAE: "→"},
}  # fmt: skip
_INSIDE = {"ins", "moveTo", "smartTag", "sdt", "sdtContent", "customXml", "bdo", "dir",
           "fldSimple"}  # fmt: skip
_PLAIN = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-"}
_GONE = {"del", "moveFrom"}
_CIRCLED = re.compile(
    r"\s*eq\s*\\o\s*(?:\\a[clr])?\s*\(\s*[○◯〇]\s*[,;，]\s*(\d{1,2})\s*\)\s*", re.I
)
_EMU = 9_525  # of a pixel
_BLANK = "____"


class RunReader:
    """Reads paragraphs of one part; ``lost`` counts by code what could not be kept."""

    def __init__(self, package: Package, styles: Styles, part: str) -> None:
        self._package = package
        self._styles = styles
        self._relations: dict[str, Relationship] = package.relations(part)
        self.lost: Counter[str] = Counter()
        self.notes: dict[str, int] = {}
        self.boxes: list[Element] = []

    def read(self, paragraph: Element) -> Flow:
        """Return the content of a paragraph."""
        self._writer = FlowWriter()
        self._field: list[str] = []
        self._style = value(child(paragraph, "pPr", "pStyle"), "val")
        self._inside(paragraph, ())
        return self._writer.flow()

    def _inside(self, element: Element, links: tuple[str, ...]) -> None:
        for node in element:
            name = local(node)
            if name == "r":
                self._run(node, links)
            elif name == "hyperlink":
                self._inside(node, (*links, *self._link(node)))
            elif name in _GONE:
                self.lost["note-word-tracked"] += 1
            elif name in _INSIDE:
                self.lost["note-word-tracked"] += name in ("ins", "moveTo")
                self._inside(node, links)
            else:
                self._object(node, name, links)

    def _run(self, run: Element, links: tuple[str, ...]) -> None:
        properties = child(run, "rPr")
        if is_on(child(properties, "vanish")):
            self.lost["note-word-hidden"] += bool("".join(run.itertext()).strip())
            return
        style = self._styles.of(value(child(properties, "rStyle"), "val"))
        tags = {*tags_of(properties, style.tags), *links}
        if links:  # links are underlined wherever they are shown
            tags.discard("u")
        fonts = child(properties, "rFonts")
        font = (value(fonts, "ascii") or value(fonts, "hAnsi")).lower()
        for piece in run:
            self._piece(piece, local(piece), tags, font, links)

    def _piece(
        self, piece: Element, name: str, tags: set[str], font: str, links: tuple[str, ...]
    ) -> None:
        if name == "t":
            self._text(piece.text or "", tags, font)
        elif name in _PLAIN:
            self._text(_PLAIN[name], tags, "")
        elif name == "br":
            self._writer.add("\n" if value(piece, "type") in ("", "textWrapping") else "")
        elif name == "sym":
            code = value(piece, "char")[-2:]
            sign = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{2}", code) else 0
            self._sign(value(piece, "font").lower(), sign)
        elif name in ("footnoteReference", "endnoteReference"):
            self._note(name.removesuffix("Reference"), value(piece, "id"))
        elif name == "fldChar":
            self._field_char(value(piece, "fldCharType"))
        elif name == "instrText" and self._field:
            self._field[-1] = (self._field[-1] + (piece.text or ""))[:2000]
        else:
            self._object(piece, name, links)

    def _object(self, node: Element, name: str, links: tuple[str, ...]) -> None:
        if name in ("drawing", "pict", "object"):
            self._drawn(node)
        elif name in ("oMath", "oMathPara"):
            self._formula(node)
        elif name == "ruby":
            self._ruby(node, links)
        elif name == "AlternateContent":
            self._drawn_inside(node, links)

    def _text(self, text: str, tags: set[str], font: str) -> None:
        text = text.replace(OBJECT, "").replace("\xa0", " ")
        if font in _SIGNS and text.strip():
            for char in text:
                self._sign(font, ord(char) & 0xFF)
        elif "u" in tags and not text.strip() and (len(text) > 1 or text == "\t"):
            self._writer.add(_BLANK)  # a line to write on
        else:
            self._writer.add(text, tags)

    def _sign(self, font: str, code: int) -> None:
        known = _SIGNS.get(font, {}).get(code)
        if known is None:
            self.lost["word-sign"] += 1
        self._writer.add(known or "")

    def _field_char(self, kind: str) -> None:
        if kind == "begin":
            self._field.append("")
        elif kind == "end" and self._field:
            code = self._field.pop()
            circled = _CIRCLED.fullmatch(code)
            if circled and 0 < int(circled[1]) <= 20:
                self._writer.add(chr(ord("①") + int(circled[1]) - 1))
            elif code.strip().lower().startswith("eq"):
                self.lost["word-field"] += 1

    def _formula(self, element: Element) -> None:
        for formula in [element] if local(element) == "oMath" else children(element, "oMath"):
            try:
                tex = omml.tex_of(formula, alone=local(element) == "oMathPara")
            except Refused:
                self.lost["word-formula"] += 1
                continue
            if tex:
                self._writer.show(Atom(html.escape(tex, quote=False), tex))

    def _ruby(self, element: Element, links: tuple[str, ...]) -> None:
        """Sounds written over words: above them on a page, in brackets after them in a text."""
        base = child(element, "rubyBase")
        above, word = said(child(element, "rt")), said(base)
        if above.strip() and word:
            low, high = (html.escape(text.strip(), quote=False) for text in (word, above))
            shown = f"<ruby>{low}<rp>(</rp><rt>{high}</rt><rp>)</rp></ruby>"
            self._writer.show(Atom(shown, words=f"{word.strip()}（{above.strip()}）"))
        elif base is not None:
            self._inside(base, links)

    def _drawn_inside(self, element: Element, links: tuple[str, ...]) -> None:
        """Take the first of several alternatives for the same content."""
        chosen = child(element, "Choice")
        for node in chosen if chosen is not None else ():
            if local(node) in ("drawing", "pict", "object"):
                self._drawn(node)
            elif local(node) == "r":
                self._run(node, links)

    def _drawn(self, element: Element) -> None:
        """A picture, or something else that is drawn: a text box, an embedded file, a chart."""
        shown = 0
        for node in _beside_boxes(element):
            kind = local(node)
            if kind == "txbxContent":
                self.boxes.append(node)
                shown += 1
            elif kind == "blip":
                shown += self._picture(value(node, "embed"), value(node, "link"), element)
            elif kind == "imagedata":
                shown += self._picture(_related(node), "", element)
        if local(element) == "object":
            self.lost["word-ole"] += 1
        elif not shown:
            self.lost["word-drawing"] += 1

    def _picture(self, embedded: str, linked: str, element: Element) -> int:
        relation = self._relations.get(embedded or linked)
        if relation is None or relation.outside:
            self.lost["word-linked"] += 1
            return 1
        described = next((node for node in element.iter() if local(node) == "docPr"), None)
        alt = html.escape(value(described, "descr")[:200])
        size = next((node for node in element.iter() if local(node) == "extent"), None)
        width = number_of(value(size, "cx")[:9], 0) // _EMU if size is not None else 0
        wide = f' width="{width}"' if 0 < width < 10_000 else ""
        source = self._package.address(relation.target)
        self._writer.show(Atom(f'<img src="{source}" alt="{alt}"{wide}>'))
        return 1

    def _note(self, kind: str, number: str) -> None:
        """A number that leads to a note at the foot; numbers count in the order of the text."""
        at = self.notes.setdefault(f"{kind}:{number}", len(self.notes) + 1)
        self._writer.show(Atom(f"<sup>[{at}]</sup>", f"[{at}]"))

    def _link(self, element: Element) -> tuple[str, ...]:
        relation = self._relations.get(value(element, "id"))
        return (LINK + relation.target,) if relation is not None and relation.outside else ()


def _beside_boxes(element: Element) -> Iterator[Element]:
    """Yield what a drawing is made of: its text boxes, but not what stands in them."""
    for node in element:
        yield node
        if local(node) != "txbxContent":
            yield from _beside_boxes(node)


def _related(element: Element) -> str:
    """Return the id of a relation; other attributes are called id too."""
    for key, number in element.attrib.items():
        if key.endswith("}id") and "relationships" in key:
            return number
    return ""

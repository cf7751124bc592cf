"""HTML of QTI: an item's body as HTML, which ``model.rich_text`` then makes harmless."""

import html
import re
from collections.abc import Callable, Iterable
from xml.etree.ElementTree import Element

from content.model.refused import Refused
from content.questions.model.draft import Words
from content.text.mathml import tex_of
from content.text.xml_tree import LINE

# Classes of elements that we wrote: a plain text, an HTML text, and a field below the text.
PLAIN, RICH, BELOW = "xz-plain", "xz-rich", "xz-below"
_SINGLE = {"br", "hr", "img", "source", "col", "wbr"}
# Elements that change an item each time it is shown.
_VARIABLE = {"printedVariable", "templateInline", "templateBlock", "include"}
# Gives the HTML that replaces an element, ``None`` to keep the element.
Instead = Callable[[Element], str | None]


def normal(root: Element) -> Element:
    """Return a tree with the names of QTI 2: ``qti-item-body`` becomes ``itemBody``."""
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        element.tag = _camel(name.removeprefix("qti-")) if name.startswith("qti-") else name
        attributes = {
            (
                _camel(key.rpartition("}")[2]) if not key.startswith(("data-", "aria-")) else key
            ): value
            for key, value in element.attrib.items()
        }
        element.attrib.clear()
        element.attrib.update(attributes)
    return root


def words_of(elements: Iterable[Element], instead: Instead = lambda element: None) -> Words:
    """Return what elements say: as HTML, except where we wrote a plain text."""
    listed = list(elements)
    if len(listed) == 1 and listed[0].attrib.get("class") == PLAIN:
        return Words(_plain(listed[0], instead))
    markup = "".join(_shown(element, instead, tail=True) for element in listed)
    return Words(markup, html=True)


def inside(element: Element | None, instead: Instead = lambda element: None) -> Words:
    """Return what stands in an element."""
    if element is None:
        return Words()
    if len(element) == 1 and not (element.text or "").strip():
        wrapped = element[0]
        if wrapped.attrib.get("class") in (PLAIN, RICH) and not (wrapped.tail or "").strip():
            return words_of([wrapped], instead)
    return Words(_contents(element, instead), html=True)


def _contents(element: Element, instead: Instead) -> str:
    return _escaped(element.text) + "".join(_shown(child, instead, tail=True) for child in element)


def _shown(element: Element, instead: Instead, *, tail: bool) -> str:
    after = _escaped(element.tail) if tail else ""
    stands = instead(element)
    if stands is not None:
        return stands + after
    name = element.tag
    if name == "math":
        return _escaped(tex_of(element)) + after
    if name in _VARIABLE:
        raise Refused("asked-template")
    if name == "object":
        return _object(element) + after
    if element.attrib.get("class") == RICH:
        return _contents(element, instead) + after
    if element.attrib.get("class") == PLAIN:
        return _escaped(_plain(element, instead)).replace("\n", "<br>") + after
    attributes = "".join(
        f' {key}="{html.escape(value)}"'
        for key, value in element.attrib.items()
        if key != LINE and re.fullmatch(r"[A-Za-z][\w-]*", key)
    )
    if name in _SINGLE:
        return f"<{name}{attributes}>{after}"
    return f"<{name}{attributes}>{_contents(element, instead)}</{name}>{after}"


def _object(element: Element) -> str:
    """QTI 2 shows pictures and sounds as objects."""
    kind, address = element.attrib.get("type", ""), html.escape(element.attrib.get("data", ""))
    if kind.startswith("image/"):
        alt = html.escape("".join(element.itertext()).strip() or element.attrib.get("alt", ""))
        return f'<img src="{address}" alt="{alt}">'
    if kind.startswith("audio/"):
        return f'<audio src="{address}"></audio>'
    raise Refused("rich-element", tag=f"object {kind}"[:40])


def _plain(element: Element, instead: Instead) -> str:
    text = element.text or ""
    for child in element:
        text += "\n" if child.tag == "br" else instead(child) or ""
        text += child.tail or ""
    return text


def _escaped(text: str | None) -> str:
    return html.escape(text or "", quote=False)


def _camel(name: str) -> str:
    return re.sub(r"-(\w)", lambda match: match[1].upper(), name)

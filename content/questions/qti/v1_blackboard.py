"""Blackboard's own ways in QTI 1.2, turned into what the standard says (SPEC.md §9.6).

Blackboard keeps texts in ``mat_formattedtext``, calls full credit ``SCORE.max`` or names the
comment ``correct``, and lists the right sides of a matching apart from the choices.
``content.questions.qti.v1`` reads the rest.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from content.text.xml_tree import LINE, child, children, said

_FULL = "100"
_TAG = re.compile(r"<[a-zA-Z/][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,6});")
_RESPONSES = ("response_lid", "response_str", "response_num")


def kind_of(item: Element) -> str:
    """Return what Blackboard calls a question of this kind; "" where it is not Blackboard's."""
    for one in item.iter():
        if one.tag == "bbmd_questiontype":
            return said(one).strip()
    return ""


def turned(item: Element) -> None:
    """Turn what is Blackboard's in an item; another's item stays as it is."""
    for material in item.iter("material"):
        for extension in list(children(material, "mat_extension")):
            for text in children(extension, "mat_formattedtext"):
                material.append(_text(text))
    if kind_of(item):
        _credited(item)
        _matched(item)


def _text(text: Element) -> Element:
    source = said(text)
    kind = text.attrib.get("type", "").upper()
    is_html = kind == "HTML" or (kind != "PLAIN_TEXT" and bool(_TAG.search(source)))
    made = Element("mattext", {"texttype": "text/html" if is_html else "text/plain", LINE: "0"})
    made.text = source
    return made


def _credited(item: Element) -> None:
    for condition in item.iter("respcondition"):
        worth = list(children(condition, "setvar"))
        for one in worth:
            if said(one).strip() == "SCORE.max":
                one.text = _FULL
        shown = {one.attrib.get("linkrefid", "") for one in children(condition, "displayfeedback")}
        if not worth and "correct" in shown:
            made = Element("setvar", {LINE: "0"})
            made.text = _FULL
            condition.append(made)


def _matched(item: Element) -> None:
    """Give each choice of a matching its text, and each left side its own."""
    flows = {one.attrib.get("class", ""): one for one in item.iter("flow")}
    rights = flows.get("RIGHT_MATCH_BLOCK")
    if rights is None:
        return
    texts = [list(one.iter("material")) for one in children(rights, "flow")]
    for holder in list(item.iter()):
        responses = [one for one in holder if one.tag in _RESPONSES]
        if not responses or child(responses[0], "render_choice") is None:
            continue
        labels = [one for one in responses[0].iter() if one.tag == "response_label"]
        for label, materials in zip(labels, texts, strict=False):
            label.extend(materials)
        for other in list(holder):
            if other is not responses[0]:
                holder.remove(other)
                responses[0].extend(_materials(other))
    for element in item.iter():
        if rights in list(element):
            element.remove(rights)


def _materials(element: Element) -> Iterator[Element]:
    return (one for one in element.iter() if one.tag == "material")

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
    for node in item.iter():
        if node.tag == "bbmd_questiontype":
            return said(node).strip()
    return ""


def turned(item: Element) -> None:
    """Turn what is Blackboard's in an item; items of other programs stay as they are."""
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
    mattext = Element("mattext", {"texttype": "text/html" if is_html else "text/plain", LINE: "0"})
    mattext.text = source
    return mattext


def _credited(item: Element) -> None:
    for condition in item.iter("respcondition"):
        worth = list(children(condition, "setvar"))
        for setvar in worth:
            if said(setvar).strip() == "SCORE.max":
                setvar.text = _FULL
        shown = {
            feedback.attrib.get("linkrefid", "")
            for feedback in children(condition, "displayfeedback")
        }
        if not worth and "correct" in shown:
            credit = Element("setvar", {LINE: "0"})
            credit.text = _FULL
            condition.append(credit)


def _matched(item: Element) -> None:
    """Give each choice of a matching its text, and each left side its own."""
    flows = {flow.attrib.get("class", ""): flow for flow in item.iter("flow")}
    rights = flows.get("RIGHT_MATCH_BLOCK")
    if rights is None:
        return
    texts = [list(flow.iter("material")) for flow in children(rights, "flow")]
    for holder in list(item.iter()):
        responses = [response for response in holder if response.tag in _RESPONSES]
        if not responses or child(responses[0], "render_choice") is None:
            continue
        labels = [label for label in responses[0].iter() if label.tag == "response_label"]
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
    return (node for node in element.iter() if node.tag == "material")

"""Scoring of QTI items: which responses are right, and how far a number may be off."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from content.model.refused import Refused
from content.questions.model.answer_keys import number
from content.questions.model.draft import Note
from content.text.xml_tree import child, children, said


class Declared:
    """A response declaration: kind of response, what is correct, what is worth how much."""

    def __init__(self, element: Element) -> None:
        self.identifier = element.attrib.get("identifier", "")
        self.cardinality = element.attrib.get("cardinality", "single")
        self.base_type = element.attrib.get("baseType", "")
        correct = child(element, "correctResponse")
        self.correct = [said(value).strip() for value in children(correct, "value")]
        self.worth: list[tuple[str, Decimal, bool]] = []
        for entry in children(child(element, "mapping"), "mapEntry"):
            exact = entry.attrib.get("caseSensitive", "true") != "false"
            worth = _decimal(entry.attrib.get("mappedValue", "0"))
            self.worth.append((entry.attrib.get("mapKey", ""), worth, exact))

    @property
    def is_number(self) -> bool:
        """Whether a number is asked for."""
        return self.base_type in ("float", "integer")

    def right(self, note: Note, several: bool) -> list[str]:
        """Return what is right: what is declared, else all that is worth something, or most."""
        positive = [(key, worth) for key, worth, _ in self.worth if worth > 0]
        most = max((worth for _, worth in positive), default=Decimal(0))
        if self.correct:
            right_keys = self.correct
        elif several:
            right_keys = [key for key, _ in positive]
        else:
            right_keys = [key for key, worth in positive if worth == most]
        if any(key not in right_keys for key, _ in positive):
            note("note-partial")
        return list(dict.fromkeys(right_keys))


def wordings(declared: Declared, note: Note) -> list[str]:
    """Return the accepted wordings of a blank: the correct one, and others worth as much."""
    most = max((worth for _, worth, _ in declared.worth), default=Decimal(0))
    accepted = declared.correct + [key for key, worth, _ in declared.worth if worth == most > 0]
    if any(0 < worth < most and key not in accepted for key, worth, _ in declared.worth):
        note("note-partial")
    folded = {key for key, _, exact in declared.worth if not exact}
    if any(word.upper() != word.lower() and word not in folded for word in accepted):
        note("note-case")
    return list(dict.fromkeys(accepted))


def number_values(declared: Declared, processing: Element | None) -> list[tuple[str, str]]:
    """Return accepted numbers, each with its tolerance. Raises ``Refused``."""
    compared = list(_compared(declared, processing)) if processing is not None else []
    if compared:
        return compared
    if declared.correct:
        return [(value, "0") for value in declared.correct]
    most = max((worth for _, worth, _ in declared.worth), default=Decimal(0))
    return [(key, "0") for key, worth, _ in declared.worth if worth == most > 0]


def _compared(declared: Declared, processing: Element) -> Iterator[tuple[str, str]]:
    """Yield what the response is compared with: values with a tolerance, and ranges."""
    for node in processing.iter():
        if node.tag == "equal" and _is_about(node, declared):
            for value in _operands(node, declared):
                yield _tolerated(node, value)
        elif node.tag == "equalRounded" and _is_about(node, declared):
            for value in _operands(node, declared):
                yield value, _rounded(node)
        elif node.tag == "and":
            low = [v for c in node if c.tag in ("gte", "gt") for v in _operands(c, declared)]
            high = [v for c in node if c.tag in ("lte", "lt") for v in _operands(c, declared)]
            if len(low) == len(high) == 1:
                least, most = Decimal(number(low[0])), Decimal(number(high[0]))
                yield _text((least + most) / 2), _text(abs(most - least) / 2)


def _is_about(element: Element, declared: Declared) -> bool:
    return any(
        node.tag == "variable" and node.attrib.get("identifier") == declared.identifier
        for node in element
    )


def _operands(element: Element, declared: Declared) -> list[str]:
    values = []
    for node in element:
        if node.tag == "baseValue":
            values.append(said(node).strip())
        elif node.tag == "correct":
            values += declared.correct
    return values


def _tolerated(element: Element, value: str) -> tuple[str, str]:
    mode = element.attrib.get("toleranceMode", "exact")
    parts = element.attrib.get("tolerance", "").split()
    if mode == "exact" or not parts:
        return value, "0"
    low, high = _decimal(parts[0]), _decimal(parts[-1])
    middle = Decimal(number(value))
    if mode == "relative":
        low, high = abs(middle) * low / 100, abs(middle) * high / 100
    if low == high:
        return value, _text(low)
    return _text(middle + (high - low) / 2), _text((low + high) / 2)


def _rounded(element: Element) -> str:
    figures = element.attrib.get("figures", "")
    if element.attrib.get("roundingMode") != "decimalPlaces" or not figures.isdecimal():
        raise Refused("asked-rounded")
    return _text(Decimal(5).scaleb(-int(figures[:2]) - 1))


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return Decimal(0)


def _text(value: Decimal) -> str:
    return number(str(value))

"""Outcomes of QTI items: to whom a feedback is shown, as far as the rules say it plainly.

Only rules are read that compare a response with the correct one, or the score with a number: what
they set when they hold is for right answers, what they set otherwise is for wrong ones. For scores
see ``content.questions.qti.scoring``.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from content.text.xml_tree import children, said

RIGHT, WRONG, EVERYBODY = "答对", "答错", ""
# Shown to some, and it is not plain to whom.
SOMEBODY = "?"
_OPPOSITE = {RIGHT: WRONG, WRONG: RIGHT}
_BRANCHES = ("responseIf", "responseElseIf", "responseElse")


class Receivers:
    """Who is shown the feedback of an item."""

    def __init__(self, item: Element) -> None:
        self._whom: dict[tuple[str, str], str] = {}
        for processing in children(item, "responseProcessing"):
            for outcome, value, who in _set_in(processing, EVERYBODY):
                before = self._whom.get((outcome, value), who)
                both = EVERYBODY if SOMEBODY not in (before, who) else SOMEBODY
                self._whom[outcome, value] = who if before == who else both

    def of(self, feedback: Element, letters: dict[str, str]) -> str:
        """Return whom a feedback is for: a letter, ``RIGHT``, ``WRONG``, ``EVERYBODY``, or that it
        is not plain, ``SOMEBODY``; ``letters`` are those of the options that are feedback's names.
        """
        outcome = feedback.attrib.get("outcomeIdentifier", "")
        name = feedback.attrib.get("identifier", "")
        ruled = any(other == outcome for other, _ in self._whom)
        unknown = SOMEBODY if ruled else EVERYBODY
        who = letters.get(name) or self._whom.get((outcome, name), unknown)
        if feedback.attrib.get("showHide", "show") == "hide":
            return _OPPOSITE.get(who, SOMEBODY)
        return who


def _set_in(element: Element, who: str) -> Iterator[tuple[str, str, str]]:
    """Yield outcome, value and receiver of everything that is set below an element."""
    for node in element:
        if node.tag == "setOutcomeValue":
            values = (said(base).strip() for base in node.iter() if base.tag == "baseValue")
            yield from ((node.attrib.get("identifier", ""), value, who) for value in values)
        elif node.tag == "responseCondition":
            yield from _condition(node, who)
        elif node.tag not in _BRANCHES:
            yield from _set_in(node, who)


def _condition(condition: Element, outer: str) -> Iterator[tuple[str, str, str]]:
    """The branches of a condition: the second is for those for whom the first does not hold."""
    branches = [branch for branch in condition if branch.tag in _BRANCHES]
    first = _holds_for(branches[0][0]) if branches and len(branches[0]) else SOMEBODY
    for place, branch in enumerate(branches):
        who = SOMEBODY
        if place == 0:
            who = first
        elif branch.tag == "responseElse" and place == 1:
            who = _OPPOSITE.get(first, SOMEBODY)
        yield from _set_in(branch, who if outer == EVERYBODY else SOMEBODY)


def _holds_for(test: Element) -> str:
    """Return for whom a test holds."""
    parts = list(test)
    if test.tag == "not" and parts:
        return _OPPOSITE.get(_holds_for(parts[0]), SOMEBODY)
    if test.tag == "and" and parts and all(_holds_for(part) == RIGHT for part in parts):
        return RIGHT
    tags = {part.tag for part in parts}
    if test.tag in ("match", "equal", "stringMatch") and {"variable", "correct"} <= tags:
        return RIGHT
    if test.tag in ("gt", "gte", "match", "equal") and {"variable", "baseValue"} == tags:
        return _scored(test)
    return SOMEBODY


def _scored(test: Element) -> str:
    """Tell for whom a test of the score holds: more than nothing is given for right answers."""
    named = next(children(test, "variable")).attrib.get("identifier", "")
    try:
        number = Decimal(said(next(children(test, "baseValue"))).strip())
    except InvalidOperation:
        return SOMEBODY
    if named != "SCORE":
        return SOMEBODY
    if number == 0:
        return {"gt": RIGHT, "match": WRONG, "equal": WRONG}.get(test.tag, SOMEBODY)
    return RIGHT if number > 0 else SOMEBODY

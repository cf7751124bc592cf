"""QTI 1.2: items of an assessment, as Canvas, Blackboard and Common Cartridge write them.

SPEC.md §9.6. The right answer is the one for which a condition gives most; see ``_Rules``.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from content.model.course import LETTERS
from content.model.refused import Refused
from content.questions.model.answer_keys import number
from content.questions.model.draft import Note, QuestionDraft, Words, labelled
from content.questions.model.html_text import as_html, plainly
from content.questions.model.identity import BLANK
from content.questions.qti import outcomes, v1_blackboard
from content.questions.table.answers import looks_true_or_false
from content.text.mathml import tex_of
from content.text.xml_tree import child, children, said

_RESPONSES = ("response_lid", "response_str", "response_num", "response_grp", "response_xy",
              "response_extension")  # fmt: skip
# What tools say a question is, where the elements do not.
_REFUSED = {"calculated_question", "file_upload_question", "multiple_dropdowns_question",
            "hot_spot_question", "categorization_question"}  # fmt: skip
_NOTHING = {"text_only_question"}


def items(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield every item below, with the title of its section."""
    title = root.attrib.get("title", "") if root.tag in ("section", "objectbank") else ""
    for element in root:
        if element.tag == "item":
            yield element, "" if title.lower().startswith("root") else title
        elif element.tag in ("assessment", "section", "objectbank"):
            yield from items(element)


def draft_of(item: Element, note: Note) -> QuestionDraft:
    """Return the question of an item. Raises ``Refused``."""
    kind = _field(item, "question_type") or _field(item, "cc_profile")
    if kind in _REFUSED:
        raise Refused("asked-type-foreign", type=kind)
    v1_blackboard.turned(item)
    presentation = child(item, "presentation")
    responses = [element for element in _below(presentation) if element.tag in _RESPONSES]
    if kind in _NOTHING or (presentation is not None and not responses):
        raise Refused("asked-description")
    if presentation is None:
        raise Refused("asked-empty")
    draft = _Reading(item, presentation, responses, kind, note).draft()
    draft.explain += _feedback(item, draft, responses)
    if any(child(feedback, "hint") is not None for feedback in children(item, "itemfeedback")):
        note("note-hints")
    return draft


class _Rules:
    """The conditions of an item: which answers are given how much."""

    def __init__(self, item: Element) -> None:
        self._conditions = [
            (condition, sum((_worth(s) for s in children(condition, "setvar")), Decimal(0)))
            for part in children(item, "resprocessing")
            for condition in children(part, "respcondition")
        ]

    def rewarded(self, response: str) -> list[tuple[list[str], Decimal]]:
        """Return the sets of answers to a response that are worth something, best first."""
        rewards = []
        for condition, worth in self._conditions:
            values = [value for name, value in _positive(condition) if name in (response, "")]
            if worth > 0 and values:
                rewards.append((values, worth))
        return sorted(rewards, key=lambda both: -both[1])

    def ranges(self, response: str) -> Iterator[tuple[str, str]]:
        """Yield accepted numbers with their tolerances."""
        for condition, worth in self._conditions:
            if worth <= 0:
                continue
            bounds = {
                tag: [said(test).strip() for test in _below(condition) if test.tag in tags]
                for tag, tags in (("low", ("vargte", "vargt")), ("high", ("varlte", "varlt")))
            }
            for low, high in zip(bounds["low"], bounds["high"], strict=False):
                least, most = Decimal(number(low)), Decimal(number(high))
                yield number(str((least + most) / 2)), number(str(abs(most - least) / 2))
            if not bounds["low"]:
                for name, value in _positive(condition):
                    if name in (response, ""):
                        yield value, "0"


class _Reading:
    """One item while it is read."""

    def __init__(
        self, item: Element, presentation: Element, responses: list[Element], kind: str, note: Note
    ) -> None:
        self._rules = _Rules(item)
        self._presentation = presentation
        self._responses = responses
        self._kind = kind
        self._note = note

    def draft(self) -> QuestionDraft:
        """Return what is asked."""
        tags = {response.tag for response in self._responses}
        if tags <= {"response_str", "response_num"}:
            return self._written()
        if tags != {"response_lid"}:
            raise Refused("asked-type-foreign", type=sorted(tags)[-1])
        if "fill_in_multiple_blanks" in self._kind:
            return self._named_blanks()
        if len(self._responses) == 1:
            return self._choice(self._responses[0])
        return self._matching()

    def _choice(self, response: Element) -> QuestionDraft:
        names, options = _labels(response)
        text = self._text(response)
        cardinality = response.attrib.get("rcardinality", "Single").lower()
        best = self._rules.rewarded(response.attrib.get("ident", ""))
        if cardinality == "ordered":
            order = best[0][0] if best else []
            if sorted(order) != sorted(names):
                raise Refused("asked-no-answer")
            return QuestionDraft(
                "ordering", text, options, order=[names.index(name) for name in order]
            )
        several = cardinality == "multiple"
        right = self._several_right(best) if several else self._one_right(best)
        places = [names.index(name) for name in right if name in names]
        if several and len(places) == 1:
            self._note("note-one-of-several")
        if "true_false" in self._kind or {name.lower() for name in names} == {"true", "false"}:
            return QuestionDraft("truefalse", text, right=[_side(names, options, places)])
        kind = "multiple" if several and len(places) != 1 else "single"
        return QuestionDraft(
            "multiple" if kind == "multiple" else "single", text, options, right=places
        )

    def _one_right(self, best: list[tuple[list[str], Decimal]]) -> list[str]:
        most = best[0][1] if best else Decimal(0)
        if any(worth < most for _, worth in best):
            self._note("note-partial")
        return list(dict.fromkeys(v for values, worth in best if worth == most for v in values))

    def _several_right(self, best: list[tuple[list[str], Decimal]]) -> list[str]:
        """All values of the best condition if it names several; else each that adds something."""
        longest = [values for values, worth in best if worth == best[0][1] and len(values) > 1]
        if longest:
            return longest[0]
        return list(dict.fromkeys(value for values, _ in best for value in values))

    def _matching(self) -> QuestionDraft:
        """Several choices with the same options, or some of them: each choice is a left side."""
        labels = [_labels(response) for response in self._responses]
        longest = max(labels, key=lambda pair: len(pair[1]))[1]
        texts = [words.source for words in longest]
        if any(words.source not in texts for _, options in labels for words in options):
            raise Refused("asked-several", count=len(self._responses))
        draft = QuestionDraft("matching", self._text(*self._responses), longest)
        for response, (names, options) in zip(self._responses, labels, strict=True):
            draft.prompts.append(_material(response))
            right = self._one_right(self._rules.rewarded(response.attrib.get("ident", "")))
            there = [options[names.index(name)].source for name in right[:1] if name in names]
            draft.pairs.append(texts.index(there[0]) if there else None)
        return draft

    def _named_blanks(self) -> QuestionDraft:
        """Canvas writes ``[name]`` in the text, and the wordings of each name as choices."""
        text = self._text(*self._responses)
        source = text.source
        draft = QuestionDraft("fill", text)
        ends = []
        for response in self._responses:
            name = said(child(response, "material", "mattext")).strip()
            ends.append((source.find(f"[{name}]"), [w.source for w in _labels(response)[1]]))
            if ends[-1][0] < 0:
                raise Refused("asked-no-answer")
        for response in self._responses:
            name = said(child(response, "material", "mattext")).strip()
            source = source.replace(f"[{name}]", BLANK)
        draft.text = Words(source, text.html)
        draft.blanks = [wordings for _, wordings in sorted(ends, key=lambda both: both[0])]
        return draft

    def _written(self) -> QuestionDraft:
        blanks, numeric = [], False
        for response in self._responses:
            name = response.attrib.get("ident", "")
            fib = next((node for node in response.iter() if node.tag == "render_fib"), None)
            kind = fib.attrib.get("fibtype", "").lower() if fib is not None else ""
            numeric = numeric or kind in ("decimal", "integer", "scientific")
            numeric = numeric or response.tag == "response_num" or "numerical" in self._kind
            blanks.append(self._wordings(name))
        if len(self._responses) == 1 and not numeric and ("essay" in self._kind or not blanks[0]):
            return QuestionDraft("essay", self._text(*self._responses))
        if len(self._responses) == 1 and numeric:
            name = self._responses[0].attrib.get("ident", "")
            numbers = list(dict.fromkeys(self._rules.ranges(name)))
            return QuestionDraft("numeric", self._text(*self._responses), numbers=numbers)
        if named := self._with_names(blanks):
            return named
        return QuestionDraft("fill", self._text(*self._responses, marked=True), blanks=blanks)

    def _with_names(self, blanks: list[list[str]]) -> QuestionDraft | None:
        """Blackboard writes ``[name]`` in the text where the entry of that name belongs."""
        names = [f"[{response.attrib.get('ident', '')}]" for response in self._responses]
        text = self._text(*self._responses)
        source = text.source
        if not all(source.count(name) == 1 for name in names):
            return None
        placed = sorted(zip(names, blanks, strict=True), key=lambda both: source.index(both[0]))
        for name in names:
            source = source.replace(name, BLANK)
        return QuestionDraft(
            "fill", Words(source, text.html), blanks=[wordings for _, wordings in placed]
        )

    def _wordings(self, name: str) -> list[str]:
        best = self._rules.rewarded(name)
        if best and best[-1][1] < best[0][1]:
            self._note("note-partial")
        return [v for values, worth in best if worth == best[0][1] for v in values]

    def _text(self, *responses: Element, marked: bool = False) -> Words:
        """Return what is asked, in the order of the item, with blanks where something follows."""
        parts = list(_parts(self._presentation, responses))
        while parts and parts[-1] is None:
            parts.pop()
            if marked and len(responses) > 1:
                parts.append(Words(BLANK))
                break
        texts = [Words(f" {BLANK} ") if part is None else part for part in parts]
        if not marked:
            texts = [part for part in parts if part is not None]
        return _joined(texts)


def _parts(element: Element, responses: tuple[Element, ...]) -> Iterator[Words | None]:
    for node in element:
        if node in responses:
            yield from (
                _of_material(part) for part in children(node, "material") if len(responses) == 1
            )
            yield None
        elif node.tag == "material":
            yield _of_material(node)
        else:
            yield from _parts(node, responses)


def _joined(parts: list[Words]) -> Words:
    if not any(part.html for part in parts):
        return Words("\n".join(part.source for part in parts if part.source.strip()))
    return Words("".join(p.source if p.html else as_html(p.source) for p in parts), html=True)


def _labels(response: Element) -> tuple[list[str], list[Words]]:
    labels = [node for node in response.iter() if node.tag == "response_label"]
    names = [label.attrib.get("ident", "") for label in labels]
    return names, [_material(label) for label in labels]


def _material(element: Element) -> Words:
    holders = [holder for holder in element if holder.tag in ("material", "flow_mat", "flow")]
    parts = [
        _of_material(part) for holder in holders for part in holder.iter() if part.tag == "material"
    ]
    return _joined(parts)


def _of_material(material: Element) -> Words:
    words = []
    for node in material:
        if node.tag in ("mattext", "matemtext"):
            kind = node.attrib.get("texttype", "text/plain").lower()
            if len(node):
                raise Refused("rich-element", tag=node[0].tag[:40])
            words.append(Words(node.text or "", html="html" in kind))
        elif node.tag in ("matimage", "mataudio"):
            tag = "img" if node.tag == "matimage" else "audio"
            end = "" if tag == "img" else "</audio>"
            words.append(Words(f'<{tag} src="{node.attrib.get("uri", "")}">{end}', html=True))
        elif node.tag == "matbreak":
            words.append(Words("<br>", html=True))
        elif node.tag == "math":
            words.append(Words(tex_of(node)))
        elif node.tag not in ("altmaterial", "mat_extension"):
            raise Refused("rich-element", tag=node.tag[:40])
    return _joined(words)


def _positive(condition: Element) -> Iterator[tuple[str, str]]:
    """Yield response and value of each test that must hold, in their order."""

    def walk(element: Element) -> Iterator[tuple[str, str]]:
        for node in element:
            if node.tag in ("varequal", "varsubstring", "varsubset"):
                yield node.attrib.get("respident", ""), said(node).strip()
            elif node.tag in ("and", "or"):
                yield from walk(node)

    test = child(condition, "conditionvar")
    return walk(test) if test is not None else iter(())


def _worth(setvar: Element) -> Decimal:
    if setvar.attrib.get("action", "Set").lower() not in ("set", "add"):
        return Decimal(0)
    try:
        return Decimal(said(setvar).strip())
    except InvalidOperation:
        return Decimal(0)


def _side(names: list[str], options: list[Words], places: list[int]) -> int:
    """Return 0 if the right option means true, 1 if false: by its text, else by its name."""
    sides = [
        looks_true_or_false(text)
        for place in places
        for text in (plainly(options[place].source) or "", names[place])
    ]
    clear = [side for side in sides if side is not None]
    if len(places) != 1 or not clear:
        raise Refused("asked-no-answer")
    return 0 if clear[0] else 1


def _feedback(item: Element, draft: QuestionDraft, responses: list[Element]) -> Iterator[Words]:
    """Yield the feedback after the answer, with the option or the answers that it is for."""
    letters = _told_to(item, _labels(responses[0])[0] if len(responses) == 1 else [])
    for feedback in children(item, "itemfeedback"):
        if child(feedback, "hint") is not None:
            continue
        parts = [_of_material(node) for node in feedback.iter() if node.tag == "material"]
        words = _joined(parts)
        if words.source.strip():
            yield labelled(letters.get(feedback.attrib.get("ident", ""), ""), words)


def _told_to(item: Element, names: list[str]) -> dict[str, str]:
    """Return for the name of a feedback who is shown it; "" where that is several, or all."""
    whom: dict[str, str] = {}
    rewarded = False  # what is for all others before any reward is for everybody
    for condition in (node for node in item.iter() if node.tag == "respcondition"):
        values = [value for _, value in _positive(condition)]
        gives = sum((_worth(setvar) for setvar in children(condition, "setvar")), Decimal(0)) > 0
        tests = {test.tag for var in children(condition, "conditionvar") for test in var}
        if len(values) == 1 and values[0] in names and names.index(values[0]) < len(LETTERS):
            who = LETTERS[names.index(values[0])]
        elif gives:
            who = outcomes.RIGHT
        else:
            who = outcomes.WRONG if rewarded and tests in ({"other"}, {"not"}) else ""
        rewarded = rewarded or gives
        for shown in children(condition, "displayfeedback"):
            name = shown.attrib.get("linkrefid", "")
            whom[name] = who if whom.get(name, who) == who else ""
    return whom


def _below(element: Element | None) -> Iterator[Element]:
    return element.iter() if element is not None else iter(())


def _field(item: Element, label: str) -> str:
    """Return a field of an item's metadata."""
    for node in item.iter():
        if node.tag == "qtimetadatafield" and said(child(node, "fieldlabel")).strip() == label:
            return re.sub(r"\s+", "", said(child(node, "fieldentry")))
    return ""

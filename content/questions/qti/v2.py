"""QTI 2.1, 2.2 and 3.0: one item, one question (SPEC.md §9.6).

``content.questions.qti.scoring`` reads which responses are right. Elements have the names of
QTI 2 (``content.questions.qti.html.normal``).
"""

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from content.model.course import LETTERS
from content.model.refused import Refused
from content.questions.model.draft import Note, QuestionDraft, Words, labelled
from content.questions.model.html_text import plainly
from content.questions.model.identity import BLANK
from content.questions.qti.html import BELOW, PLAIN, RICH, inside, words_of
from content.questions.qti.outcomes import SOMEBODY, Receivers
from content.questions.qti.scoring import Declared, number_values, wordings
from content.questions.table.answers import looks_true_or_false
from content.text.xml_tree import children

_ASIDE = {"feedbackInline", "feedbackBlock", "modalFeedback"}


def draft_of(item: Element, note: Note) -> QuestionDraft:
    """Return the question of an item. Raises ``Refused``."""
    if any(child.tag in ("templateDeclaration", "templateProcessing") for child in item):
        raise Refused("asked-template")
    body = next(children(item, "itemBody"), None)
    if body is None:
        raise Refused("asked-empty")
    interactions = [node for node in body.iter() if node.tag.endswith("Interaction")]
    if not interactions:
        raise Refused("asked-description")
    kinds = {interaction.tag for interaction in interactions}
    reading = _Item(item, body, note)
    if kinds == {"textEntryInteraction"}:
        draft = reading.entries(interactions)
    elif len(interactions) > 1:
        raise Refused("asked-several", count=len(interactions))
    else:
        maker = _MAKERS.get(interactions[0].tag)
        if maker is None:
            raise Refused("asked-type-foreign", type=interactions[0].tag)
        draft = maker(reading, interactions[0])
    draft.explain += reading.feedback()
    return draft


class _Item:
    """An item while it is read: its declared responses, and feedback that is kept aside."""

    def __init__(self, item: Element, body: Element, note: Note) -> None:
        self._item = item
        self._body = body
        self._note = note
        self._aside: list[Words] = []
        self._letters: dict[str, str] = {}
        self._receivers = Receivers(item)
        self.declared = {
            declaration.attrib.get("identifier", ""): Declared(declaration)
            for declaration in children(item, "responseDeclaration")
        }

    def response(self, interaction: Element) -> Declared:
        """Return what is declared about an interaction's response."""
        declared = self.declared.get(interaction.attrib.get("responseIdentifier", ""))
        if declared is None:
            raise Refused("asked-no-answer")
        return declared

    def text(self, instead: Callable[[Element], str | None]) -> Words:
        """Return the body as a text: interactions as ``instead`` says, feedback kept aside."""

        def shown(element: Element) -> str | None:
            if element.tag in _ASIDE:
                self._set_aside(element, element)
                return ""
            if element.tag == "rubricBlock" and "scorer" in element.attrib.get("view", ""):
                self._aside.append(inside(element))
                return ""
            if element.tag == "rubricBlock":
                return inside(element).source
            if element.attrib.get("class") == BELOW:
                return ""
            return instead(element)

        ours = [child for child in self._body if child.attrib.get("class") in (PLAIN, RICH)]
        return words_of(ours[:1], shown) if ours else inside(self._body, shown)

    def _set_aside(self, feedback: Element, content: Element) -> None:
        """Keep feedback for the explanation, with whom it is for.

        What is for some answers only, and it is not plain for which, is left out with a remark.
        """
        words = inside(content)
        whom = self._receivers.of(feedback, self._letters)
        if whom == SOMEBODY:
            self._note("note-feedback")
        elif words.source.strip():
            self._aside.append(labelled(whom, words))

    def around(self, interaction: Element) -> Words:
        """Return body and prompt, as they stand, without the interaction."""
        prompt = next(children(interaction, "prompt"), None)

        def shown(element: Element) -> str | None:
            if element is not interaction:
                return None
            asked = inside(prompt).source
            return f"<div>{asked}</div>" if asked.strip() else ""

        return self.text(shown)

    def choices(self, interaction: Element, name: str) -> tuple[list[str], list[Words]]:
        """Return the identifiers of choices and their texts; their feedback is kept aside."""
        names, texts = [], []
        for place, choice in enumerate(children(interaction, name)):
            names.append(choice.attrib.get("identifier", ""))
            letter = LETTERS[place] if place < len(LETTERS) else ""
            self._letters[names[-1]] = letter

            def shown(element: Element, letter: str = letter) -> str | None:
                if element.tag not in _ASIDE:
                    return None
                self._aside.append(labelled(letter, inside(element)))
                return ""

            texts.append(inside(choice, shown))
        return names, texts

    def feedback(self) -> Iterator[Words]:
        """Yield the feedback after the answer, each with whom it is for."""
        for feedback in children(self._item, "modalFeedback"):
            self._set_aside(feedback, next(children(feedback, "contentBody"), feedback))
        yield from self._aside

    def choice(self, interaction: Element) -> QuestionDraft:
        """A choice: the options that are right, or worth most."""
        declared = self.response(interaction)
        names, texts = self.choices(interaction, "simpleChoice")
        several = declared.cardinality == "multiple"
        right = [names.index(name) for name in declared.right(self._note, several) if name in names]
        text = self.around(interaction)
        if not right:
            raise Refused("asked-no-answer")
        if several and len(right) == 1:
            self._note("note-one-of-several")
            several = False
        sides = [looks_true_or_false(plainly(words.source) or words.source) for words in texts]
        if {name.lower() for name in names} == {"true", "false"} and None not in sides:
            return QuestionDraft("truefalse", text, right=[0 if sides[right[0]] else 1])
        return QuestionDraft("multiple" if several else "single", text, texts, right=right)

    def inline_choice(self, interaction: Element) -> QuestionDraft:
        """A choice that stands in a gap of its text."""
        declared = self.response(interaction)
        names, texts = self.choices(interaction, "inlineChoice")
        right = [names.index(name) for name in declared.right(self._note, False) if name in names]
        text = self.text(lambda element: BLANK if element is interaction else None)
        return QuestionDraft("single", text, texts, right=right)

    def order(self, interaction: Element) -> QuestionDraft:
        """An ordering of all choices."""
        names, texts = self.choices(interaction, "simpleChoice")
        right = self.response(interaction).correct
        if sorted(right) != sorted(names):
            raise Refused("asked-no-answer")
        order = [names.index(name) for name in right]
        return QuestionDraft("ordering", self.around(interaction), texts, order=order)

    def match(self, interaction: Element) -> QuestionDraft:
        """A matching: each of one set with at most one of the other."""
        sets = list(children(interaction, "simpleMatchSet"))
        if len(sets) != 2:
            raise Refused("asked-no-answer")
        (lefts, prompts), (rights, options) = (
            self.choices(match_set, "simpleAssociableChoice") for match_set in sets
        )
        pairs = [pair.split() for pair in self.response(interaction).right(self._note, True)]
        if not all(len(pair) == 2 for pair in pairs):
            raise Refused("asked-no-answer")
        if len({left for left, _ in pairs}) < len(pairs):  # with sides swapped it may be one to one
            if len({right for _, right in pairs}) < len(pairs):
                raise Refused("asked-pairs-many")
            pairs = [[right, left] for left, right in pairs]
            lefts, prompts, rights, options = rights, options, lefts, prompts
        by_left = {left: right for left, right in pairs}
        places = [
            rights.index(by_left[name]) if by_left.get(name) in rights else None for name in lefts
        ]
        return QuestionDraft("matching", self.around(interaction), options, prompts, pairs=places)

    def essay(self, interaction: Element) -> QuestionDraft:
        """An essay; a correct response is its model answer."""
        declared = self.declared.get(interaction.attrib.get("responseIdentifier", ""))
        model = "\n".join(declared.correct) if declared else ""
        return QuestionDraft("essay", self.around(interaction), model=model)

    def entries(self, interactions: list[Element]) -> QuestionDraft:
        """A fill-in, or a number."""
        declared = [self.response(interaction) for interaction in interactions]
        text = self.text(lambda element: BLANK if element.tag == "textEntryInteraction" else None)
        if len(declared) == 1 and declared[0].is_number:
            processing = next(children(self._item, "responseProcessing"), None)
            return QuestionDraft("numeric", text, numbers=number_values(declared[0], processing))
        if any(response.base_type == "float" for response in declared):
            raise Refused("asked-several", count=len(declared))
        return QuestionDraft(
            "fill", text, blanks=[wordings(response, self._note) for response in declared]
        )


_MAKERS: dict[str, Callable[[_Item, Element], QuestionDraft]] = {
    "choiceInteraction": _Item.choice,
    "inlineChoiceInteraction": _Item.inline_choice,
    "orderInteraction": _Item.order,
    "matchInteraction": _Item.match,
    "extendedTextInteraction": _Item.essay,
}


def title_of(item: Element) -> str:
    """Return what an item is called."""
    return " ".join((item.attrib.get("title") or item.attrib.get("identifier", "")).split())

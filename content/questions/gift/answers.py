"""What the braces of a GIFT question say, as a draft (SPEC.md §9.5).

Texts come with their escaped signs hidden (``content.questions.gift.escapes``).
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from content.model.course import LETTERS
from content.model.refused import Refused
from content.questions.gift.escapes import shown
from content.questions.model.answer_keys import number
from content.questions.model.draft import Note, QuestionDraft, Words, labelled
from content.questions.model.identity import BLANK
from content.questions.moodle.text_formats import words_of

_BRACES = re.compile(r"\{([^{}]*)\}")
_FORMAT = re.compile(r"\s*\[(html|markdown|moodle|plain)\]", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>")
_WEIGHT = re.compile(r"%\s*(-?[0-9]{1,3}(?:[.,][0-9]*)?)\s*%")
_TRUE, _FALSE = {"T", "TRUE"}, {"F", "FALSE"}
_ORDERING = re.compile(
    r">[ \t]*\d*[ \t]*(?:ALL|EXACT|RANDOM|REL|CONTIGUOUS|CONTIG)?[ \t]*"
    r"(?:HORIZONTAL|HORI|VERTICAL|VERT|[HV01])?[ \t]*"
    r"(?:ALL_OR_NOTHING|ABSOLUTE\w*|ABS|RELATIVE\w*|REL|LONGEST\w*)?[ \t]*"
    r"(?:SHOW|HIDE|TRUE|FALSE|YES|NO|[01])?[ \t]*(?:none|abc|ABCD|123|iii|IIII)?[ \t]*\n(.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class GiftAnswer:
    """One answer of a question: its text, what it is worth, and the feedback for it."""

    text: str
    weight: Decimal
    feedback: str


def draft_of(body: str, note: Note) -> QuestionDraft:
    """Return the question in ``body``. Raises ``Refused``."""
    groups = list(_BRACES.finditer(body))
    if body.count("{") != len(groups) or body.count("}") != len(groups):
        raise Refused("gift-braces")
    if not groups:
        raise Refused("asked-description")
    if len(groups) > 1:
        return _several_blanks(body, groups, note)
    braces = groups[0]
    after = body[braces.end() :]
    text = body[: braces.start()] + (BLANK + after if after.strip() else "")
    words, format = _words(text, "moodle")
    inside, general = _general(braces[1])
    draft = _drafted(words, format, inside.strip(), note)
    draft.explain.append(_words(general, format)[0])
    return draft


def _drafted(text: Words, format: str, inside: str, note: Note) -> QuestionDraft:
    """Return the draft of the type that the signs in the braces show, tested in Moodle's order."""
    if not inside:
        return QuestionDraft("essay", text)
    if inside.startswith("#"):
        return _numeric(text, format, inside[1:], note)
    if inside.startswith(">"):
        return _ordering(text, format, inside)
    if "~" in inside:
        return _choices(text, format, inside, note)
    if "=" in inside and "->" in inside:
        return _matching(text, format, inside)
    answer, *feedback = inside.split("#", 2)
    if answer.strip().upper() in _TRUE | _FALSE:
        return _true_or_false(text, format, answer.strip().upper() in _TRUE, feedback)
    return _short(text, format, inside, note)


def _choices(text: Words, format: str, inside: str, note: Note) -> QuestionDraft:
    choices = _split(inside, wrong="~", right="=")
    single = "=" in inside
    full = Decimal(100)
    right = [
        place
        for place, choice in enumerate(choices)
        if (choice.weight == full if single else choice.weight > 0)
    ]
    if single and any(0 < choice.weight < full for choice in choices):
        note("note-partial")
    if not single and {c.weight for c in choices if c.weight <= 0} - {Decimal(0), -full}:
        note("note-penalty")  # 0 and -100 both mean all or nothing, as here
    draft = QuestionDraft("single" if single else "multiple", text, right=right)
    draft.options = [_words(choice.text, format)[0] for choice in choices]
    if not single and len(right) == 1:
        note("note-one-of-several")
        draft.kind = "single"
    for place, choice in enumerate(choices):
        _explain_answer(draft, LETTERS[place : place + 1], choice.feedback, format)
    return draft


def _short(text: Words, format: str, inside: str, note: Note) -> QuestionDraft:
    draft = QuestionDraft("fill", text)
    draft.blanks.append(_wordings(draft, inside, format, note))
    return draft


def _wordings(draft: QuestionDraft, inside: str, format: str, note: Note) -> list[str]:
    choices = _split(inside if "=" in inside else "=" + inside, wrong="", right="=")
    wordings = []
    for choice in choices:
        text = _unformatted(choice.text)
        _explain_answer(draft, shown(text), choice.feedback, format)
        if choice.weight == 100:
            if "*" in text.replace("\ufdd0*", ""):
                raise Refused("asked-wildcard", answer=shown(text)[:40])
            wordings.append(shown(text.replace("\ufdd0*", "*").replace("\\*", "*")))
        elif choice.weight > 0:
            note("note-partial")
    return wordings


def _several_blanks(body: str, groups: list[re.Match[str]], note: Note) -> QuestionDraft:
    """Several pairs of braces: blanks of one text, as we write them; Moodle has none such."""
    words, format = _words(_BRACES.sub(BLANK, body), "moodle")
    draft = QuestionDraft("fill", words)
    last = len(groups) - 1
    for number_, group in enumerate(groups):
        inside, general = _general(group[1]) if number_ == last else (group[1], "")
        if not inside.strip().startswith("=") or "~" in inside:
            raise Refused("gift-braces")
        draft.blanks.append(_wordings(draft, inside.strip(), format, note))
        draft.explain.append(_words(general, format)[0])
    return draft


def _numeric(text: Words, format: str, inside: str, note: Note) -> QuestionDraft:
    good, _, wrong = inside.partition("~")
    choices = _split(good if "=" in good else "=" + good, wrong="", right="=")
    draft = QuestionDraft("numeric", text)
    for choice in choices:
        value = shown(_unformatted(choice.text))
        if choice.weight == 100:
            draft.numbers.append(_range(value))
        elif choice.weight > 0:
            note("note-partial")
        _explain_answer(draft, value, choice.feedback, format)
    _explain_answer(draft, "", wrong.partition("#")[2], format)
    return draft


def _range(text: str) -> tuple[str, str]:
    low, dots, high = text.partition("..")
    if dots:
        least, most = Decimal(number(low)), Decimal(number(high))
        return number(format((least + most) / 2, "f")), number(format(abs(most - least) / 2, "f"))
    value, colon, off = text.partition(":")
    return number(value), number(off) if colon else "0"


def _matching(text: Words, format: str, inside: str) -> QuestionDraft:
    draft = QuestionDraft("matching", text)
    places: dict[str, int] = {}
    for pair in inside.split("=")[1:]:
        left, arrow, right = pair.partition("->")
        if not arrow:
            raise Refused("gift-arrow", prompt=shown(pair).strip()[:40])
        prompt, option = _words(left.strip(), format)[0], _words(right.strip(), "plain")[0]
        if option.source and option.source not in places:
            places[option.source] = len(places)
            draft.options.append(option)
        if prompt.source:
            draft.prompts.append(prompt)
            draft.pairs.append(places.get(option.source))
    return draft


def _ordering(text: Words, format: str, inside: str) -> QuestionDraft:
    counted = _ORDERING.fullmatch(inside)
    lines = (counted[1] if counted else inside[1:]).split("\n")
    options = [_words(line.strip(), format)[0] for line in lines if line.strip()]
    return QuestionDraft("ordering", text, options, order=list(range(len(options))))


def _true_or_false(text: Words, format: str, true: bool, feedback: list[str]) -> QuestionDraft:
    draft = QuestionDraft("truefalse", text, right=[0 if true else 1])
    wrong, good = [*feedback, "", ""][:2]
    _explain_answer(draft, "B" if true else "A", wrong, format)
    _explain_answer(draft, "A" if true else "B", good, format)
    return draft


def _explain_answer(draft: QuestionDraft, whom: str, feedback: str, format: str) -> None:
    """Put the feedback for an answer into the explanation, with the answer before it."""
    words = _words(feedback, format)[0]
    if words.source:
        draft.explain.append(labelled(whom, words))


def _split(inside: str, wrong: str, right: str) -> list[GiftAnswer]:
    """Return the answers; each begins with a sign, ``wrong`` or ``right``."""
    parts = re.split(f"([{re.escape(wrong + right)}])", inside)
    choices = []
    for sign, answer in zip(parts[1::2], parts[2::2], strict=True):
        text, _, feedback = answer.partition("#")
        weighed = _WEIGHT.match(text.strip())
        weight = Decimal(100 if sign == right else 0)
        if weighed:
            weight, text = Decimal(weighed[1].replace(",", ".")), text.strip()[weighed.end() :]
        choices.append(GiftAnswer(text.strip(), weight, feedback.strip()))
    return choices


def _general(inside: str) -> tuple[str, str]:
    before, signs, after = inside.rpartition("####")
    return (before, after) if signs else (inside, "")


def words_in(text: str, format: str) -> Words:
    """Return a text that may have its format before it in brackets."""
    return _words(text, format)[0]


def _words(text: str, format: str) -> tuple[Words, str]:
    """Return a text and its format: the one before it in brackets, else ``format``."""
    named = _FORMAT.match(text)
    if named:
        format, text = named[1].lower(), text[named.end() :]
    # Moodle's own format shows no blanks at the beginning of a line: they only order the file.
    if format == "moodle" and not _MARKUP.search(text):
        text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
    return words_of(shown(text.strip()), format), format


def _unformatted(text: str) -> str:
    """Return an accepted wording or number without the format before it: it is always plain."""
    named = _FORMAT.match(text)
    return text[named.end() :].strip() if named else text

"""Cloze: Moodle's text with ``{1:SHORTANSWER:=two~=2}`` in it, as one question (SPEC.md §9.6).

Blanks for words make a fill-in. A text whose only blank offers options or takes a number is that
choice, or that number, with the blank in its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from content.model.course import LETTERS
from content.model.refused import Refused
from content.questions.model.draft import Note, QuestionDraft, Words, labelled
from content.questions.model.html_text import plainly
from content.questions.model.identity import BLANK

_BLANK = re.compile(r"\{(\d*):([A-Z_]+):((?:[^}\\]|\\.)*)\}", re.DOTALL)
_SHORT = {"SHORTANSWER", "SA", "MW"}
_EXACT = {"SHORTANSWER_C", "SAC", "MWC"}
_NUMBER = {"NUMERICAL", "NM"}
_ONE = {"MULTICHOICE", "MC"} | {f"{name}{how}" for name in ("MULTICHOICE_", "MC")
                                for how in ("V", "H", "S", "VS", "HS")}  # fmt: skip
_SEVERAL = {"MULTIRESPONSE", "MR"} | {f"{name}{how}" for name in ("MULTIRESPONSE_", "MR")
                                      for how in ("H", "S", "HS")}  # fmt: skip
KNOWN = _SHORT | _EXACT | _NUMBER | _ONE | _SEVERAL
_PARTS = re.compile(r"(?:[^~\\]|\\.|\\$)+", re.DOTALL)
_SIGNS = '\\}#~/"*'
_ESCAPED = re.compile(r"\\([\\}#~/\"*])")
_WEIGHT = re.compile(r"%(-?[0-9.]+)%")
_FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class ClozeAnswer:
    """One answer to a blank: its text and its feedback, what it is worth."""

    text: str
    worth: Decimal
    feedback: str


def stands_in(text: str) -> bool:
    """Tell whether a text has a blank of Cloze in it."""
    return any(blank[2] in KNOWN for blank in _BLANK.finditer(text))


def draft_of(text: Words, note: Note) -> QuestionDraft:
    """Return the question. Raises ``Refused`` where its blanks are of kinds that do not join."""
    blanks = list(_BLANK.finditer(text.source))
    if not blanks:
        raise Refused("asked-no-answer")
    with_blanks = Words(_BLANK.sub(BLANK, text.source), text.html)
    others = [blank for blank in blanks if blank[2] not in _SHORT | _EXACT]
    if others and (len(blanks) > 1 or others[0][2] not in KNOWN):
        raise Refused("asked-cloze", type=others[0][2][:40])
    if others:
        maker = _numeric if others[0][2] in _NUMBER else _choice
        return maker(others[0], with_blanks, note)
    if any(blank[2] in _EXACT for blank in blanks):
        note("note-case")
    wordings = [_wordings(blank[3], note, html=text.html) for blank in blanks]
    return QuestionDraft("fill", with_blanks, blanks=wordings)


def _choice(blank: re.Match[str], text: Words, note: Note) -> QuestionDraft:
    answers = list(_answers(blank[3]))
    if len(answers) < 2:
        raise Refused("asked-cloze", type=blank[2][:40])
    several = blank[2] in _SEVERAL
    right = [n for n, a in enumerate(answers) if (a.worth > 0 if several else a.worth == _FULL)]
    if not several and any(0 < answer.worth < _FULL for answer in answers):
        note("note-partial")
    if several and len(right) == 1:
        note("note-one-of-several")
        several = False
    draft = QuestionDraft("multiple" if several else "single", text, right=right)
    draft.options = [Words(_shown(answer.text).strip(), text.html) for answer in answers]
    for letter, answer in zip(LETTERS, answers, strict=False):
        if answer.feedback:
            draft.explain.append(labelled(letter, Words(answer.feedback, text.html)))
    return draft


def _numeric(blank: re.Match[str], text: Words, note: Note) -> QuestionDraft:
    draft = QuestionDraft("numeric", text)
    for answer in _answers(blank[3]):
        value, _, off = _shown(answer.text).partition(":")
        if answer.worth == _FULL:
            draft.numbers.append((value.strip(), off.strip() or "0"))
        elif answer.worth > 0:
            note("note-partial")
        if answer.feedback:
            label = "" if value.strip() == "*" else value.strip()
            draft.explain.append(labelled(label, Words(answer.feedback, text.html)))
    return draft


def _wordings(inside: str, note: Note, *, html: bool) -> list[str]:
    wordings = []
    for answer in _answers(inside):
        if answer.feedback:
            note("note-feedback")
        if answer.worth == _FULL:
            plain = plainly(answer.text) if html else answer.text
            if plain is None or "*" in plain:
                raise Refused("asked-wildcard", answer=_shown(answer.text)[:40])
            wordings.append(_shown(plain))
        elif answer.worth > 0:
            note("note-partial")
    return wordings


def _answers(inside: str) -> Iterator[ClozeAnswer]:
    """Yield the answers to a blank; escaped signs in their texts are hidden."""
    for part in _PARTS.findall(inside):
        weighed = _WEIGHT.match(part)
        worth = Decimal(weighed[1]) if weighed else Decimal(100 if part.startswith("=") else 0)
        rest = _ESCAPED.sub(_hidden, part[weighed.end() if weighed else 0 :])
        text, _, feedback = rest.partition("#")
        yield ClozeAnswer(
            text if weighed else text.removeprefix("="), worth, _shown(feedback).strip()
        )


def _hidden(match: re.Match[str]) -> str:
    """An escaped sign as a noncharacter, which hides it until the rest is read."""
    return chr(0xFDD0 + _SIGNS.index(match[1]))


def _shown(text: str) -> str:
    return re.sub("[\ufdd0-\ufdd7]", lambda match: _SIGNS[ord(match[0]) - 0xFDD0], text)

"""Cloze: Moodle's text with ``{1:SHORTANSWER:=two~=2}`` in it, as a fill-in (SPEC.md §9.6)."""

import re
from decimal import Decimal

from content.model.refused import Refused
from content.questions.model.draft import Note, QuestionDraft, Words
from content.questions.model.html_text import plainly
from content.questions.model.identity import BLANK

_BLANK = re.compile(r"\{(\d*):([A-Z_]+):((?:[^}\\]|\\.)*)\}", re.DOTALL)
_SHORT = {"SHORTANSWER", "SA", "MW"}
_EXACT = {"SHORTANSWER_C", "SAC", "MWC"}
_PARTS = re.compile(r"(?:[^~\\]|\\.|\\$)+", re.DOTALL)
_SIGNS = '\\}#~/"*'
_ESCAPED = re.compile(r"\\([\\}#~/\"*])")
_WEIGHT = re.compile(r"%(-?[0-9.]+)%")


def draft_of(text: Words, note: Note) -> QuestionDraft:
    """Return the fill-in. Raises ``Refused`` where a blank offers choices or takes numbers."""
    source = text.source
    blanks = []
    for blank in _BLANK.finditer(source):
        if blank[2] in _EXACT:
            note("note-case")
        elif blank[2] not in _SHORT:
            raise Refused("asked-cloze", type=blank[2][:40])
        blanks.append(_wordings(blank[3], note, html=text.html))
    if not blanks:
        raise Refused("asked-no-answer")
    return QuestionDraft("fill", Words(_BLANK.sub(BLANK, source), text.html), blanks=blanks)


def _wordings(inside: str, note: Note, *, html: bool) -> list[str]:
    wordings = []
    for part in _PARTS.findall(inside):
        weighed = _WEIGHT.match(part)
        worth = Decimal(weighed[1]) if weighed else Decimal(100 if part.startswith("=") else 0)
        text, _, feedback = _ESCAPED.sub(
            _hidden, part[weighed.end() if weighed else 0 :]
        ).partition("#")
        if feedback.strip():
            note("note-feedback")
        if worth == 100:
            text = text if weighed else text.removeprefix("=")
            plain = plainly(text) if html else text
            if plain is None or "*" in plain:
                raise Refused("asked-wildcard", answer=_shown(text)[:40])
            wordings.append(_shown(plain))
        elif worth > 0:
            note("note-partial")
    return wordings


def _hidden(match: re.Match[str]) -> str:
    """An escaped sign as a noncharacter, which hides it until the rest is read."""
    return chr(0xFDD0 + _SIGNS.index(match[1]))


def _shown(text: str) -> str:
    return re.sub("[\ufdd0-\ufdd7]", lambda match: _SIGNS[ord(match[0]) - 0xFDD0], text)

"""Answer keys: makes the key of a question from its draft, or refuses it (SPEC.md §9.3)."""

import re
import unicodedata
from dataclasses import replace
from decimal import Context, Decimal

from content.model.course import LETTERS, Question
from content.model.question_rules import NOTHING, written_chars
from content.model.refused import Refused
from content.questions.model.draft import QuestionDraft
from content.questions.model.identity import count_blanks, count_brackets, with_blanks
from content.questions.model.plain_text import without_invisible
from sync.facts.grading import (
    BLANKS,
    DECIMAL,
    ESSAY,
    MATCHING,
    ORDERING,
    WORDINGS,
    number_key,
    text_key,
)

_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_LONG = re.compile(r"[+-]?(?:[0-9]{1,15}\.[0-9]{0,60}|\.[0-9]{1,60})(?:e[+-]?[0-9]{1,2})?")
_DIGITS = Context(prec=15)
_LAST = Decimal("1e-15")


def keyed(question: Question, draft: QuestionDraft) -> Question:
    """Return the question with its key. Raises ``Refused``."""
    if not question.text:
        raise Refused("asked-empty")
    if not all(question.options + question.prompts):
        raise Refused("asked-option-empty")
    if len(question.options) > len(LETTERS):
        raise Refused("question-options", count=len(question.options), limit=len(LETTERS))
    makers = {
        "fill": _fill,
        "numeric": _numeric,
        "matching": _matching,
        "ordering": _ordering,
        "essay": _essay,
    }
    return makers.get(draft.kind, _choice)(question, draft)


def _choice(question: Question, draft: QuestionDraft) -> Question:
    right = sorted(set(draft.right))
    if not right:
        raise Refused("asked-no-answer")
    if right[-1] >= len(question.options):
        raise Refused("asked-answer-unknown", answer=LETTERS[right[-1] : right[-1] + 1] or "…")
    if question.type in ("single", "truefalse") and len(right) > 1:
        raise Refused("asked-one-right", count=len(right))
    if question.type == "multiple" and len(right) < 2:
        raise Refused("asked-several-right")
    return replace(question, answer="".join(LETTERS[place] for place in right))


def _fill(question: Question, draft: QuestionDraft) -> Question:
    blanks = [_wordings(wordings) for wordings in draft.blanks]
    if not blanks or not all(blanks):
        raise Refused("asked-no-answer")
    longest = max(len(wording) for wordings in blanks for wording in wordings)
    limit = written_chars(len(blanks))
    if longest > limit:
        raise Refused("asked-answer-long", size=longest, limit=limit)
    text = with_blanks(question.text, len(blanks), rich=question.rich)
    there = count_blanks(text, rich=question.rich)
    if (there or 1) != len(blanks):
        count = there or count_brackets(text, rich=question.rich)
        raise Refused("fill-blank", count=count, answers=len(blanks))
    return replace(question, text=text, answer=text_key(blanks))


def _wordings(texts: list[str]) -> list[str]:
    wordings = [" ".join(without_invisible(text).split()) for text in texts]
    if any(WORDINGS in text or BLANKS in text for text in wordings):
        raise Refused("asked-bar")
    return list(dict.fromkeys(text for text in wordings if text))


def _numeric(question: Question, draft: QuestionDraft) -> Question:
    if not draft.numbers:
        raise Refused("asked-no-answer")
    values = [(number(value), number(off).removeprefix("-")) for value, off in draft.numbers]
    return replace(question, answer=number_key(dict.fromkeys(values)))


def number(text: str) -> str:
    """Return a number as keys have it: 1,200 without its comma, without digits of rounding.

    Raises:
        Refused: it is not a number.
    """
    digits = unicodedata.normalize("NFKC", text).strip().replace("−", "-").lower()
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    if not DECIMAL.fullmatch(digits) and _LONG.fullmatch(digits):
        # Programs write 3.1465899999999998: only fifteen digits of such a number mean anything.
        value = _DIGITS.create_decimal(digits).normalize()
        near = value.quantize(_LAST) if -7 < value.adjusted() < 0 else value
        digits = format(near.normalize(), "f" if near.adjusted() > -7 else "e") if value else "0"
    if not DECIMAL.fullmatch(digits):
        raise Refused("asked-number", value=text.strip()[:40])
    plain = format(Decimal(digits).normalize() + 0, "f")
    return plain if DECIMAL.fullmatch(plain) else digits


def _matching(question: Question, draft: QuestionDraft) -> Question:
    pairs = draft.pairs
    if len(pairs) != len(question.prompts):
        raise Refused("asked-no-answer")
    letters = _letters_of(question, draft)
    answer = "".join(NOTHING if place is None else letters[place] for place in pairs)
    return replace(_lettered(question, letters), answer=MATCHING + answer)


def _ordering(question: Question, draft: QuestionDraft) -> Question:
    if sorted(draft.order) != list(range(len(question.options))):
        raise Refused("asked-no-answer")
    letters = _letters_of(question, draft)
    answer = "".join(letters[place] for place in draft.order)
    return replace(_lettered(question, letters), answer=ORDERING + answer)


def _essay(question: Question, draft: QuestionDraft) -> Question:
    return replace(question, answer=ESSAY + without_invisible(draft.model).strip())


def _letters_of(question: Question, draft: QuestionDraft) -> str:
    """Return the letter of each option: as the draft says, else in the order of the options."""
    plain = LETTERS[: len(question.options)]
    return draft.letters if "".join(sorted(draft.letters)) == plain else plain


def _lettered(question: Question, letters: str) -> Question:
    by_letter = dict(zip(letters, question.options, strict=True))
    return replace(question, options=tuple(by_letter[letter] for letter in sorted(letters)))

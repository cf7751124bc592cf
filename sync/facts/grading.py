"""Grading: what an attempt is worth (SPEC.md §8.8).

From the answers and the key, never from a score that a node claims. Only the hub has the key.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sync.facts.attempts import Attempt
from sync.facts.paper import ExamRule, paper

# §8.8  What the first character of a key says.
NUMBER, MATCHING, ORDERING, ESSAY, TEXT = "#", "=", ">", "*", '"'
# What separates the accepted wordings of one blank, and the blanks of one question.
WORDINGS, BLANKS = "|", "‖"
# A number as people type it; keys are written so too. More digits are no question of a course.
DECIMAL = re.compile(
    r"[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})(e[+-]?[0-9]{1,2})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one attempt. ``score`` is in hundredths of the whole, rounded down."""

    exam: str
    attempt: int
    right: int
    total: int
    score: int
    passed: bool
    began: int
    submitted_at: int


def letters(chosen: Iterable[str]) -> str:
    """The options somebody chose, as a response: each letter once, ascending (§8.8)."""
    return "".join(sorted(set(chosen)))


def right(response: str, answer: str) -> bool:
    """Whether ``response`` is ``answer``; the first character of the answer says what it is.

    ``#`` a number with its tolerance; ``=`` and ``>`` the letters of a matching and an
    ordering; ``*`` an essay, which no machine marks; ``"`` a text. Anything else: letters ("AC",
    ascending in the key) must be the same set; a text is compared as below.
    """
    # §8.8  The first character says how the key is read.
    mark, value = answer[:1], answer[1:]
    if mark == NUMBER:
        return _near(response, value)
    if mark in (MATCHING, ORDERING):
        return "".join(response.upper().split()) == value
    if mark == ESSAY:
        return False
    if mark == TEXT:
        return _same_text(response, value)
    if is_letters(answer):
        return letters(response.strip().upper()) == answer
    return _same_text(response, answer)


def is_letters(answer: str) -> bool:
    """Whether a key without a mark names options: each letter once, ascending."""
    return answer.isascii() and answer.isupper() and answer == letters(answer)


def text_key(blanks: Iterable[Iterable[str]]) -> str:
    """The key of a fill-in: the accepted wordings of each blank, marked where it must be.

    No wording may hold ``|`` or ``‖``, which separate wordings and blanks.
    """
    written = BLANKS.join(WORDINGS.join(wordings) for wordings in blanks)
    doubtful = written[:1] in (NUMBER, MATCHING, ORDERING, ESSAY, TEXT) or is_letters(written)
    return TEXT + written if doubtful else written


def accepted(key: str) -> tuple[tuple[str, ...], ...]:
    """The wordings of each blank, out of the key of a fill-in."""
    blanks = key.removeprefix(TEXT).split(BLANKS)
    return tuple(tuple(blank.split(WORDINGS)) for blank in blanks)


def number_key(values: Iterable[tuple[str, str]]) -> str:
    """The key of a numeric question: each accepted value with its tolerance, as decimals."""
    return NUMBER + WORDINGS.join(f"{value}~{tolerance}" for value, tolerance in values)


def grade(
    attempt: Attempt, number: int, rule: ExamRule, key: Mapping[str, str], learner: str
) -> Result | None:
    """The result of ``attempt``, or None while it is not handed in.

    The paper is drawn again: answers to questions that are not on it do not count, and a question
    left out is a wrong one. ``key`` gives the right answer of each ``course/question``.
    """
    submission = attempt.submission
    if submission is None:
        return None
    responses = attempt.responses()
    # §8.7  The paper is drawn again, whatever the node showed.
    asked = paper(rule, learner, number)
    marks = sum(right(responses[q], key[q]) for q in asked if responses.get(q))
    # §8.8  Whole hundredths, rounded down: the same at both ends.
    score = marks * 100 // len(asked)
    return Result(
        exam=rule.item,
        attempt=number,
        right=marks,
        total=len(asked),
        score=score,
        passed=score >= rule.pass_percent,
        began=attempt.start.at if attempt.start else submission.began,
        submitted_at=submission.at,
    )


def _near(response: str, values: str) -> bool:
    # §8.8  Thousands commas are no part of the number.
    typed = _folded(response).replace(",", "")
    if not DECIMAL.fullmatch(typed):
        return False
    pairs = [text.partition("~") for text in values.split(WORDINGS)]
    return any(
        abs(Decimal(typed) - Decimal(value)) <= Decimal(tolerance or "0")
        for value, _, tolerance in pairs
    )


def _same_text(response: str, answer: str) -> bool:
    blanks, responses = answer.split(BLANKS), response.split(BLANKS)
    return len(blanks) == len(responses) and all(
        _folded(text) in {_folded(wording) for wording in wordings.split(WORDINGS)}
        for text, wordings in zip(responses, blanks, strict=True)
    )


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())

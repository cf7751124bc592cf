"""Grading: what an attempt is worth (SPEC.md §8.8).

From the answers and the key, never from a score that a node claims. Only the hub has the key.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sync.facts.attempts import Attempt
from sync.facts.paper import ExamRule, paper


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
    """Whether ``response`` is ``answer``.

    Letters ("AC", ascending in the key) must be the same set. A text may be one of several,
    parted by ``|``; width, case and spaces do not matter (NFKC).
    """
    if answer.isascii() and answer.isupper() and answer == letters(answer):
        return letters(response.strip().upper()) == answer
    return _folded(response) in {_folded(one) for one in answer.split("|")}


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
    given = attempt.responses()
    asked = paper(rule, learner, number)
    marks = sum(right(given[q], key[q]) for q in asked if given.get(q))
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


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())

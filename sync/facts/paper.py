"""Paper: which questions a learner gets in an exam, in which order (SPEC.md §8.7).

Drawn from a seed that both ends can form, so that the hub redraws the paper instead of believing
the node. SHA-256 as the source: Python's own generator may change between versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

_Any = TypeVar("_Any")


@dataclass(frozen=True, slots=True)
class ExamRule:
    """How an exam is drawn and judged. ``item`` is ``course/item``; ``questions`` the pool as
    ``course/question`` in the order of the bank; ``salt`` is different for each release."""

    item: str
    questions: tuple[str, ...]
    draw: int
    minutes: int
    pass_percent: int
    attempts: int
    salt: str


def paper(rule: ExamRule, learner: str, attempt: int) -> tuple[str, ...]:
    """The questions of ``learner``'s paper in their order; the same at both ends."""
    # §8.7  salt LF exam LF learner LF attempt; the place in the pool comes last.
    drawn = shuffled(rule.questions, f"{rule.salt}\n{rule.item}\n{learner}\n{attempt}")
    return drawn[: rule.draw]


def option_order(
    rule: ExamRule, learner: str, attempt: int, question: str, options: int
) -> tuple[int, ...]:
    """In which order the options of ``question`` are shown. Responses name the bank's letters."""
    # §8.7  The question before the place: options of two questions are not ordered alike.
    seed = f"{rule.salt}\n{rule.item}\n{learner}\n{attempt}\n{question}"
    return shuffled(range(options), seed)


def shuffled(values: Sequence[_Any], seed: str) -> tuple[_Any, ...]:
    """``values`` in the order that ``seed`` gives: sorted by SHA-256 of seed and place (§8.7)."""
    # The seed is hashed once: grading redraws papers from pools of a thousand.
    seeded = sha256(f"{seed}\n".encode())
    marks = []
    for place in range(len(values)):
        mark = seeded.copy()
        mark.update(b"%d" % place)
        marks.append(mark.digest())
    return tuple([values[place] for place in sorted(range(len(values)), key=marks.__getitem__)])

"""Attempt: one sitting of an exam by one learner at one node (SPEC.md §8.4).

All that is known of it is kept, as sets; what counts is read from them: the answers that the node
noted before the first hand-in. Grading is in ``sync.facts.grading``.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import NamedTuple

# §8.4  The lowest byte of an attempt's number says which try it is; above it stand 16 bits.
TRIES = 256
MARKS = 65_536


def numbered_try(ordinal: int, mark: int) -> int:
    """The number of an attempt that begins as the learner's ``ordinal``-th try (§8.4).

    ``mark`` (below ``MARKS``) is drawn when it begins: what a station noted on two copies of its
    data is of two attempts, although both call it the first try.
    """
    return ordinal + TRIES * mark


def ordinal_of(attempt: int) -> int:
    """Which try an attempt is. Of before marks were drawn the number is the try's."""
    return attempt % TRIES


class Start(NamedTuple):
    """The attempt began: where in the node's journal, when, with which version of the pack."""

    epoch: int
    seq: int
    at: int
    version: int


class Submission(NamedTuple):
    """It was handed in: where in the journal, when; the node's claims beside it."""

    epoch: int
    seq: int
    at: int
    began: int
    claimed: int
    given_back: int


class Given(NamedTuple):
    """One answer to one question: where in the journal, when, what."""

    epoch: int
    seq: int
    at: int
    response: str


@dataclass(slots=True)
class Attempt:
    """What is known of one attempt. Merging any two of these is a union."""

    start: Start | None = None
    submission: Submission | None = None
    answers: dict[str, list[Given]] = field(default_factory=dict)

    def add_start(self, start: Start) -> None:
        """The earliest start in the journal counts."""
        self.start = start if self.start is None else min(self.start, start)

    def add_submission(self, submission: Submission) -> None:
        """The earliest hand-in counts: an attempt stays as it was handed in."""
        known = self.submission
        self.submission = submission if known is None else min(known, submission)

    def add_answer(self, question: str, given: Given) -> None:
        """Keep ``given``, once, in the order of the journal."""
        known = self.answers.get(question)
        if known is None:
            self.answers[question] = [given]
            return
        # §8.4  A set, kept in the journal's order; the same answer again changes nothing.
        at = bisect_left(known, given)
        if at == len(known) or known[at] != given:
            known.insert(at, given)

    def merge(self, other: Attempt) -> None:
        """Take in all that ``other`` knows."""
        if other.start:
            self.add_start(other.start)
        if other.submission:
            self.add_submission(other.submission)
        for question, answers in other.answers.items():
            for given in answers:
                self.add_answer(question, given)

    def responses(self) -> dict[str, str]:
        """The last answer to each question before the hand-in (so far, if there was none)."""
        # §8.4  The journal decides what was answered before the hand-in, not the clock.
        closed = self.submission[:2] if self.submission else None
        counted: dict[str, str] = {}
        for question, answers in self.answers.items():
            for given in answers:
                if closed is None or given[:2] < closed:
                    counted[question] = given.response
        return counted

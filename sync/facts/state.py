"""Facts: all that follows from the records of one learner (SPEC.md §8).

A join-semilattice: a record is folded in by union, maximum or minimum, so that order, repetition
and splitting cannot matter, and two states made apart merge into the same as one made together.
The node folds its own learners, the hub all of them, with this code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from sync.facts.attempts import Attempt, Given, Start, Submission
from sync.facts.spans import Spans, add, covered, pairs, union
from sync.records import Kind, Record

# Members of an enumeration are slow to reach, and each record asks for them.
_STUDY, _PRACTICE, _EXAM_START, _EXAM_ANSWER, _EXAM_SUBMIT, _SURVEY = Kind

# A named tuple's own constructor is a Python function: a third slower.
_new = tuple.__new__


class Place(NamedTuple):
    """The last place in an item; the greatest wins (§8.2)."""

    at: int
    node: int
    epoch: int
    seq: int
    second: int


class Practised(NamedTuple):
    """The last practice answer to a question; the greatest wins (§8.3)."""

    at: int
    node: int
    epoch: int
    seq: int
    correct: bool
    response: str


class Voted(NamedTuple):
    """The last answer to a survey question; the greatest wins (§8.5)."""

    at: int
    node: int
    epoch: int
    seq: int
    value: int
    response: str


AttemptKey = tuple[str, int, int]


@dataclass(slots=True)
class Facts:
    """The facts of one learner.

    ``studied`` and ``places`` by ``course/item``; ``practised`` and ``ever_wrong`` by
    ``course/question``; ``attempts`` by (exam, attempt, node); ``votes`` by ``course/question``.
    """

    studied: dict[str, Spans] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    practised: dict[str, Practised] = field(default_factory=dict)
    ever_wrong: set[str] = field(default_factory=set)
    attempts: dict[AttemptKey, Attempt] = field(default_factory=dict)
    votes: dict[str, Voted] = field(default_factory=dict)

    def add(self, node: int, epoch: int, record: Record) -> None:
        """Fold in one record that ``node`` noted in ``epoch``; twice is once."""
        self.add_all(node, epoch, (record,))

    def add_all(self, node: int, epoch: int, records: Iterable[Record]) -> None:
        """Fold in records of this learner that ``node`` noted in ``epoch``.

        One loop and local names on purpose: the hub spends much of its time here.
        """
        studied, places, practised = self.studied, self.places, self.practised
        for seq, at, kind, _, object_name, response, exam, numbers in records:
            # §8.2  Union of spans; the place by the greatest (at, node, epoch, seq).
            if kind is _STUDY:
                spans = studied.get(object_name)
                if spans is None:
                    spans = studied[object_name] = []
                add(spans, numbers[0], numbers[1])
                place = Place(at, node, epoch, seq, numbers[1])
                known = places.get(object_name)
                if known is None or place > known:
                    places[object_name] = place
            # §8.3  The last answer by the same order; whether any was wrong.
            elif kind is _PRACTICE:
                correct = numbers[0] != 0
                mark = _new(Practised, (at, node, epoch, seq, correct, response))
                before = practised.get(object_name)
                if before is None or mark > before:
                    practised[object_name] = mark
                if not correct:
                    self.ever_wrong.add(object_name)
            # §8.5  The last answer by the same order.
            elif kind is _SURVEY:
                self._vote(object_name, Voted(at, node, epoch, seq, numbers[0], response))
            else:
                self._sit(node, epoch, seq, at, kind, object_name, response, exam, numbers)

    def _sit(
        self, node: int, epoch: int, seq: int, at: int, kind: Kind,
        object_name: str, response: str, exam: str, numbers: tuple[int, ...],
    ) -> None:  # fmt: skip
        """Fold in one record of an exam."""
        # §8.4  Per (exam, attempt, node). An answer names its exam beside the question.
        attempt = self._attempt((exam if kind is _EXAM_ANSWER else object_name, numbers[0], node))
        if kind is _EXAM_ANSWER:
            attempt.add_answer(object_name, _new(Given, (epoch, seq, at, response)))
        elif kind is _EXAM_START:
            attempt.add_start(Start(epoch, seq, at, numbers[1]))
        else:
            attempt.add_submission(Submission(epoch, seq, at, *numbers[1:]))

    def merge(self, other: Facts) -> None:
        """Take in all that ``other`` knows of the same learner."""
        for item, spans in other.studied.items():
            self.studied[item] = union(self.studied.get(item, []), spans)
        for item, place in other.places.items():
            self.places[item] = max(self.places.get(item, place), place)
        for question, practised in other.practised.items():
            self._practise(question, practised)
        self.ever_wrong |= other.ever_wrong
        for key, attempt in other.attempts.items():
            self._attempt(key).merge(attempt)
        for question, voted in other.votes.items():
            self._vote(question, voted)

    def position(self, item: str) -> int:
        """The second at which to go on in ``course/item``; 0 if it was never opened."""
        place = self.places.get(item)
        return place.second if place else 0

    def watched(self, item: str) -> list[tuple[int, int]]:
        """The stretches of ``course/item`` that were studied, as (start, end) seconds."""
        return pairs(self.studied.get(item, []))

    def seconds(self, item: str, until: int | None = None) -> int:
        """How many different seconds of ``course/item`` were studied, up to ``until``."""
        return covered(self.studied.get(item, []), until)

    def mistakes(self) -> list[str]:
        """The practice questions whose last answer is wrong, oldest first."""
        wrong = [(mark.at, q) for q, mark in self.practised.items() if not mark.correct]
        return [question for _, question in sorted(wrong)]

    def _attempt(self, key: AttemptKey) -> Attempt:
        attempt = self.attempts.get(key)
        if attempt is None:
            attempt = self.attempts[key] = Attempt()
        return attempt

    def _practise(self, question: str, new: Practised) -> None:
        known = self.practised.get(question)
        if known is None or new > known:
            self.practised[question] = new

    def _vote(self, question: str, new: Voted) -> None:
        known = self.votes.get(question)
        if known is None or new > known:
            self.votes[question] = new

    def to_bytes(self) -> bytes:
        """The canonical form: equal facts give equal bytes (§8.6)."""
        # §8.6  Sorted keys, no spaces, UTF-8: one way to write equal facts.
        document = {
            "studied": self.studied,
            "places": self.places,
            "practised": self.practised,
            "ever_wrong": sorted(self.ever_wrong),
            "attempts": [
                [*key, attempt.start, attempt.submission, attempt.answers]
                for key, attempt in sorted(self.attempts.items())
            ],
            "votes": self.votes,
        }
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Facts:
        """The facts that ``to_bytes`` wrote. For our own stores: what a peer sends is folded."""
        document: dict[str, Any] = json.loads(raw)
        return cls(
            studied=document["studied"],
            places={key: Place(*v) for key, v in document["places"].items()},
            practised={key: Practised(*v) for key, v in document["practised"].items()},
            ever_wrong=set(document["ever_wrong"]),
            attempts={
                (exam, number, node): Attempt(
                    Start(*start) if start else None,
                    Submission(*submission) if submission else None,
                    {q: [Given(*row) for row in rows] for q, rows in answers.items()},
                )
                for exam, number, node, start, submission, answers in document["attempts"]
            },
            votes={key: Voted(*v) for key, v in document["votes"].items()},
        )

    def digest(self) -> bytes:
        """32 bytes that are equal for equal facts."""
        return sha256(self.to_bytes()).digest()

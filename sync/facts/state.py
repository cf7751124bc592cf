"""Facts: all that follows from the records of one learner (SPEC.md §8).

A join-semilattice: a record is folded in by union, maximum or minimum, so that order, repetition
and splitting cannot matter, and two states made apart merge into the same as one made together.
The node folds its own learners, the hub all of them, with this code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import Any, NamedTuple

from sync.facts.attempts import Attempt, Given, Start, Submission
from sync.facts.spans import Spans, add, covered, day_of, edges, of_edges, pairs, union
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


def days_at_most(flat: Sequence[int], place: Place | None) -> list[int]:
    """Days for the stretches of an item of which the state before there were days tells none.

    The day of the last record: what was noted was noted then or before, so nothing is done too
    early by it. Folding the records again finds the true days.
    """
    # §8.6  Each study record leaves a place, so only an item without stretches has none.
    return [day_of(place.at)] * (len(flat) // 2) if place else []


def answered_at_most(practised: Mapping[str, Practised]) -> dict[str, int]:
    """The same for questions: the day of the last answer."""
    return {question: day_of(mark.at) for question, mark in practised.items()}


@dataclass(slots=True)
class Facts:
    """The facts of one learner.

    ``studied`` and ``places`` by ``course/item``; ``practised``, ``answered_on`` (the least day)
    and ``ever_wrong`` by ``course/question``; ``attempts`` by (exam, attempt, node); ``votes`` by
    ``course/question``.
    """

    studied: dict[str, Spans] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    practised: dict[str, Practised] = field(default_factory=dict)
    answered_on: dict[str, int] = field(default_factory=dict)
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
            # §8.2  Each second with its least day; the place by the greatest (at, node, epoch, …).
            if kind is _STUDY:
                spans = studied.get(object_name)
                if spans is None:
                    spans = studied[object_name] = []
                add(spans, numbers[0], numbers[1], day_of(at))
                place = Place(at, node, epoch, seq, numbers[1])
                known = places.get(object_name)
                if known is None or place > known:
                    places[object_name] = place
            # §8.3  The last answer by the same order, the least day; whether any was wrong.
            elif kind is _PRACTICE:
                correct = numbers[0] != 0
                mark = _new(Practised, (at, node, epoch, seq, correct, response))
                before = practised.get(object_name)
                if before is None:
                    practised[object_name] = mark
                    self.answered_on[object_name] = day_of(at)
                elif mark > before:  # not on an earlier day
                    practised[object_name] = mark
                else:
                    self._answer_on(object_name, day_of(at))
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
        for question, day in other.answered_on.items():
            self._answer_on(question, day)
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
        """What was studied of ``course/item``, as (start, end) seconds, whatever the day."""
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

    def _answer_on(self, question: str, day: int) -> None:
        known = self.answered_on.get(question)
        if known is None or day < known:
            self.answered_on[question] = day

    def _vote(self, question: str, new: Voted) -> None:
        known = self.votes.get(question)
        if known is None or new > known:
            self.votes[question] = new

    def to_bytes(self, days: bool = True) -> bytes:
        """The canonical form: equal facts give equal bytes (§8.6).

        Without ``days`` it is the form of before there were any.
        """
        # §8.6  Sorted keys, no spaces, UTF-8: one way to write equal facts. Days stand beside the
        # stretches and not among them, so that nodes of before there were days read the rest.
        document: dict[str, Any] = {
            "studied": {
                item: edges(spans) if days else [*chain.from_iterable(pairs(spans))]
                for item, spans in self.studied.items()
            },
            "places": self.places,
            "practised": self.practised,
            "ever_wrong": sorted(self.ever_wrong),
            "attempts": [
                [*key, attempt.start, attempt.submission, attempt.answers]
                for key, attempt in sorted(self.attempts.items())
            ],
            "votes": self.votes,
        }
        if days:
            document["studied_on"] = {item: spans[2::3] for item, spans in self.studied.items()}
            document["answered_on"] = self.answered_on
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Facts:
        """The facts that ``to_bytes`` wrote, also before there were days.

        For our own stores and the hub's orders: what a peer sends is folded.
        """
        document: dict[str, Any] = json.loads(raw)
        places = {key: Place(*v) for key, v in document["places"].items()}
        practised = {key: Practised(*v) for key, v in document["practised"].items()}
        studied, days = document["studied"], document.get("studied_on")
        return cls(
            studied={
                item: of_edges(flat, days[item] if days else days_at_most(flat, places.get(item)))
                for item, flat in studied.items()
            },
            places=places,
            practised=practised,
            answered_on=document.get("answered_on", answered_at_most(practised)),
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

    def digest(self, days: bool = True) -> bytes:
        """32 bytes that are equal for equal facts; without ``days`` whatever their days are."""
        return sha256(self.to_bytes(days)).digest()

"""Records for the protocol's tests: every kind, and hypothesis strategies for them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hypothesis import strategies as st

from sync.records import Kind, Record

LEARNERS = ("440604001", "440604002", "李雷-7")
ITEMS = ("food/video", "food/video~2", "price/video")
QUESTIONS = ("food/q1", "food/q2", "price/q1")
RESPONSES = ("A", "AC", "三十日", "")


def record_of(
    seq: int, at: int, kind: Kind, learner: str, place: int, numbers: tuple[int, ...], response: str
) -> Record:
    """A record that fits its kind; the caller draws the values."""
    item, question = ITEMS[place % 3], QUESTIONS[place % 3]
    if kind is Kind.STUDY:
        return Record(seq, at, kind, learner, item, numbers=(numbers[0], numbers[0] + numbers[1]))
    if kind is Kind.PRACTICE:
        return Record(seq, at, kind, learner, question, response, "", (numbers[0] % 2, numbers[1]))
    if kind is Kind.EXAM_START:
        return Record(seq, at, kind, learner, item, numbers=(numbers[0] % 3, numbers[1]))
    if kind is Kind.EXAM_ANSWER:
        return Record(seq, at, kind, learner, question, response, item, (numbers[0] % 3,))
    if kind is Kind.EXAM_SUBMIT:
        numbers = (numbers[0] % 3, at - numbers[1], -1, numbers[0])
        return Record(seq, at, kind, learner, item, numbers=numbers)
    return Record(seq, at, kind, learner, question, response, "", (numbers[0],))


def some_records(rng: random.Random, count: int, first: int = 1) -> Iterator[Record]:
    """``count`` consecutive records of all kinds."""
    at = 1_780_272_000
    for seq in range(first, first + count):
        at += rng.randrange(-30, 400)
        numbers = (rng.randrange(2000), rng.randrange(1, 900))
        kind = rng.choice(tuple(Kind))
        learner, response = rng.choice(LEARNERS), rng.choice(RESPONSES)
        yield record_of(seq, at, kind, learner, rng.randrange(3), numbers, response)


def runs(max_size: int = 40) -> st.SearchStrategy[tuple[Record, ...]]:
    """Consecutive records with any numbers the protocol allows."""
    big = st.integers(0, 2**52)
    row = st.tuples(
        st.integers(-(2**52), 2**52),
        st.sampled_from(Kind),
        st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"]), max_size=12),
        st.integers(0, 2),
        st.tuples(big, st.integers(0, 2**51)),
        st.sampled_from(RESPONSES),
    )
    return st.builds(
        lambda first, rows: tuple(
            record_of(seq, at, kind, learner, place, numbers, response)
            for seq, (at, kind, learner, place, numbers, response) in enumerate(rows, first)
        ),
        st.integers(1, 2**40),
        st.lists(row, min_size=1, max_size=max_size),
    )

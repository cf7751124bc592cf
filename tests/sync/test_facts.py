from __future__ import annotations

import json
import random
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.facts import Facts
from sync.facts.spans import Spans, add, covered, day_of, pairs, stretches, union
from sync.records import Kind, Record
from tests.sync.records import runs, some_records

Named = tuple[int, int, Record]


def folded(records: Sequence[Named]) -> Facts:
    facts = Facts()
    for node, epoch, record in records:
        facts.add(node, epoch, record)
    return facts


def named() -> st.SearchStrategy[list[Named]]:
    pair = st.tuples(st.integers(1, 2), st.integers(1, 2))
    return st.builds(
        lambda run, names: [(*n, r) for r, n in zip(run, names, strict=False)],
        runs(30),
        st.lists(pair, min_size=30, max_size=30),
    )


@settings(max_examples=150)
@given(named(), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_change_the_facts(
    records: list[Named], rng: random.Random
) -> None:
    mixed = records + rng.choices(records, k=len(records))
    rng.shuffle(mixed)
    assert folded(mixed).digest() == folded(records).digest()


@settings(max_examples=150)
@given(named(), st.integers(0, 30), st.integers(0, 30))
def test_states_made_apart_merge_into_the_state_made_together(
    records: list[Named], here: int, there: int
) -> None:
    low, high = sorted((here, there))
    front, back, start = folded(records[:high]), folded(records[low:]), folded(records[:low])
    front.merge(back)
    front.merge(start)
    assert front.digest() == folded(records).digest()
    back.merge(folded(records[:high]))
    assert back.digest() == front.digest()


@given(named())
def test_facts_survive_their_bytes(records: list[Named]) -> None:
    facts = folded(records)
    again = Facts.from_bytes(facts.to_bytes())
    assert again == facts
    assert again.digest() == facts.digest()
    again.merge(facts)
    assert again == facts


seen = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(-2, 4)))


def least_days(stretches_seen: Sequence[tuple[int, int, int]]) -> dict[int, int]:
    """What spans are, second by second."""
    days: dict[int, int] = {}
    for start, end, day in stretches_seen:
        for second in range(start, end):
            days[second] = min(day, days.get(second, day))
    return days


def laid(stretches_seen: Sequence[tuple[int, int, int]]) -> Spans:
    spans: Spans = []
    for start, end, day in stretches_seen:
        add(spans, start, end, day)
    return spans


@settings(max_examples=300)
@given(seen)
def test_spans_hold_each_second_once_with_its_least_day(
    stretches_seen: list[tuple[int, int, int]],
) -> None:
    spans, days = laid(stretches_seen), least_days(stretches_seen)
    assert least_days(stretches(spans)) == days
    assert sum(end - start for start, end, _ in stretches(spans)) == len(days) == covered(spans)
    assert covered(spans, 30) == len(days.keys() & set(range(30)))
    for (_, end, day), (start, _, next_day) in zip(
        stretches(spans), stretches(spans)[1:], strict=False
    ):
        assert end < start or (end == start and day != next_day), "one way to write it"
    assert {s for start, end in pairs(spans) for s in range(start, end)} == days.keys()
    assert all(a[1] < b[0] for a, b in zip(pairs(spans), pairs(spans)[1:], strict=False))


@settings(max_examples=150)
@given(seen, seen, st.randoms(use_true_random=False))
def test_spans_are_the_same_in_any_order_and_any_grouping(
    some: list[tuple[int, int, int]], others: list[tuple[int, int, int]], rng: random.Random
) -> None:
    mixed = [*some, *others, *some]
    rng.shuffle(mixed)
    whole = laid([*some, *others])
    assert laid(mixed) == whole
    assert union(laid(some), laid(others)) == union(laid(others), laid(some)) == whole
    assert union(whole, laid(others)) == whole


def test_a_day_changes_at_midnight_in_china() -> None:
    midnight = 1_780_243_200  # 2026-06-01 00:00 in Beijing
    assert day_of(midnight) == day_of(midnight - 1) + 1 == day_of(midnight + 86_399)
    assert day_of(-1) == day_of(0) == 0
    assert day_of(-28_801) == -1


def study(seq: int, at: int, start: int, end: int) -> Named:
    return 7, 1, Record(seq, at, Kind.STUDY, "l", "c/v", numbers=(start, end))


def test_two_tabs_of_one_video_do_not_double_the_seconds() -> None:
    facts = folded([study(1, 10, 0, 60), study(2, 11, 30, 90), study(3, 12, 200, 210)])
    assert facts.watched("c/v") == [(0, 90), (200, 210)]
    assert facts.seconds("c/v") == 100
    assert facts.seconds("c/v", until=50) == 50
    assert facts.position("c/v") == 210
    assert facts.position("c/never") == 0


def test_a_second_seen_again_and_a_question_answered_again_keep_their_first_day() -> None:
    day = 86_400
    first, again = study(1, 3 * day, 0, 60), study(2, 9 * day, 30, 90)
    early = Record(3, 3 * day, Kind.PRACTICE, "l", "c/q1", "A", "", (0, 5))
    late = Record(4, 9 * day, Kind.PRACTICE, "l", "c/q1", "B", "", (1, 5))
    for order in (
        [first, again, (7, 1, early), (7, 1, late)],
        [(7, 1, late), again, (7, 1, early), first],
    ):
        facts = folded(order)
        assert stretches(facts.studied["c/v"]) == [(0, 60, 3), (60, 90, 9)]
        assert facts.answered_on == {"c/q1": 3}
        assert facts.practised["c/q1"].response == "B"
        assert facts.watched("c/v") == [(0, 90)]


def test_facts_of_before_there_were_days_are_read_and_are_not_done_too_early() -> None:
    day = 86_400
    wrong = Record(3, 5 * day, Kind.PRACTICE, "l", "c/q1", "A", "", (0, 5))
    facts = folded([study(1, 3 * day, 0, 60), study(2, 9 * day, 60, 90), (7, 1, wrong)])
    older = json.loads(facts.to_bytes())
    assert older["studied"] == {"c/v": [0, 60, 60, 90]}, "older nodes read starts and ends"
    del older["studied_on"], older["answered_on"]
    older["studied"] = {"c/v": [0, 90]}
    read = Facts.from_bytes(json.dumps(older).encode())
    assert stretches(read.studied["c/v"]) == [(0, 90, 9)]
    assert read.answered_on == {"c/q1": 5}
    read.merge(facts)
    assert read == facts


def test_a_mistake_leaves_the_book_when_it_is_answered_right() -> None:
    wrong = Record(1, 10, Kind.PRACTICE, "l", "c/q1", "A", "", (0, 5))
    other = Record(2, 11, Kind.PRACTICE, "l", "c/q2", "B", "", (0, 5))
    right = Record(3, 12, Kind.PRACTICE, "l", "c/q1", "C", "", (1, 5))
    facts = folded([(7, 1, wrong), (7, 1, other)])
    assert facts.mistakes() == ["c/q1", "c/q2"]
    facts.add(7, 1, right)
    assert facts.mistakes() == ["c/q2"]
    assert facts.ever_wrong == {"c/q1", "c/q2"}


def answer(seq: int, response: str) -> Named:
    return 7, 1, Record(seq, seq, Kind.EXAM_ANSWER, "l", "c/q1", response, "c/exam", (1,))


def test_an_answer_noted_after_the_hand_in_does_not_count() -> None:
    submit = Record(4, 4, Kind.EXAM_SUBMIT, "l", "c/exam", numbers=(1, 1, -1, 0))
    facts = folded([answer(6, "D"), answer(2, "A"), (7, 1, submit), answer(3, "B")])
    assert facts.attempts["c/exam", 1, 7].responses() == {"c/q1": "B"}


def test_a_second_hand_in_changes_nothing() -> None:
    submits = [
        (7, 1, Record(seq, seq, Kind.EXAM_SUBMIT, "l", "c/exam", numbers=(1, 1, -1, 0)))
        for seq in (9, 4)
    ]
    facts = folded([answer(2, "A"), submits[0], answer(6, "D"), submits[1]])
    submission = facts.attempts["c/exam", 1, 7].submission
    assert submission is not None
    assert submission.seq == 4
    assert facts.attempts["c/exam", 1, 7].responses() == {"c/q1": "A"}


def test_one_digest_for_a_large_station_whatever_the_order() -> None:
    rng = random.Random(11)
    records = [(7, 1, record) for record in some_records(rng, 800)]
    digest = folded(records).digest()
    for _ in range(2):
        rng.shuffle(records)
        assert folded(records).digest() == digest

"""Facts as the hub stores them: nothing noted is lost, and they take far less room."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.facts import codec
from sync.columns import numbers, planes
from sync.facts import Attempt, Facts, Given, Place, Practised, Start, Submission, Voted
from sync.records import MAX_NUMBER, Kind, Record
from tests.sync.records import runs

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def folded(run: Sequence[Record], nodes: Sequence[int] = (1, 2)) -> Facts:
    facts = Facts()
    for place, record in enumerate(run):
        facts.add(nodes[place % len(nodes)], 1 + place % 3, record)
    return facts


@settings(max_examples=200)
@given(runs(40))
def test_facts_come_off_the_shelf_as_they_went_on(run: list[Record]) -> None:
    facts = folded(run)
    again = codec.unpack(codec.pack(facts))
    assert again == facts
    assert again.to_bytes() == facts.to_bytes()
    assert codec.pack(again) == codec.pack(facts)


def test_the_widest_numbers_and_the_oddest_names_come_back() -> None:
    far, names = MAX_NUMBER, ("", "7", "0007", "q00000001", "第７讲", "a\u0661", "c/9" * 100)
    facts = Facts(
        studied={name: [n, n + 1, -far, far - 1, far, 7] for n, name in enumerate(names)}
        | {"none": []},
        places={name: Place(-far, 2**31, 9, far, far) for name in names},
        practised={name: Practised(far, 1, 1, n, True, name) for n, name in enumerate(names)},
        answered_on={name: n - 2 for n, name in enumerate(names)},
        ever_wrong={"q1", "never practised since"},
        attempts={
            ("e", far, 7): Attempt(None, Submission(1, 2, -far, -far, -1, far)),
            ("e", 1, 7): Attempt(Start(1, 1, 0, far), None, {"q": [Given(1, 2, 3, "四")]}),
        },
        votes={"s": Voted(-1, 1, 1, 1, far, "")},
    )
    facts.ever_wrong.add("q00000001")
    again = codec.unpack(codec.pack(facts))
    assert again == facts
    assert again.to_bytes() == facts.to_bytes()
    assert again.practised["7"].correct is True


def test_no_facts_are_kept_in_no_more_than_thirty_bytes() -> None:
    assert codec.unpack(codec.pack(Facts())) == Facts()
    assert len(codec.pack(Facts())) <= 30


@given(runs(20))
def test_what_was_kept_before_there_was_a_shelf_is_read(run: list[Record]) -> None:
    facts = folded(run)
    assert codec.unpack(zstd.compress(facts.to_bytes())) == facts


# What a release without days kept of these nine records of one learner at node 7.
_UNDATED = (
    "010900808000010102000028b52ffd2072fd02005246151fb027c3010c20200cce9dd4b5c042326a692d8a2e38bc0c"
    "e00627b15bca24038143c1cc94c0ad8df2713e9384b1dfffe65a14d7a20424d7a20e0f3b32eef41f0b65068ae2e89b"
    "01a5ce13281519815237054a05040200e268fc55ec"
)
_NOTED = (
    (20, Kind.STUDY, "c/v", "", "", (0, 60)),
    (23, Kind.STUDY, "c/v", "", "", (60, 90)),
    (24, Kind.STUDY, "c/v", "", "", (200, 210)),
    (25, Kind.PRACTICE, "c/q1", "A", "", (0, 3)),
    (26, Kind.PRACTICE, "c/q1", "B", "", (1, 3)),
    (27, Kind.SURVEY, "c/s1", "四", "", (3,)),
    (28, Kind.EXAM_START, "c/e", "", "", (1, 1)),
    (28, Kind.EXAM_ANSWER, "c/q2", "C", "c/e", (1,)),
    (28, Kind.EXAM_SUBMIT, "c/e", "", "", (1, 28 * 86_400, -1, 0)),
)


def test_what_was_kept_before_there_were_days_is_read_with_the_latest_possible_ones() -> None:
    facts = Facts()
    for seq, (day, kind, name, response, exam, values) in enumerate(_NOTED, 1):
        facts.add(7, 1, Record(seq, day * 86_400, kind, "l", name, response, exam, values))
    read = codec.unpack(bytes.fromhex(_UNDATED))
    assert read == Facts.from_bytes(facts.to_bytes(days=False))
    assert read.studied == {"c/v": [0, 90, 24, 200, 210, 24]}
    assert read.answered_on == {"c/q1": 26}
    read.merge(facts)
    assert read == facts == codec.unpack(codec.pack(read))


def test_a_term_of_answers_takes_less_than_half_of_its_canonical_form() -> None:
    facts = folded(
        [
            Record(
                n * 7, 1_790_000_000 + n * n, Kind.PRACTICE, "L", f"food/q{n * 37 % 400:04d}",
                "ABCD"[n * 11 % 4], numbers=(n % 5 > 0, 9),
            )
            for n in range(300)
        ],
        nodes=(1,),
    )  # fmt: skip
    assert 2 * len(codec.pack(facts)) < len(zstd.compress(facts.to_bytes(), 19))


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20))
@example([0])
@example([255, 256])
@example([2**64 - 1])
def test_planes_give_their_numbers_back(values: list[int]) -> None:
    cut = planes(values)
    assert [*numbers(cut)] == values
    assert cut == [bytes(value >> 8 * n & 255 for value in values) for n in range(len(cut))]

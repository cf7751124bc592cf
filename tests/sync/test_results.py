from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.facts import (
    Attempt,
    CourseRule,
    ExamRule,
    Facts,
    Given,
    ItemRule,
    Submission,
    accepted,
    grade,
    letters,
    number_key,
    option_order,
    paper,
    progress,
    right,
    share,
    shuffled,
    text_key,
)
from sync.records import Kind, Record

POOL = tuple(f"c/q{n}" for n in range(20))
RULE = ExamRule("c/exam", POOL, 10, 15, 60, 2, "salt")
KEY = dict.fromkeys(POOL, "AC")


def handed_in(responses: dict[str, str]) -> Attempt:
    attempt = Attempt(submission=Submission(1, 99, 2_000, 1_000, 100, 0))
    for seq, (question, response) in enumerate(responses.items(), 1):
        attempt.add_answer(question, Given(1, seq, 1_000 + seq, response))
    return attempt


def test_each_learner_and_attempt_gets_a_paper_that_can_be_drawn_again() -> None:
    drawn = paper(RULE, "李雷", 1)
    assert drawn == paper(RULE, "李雷", 1)
    assert len(set(drawn)) == 10
    assert set(drawn) <= set(POOL)
    assert drawn != paper(RULE, "李雷", 2)
    assert drawn != paper(RULE, "韩梅梅", 1)
    # The draw is part of the protocol: another implementation must draw the same.
    assert paper(RULE, "440604001", 1)[:3] == ("c/q1", "c/q10", "c/q11")


def test_papers_use_the_whole_pool_evenly() -> None:
    seen = Counter(q for n in range(400) for q in paper(RULE, str(n), 1))
    assert set(seen) == set(POOL)
    assert max(seen.values()) < 1.4 * min(seen.values())


def test_options_are_shown_in_an_order_of_the_learners_own() -> None:
    orders = {option_order(RULE, str(n), 1, "c/q1", 4) for n in range(200)}
    assert len(orders) == 24
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)


@given(st.lists(st.integers()), st.text())
def test_shuffling_keeps_everything(things: list[int], seed: str) -> None:
    assert sorted(shuffled(things, seed)) == sorted(things)


@pytest.mark.parametrize(
    ("response", "answer", "expected"),
    [
        ("AC", "AC", True),
        ("CA", "AC", True),
        ("A", "AC", False),
        ("ABC", "AC", False),
        ("", "A", False),
        ("三十日", "三十日|30日|30天", True),
        ("30 日", "三十日|30日", True),
        ("30日", "三十日|30日", True),
        ("六十日", "三十日|30日", False),
        ("GB", "gb|国标", True),
        ("BG", "gb|国标", False),
        # Numbers: with a tolerance, one of several, as people type them.
        ("12.6", "#12.5~0.1", True),
        ("12.61", "#12.5~0.1", False),
        ("１２．５", "#12.5~0.1", True),
        ("1,000", "#3~0|1000~0", True),
        ("1e3", "#1000~0", True),
        (".5", "#0.5~0", True),
        ("0.1", "#0.3~0.2", True),
        ("", "#0~0", False),
        (".", "#0~0", False),
        ("1e999999999", "#0~0", False),
        ("NaN", "#0~0", False),
        ("十", "#10~0", False),
        # Matchings and orderings: every letter in its place.
        ("CAB", "=CAB", True),
        ("cab", "=CAB", True),
        ("C-B", "=CAB", False),
        ("ABC", "=CAB", False),
        ("BCA", ">BCA", True),
        ("ABC", ">BCA", False),
        # An essay is marked by people.
        ("*", "*", False),
        # Texts: several blanks, and wordings that look like something else.
        ("两人‖证件", "2|两人‖证件|执法证", True),
        ("证件‖两人", "2|两人‖证件", False),
        ("两人", "2|两人‖证件", False),
        ("BA", '"AB', False),
        ("ab", '"AB', True),
        ("#5", '"#5', True),
    ],
)
def test_a_response_is_right_when_it_is_the_answer(
    response: str, answer: str, expected: bool
) -> None:
    assert right(response, answer) is expected


WORDING = st.text(st.characters(exclude_characters="|‖", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.lists(WORDING, min_size=1), min_size=1))
def test_each_accepted_wording_is_right_whatever_it_looks_like(blanks: list[list[str]]) -> None:
    key = text_key(blanks)
    assert accepted(key) == tuple(map(tuple, blanks))
    assert right("‖".join(blank[-1] for blank in blanks), key)


def test_a_number_is_right_at_any_of_its_values() -> None:
    key = number_key([("3", "0"), ("-2.5", "0.5")])
    assert key == "#3~0|-2.5~0.5"
    assert [right(response, key) for response in ("3", "-3", "-2", "0")] == [
        True,
        True,
        True,
        False,
    ]


def test_letters_are_each_option_once_in_order() -> None:
    assert letters(["C", "A", "C"]) == "AC"


def test_a_result_follows_from_the_answers_and_not_from_the_claimed_score() -> None:
    asked = paper(RULE, "l", 1)
    attempt = handed_in({q: "AC" if n < 5 else "B" for n, q in enumerate(asked)})
    result = grade(attempt, 1, RULE, KEY, "l")
    assert result is not None
    assert (result.right, result.total, result.score, result.passed) == (5, 10, 50, False)
    assert (result.began, result.submitted_at) == (1_000, 2_000)


def test_answers_to_questions_off_the_paper_do_not_count() -> None:
    off = [q for q in POOL if q not in paper(RULE, "l", 1)]
    result = grade(handed_in(dict.fromkeys(off, "AC")), 1, RULE, KEY, "l")
    assert result is not None
    assert result.right == 0


def test_an_attempt_that_is_not_handed_in_has_no_result() -> None:
    assert grade(Attempt(), 1, RULE, KEY, "l") is None


def test_six_of_ten_pass_at_sixty_percent() -> None:
    asked = paper(RULE, "l", 1)
    result = grade(handed_in(dict.fromkeys(asked[:6], "AC")), 1, RULE, KEY, "l")
    assert result is not None
    assert (result.score, result.passed) == (60, True)


COURSE = CourseRule(
    "c",
    1,
    (
        ItemRule("c/video", "video", True, seconds=100),
        ItemRule("c/page", "page", True, seconds=60),
        ItemRule("c/practice", "practice", True, questions=("c/q1", "c/q2")),
        ItemRule("c/extra", "video", False, seconds=100),
        ItemRule("c/exam", "exam", True),
    ),
)


def studied(item: str, end: int, at: int = 5) -> Record:
    return Record(1, at, Kind.STUDY, "l", item, numbers=(0, end))


def test_a_course_is_done_when_all_that_is_required_is_done() -> None:
    facts = Facts()
    assert progress(facts, COURSE, ()).percent == 0
    facts.add(7, 1, studied("c/video", 90))
    facts.add(7, 1, studied("c/page", 60))
    for question in ("c/q1", "c/q2"):
        facts.add(7, 1, Record(2, 6, Kind.PRACTICE, "l", question, "A", "", (0, 1)))
    before = progress(facts, COURSE, ())
    assert (before.done, before.total, before.percent, before.completed) == (3, 4, 75, False)
    after = progress(facts, COURSE, {"c/exam"})
    assert (after.done, after.percent, after.completed) == (4, 100, True)
    assert (after.seconds, after.last_at) == (150, 5)


def test_a_course_is_never_at_a_hundred_before_it_is_done() -> None:
    rule = CourseRule("c", 1, (ItemRule("c/page", "page", True, seconds=100_000),))
    facts = Facts()
    facts.add(7, 1, studied("c/page", 99_999))
    assert progress(facts, rule, ()).percent == 99


def test_a_video_counts_from_nine_tenths_and_a_page_when_read() -> None:
    facts = Facts()
    facts.add(7, 1, studied("c/video", 89))
    facts.add(7, 1, studied("c/page", 59))
    assert share(facts, COURSE.items[0], ()) == pytest.approx(0.89)
    assert share(facts, COURSE.items[1], ()) < 1
    facts.add(7, 1, studied("c/video", 90))
    assert share(facts, COURSE.items[0], ()) == 1


def test_seconds_past_the_end_of_a_video_do_not_count() -> None:
    facts = Facts()
    facts.add(7, 1, Record(1, 5, Kind.STUDY, "l", "c/video", numbers=(50, 500)))
    assert share(facts, COURSE.items[0], ()) == pytest.approx(0.5)


def test_hours_are_never_longer_than_the_items() -> None:
    facts = Facts()
    for item in ("c/video", "c/exam"):
        facts.add(7, 1, Record(1, 5, Kind.STUDY, "l", item, numbers=(50, 2**53 - 1)))
    assert progress(facts, COURSE, ()).seconds == 50


def test_an_item_without_a_least_time_is_done_when_it_was_opened() -> None:
    rule = ItemRule("c/note", "page", True)
    facts = Facts()
    assert share(facts, rule, ()) == 0
    facts.add(7, 1, studied("c/note", 0))
    assert share(facts, rule, ()) == 1
    assert share(facts, ItemRule("c/empty", "practice", True), ()) == 1

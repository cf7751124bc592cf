"""On which day a course was done, and by which version of it (SPEC.md §8.10)."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.facts import (
    GRACE_DAYS,
    Completion,
    CourseRule,
    Facts,
    InForce,
    ItemRule,
    completed_on,
    in_force,
    progress,
)
from sync.records import Kind, Record

DAY_S = 86_400
FILM, PAGE, DRILL, EXAM = "c/film", "c/page", "c/drill", "c/exam"


def film(seconds: int = 100, item: str = FILM) -> ItemRule:
    return ItemRule(item, "video", True, seconds)


def rule(version: int, *items: ItemRule) -> CourseRule:
    return CourseRule("c", version, items or (film(),))


def seen(day: int, start: int, end: int, item: str = FILM, seq: int = 1) -> Record:
    return Record(seq, day * DAY_S, Kind.STUDY, "l", item, numbers=(start, end))


def answered(day: int, question: str, right: bool = True) -> Record:
    return Record(1, day * DAY_S, Kind.PRACTICE, "l", question, "A", "", (int(right), 3))


def folded(records: Sequence[Record]) -> Facts:
    facts = Facts()
    facts.add_all(7, 1, records)
    return facts


def done(
    records: Sequence[Record], *versions: tuple[CourseRule, int], **passed: int
) -> Completion | None:
    exams = {f"c/{item}": day for item, day in passed.items()}
    return completed_on(folded(records), in_force(versions), exams)


def test_a_course_is_done_on_the_day_on_which_enough_had_been_seen() -> None:
    records = [seen(20, 0, 50), seen(23, 50, 89), seen(25, 89, 90), seen(40, 0, 100)]
    assert done(records, (rule(1), 10)) == Completion(25, 1)
    assert done(records[:2], (rule(1), 10)) is None
    assert done([seen(3, 0, 100)], (rule(1), 10)) == Completion(10, 1)


def test_every_required_item_counts_by_its_own_day() -> None:
    drill = ItemRule(DRILL, "practice", True, questions=("c/q1", "c/q2"))
    elective = ItemRule("c/more", "video", False, 600)
    page, exam = ItemRule(PAGE, "page", True), ItemRule(EXAM, "exam", True)
    version = (rule(3, film(), drill, elective, page, exam), 0)
    records = [seen(5, 0, 95), answered(6, "c/q1"), answered(9, "c/q2", False), seen(7, 0, 1, PAGE)]
    assert done(records, version, exam=8) == Completion(9, 3)
    assert done(records, version, exam=12) == Completion(12, 3)
    assert done(records, version) is None
    assert done([*records[:2], records[3]], version, exam=8) is None
    assert done([], (rule(1, ItemRule(DRILL, "practice", True)), 4)) == Completion(4, 1)
    assert done(records, (rule(1, elective), 0)) is None


def test_a_later_version_takes_nothing_away_and_binds_who_was_not_done() -> None:
    longer = (rule(2, film(200)), 30)
    early, late = [seen(29, 0, 100)], [seen(60, 0, 100)]
    assert done(early, (rule(1), 10), longer) == Completion(29, 1)
    assert done(late, (rule(1), 10), longer) is None
    assert done([*late, seen(61, 100, 190)], (rule(1), 10), longer) == Completion(61, 2)


def test_the_old_version_counts_for_some_days_after_it_was_replaced() -> None:
    versions = (rule(1), 10), (rule(2, film(200)), 30)
    assert done([seen(30 + GRACE_DAYS, 0, 100)], *versions) == Completion(44, 1)
    assert done([seen(31 + GRACE_DAYS, 0, 100)], *versions) is None


def test_who_is_unfinished_for_years_is_not_done_by_the_easier_rule_of_long_ago() -> None:
    versions = (rule(1), 10), (rule(2, film(), film(50, "c/more")), 30)
    records = [seen(20, 0, 40), seen(2_000, 40, 100)]
    assert done(records, *versions) is None
    assert done([*records, seen(2_001, 0, 50, "c/more")], *versions) == Completion(2_001, 2)


def test_a_version_that_was_in_force_for_an_hour_counts_like_any_other() -> None:
    easy = (rule(2, film(10)), 30)
    versions = (rule(1), 10), easy, (rule(3), 30)
    assert done([seen(29, 0, 10)], *versions) == Completion(30, 2)
    assert done([seen(30 + GRACE_DAYS, 0, 10)], *versions) == Completion(44, 2)
    assert done([seen(31 + GRACE_DAYS, 0, 10)], *versions) is None
    # Once it is voided it is not among the versions, and nobody is done by it.
    assert done([seen(29, 0, 10)], versions[0], versions[2]) is None


def test_a_film_replaced_under_another_content_is_another_film() -> None:
    versions = (rule(1), 10), (rule(2, film(100, "c/film~2")), 30)
    assert done([seen(29, 0, 60), seen(50, 60, 100)], *versions) is None
    assert done([seen(29, 0, 60), seen(50, 0, 100, "c/film~2")], *versions) == Completion(50, 2)


def test_what_was_noted_in_time_and_arrives_late_counts_by_when_it_was_noted() -> None:
    versions = (rule(1), 10), (rule(2, film(), film(50, "c/more")), 30)
    facts = folded([seen(1_000, 0, 100)])
    assert completed_on(facts, in_force(versions), {}) is None
    facts.merge(folded([seen(29, 0, 100)]))
    assert completed_on(facts, in_force(versions), {}) == Completion(29, 1)


def test_who_satisfies_two_versions_on_one_day_is_done_by_the_newer() -> None:
    assert done([seen(30, 0, 100)], (rule(1), 10), (rule(2), 30)) == Completion(30, 2)
    assert done([seen(29, 0, 100)], (rule(1), 10), (rule(2), 30)) == Completion(29, 1)


records = st.lists(
    st.one_of(
        st.builds(
            lambda day, start, length, item: seen(day, start, start + length, item),
            st.integers(0, 60), st.integers(0, 90), st.integers(1, 60),
            st.sampled_from((FILM, "c/film~2", PAGE)),
        ),
        st.builds(
            answered, st.integers(0, 60), st.sampled_from(("c/q1", "c/q2")), st.booleans()
        ),
    ),
    max_size=12,
)  # fmt: skip
rules = st.lists(
    st.sampled_from(
        (
            film(), film(120), film(60, "c/film~2"), ItemRule(PAGE, "page", True),
            ItemRule(DRILL, "practice", True, questions=("c/q1", "c/q2")),
            ItemRule(EXAM, "exam", True),
        )
    ),
    min_size=1, max_size=3,
)  # fmt: skip
histories = st.lists(st.tuples(rules, st.integers(0, 50)), min_size=1, max_size=4).map(
    lambda drawn: in_force(
        (rule(number, *items), day)
        for number, (items, day) in enumerate(sorted(drawn, key=lambda each: each[1]), 1)
    )
)


def slowly(
    noted: Sequence[Record], versions: Sequence[InForce], passed: dict[str, int]
) -> Completion | None:
    """What SPEC.md says, word by word: day by day, version by version."""
    for day in range(0, 80):
        facts = folded([record for record in noted if record.at // DAY_S <= day])
        for version in reversed(versions):
            until = 1_000 if version.until is None else version.until + GRACE_DAYS
            exams = {exam for exam, at in passed.items() if at <= day}
            if version.since <= day <= until and progress(facts, version.rule, exams).completed:
                return Completion(day, version.rule.version)
    return None


@settings(max_examples=150)
@given(records, histories, st.one_of(st.none(), st.integers(0, 60)), st.randoms())
def test_whatever_the_order_the_judgement_is_that_of_the_days(
    noted: list[Record], versions: tuple[InForce, ...], exam: int | None, rng: random.Random
) -> None:
    passed = {} if exam is None else {EXAM: exam}
    expected = slowly(noted, versions, passed)
    mixed = [*noted, *noted[:3]]
    rng.shuffle(mixed)
    front, back = folded(mixed[:4]), folded(mixed[4:])
    front.merge(back)
    assert completed_on(front, versions, passed) == expected


@settings(max_examples=150)
@given(records, records, histories, rules)
def test_a_completion_stays_whatever_is_noted_or_published_later(
    noted: list[Record], more: list[Record], versions: tuple[InForce, ...], items: list[ItemRule]
) -> None:
    before = completed_on(folded(noted), versions, {})
    if before is None:
        return
    later = [record for record in more if record.at // DAY_S > before.day]
    assert completed_on(folded([*noted, *later]), versions, {}) == before
    earlier = completed_on(folded([*noted, *more]), versions, {})
    assert earlier is not None
    assert earlier.day <= before.day
    day = max(before.day, versions[-1].since) + 1
    newest = [(each.rule, each.since) for each in versions] + [(rule(9, *items), day)]
    assert completed_on(folded(noted), in_force(newest), {}) == before

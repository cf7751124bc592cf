from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.model.course import Course, ExamSettings, FileRef, Item
from node.learning import agenda
from node.learning.exams.window import window
from node.store.classes import Class
from sync.facts import Facts
from sync.records import Kind, Record
from tests.node.conftest import question

FILE = FileRef("a.mp4", 1, "0" * 64)


def course(id: str, required: bool = True) -> Course:
    return Course(
        id=id,
        version=1,
        title=f"课程 {id}",
        required=required,
        items=(
            Item("film", "video", "视频", seconds=100, file=FILE),
            Item("more", "page", "延伸", required=False, seconds=60, file=FILE),
            Item("drill", "practice", "练习", questions=(question("p1", "A"), question("p2", "A"))),
            Item("final", "exam", "考试", exam=ExamSettings(1, 10, 60, 2)),
        ),
    )


def studied(facts: Facts, item: str, end: int, at: int, begin: int = 0) -> None:
    facts.add(1, 1, Record(at, at, Kind.STUDY, "A1", item, numbers=(begin, end)))


def practised(facts: Facts, question_id: str, at: int) -> None:
    facts.add(1, 1, Record(at, at, Kind.PRACTICE, "A1", question_id, "A", numbers=(1, 5)))


def next_key(facts: Facts, courses: list[Course], passed: set[str], off: set[str]) -> str | None:
    step = agenda.next_step(facts, courses, passed, off)
    return step.key if step else None


def test_who_begins_is_led_to_the_first_required_item() -> None:
    assert next_key(Facts(), [course("b", required=False), course("a")], set(), set()) == "a/film"


def test_who_stopped_in_the_middle_goes_on_there() -> None:
    facts = Facts()
    studied(facts, "a/film", 30, at=10)
    studied(facts, "b/film", 40, at=20)
    assert next_key(facts, [course("a"), course("b")], set(), set()) == "b/film"


def test_what_is_done_leads_on_within_the_course() -> None:
    facts = Facts()
    studied(facts, "b/film", 95, at=20)
    assert next_key(facts, [course("a"), course("b")], set(), set()) == "b/drill"


def test_elective_items_come_after_all_that_is_required() -> None:
    facts = Facts()
    studied(facts, "a/film", 95, at=20)
    practised(facts, "a/p1", 21)
    practised(facts, "a/p2", 22)
    assert next_key(facts, [course("a")], set(), set()) == "a/final"
    assert next_key(facts, [course("a")], {"a/final"}, set()) == "a/more"


def test_an_exam_that_cannot_be_sat_is_not_offered() -> None:
    facts = Facts()
    studied(facts, "a/film", 95, at=20)
    practised(facts, "a/p1", 21)
    practised(facts, "a/p2", 22)
    assert next_key(facts, [course("a")], set(), {"a/final"}) == "a/more"


def test_nothing_is_next_when_all_is_done() -> None:
    facts = Facts()
    studied(facts, "a/film", 100, at=20)
    studied(facts, "a/more", 60, at=21)
    practised(facts, "a/p1", 21)
    practised(facts, "a/p2", 22)
    assert next_key(facts, [course("a")], {"a/final"}, set()) is None


def test_a_step_says_where_to_go_on_and_how_much_is_left() -> None:
    facts = Facts()
    studied(facts, "a/film", 30, at=10, begin=20)
    film, more, drill, _final = agenda.steps(facts, course("a"), set())
    assert (film.position, film.left_s) == (30, 90)
    assert (more.position, more.left_s) == (0, 60)
    assert drill.left_questions == 2


def test_who_saw_the_end_begins_at_the_beginning() -> None:
    facts = Facts()
    studied(facts, "a/film", 98, at=10, begin=50)
    assert agenda.steps(facts, course("a"), set())[0].position == 0


CLASS = Class("k", "冬季班", "2026-11-10", "2026-12-09", ("a",))


@pytest.mark.parametrize(
    ("today", "left", "until"),
    [
        ("2026-11-08", 32, 2),
        ("2026-11-10", 30, 0),
        ("2026-12-09", 1, 0),
        ("2026-12-10", 0, 0),
    ],
)
def test_the_days_of_a_class_are_counted_with_both_ends(today: str, left: int, until: int) -> None:
    term = agenda.term(CLASS, agenda.steps(Facts(), course("a"), set()), today)
    assert (term.days_left, term.days_until) == (left, until)
    assert (term.required, term.required_done, term.elective) == (3, 0, 1)


def test_courses_outside_the_class_do_not_count_in_its_bar() -> None:
    every = [step for id in ("a", "z") for step in agenda.steps(Facts(), course(id), set())]
    assert agenda.term(CLASS, every, "2026-11-20").required == 3


def test_the_class_that_opened_first_is_the_one_studied_now() -> None:
    long = replace(CLASS, id="l", opens="2026-11-05", closes="2026-12-30")
    coming = replace(CLASS, id="c", opens="2027-01-01", closes="2027-01-20")
    assert agenda.current_class([CLASS, long, coming], "2026-11-20") == long
    assert agenda.current_class([CLASS, long, coming], "2026-12-31") == coming
    assert agenda.current_class([long, CLASS], "2027-05-01") == long
    assert agenda.current_class([], "2026-11-20") is None


@pytest.mark.parametrize(
    ("today", "expected"),
    [("2026-11-09", "k"), ("2026-11-20", "k"), ("2026-12-09", "k"), ("2026-12-10", "l"),
     ("2026-12-31", "l")],
)  # fmt: skip
def test_of_two_classes_at_once_the_bar_and_the_exam_show_the_same_days(
    today: str, expected: str
) -> None:
    both = [replace(CLASS, id="l", opens="2026-11-15", closes="2026-12-30"), CLASS]
    studied, sat = agenda.current_class(both, today), window(both, "a", today)
    assert (studied and studied.id, sat and sat.id) == (expected, expected)


def test_the_courses_of_the_class_come_first_in_its_order() -> None:
    order = replace(CLASS, courses=("c", "a"))
    courses = [course("a"), course("b"), course("c")]
    assert [placed.id for placed in agenda.in_order(courses, [order], "2026-11-20")] == [
        "c",
        "a",
        "b",
    ]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 100)), max_size=6))
def test_what_is_left_and_what_is_seen_make_the_whole(spans: list[tuple[int, int]]) -> None:
    facts = Facts()
    for at, (begin, length) in enumerate(spans, 1):
        studied(facts, "a/film", begin + length, at, begin)
    film = agenda.steps(facts, course("a"), set())[0]
    assert film.done or film.left_s + facts.seconds("a/film", 100) == 100
    assert 0 <= film.position < 100

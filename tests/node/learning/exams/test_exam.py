from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.model.course import Course
from node.errors import (
    AlreadyHandedIn,
    AttemptsUsed,
    BadResponse,
    ExamClosed,
    ExamNotOpen,
    NotFound,
    TimeIsOver,
)
from node.learning.exams import exam
from node.learning.exams.paper import Asked, Choice, Paper, draw, read_response
from node.learning.uptime import Moment
from node.runtime import Machine
from node.store import attempts, journal, results
from node.store.attempts import Attempt
from node.store.results import Graded
from sync.facts.paper import option_order, paper
from sync.records import Kind, Record
from tests.node.conftest import LEARNER, NODE, OTHER, START, FakeTime, install_course

MINUTE_MS = 60_000
EXAM = "food/final"


def begun(machine: Machine, course: Course, learner: str = LEARNER) -> Attempt:
    return exam.begin(machine.store, course, "final", learner, machine.moment())


def first_question(attempt: Attempt) -> str:
    return Paper.from_text(attempt.paper).asked[0].id


def noted(machine: Machine, kind: Kind) -> list[Record]:
    records = journal.of_learner(machine.store.read(), LEARNER)
    return [record for record in records if record.kind == kind]


def test_a_paper_has_the_questions_and_the_order_that_the_hub_draws_again(course: Course) -> None:
    rule = course.exam_rule("final")
    drawn = draw(course, "final", LEARNER, 1)
    assert tuple(asked.id for asked in drawn.asked) == paper(rule, LEARNER, 1)
    asked = drawn.asked[0]
    order = option_order(rule, LEARNER, 1, asked.id, 4)
    assert [choice.letter for choice in asked.choices] == ["ABCD"[place] for place in order]
    options = course.question(asked.id.partition("/")[2])[1].options
    assert {choice.letter: choice.text for choice in asked.choices} == {
        letter: text for letter, text in zip("ABCD", options, strict=True)
    }
    assert sorted(options) == sorted("甲乙丙丁")


def test_two_learners_do_not_get_the_same_paper(course: Course) -> None:
    papers = {draw(course, "final", f"A{number}", 1) for number in range(12)}
    assert len(papers) > 1


def test_a_paper_read_back_is_the_paper_and_tells_no_answer(course: Course) -> None:
    drawn = draw(course, "final", LEARNER, 1)
    assert Paper.from_text(drawn.to_text()) == drawn
    assert "解析" not in drawn.to_text()
    assert "answer" not in drawn.to_text()


SINGLE = Asked("food/e1", "single", "？", tuple(Choice(letter, letter) for letter in "CADB"))
MULTIPLE = Asked("food/e2", "multiple", "？", SINGLE.choices)
FILL = Asked("food/e3", "fill", "？", ())


def test_a_response_is_recorded_in_one_form_only() -> None:
    assert read_response(MULTIPLE, "CAC") == "AC"
    assert read_response(SINGLE, "") == ""
    assert read_response(FILL, " 食品\n经营　许可证\u0000 ") == "食品 经营 许可证"


@pytest.mark.parametrize(
    ("asked", "given"), [(SINGLE, "AB"), (SINGLE, "E"), (MULTIPLE, "AZ"), (FILL, "长" * 201)]
)
def test_a_response_that_its_question_does_not_offer_is_refused(asked: Asked, given: str) -> None:
    with pytest.raises(BadResponse, match=asked.id):
        read_response(asked, given)


def test_beginning_twice_gives_the_same_attempt_and_one_record(
    machine: Machine, course: Course
) -> None:
    first, again = begun(machine, course), begun(machine, course)
    assert first == again
    (start,) = noted(machine, Kind.EXAM_START)
    assert (start.object, start.numbers) == (EXAM, (1, course.version))


def test_an_exam_does_not_begin_before_its_class_opens(
    machine: Machine, course: Course, pc: FakeTime
) -> None:
    early = Moment(START - 20 * 86_400, 0)
    with pytest.raises(ExamNotOpen):
        exam.begin(machine.store, course, "final", LEARNER, early)
    assert not noted(machine, Kind.EXAM_START)


def test_an_exam_does_not_begin_after_its_class_closed(machine: Machine, course: Course) -> None:
    last_second = Moment(1_796_831_999, 0)  # 2026-12-09 23:59:59 in Beijing
    exam.begin(machine.store, course, "final", OTHER, last_second)
    with pytest.raises(ExamClosed):
        exam.begin(machine.store, course, "final", LEARNER, Moment(last_second.at + 1, 0))


def test_an_exam_that_the_course_does_not_have_is_not_found(
    machine: Machine, course: Course
) -> None:
    with pytest.raises(NotFound, match="drill"):
        exam.begin(machine.store, course, "drill", LEARNER, machine.moment())


def test_a_saved_answer_is_one_record_with_the_letters_of_the_bank(
    machine: Machine, course: Course
) -> None:
    attempt = begun(machine, course)
    question = first_question(attempt)
    saved = exam.save_answer(machine.store, attempt, question, "C", 10, machine.moment())
    assert (saved.kept.response, saved.answered, saved.left_ms) == ("C", 1, 30 * MINUTE_MS)
    (record,) = noted(machine, Kind.EXAM_ANSWER)
    assert (record.object, record.response, record.exam, record.numbers) == (
        question,
        "C",
        EXAM,
        (1,),
    )


@given(acts=st.lists(st.tuples(st.integers(0, 9), st.sampled_from("ABCD")), min_size=1))
def test_the_latest_act_wins_in_whatever_order_and_how_often_posts_arrive(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[int, str]]
) -> None:
    machine, attempt = shared_attempt(tmp_path_factory)
    by_counter = dict(acts)  # one act has one answer
    base = attempts.answers(machine.store.read(), attempt)
    start = max((kept.counter for kept in base.values()), default=0) + 1
    question = first_question(attempt)
    for counter, _ in acts:
        exam.save_answer(
            machine.store,
            attempt,
            question,
            by_counter[counter],
            start + counter,
            machine.moment(),
        )
    kept = attempts.answers(machine.store.read(), attempt)[question]
    assert (kept.counter - start, kept.response) == max(by_counter.items())
    assert noted(machine, Kind.EXAM_ANSWER)[-1].response == kept.response


_shared: list[tuple[Machine, Attempt]] = []


def shared_attempt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, Attempt]:
    """One attempt for all examples: opening a store for each would take minutes."""
    from node.config import Config
    from tests.node.conftest import populate

    if not _shared:
        machine = Machine.open(Config(tmp_path_factory.mktemp("shared")), FakeTime().clock())
        populate(machine)
        _shared.append((machine, begun(machine, install_course(machine))))
    return _shared[0]


def test_the_same_answer_again_notes_nothing(machine: Machine, course: Course) -> None:
    attempt = begun(machine, course)
    question = first_question(attempt)
    for counter in (10, 10, 11, 9):
        exam.save_answer(machine.store, attempt, question, "B", counter, machine.moment())
    assert len(noted(machine, Kind.EXAM_ANSWER)) == 1


def test_an_answer_in_the_grace_counts_and_one_after_it_is_refused(
    machine: Machine, course: Course, pc: FakeTime
) -> None:
    attempt = begun(machine, course)
    pc.go_on(30 * 60 + 9)
    exam.save_answer(machine.store, attempt, first_question(attempt), "A", 1, machine.moment())
    pc.go_on(2)
    with pytest.raises(TimeIsOver):
        exam.save_answer(machine.store, attempt, first_question(attempt), "B", 2, machine.moment())
    assert [record.response for record in noted(machine, Kind.EXAM_ANSWER)] == ["A"]


def test_handing_in_twice_notes_it_once_and_nothing_changes_afterwards(
    machine: Machine, course: Course
) -> None:
    attempt = begun(machine, course)
    exam.hand_in(machine.store, attempt, machine.moment())
    done = exam.hand_in(machine.store, attempt, machine.moment())
    (record,) = noted(machine, Kind.EXAM_SUBMIT)
    assert record.numbers == (1, attempt.began, -1, 0)
    for stale in (attempt, done):  # a page that does not know yet, and one that does
        with pytest.raises(AlreadyHandedIn):
            exam.save_answer(
                machine.store, stale, first_question(attempt), "B", 99, machine.moment()
            )


def test_the_sweeper_hands_in_what_is_over_and_leaves_what_runs(
    machine: Machine, course: Course, pc: FakeTime
) -> None:
    begun(machine, course)
    pc.go_on(29 * 60)
    begun(machine, course, OTHER)
    pc.go_on(2 * 60)
    machine.mark_alive()
    machine.mark_alive()
    assert len(noted(machine, Kind.EXAM_SUBMIT)) == 1
    conn = machine.store.read()
    assert [attempts.of_exam(conn, who, EXAM)[0].open for who in (LEARNER, OTHER)] == [False, True]


def test_no_more_attempts_than_the_rule_allows(machine: Machine, course: Course) -> None:
    for number in (1, 2):
        attempt = begun(machine, course)
        assert attempt.number == number
        exam.hand_in(machine.store, attempt, machine.moment())
    with pytest.raises(AttemptsUsed):
        begun(machine, course)


def test_an_attempt_at_another_station_counts_too(machine: Machine, course: Course) -> None:
    elsewhere = Graded(LEARNER, EXAM, 1, NODE + 1, 1, 4, 25, False, START, 9)
    machine.store.write(lambda conn: results.put(conn, elsewhere))
    assert begun(machine, course).number == 2


def test_a_new_version_of_the_course_does_not_change_a_running_paper(
    machine: Machine, course: Course
) -> None:
    attempt = begun(machine, course)
    newer = install_course(machine, version=2)
    assert begun(machine, newer) == attempt
    exam.hand_in(machine.store, attempt, machine.moment())
    assert begun(machine, newer).version == 2

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.model.course import Course
from node.errors import AttemptsUsed, ExamClosed, ExamNotOpen, NotFound
from node.learning.exams import exam
from node.learning.exams.errors import AlreadyHandedIn, BadResponse, TimeIsOver
from node.learning.exams.paper import Paper, PaperOption, PaperQuestion, draw, read_response
from node.learning.uptime import Moment
from node.runtime import NodeRuntime
from node.store import attempts, journal, results
from node.store.attempts import StoredAttempt
from node.store.results import Graded
from sync.facts.paper import option_order, paper
from sync.records import Kind, Record
from tests.node.conftest import LEARNER, NODE, OTHER, START, FakeTime, install_course

MINUTE_MS = 60_000
EXAM = "food/final"


def begun(runtime: NodeRuntime, course: Course, learner: str = LEARNER) -> StoredAttempt:
    return exam.begin(runtime.store, course, "final", learner, runtime.moment())


def first_question(attempt: StoredAttempt) -> str:
    return Paper.from_text(attempt.paper).asked[0].id


def noted(runtime: NodeRuntime, kind: Kind) -> list[Record]:
    records = journal.of_learner(runtime.store.read(), LEARNER)
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


SINGLE = PaperQuestion(
    "food/e1", "single", "？", tuple(PaperOption(letter, letter) for letter in "CADB")
)
MULTIPLE = PaperQuestion("food/e2", "multiple", "？", SINGLE.choices)
FILL = PaperQuestion("food/e3", "fill", "？", ())


def test_a_response_is_recorded_in_one_form_only() -> None:
    assert read_response(MULTIPLE, "CAC") == "AC"
    assert read_response(SINGLE, "") == ""
    assert read_response(FILL, " 食品\n经营　许可证\u0000 ") == "食品 经营 许可证"


@pytest.mark.parametrize(
    ("asked", "given"), [(SINGLE, "AB"), (SINGLE, "E"), (MULTIPLE, "AZ"), (FILL, "长" * 201)]
)
def test_a_response_that_its_question_does_not_offer_is_refused(
    asked: PaperQuestion, given: str
) -> None:
    with pytest.raises(BadResponse, match=asked.id):
        read_response(asked, given)


def test_beginning_twice_gives_the_same_attempt_and_one_record(
    runtime: NodeRuntime, course: Course
) -> None:
    first, again = begun(runtime, course), begun(runtime, course)
    assert first == again
    (start,) = noted(runtime, Kind.EXAM_START)
    assert (start.object, start.numbers) == (EXAM, (1, course.version))


def test_an_exam_does_not_begin_before_its_class_opens(
    runtime: NodeRuntime, course: Course, pc: FakeTime
) -> None:
    early = Moment(START - 20 * 86_400, 0)
    with pytest.raises(ExamNotOpen):
        exam.begin(runtime.store, course, "final", LEARNER, early)
    assert not noted(runtime, Kind.EXAM_START)


def test_an_exam_does_not_begin_after_its_class_closed(
    runtime: NodeRuntime, course: Course
) -> None:
    last_second = Moment(1_796_831_999, 0)  # 2026-12-09 23:59:59 in Beijing
    exam.begin(runtime.store, course, "final", OTHER, last_second)
    with pytest.raises(ExamClosed):
        exam.begin(runtime.store, course, "final", LEARNER, Moment(last_second.at + 1, 0))


def test_an_exam_that_the_course_does_not_have_is_not_found(
    runtime: NodeRuntime, course: Course
) -> None:
    with pytest.raises(NotFound, match="drill"):
        exam.begin(runtime.store, course, "drill", LEARNER, runtime.moment())


def test_a_saved_answer_is_one_record_with_the_letters_of_the_bank(
    runtime: NodeRuntime, course: Course
) -> None:
    attempt = begun(runtime, course)
    question = first_question(attempt)
    saved = exam.save_answer(runtime.store, attempt, question, "C", 10, runtime.moment())
    assert (saved.kept.response, saved.answered, saved.left_ms) == ("C", 1, 30 * MINUTE_MS)
    (record,) = noted(runtime, Kind.EXAM_ANSWER)
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
    runtime, attempt = shared_attempt(tmp_path_factory)
    by_counter = dict(acts)  # one act has one answer
    base = attempts.answers(runtime.store.read(), attempt)
    start = max((answer.counter for answer in base.values()), default=0) + 1
    question = first_question(attempt)
    for counter, _ in acts:
        exam.save_answer(
            runtime.store,
            attempt,
            question,
            by_counter[counter],
            start + counter,
            runtime.moment(),
        )
    newest = attempts.answers(runtime.store.read(), attempt)[question]
    assert (newest.counter - start, newest.response) == max(by_counter.items())
    assert noted(runtime, Kind.EXAM_ANSWER)[-1].response == newest.response


_shared: list[tuple[NodeRuntime, StoredAttempt]] = []


def shared_attempt(tmp_path_factory: pytest.TempPathFactory) -> tuple[NodeRuntime, StoredAttempt]:
    """One attempt for all examples: opening a store for each would take minutes."""
    from node.config import Config
    from tests.node.conftest import populate

    if not _shared:
        runtime = NodeRuntime.open(Config(tmp_path_factory.mktemp("shared")), FakeTime().clock())
        populate(runtime)
        _shared.append((runtime, begun(runtime, install_course(runtime))))
    return _shared[0]


def test_the_same_answer_again_notes_nothing(runtime: NodeRuntime, course: Course) -> None:
    attempt = begun(runtime, course)
    question = first_question(attempt)
    for counter in (10, 10, 11, 9):
        exam.save_answer(runtime.store, attempt, question, "B", counter, runtime.moment())
    assert len(noted(runtime, Kind.EXAM_ANSWER)) == 1


def test_an_answer_in_the_grace_counts_and_one_after_it_is_refused(
    runtime: NodeRuntime, course: Course, pc: FakeTime
) -> None:
    attempt = begun(runtime, course)
    pc.go_on(30 * 60 + 9)
    exam.save_answer(runtime.store, attempt, first_question(attempt), "A", 1, runtime.moment())
    pc.go_on(2)
    with pytest.raises(TimeIsOver):
        exam.save_answer(runtime.store, attempt, first_question(attempt), "B", 2, runtime.moment())
    assert [record.response for record in noted(runtime, Kind.EXAM_ANSWER)] == ["A"]


def test_handing_in_twice_notes_it_once_and_nothing_changes_afterwards(
    runtime: NodeRuntime, course: Course
) -> None:
    attempt = begun(runtime, course)
    exam.hand_in(runtime.store, attempt, runtime.moment())
    done = exam.hand_in(runtime.store, attempt, runtime.moment())
    (record,) = noted(runtime, Kind.EXAM_SUBMIT)
    assert record.numbers == (1, attempt.began, -1, 0)
    for stale in (attempt, done):  # a page that does not know yet, and one that does
        with pytest.raises(AlreadyHandedIn):
            exam.save_answer(
                runtime.store, stale, first_question(attempt), "B", 99, runtime.moment()
            )


def test_the_sweeper_hands_in_what_is_over_and_leaves_what_runs(
    runtime: NodeRuntime, course: Course, pc: FakeTime
) -> None:
    begun(runtime, course)
    pc.go_on(29 * 60)
    begun(runtime, course, OTHER)
    pc.go_on(2 * 60)
    runtime.mark_alive()
    runtime.mark_alive()
    assert len(noted(runtime, Kind.EXAM_SUBMIT)) == 1
    conn = runtime.store.read()
    assert [attempts.of_exam(conn, who, EXAM)[0].open for who in (LEARNER, OTHER)] == [False, True]


def test_no_more_attempts_than_the_rule_allows(runtime: NodeRuntime, course: Course) -> None:
    for number in (1, 2):
        attempt = begun(runtime, course)
        assert attempt.number == number
        exam.hand_in(runtime.store, attempt, runtime.moment())
    with pytest.raises(AttemptsUsed):
        begun(runtime, course)


def test_an_attempt_at_another_station_counts_too(runtime: NodeRuntime, course: Course) -> None:
    elsewhere = Graded(LEARNER, EXAM, 1, NODE + 1, 1, 4, 25, False, START, 9)
    runtime.store.write(lambda conn: results.put(conn, elsewhere))
    assert begun(runtime, course).number == 2


def test_a_new_version_of_the_course_does_not_change_a_running_paper(
    runtime: NodeRuntime, course: Course
) -> None:
    attempt = begun(runtime, course)
    newer = install_course(runtime, version=2)
    assert begun(runtime, newer) == attempt
    exam.hand_in(runtime.store, attempt, runtime.moment())
    assert begun(runtime, newer).version == 2

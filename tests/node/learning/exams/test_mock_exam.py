"""Mock exams: they look like the real exam, and nothing of them counts as one."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from content.model.question_rules import right_response
from node.errors import NotFound
from node.learning.exams import mock_exam
from node.learning.exams.errors import AlreadyHandedIn, BadResponse, TimeIsOver
from node.learning.exams.exam import Saved
from node.learning.exams.paper import Paper
from node.runtime import NodeRuntime
from node.store import journal, mocks
from node.store.mocks import Mock
from sync.records import Kind
from tests.node import all_types
from tests.node.conftest import LEARNER, OTHER, FakeTime

MINUTES = 30


@pytest.fixture
def types(runtime: NodeRuntime) -> Course:
    return all_types.install(runtime)


@pytest.fixture
def sat(types: Course, runtime: NodeRuntime) -> Mock:
    return mock_exam.begin(runtime.store, types, LEARNER, runtime.moment())


def asked(mock: Mock) -> list[str]:
    return [question.id for question in Paper.from_text(mock.paper).asked]


def answer(runtime: NodeRuntime, mock: Mock, name: str, response: str, counter: int = 1) -> Saved:
    return mock_exam.save_answer(runtime.store, mock, name, response, counter, runtime.moment())


def test_it_is_drawn_like_the_exam_from_the_questions_of_practice(types: Course, sat: Mock) -> None:
    assert mock_exam.rules(types) == mock_exam.MockRules(8, 30, 60)
    assert len(set(asked(sat))) == 8
    assert set(asked(sat)) <= set(mock_exam.pool(types))
    assert "types/essay" not in mock_exam.pool(types)


def test_a_course_without_an_exam_or_questions_has_usual_rules_or_none(types: Course) -> None:
    from dataclasses import replace

    practised = replace(types, items=tuple(i for i in types.items if i.kind == "practice"))
    assert mock_exam.rules(practised) == mock_exam.MockRules(
        8, mock_exam.USUAL_MINUTES, mock_exam.USUAL_PASS
    )
    assert mock_exam.rules(replace(types, items=types.items[:1])) is None


def test_a_course_without_questions_begins_none(types: Course, runtime: NodeRuntime) -> None:
    from dataclasses import replace

    with pytest.raises(NotFound, match="nothing to practise in types"):
        mock_exam.begin(runtime.store, replace(types, items=()), LEARNER, runtime.moment())


def test_beginning_again_goes_on_with_the_one_that_runs(
    types: Course, sat: Mock, runtime: NodeRuntime
) -> None:
    assert mock_exam.begin(runtime.store, types, LEARNER, runtime.moment()) == sat
    assert mock_exam.begin(runtime.store, types, OTHER, runtime.moment()).learner == OTHER


def test_its_answers_count_as_practice_when_it_ends_and_as_no_exam(
    types: Course, sat: Mock, runtime: NodeRuntime, pc: FakeTime
) -> None:
    pool, names = mock_exam.pool(types), asked(sat)
    wrong = next(name for name in names if pool[name].type in ("single", "truefalse"))
    answered = [name for name in names if name != wrong][:3]
    for name in answered:
        answer(runtime, sat, name, right_response(pool[name].answer))
    answer(runtime, sat, wrong, "A" if pool[wrong].answer != "A" else "B")
    assert journal.of_learner(runtime.store.read(), LEARNER) == []
    pc.go_on(400)
    done = mock_exam.finish(runtime.store, sat, runtime.moment())
    assert (done.open, done.right) == (False, 3)
    records = journal.of_learner(runtime.store.read(), LEARNER)
    assert {record.kind for record in records} == {Kind.PRACTICE}
    assert {record.object for record in records} == {*answered, wrong}
    assert all(90 <= record.numbers[1] <= 110 for record in records)
    facts = runtime.facts.of(LEARNER)
    assert facts.attempts == {}
    assert facts.mistakes() == [wrong]
    assert mock_exam.finish(runtime.store, sat, runtime.moment()) == done
    assert len(journal.of_learner(runtime.store.read(), LEARNER)) == 4


def test_an_answer_that_was_overtaken_changes_nothing(sat: Mock, runtime: NodeRuntime) -> None:
    name = next(n for n in asked(sat) if n.endswith("judge") or n.endswith("single"))
    assert answer(runtime, sat, name, "B", 20).kept.response == "B"
    late = answer(runtime, sat, name, "A", 10)
    assert (late.kept.response, late.kept.counter, late.answered) == ("B", 20, 1)
    assert answer(runtime, sat, name, "", 30).answered == 0


def test_what_is_not_on_the_paper_or_no_answer_is_refused(sat: Mock, runtime: NodeRuntime) -> None:
    with pytest.raises(NotFound, match="not on the paper"):
        answer(runtime, sat, "types/essay", "x")
    name = next(n for n in asked(sat) if n.endswith("judge") or n.endswith("single"))
    with pytest.raises(BadResponse):
        answer(runtime, sat, name, "Z")


def test_time_ends_it_and_the_next_visit_marks_it(
    types: Course, sat: Mock, runtime: NodeRuntime, pc: FakeTime, learner: FlaskClient
) -> None:
    name = asked(sat)[0]
    pc.go_on(MINUTES * 60 + 11)
    with pytest.raises(TimeIsOver, match="types mock 1"):
        answer(runtime, sat, name, "")
    assert learner.get("/mock/types/paper").headers["Location"] == "/mock/types/done/1"
    with pytest.raises(AlreadyHandedIn, match="types mock 1"):
        answer(runtime, sat, name, "")
    again = mock_exam.begin(runtime.store, types, LEARNER, runtime.moment())
    assert again.number == 2


def test_only_the_last_few_are_kept(types: Course, runtime: NodeRuntime) -> None:
    for _ in range(mocks.KEPT + 2):
        mock = mock_exam.begin(runtime.store, types, LEARNER, runtime.moment())
        name = asked(mock)[0]
        mock_exam.save_form(runtime.store, mock, {name: ""}, runtime.moment())
        mock_exam.finish(runtime.store, mock, runtime.moment())
    sat_mocks = mocks.of_course(runtime.store.read(), LEARNER, "types")
    assert [mock.number for mock in sat_mocks] == [7, 6, 5, 4, 3]


def test_it_is_sat_on_pages_without_scripts(
    types: Course, learner: FlaskClient, runtime: NodeRuntime
) -> None:
    assert learner.post("/mock/types").headers["Location"] == "/mock/types/paper"
    assert "模拟考试，不算成绩" in learner.get("/mock/types/paper").text
    mock = mock_exam.running(runtime.store.read(), "types", LEARNER, runtime.moment())
    assert mock is not None
    pool = mock_exam.pool(types)
    fields: dict[str, list[str]] = {}
    for question in Paper.from_text(mock.paper).asked:
        response = right_response(pool[question.id].answer)
        parts = {
            "fill": response.split("‖"),
            "ordering": [f"{letter}{n}" for n, letter in enumerate(response, 1)],
            "numeric": [response],
        }
        fields[question.id] = parts.get(question.type, list(response))
    saved = learner.post("/mock/types/save", data={**fields, "hand-in": "1"})
    assert saved.headers["Location"] == "/mock/types/hand-in"
    assert "每一题都已作答" in learner.get("/mock/types/hand-in").text
    done = learner.post("/mock/types/hand-in").headers["Location"]
    page = learner.get(done).text
    assert "到了合格线：100 分" in page
    assert "答对 8 / 8 题" in page
    assert learner.get("/mock/types/hand-in").headers["Location"] == "/mock/types/done/1"
    assert "100 分" in learner.get("/practice/types").text


def test_a_mock_that_is_over_shows_what_is_right_in_words(
    sat: Mock, learner: FlaskClient, runtime: NodeRuntime
) -> None:
    mock_exam.finish(runtime.store, sat, runtime.moment())
    page = learner.get("/mock/types/done/1").text
    assert "缺斤短两 → 计量法" in page
    assert "立案 → 调查取证 → 告知陈述申辩权 → 作出决定 → 送达" in page
    assert "第 1 空：90 或 九十" in page
    assert len(re.findall("review-wrong", page)) == 8
    assert learner.get("/mock/types/done/9").headers["Location"] == "/practice/types"


def test_scripts_save_submit_and_look_again(
    sat: Mock, learner: FlaskClient, runtime: NodeRuntime
) -> None:
    names = {"exam": "types", "attempt": 1, "learner": LEARNER}
    question = next(n for n in asked(sat) if n.endswith("numeric") or n.endswith("judge"))
    response = "15" if question.endswith("numeric") else "B"
    act = {**names, "question": question, "response": response, "counter": 5}
    saved = learner.post("/api/mock/answer", json=act).get_json()
    assert saved["saved"] is True
    assert (saved["response"], saved["answered"]) == (response, 1)
    state = learner.get("/api/mock/state?exam=types&attempt=1").get_json()
    assert state["answers"] == {question: {"response": response, "counter": 5}}
    foreign = learner.post("/api/mock/answer", json={**act, "learner": OTHER})
    assert foreign.status_code == 401
    assert learner.post("/api/mock/answer", json={**act, "attempt": 9}).status_code == 404
    sent = learner.post("/api/mock/submit", json=names).get_json()
    assert sent == {"submitted": True, "url": "/mock/types/done/1"}
    assert learner.post("/api/mock/answer", json=act).status_code == 409

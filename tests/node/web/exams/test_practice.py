from typing import Any

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from node.errors import NotFound
from node.learning.exams import practice
from node.learning.exams.errors import BadResponse
from node.runtime import NodeRuntime
from node.store import journal
from sync.records import Kind
from tests.node.conftest import LEARNER

DRILL = "/practice/food/drill"


def give(client: FlaskClient, q: str, *response: str, **more: Any) -> Any:
    return client.post(DRILL, data={"q": q, "response": list(response), **more})


def test_a_right_answer_is_a_record_before_it_is_confirmed(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    answer = give(learner, "p1", "A")
    assert answer.status_code == 303
    [record] = journal.of_learner(runtime.store.read(), LEARNER)
    assert record.kind is Kind.PRACTICE
    assert (record.object, record.response, record.numbers) == ("food/p1", "A", (1, 0))
    page = learner.get(answer.headers["Location"]).text
    assert "答对了" in page
    assert "p1 的解析" in page


def test_a_wrong_answer_shows_the_right_one_and_where_the_lecture_says_so(
    learner: FlaskClient,
) -> None:
    page = learner.get(give(learner, "p1", "B").headers["Location"]).text
    assert "正确答案：A" in page
    assert "回看课件 0:30" in page
    assert 'href="/course/food/film?t=30"' in page


@pytest.mark.parametrize(
    ("question", "response", "correct"),
    [
        ("p1", ["A"], True),
        ("p2", ["C", "A"], True),
        ("p2", ["A"], False),
        ("p2", ["A", "B", "C"], False),
        ("p3", ["A"], True),
        ("p3", ["B"], False),
        ("p4", [" 许可证 "], True),
        ("p4", ["执照"], False),
    ],
)
def test_each_type_of_question_is_marked(
    learner: FlaskClient, runtime: NodeRuntime, question: str, response: list[str], correct: bool
) -> None:
    give(learner, question, *response)
    assert runtime.facts.of(LEARNER).practised[f"food/{question}"].correct is correct


@pytest.mark.parametrize(
    ("question", "response"), [("p1", []), ("p1", ["E"]), ("p1", ["A", "B"]), ("p4", ["  "])]
)
def test_what_is_no_answer_is_refused_and_not_kept(
    learner: FlaskClient, runtime: NodeRuntime, question: str, response: list[str]
) -> None:
    answer = give(learner, question, *response)
    assert answer.status_code == 400
    assert journal.of_learner(runtime.store.read(), LEARNER) == []


def test_questions_of_an_exam_cannot_be_practised(
    learner: FlaskClient, runtime: NodeRuntime, course: Course
) -> None:
    assert learner.get("/practice/food/final").status_code == 404
    assert (
        learner.post("/practice/food/final", data={"q": "e1", "response": "B"}).status_code == 404
    )
    assert give(learner, "e1", "B").status_code == 404
    assert journal.of_learner(runtime.store.read(), LEARNER) == []


def test_practising_reaches_no_attempt(learner: FlaskClient, runtime: NodeRuntime) -> None:
    learner.post("/exam/food/final/start")
    give(learner, "p1", "A")
    [attempt] = runtime.facts.of(LEARNER).attempts.values()
    assert attempt.answers == {}


def test_the_practice_goes_on_with_the_first_question_without_an_answer(
    learner: FlaskClient,
) -> None:
    assert "第 1 / 4 题" in learner.get(DRILL).text
    give(learner, "p1", "A")
    give(learner, "p3", "B")
    page = learner.get(DRILL).text
    assert "第 2 / 4 题" in page
    assert "已做 2 题，对 1 题" in page


def test_a_practice_that_is_done_says_how_it_went(learner: FlaskClient) -> None:
    for q, response in (("p1", "A"), ("p2", "B"), ("p3", "A"), ("p4", "许可证")):
        last = give(learner, q, response)
    assert "看练习小结" in learner.get(last.headers["Location"]).text
    page = learner.get(DRILL).text
    assert "4 题都做过了，对 3 题，错 1 题。" in page
    assert "重做错题" in page


def test_a_question_without_a_mark_does_not_tell_the_answer(learner: FlaskClient) -> None:
    for address in (f"{DRILL}?q=p1", f"{DRILL}?q=p1&marked=1"):
        page = learner.get(address).text
        assert "正确答案" not in page
        assert "解析" not in page


def test_a_mistake_is_in_the_book_until_it_is_answered_right(learner: FlaskClient) -> None:
    assert "还没有做过练习" in learner.get("/mistakes").text
    give(learner, "p1", "B")
    give(learner, "p3", "B")
    page = learner.get("/mistakes").text
    assert "题目 p1" in page
    assert "题目 p3" in page
    marked = learner.get(give(learner, "p1", "A", way="book").headers["Location"]).text
    assert "答对了，已移出错题本。" in marked
    assert "q=p3&amp;way=book" in marked
    assert "题目 p1" not in learner.get("/mistakes").text
    give(learner, "p3", "A")
    assert "没有错题" in learner.get("/mistakes").text


def test_the_same_for_scripts_is_a_piece_of_the_page(learner: FlaskClient) -> None:
    answer = learner.post(f"/api{DRILL}", data={"q": "p1", "response": "B"}).get_json()
    assert answer["correct"] is False
    assert "答错了，已记进错题本。" in answer["html"]
    assert "<html" not in answer["html"]
    assert "我的错题 1" in answer["html"]


def test_time_spent_on_a_question_is_kept_within_reason(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    now = runtime.clock.now()
    give(learner, "p1", "A", began=now - 40)
    give(learner, "p2", "A", began=now - 90_000)
    give(learner, "p3", "A", began=now + 500)
    give(learner, "p4", "x", began="?")
    times = [record.numbers[1] for record in journal.of_learner(runtime.store.read(), LEARNER)]
    assert times == [40, 600, 0, 0]


def test_what_is_not_there_is_not_found(course: Course, runtime: NodeRuntime) -> None:
    facts = runtime.facts.of(LEARNER)
    every = practice.drills(course, "drill", facts)
    with pytest.raises(NotFound, match="no question e1"):
        practice.find(every, "e1")
    with pytest.raises(NotFound, match="no practice food/film"):
        practice.drills(course, "film", facts)
    with pytest.raises(BadResponse, match="answer to food/p1"):
        practice.answer(runtime.store, runtime.clock, LEARNER, every[0], "Z", 0)


def test_a_mistake_that_was_missed_again_comes_last(course: Course, runtime: NodeRuntime) -> None:
    every = practice.drills(course, "drill", runtime.facts.of(LEARNER))
    assert practice.round_from(every, every[0]) == every[1]
    assert practice.round_from(every, every[3]) == every[0]
    assert practice.round_from(every[1:], every[0]) == every[1]
    assert practice.round_from(every[:1], every[0]) is None
    assert practice.round_from([], every[0]) is None


def test_without_an_answer_the_question_stays_and_says_so_beside_its_button(
    learner: FlaskClient,
) -> None:
    page = give(learner, "p2").text
    bar = page.partition('class="drill-bar"')[2].partition("</form>")[0]
    assert "还没有作答" in bar
    assert "看对错" in bar
    assert "题目 p2" in page
    said = learner.post(f"/api{DRILL}", data={"q": "p2"})
    assert (said.status_code, said.get_json()["error"]) == (400, "not-answered")
    assert "还没有作答" in said.get_json()["words"]


@pytest.mark.parametrize(
    ("response", "missed"), [(["A"], 1), (["B"], 2), (["A", "C"], 0), (["A", "B", "C"], 0)]
)
def test_right_options_that_were_not_chosen_are_called_missed(
    learner: FlaskClient, response: list[str], missed: int
) -> None:
    page = learner.get(give(learner, "p2", *response).headers["Location"]).text
    assert page.count("漏选") == missed


def test_the_enter_key_in_a_browser_without_scripts_means_the_answer(learner: FlaskClient) -> None:
    form = learner.get(f"{DRILL}?q=p4").text.partition('<form class="question')[2]
    first = next(
        button
        for button in form.partition("</form>")[0].split("<button")[1:]
        if 'form="star-form"' not in button
    )
    assert "看对错" in first

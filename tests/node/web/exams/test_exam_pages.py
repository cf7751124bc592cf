from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from content.model.course import Course
from node.courier.timing import NUDGE_S
from node.learning.exams import exam
from node.learning.exams.paper import Paper
from node.learning.uptime import Moment
from node.runtime import NodeRuntime
from node.store import attempts, journal, results
from node.store.attempts import StoredAttempt
from node.store.results import Graded
from sync.records import Kind
from tests.node.conftest import LEARNER, NODE, OTHER, START, FakeTime

AT = "/exam/food/final"
EXAM = "food/final"


@pytest.fixture
def sitting(learner: FlaskClient) -> FlaskClient:
    """A browser in which A1001 has begun the exam."""
    answer = learner.post(f"{AT}/start")
    assert (answer.status_code, answer.location) == (303, f"{AT}/paper")
    return learner


def attempt_of(runtime: NodeRuntime, number: int = 1) -> StoredAttempt:
    attempt = attempts.find(runtime.store.read(), LEARNER, EXAM, number)
    assert attempt is not None
    return attempt


def questions(runtime: NodeRuntime) -> list[str]:
    return [asked.id for asked in Paper.from_text(attempt_of(runtime).paper).asked]


def post_answer(client: FlaskClient, asked: str, **changes: Any) -> TestResponse:
    body = {"exam": EXAM, "attempt": 1, "question": asked, "response": "A", "counter": 5}
    return client.post("/api/exam/answer", json=body | changes)


def kinds(runtime: NodeRuntime) -> list[Kind]:
    return [record.kind for record in journal.of_learner(runtime.store.read(), LEARNER)]


def test_the_start_page_says_the_rules_and_begins_nothing(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    page = learner.get(AT).text
    for words in ("开始考试", "2026-11-10", "2026-12-09", "30 分钟", "停电"):
        assert words in page
    assert not attempts.of_exam(runtime.store.read(), LEARNER, EXAM)


def test_the_start_page_leads_to_a_running_attempt(sitting: FlaskClient) -> None:
    assert sitting.get(AT).location == f"{AT}/paper"


def test_an_exam_that_is_closed_says_so_and_has_no_button(
    sign_in_as: Callable[[str], FlaskClient], pc: FakeTime
) -> None:
    pc.go_on(40 * 86_400)
    page = sign_in_as(LEARNER).get(AT).text
    assert "已于 2026-12-09 截止" in page
    assert "开始考试</" not in page


def test_nobody_begins_without_signing_in(browser: FlaskClient) -> None:
    answer = browser.post(f"{AT}/start")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


def test_the_paper_holds_no_right_answer_no_inline_script_and_no_style(
    sitting: FlaskClient,
) -> None:
    page = sitting.get(f"{AT}/paper").text
    assert "解析" not in page
    assert "answer" not in re.sub(r'exam_answers|class="answered"', "", page)
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on[a-z]+=", page)


def test_the_paper_shows_what_is_on_disk(sitting: FlaskClient, runtime: NodeRuntime) -> None:
    first, second, *_ = questions(runtime)
    post_answer(sitting, first, response="C")
    page = sitting.get(f"{AT}/paper").text
    assert re.search(rf'name="{first}" value="C" checked', page)
    assert not re.search(rf'name="{second}" value="." checked', page)
    assert "已存 1 / 4 题" in page


def test_an_answer_is_saved_and_the_node_says_how_much_time_is_left(
    sitting: FlaskClient, runtime: NodeRuntime, pc: FakeTime
) -> None:
    pc.go_on(60)
    answer = post_answer(sitting, questions(runtime)[0], response="B", counter=60_000)
    assert answer.json == {
        "saved": True,
        "response": "B",
        "counter": 60_000,
        "left_ms": 29 * 60_000,
        "answered": 1,
    }


def test_a_late_post_is_told_what_is_kept(sitting: FlaskClient, runtime: NodeRuntime) -> None:
    question = questions(runtime)[0]
    post_answer(sitting, question, response="B", counter=9)
    late = post_answer(sitting, question, response="D", counter=8).json
    assert late is not None
    assert (late["response"], late["counter"]) == ("B", 9)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"question": "food/p1"}, 404, "not-found"),
        ({"attempt": 2}, 404, "not-found"),
        ({"exam": "\ud800"}, 400, "bad-input"),
        ({"response": "Z"}, 400, "bad-response"),
        ({"response": None}, 400, "bad-input"),
        ({"counter": -1}, 400, "bad-input"),
        ({"counter": True}, 400, "bad-input"),
        ({"learner": OTHER}, 401, "other-learner"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_in_words(
    sitting: FlaskClient, runtime: NodeRuntime, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = post_answer(sitting, questions(runtime)[0], **changes)
    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["error"] == code
    assert answer.json["words"]
    assert Kind.EXAM_ANSWER not in kinds(runtime)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b'{"exam": "\\ud800"}'])
def test_an_answer_that_is_no_json_object_is_refused(sitting: FlaskClient, body: bytes) -> None:
    answer = sitting.post("/api/exam/answer", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_another_learner_cannot_answer_in_ones_place(
    sitting: FlaskClient, runtime: NodeRuntime, sign_in_as: Callable[[str], FlaskClient]
) -> None:
    assert post_answer(sign_in_as(OTHER), questions(runtime)[0]).status_code == 404


def test_an_expired_sign_in_is_401_and_signing_in_again_goes_on(
    sitting: FlaskClient, runtime: NodeRuntime
) -> None:
    question = questions(runtime)[0]
    runtime.sessions.end_all(learner=LEARNER)
    refused = post_answer(sitting, question)
    assert refused.status_code == 401
    assert json.loads(refused.text)["error"] == "session-expired"
    again = sitting.post("/api/exam/sign-in", json={"learner": LEARNER, "pin": "271828"})
    assert again.status_code == 200
    assert post_answer(sitting, question).status_code == 200


def test_signing_in_again_with_a_wrong_pin_is_refused(
    sitting: FlaskClient, runtime: NodeRuntime
) -> None:
    runtime.sessions.end_all(learner=LEARNER)
    again = sitting.post("/api/exam/sign-in", json={"learner": LEARNER, "pin": "000000"})
    assert again.status_code == 403
    assert post_answer(sitting, questions(runtime)[0]).status_code == 401


def test_signing_in_again_needs_a_form_token(app: Flask, sitting: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    body = {"learner": LEARNER, "pin": "271828"}
    assert sitting.post("/api/exam/sign-in", json=body).status_code == 400
    token = json.loads(sitting.get("/api/exam/token").text)["csrf"]
    assert (
        sitting.post("/api/exam/sign-in", json=body, headers={"X-CSRFToken": token}).status_code
        == 200
    )


def test_the_paper_is_sat_without_javascript(sitting: FlaskClient, runtime: NodeRuntime) -> None:
    first, second, third, _ = questions(runtime)
    saved = sitting.post(f"{AT}/save", data={first: "A", second: "B"})
    assert saved.location == f"{AT}/paper"
    asked = sitting.post(f"{AT}/save", data={first: "C", second: "B", "hand-in": "1"})
    assert asked.location == f"{AT}/hand-in"
    page = sitting.get(f"{AT}/hand-in").text
    assert "还有 2 题没有作答" in page
    assert f"{AT}/paper#q3" in page
    done = sitting.post(f"{AT}/hand-in")
    assert done.location == f"{AT}/done/1"
    assert kinds(runtime).count(Kind.EXAM_ANSWER) == 3


def test_an_answer_taken_back_in_a_form_is_noted(
    sitting: FlaskClient, runtime: NodeRuntime
) -> None:
    first, *_ = questions(runtime)
    sitting.post(f"{AT}/save", data={first: "A"})
    sitting.post(f"{AT}/save", data={})
    last = journal.of_learner(runtime.store.read(), LEARNER)[-1]
    assert (last.kind, last.object, last.response) == (Kind.EXAM_ANSWER, first, "")


def test_the_paper_says_which_course_it_is_of(sitting: FlaskClient) -> None:
    assert "食品安全日常检查 · 结业考试" in sitting.get(f"{AT}/paper").text


def test_handing_in_shows_what_is_stored_and_that_headquarters_grades(
    sitting: FlaskClient, runtime: NodeRuntime
) -> None:
    post_answer(sitting, questions(runtime)[0])
    submitted = sitting.post("/api/exam/submit", json={"exam": EXAM, "attempt": 1}).json
    assert submitted == {"submitted": True, "answered": 1, "url": f"{AT}/done/1"}
    page = sitting.get(f"{AT}/done/1").text
    for words in ("已交卷", "线路通后由总局评卷", "1 题", "待评"):
        assert words in page


def test_a_handed_in_attempt_takes_no_answer_and_has_no_paper(
    sitting: FlaskClient, runtime: NodeRuntime
) -> None:
    question = questions(runtime)[0]
    sitting.post(f"{AT}/hand-in")
    refused = post_answer(sitting, question)
    assert refused.status_code == 409
    assert sitting.get(f"{AT}/paper").location == f"{AT}/done/1"
    assert Kind.EXAM_ANSWER not in kinds(runtime)


def test_the_result_is_shown_when_the_hub_said_it(
    sitting: FlaskClient, runtime: NodeRuntime
) -> None:
    sitting.post(f"{AT}/hand-in")
    graded = Graded(LEARNER, EXAM, 1, NODE, 3, 4, 75, True, START, 17)
    runtime.store.write(lambda conn: results.put(conn, graded))
    page = sitting.get(f"{AT}/done/1").text
    for words in ("75", "合格", "3 / 4", "7-17"):
        assert words in page


def test_who_has_passed_is_told_so_and_not_asked_to_begin_again(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    elsewhere = Graded(LEARNER, EXAM, 1, NODE + 1, 4, 4, 100, True, START, 17)
    runtime.store.write(lambda conn: results.put(conn, elsewhere))
    page = learner.get(AT).text
    assert "您已经合格" in page
    assert "开始考试" not in page


def test_when_both_attempts_are_used_the_start_page_says_so(sitting: FlaskClient) -> None:
    sitting.post(f"{AT}/hand-in")
    sitting.post(f"{AT}/start")
    sitting.post(f"{AT}/hand-in")
    page = sitting.get(AT).text
    assert "2 次考试机会都已用完" in page
    assert sitting.post(f"{AT}/start").status_code == 409


def test_an_answer_that_comes_after_the_time_is_refused_in_plain_words(
    sitting: FlaskClient, runtime: NodeRuntime, pc: FakeTime
) -> None:
    question = questions(runtime)[0]
    pc.go_on(31 * 60)
    refused = post_answer(sitting, question)
    assert refused.status_code == 409
    assert refused.json is not None
    assert "考试时间已到" in refused.json["words"]


def test_the_state_tells_a_page_what_the_node_holds(
    sitting: FlaskClient, runtime: NodeRuntime
) -> None:
    question = questions(runtime)[0]
    post_answer(sitting, question, response="D", counter=7)
    state = sitting.get(f"/api/exam/state?exam={EXAM}&attempt=1").json
    assert state == {
        "open": True,
        "left_ms": 30 * 60_000,
        "answers": {question: {"response": "D", "counter": 7}},
        "url": f"{AT}/done/1",
        "elsewhere": False,
    }


def test_a_course_without_that_exam_is_not_found(learner: FlaskClient, course: Course) -> None:
    assert learner.get(f"/exam/{course.id}/drill").status_code == 404
    assert learner.get("/exam/nothing/final").status_code == 404


def hand_in_by(by: str, sitting: FlaskClient, runtime: NodeRuntime) -> None:
    if by == "form":
        sitting.post(f"{AT}/hand-in")
    elif by == "script":
        sitting.post("/api/exam/submit", json={"exam": EXAM, "attempt": 1})
    else:
        late = Moment(runtime.clock.now(), runtime.running.now_ms() + 3_600_000)
        runtime.store.write(lambda conn: exam.hand_in_what_is_over(conn, late))


@pytest.mark.parametrize("by", ["form", "script", "time"])
def test_a_hand_in_sends_the_courier_soon_and_once(
    sitting: FlaskClient, runtime: NodeRuntime, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    planned: list[float] = []
    runtime.courier.check_submissions()
    monkeypatch.setattr(runtime.courier, "_plan", lambda job, wait_s: planned.append(wait_s))
    hand_in_by(by, sitting, runtime)
    runtime.courier.check_submissions()
    runtime.courier.check_submissions()
    assert planned == [NUDGE_S]


def page_of(paper: str) -> str:
    found = re.search(r'data-page="([^"]+)"', paper)
    assert found is not None
    return found[1]


PAPERS = {
    "exam": (f"{AT}/paper", f"{AT}/hand-in", f"{AT}/done/1", EXAM),
    "mock": ("/mock/food/paper", "/mock/food/hand-in", "/mock/food/done/1", "food"),
}


@pytest.mark.parametrize("kind", PAPERS)
def test_the_device_that_opened_the_paper_last_goes_on_and_the_first_is_told(
    learner: FlaskClient, sign_in_as: Callable[[str], FlaskClient], kind: str
) -> None:
    learner.post(f"{AT}/start" if kind == "exam" else "/mock/food")
    paper, hand_in, done, name = PAPERS[kind]
    phone = sign_in_as(LEARNER)
    text = learner.get(paper).text
    pc_page, phone_page = page_of(text), page_of(phone.get(paper).text)
    asked = re.findall(r'data-question="([^"]+)"', text)[0]
    body = {"exam": name, "attempt": 1, "question": asked, "response": "", "counter": 5}

    def answer(client: FlaskClient, page: str) -> tuple[int, str]:
        told = client.post(f"/api/{kind}/answer", json=body | {"page": page})
        return told.status_code, (told.json or {}).get("error", "")

    def elsewhere(client: FlaskClient, page: str) -> object:
        query = {"exam": name, "attempt": 1, "page": page}
        return (client.get(f"/api/{kind}/state", query_string=query).json or {})["elsewhere"]

    assert answer(phone, phone_page) == (200, "")
    assert answer(learner, pc_page) == (423, "sat-elsewhere")
    assert (elsewhere(learner, pc_page), elsewhere(phone, phone_page)) == (True, False)
    taken = learner.post(f"/api/{kind}/take", json=body | {"page": pc_page})
    assert (taken.json or {})["elsewhere"] is False
    assert answer(learner, pc_page) == (200, "")
    assert elsewhere(phone, phone_page) is True
    learner.post(hand_in)
    for address in (paper, hand_in):
        assert phone.get(address).location == done
    assert phone.post(hand_in).location == done
    assert phone.get(done).status_code == 200


def test_a_page_that_asks_by_itself_does_not_keep_the_learner_at_the_pc(
    sitting: FlaskClient, pc: FakeTime
) -> None:
    for _minute in range(11):
        pc.go_on(60)
        assert sitting.get(f"/api/exam/state?exam={EXAM}&attempt=1").status_code == 200
    page = sitting.get("/", headers={"Accept": "text/html"})
    assert page.location.startswith("/sign-in/still")


def test_an_exam_that_the_time_ended_says_so_and_one_handed_in_does_not(
    sitting: FlaskClient, runtime: NodeRuntime, pc: FakeTime
) -> None:
    pc.go_on(30 * 60 + 11)
    assert sitting.get(f"{AT}/paper").location == f"{AT}/done/1"
    assert "时间到，已自动交卷" in sitting.get(f"{AT}/done/1").text
    sitting.post(f"{AT}/start")
    pc.go_on(20 * 60)
    sitting.post(f"{AT}/hand-in")
    assert "时间到" not in sitting.get(f"{AT}/done/2").text


def first_button(page: str) -> str:
    actions = page.partition('<div class="actions">')[2]
    return re.sub(r"<[^>]*>", "", actions.partition("</a>")[0]).strip()


@pytest.mark.parametrize(("score", "first"), [(75, "我的成绩"), (25, "去练习")])
def test_the_first_button_after_an_exam_is_what_helps_now(
    sitting: FlaskClient, runtime: NodeRuntime, score: int, first: str
) -> None:
    sitting.post(f"{AT}/hand-in")
    graded = Graded(LEARNER, EXAM, 1, NODE, 3, 4, score, score >= 60, START, 17)
    runtime.store.write(lambda conn: results.put(conn, graded))
    page = sitting.get(f"{AT}/done/1").text
    assert first_button(page) == first
    assert ("exam-score-failed" in page) is (score < 60)
    assert ("请先做练习和模拟考试" in page) is (score < 60)

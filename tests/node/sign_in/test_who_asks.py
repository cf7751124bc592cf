"""A shared PC: whether it is still the same learner who asks, and in whose language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from content.model.course import Course
from node.learning.exams.paper import Paper
from node.runtime import NodeRuntime
from node.store import attempts, learners
from node.store.sessions import DOUBT_S
from tests.node.conftest import KEEPER, LEARNER, OTHER, PASSWORD, PIN, FakeTime

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STILL = "/sign-in/still"


def where(client: FlaskClient, page: str) -> str:
    """Where opening a page leads; "" if it is shown."""
    return client.get(page, headers=BROWSER).headers.get("Location", "")


def test_after_ten_quiet_minutes_the_next_page_asks_who_it_is(
    learner: FlaskClient, pc: FakeTime
) -> None:
    pc.go_on(DOUBT_S)
    assert where(learner, "/results") == ""
    pc.go_on(DOUBT_S + 1)
    for _ in range(2):  # looking away does not answer it
        assert where(learner, "/results") == f"{STILL}?next=/results"
    question = learner.get(f"{STILL}?next=/results").text
    assert "您是 张一 吗？" in question
    answer = learner.post(f"{STILL}?next=/results")
    assert answer.headers["Location"] == "/results"
    assert where(learner, "/results") == ""


def test_who_is_somebody_else_signs_out_there(learner: FlaskClient, pc: FakeTime) -> None:
    pc.go_on(DOUBT_S + 1)
    assert 'action="/sign-out"' in learner.get(STILL).text
    learner.post("/sign-out")
    assert where(learner, "/results").startswith("/sign-in?")
    assert learner.post(STILL).headers["Location"] == "/sign-in"


def test_who_does_something_every_few_minutes_is_never_asked(
    learner: FlaskClient, pc: FakeTime
) -> None:
    for _ in range(20):
        pc.go_on(DOUBT_S - 1)
        assert where(learner, "/") == ""


def test_the_question_leads_on_to_our_own_pages_only(learner: FlaskClient, pc: FakeTime) -> None:
    pc.go_on(DOUBT_S + 1)
    answer = learner.post(STILL, query_string={"next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_after_an_hour_it_is_signed_out_whatever_is_answered(
    learner: FlaskClient, pc: FakeTime, runtime: NodeRuntime
) -> None:
    pc.go_on(runtime.config.session_idle_s + 1)
    assert learner.post(STILL).headers["Location"] == "/sign-in"


def test_the_next_one_does_not_study_on_an_open_page(learner: FlaskClient, pc: FakeTime) -> None:
    pc.go_on(DOUBT_S + 1)
    beat = {"learner": LEARNER, "item": "food/film", "tab": "t", "spans": [[0, 5]]}
    refused = learner.post("/api/study", json=beat)
    assert refused.json is not None
    assert refused.json["error"] == "session-expired"
    again = learner.post("/api/exam/sign-in", json={"learner": LEARNER, "pin": PIN})
    assert again.status_code == 200
    assert learner.post("/api/study", json=beat).status_code == 200


def test_an_answer_in_an_exam_is_kept_however_long_it_took(
    learner: FlaskClient, pc: FakeTime, runtime: NodeRuntime, course: Course
) -> None:
    assert learner.post("/exam/food/final/start").status_code == 303
    attempt = attempts.find(runtime.store.read(), LEARNER, "food/final", 1)
    assert attempt is not None
    pc.go_on(DOUBT_S + 60)
    asked = Paper.from_text(attempt.paper).asked[0].id
    body = {"exam": "food/final", "attempt": 1, "question": asked, "response": "A", "counter": 1}
    assert learner.post("/api/exam/answer", json=body).status_code == 200
    assert where(learner, "/exam/food/final/paper") == ""
    pc.go_on(DOUBT_S + 1)
    saved = learner.post("/exam/food/final/save", data={})
    assert saved.headers["Location"] == "/exam/food/final/paper"
    assert where(learner, "/exam/food/final/paper").startswith(STILL)
    assert course.id == "food"


def test_before_an_exam_the_page_asks_by_name(learner: FlaskClient) -> None:
    page = learner.get("/exam/food/final").text
    assert "您是 张一 吗？" in page
    assert "不是我，退出" in page


@pytest.mark.parametrize("page", ["/keeper/", "/keeper/learners"])
def test_the_keeper_is_not_asked(keeper: FlaskClient, pc: FakeTime, page: str) -> None:
    pc.go_on(DOUBT_S + 1)
    assert where(keeper, page) == ""


# Languages


def test_each_learner_has_the_own_language_on_any_computer(
    app: Flask, learner: FlaskClient, sign_in_as: Callable[[str], FlaskClient]
) -> None:
    learner.post("/lang", data={"lang": "en"})
    assert 'lang="en"' in learner.get("/").text
    assert 'lang="en"' in sign_in_as(LEARNER).get("/").text
    assert 'lang="en"' not in sign_in_as(OTHER).get("/").text.partition("<body")[0]


def test_the_language_of_one_does_not_stay_for_the_next(learner: FlaskClient) -> None:
    learner.post("/lang", data={"lang": "en"})
    learner.post("/sign-out")
    assert "登录学习" in learner.get("/sign-in").text
    learner.post("/sign-in", data={"number": OTHER, "pin": PIN})
    assert "我的学习" in learner.get("/").text


def test_a_language_chosen_before_signing_in_goes_along(
    browser: FlaskClient, runtime: NodeRuntime
) -> None:
    browser.post("/lang", data={"lang": "en"})
    assert "Sign in" in browser.get("/sign-in").text
    browser.post("/sign-in", data={"number": LEARNER, "pin": PIN})
    assert 'lang="en"' in browser.get("/").text
    known = learners.find(runtime.store.read(), LEARNER)
    assert known is not None
    assert known.language == "en"


def test_a_learners_own_language_wins_over_the_sign_in_pages(
    browser: FlaskClient, runtime: NodeRuntime
) -> None:
    runtime.store.write(lambda conn: learners.set_language(conn, LEARNER, "zh"))
    browser.post("/lang", data={"lang": "en"})
    browser.post("/sign-in", data={"number": LEARNER, "pin": PIN})
    assert "我的学习" in browser.get("/").text


def test_a_keeper_speaks_the_chosen_language_until_sign_out(browser: FlaskClient) -> None:
    browser.post("/lang", data={"lang": "en"})
    browser.post("/keeper/sign-in", data={"name": KEEPER, "password": PASSWORD})
    assert "Learners" in browser.get("/keeper/learners").text
    browser.post("/sign-out")
    assert "站点管理员登录" in browser.get("/keeper/sign-in").text


def test_a_language_that_is_none_reads_in_chinese(learner: FlaskClient) -> None:
    learner.post("/lang", data={"lang": "xx<script>"})
    assert "我的学习" in learner.get("/").text

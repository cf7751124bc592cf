"""A learner who is moved while an exam runs finishes it here, and is told where to go then."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from node.learning.exams import exam
from node.learning.exams.errors import ExamElsewhere
from node.runtime import NodeRuntime
from node.store import learners, orders
from sync.exchange import Order
from sync.facts.state import Facts
from sync.records import Kind, Record
from tests.node.conftest import LEARNER, PIN, FakeTime

API = "/api/exam/answer"


def withdraw(runtime: NodeRuntime, to: str = "东关所", mark: int = 1) -> None:
    """As headquarters orders it."""
    moved = json.dumps({"unit": to}).encode() if to else b""
    both = (Order(mark, "moved", LEARNER, moved), Order(mark + 1, "roster", LEARNER, b""))
    runtime.store.write(lambda conn: orders.apply(conn, both, 0, 9))


def bring(runtime: NodeRuntime, seconds: int, mark: int) -> int:
    """Facts as another station's records make them; how much is known here then."""
    facts = Facts()
    facts.add(9, 1, Record(1, 9, Kind.STUDY, LEARNER, "food/film", numbers=(0, seconds)))
    order = (Order(mark, "facts", LEARNER, b'{"state":' + facts.to_bytes() + b"}"),)
    runtime.store.write(lambda conn: orders.apply(conn, order, 0, mark))
    return runtime.facts.of(LEARNER).seconds("food/film")


def come(runtime: NodeRuntime, mark: int) -> None:
    body = json.dumps({"number": LEARNER, "name": "张一", "post": "", "unit": "红旗所"}).encode()
    order = (Order(mark, "roster", LEARNER, body),)
    runtime.store.write(lambda conn: orders.apply(conn, order, 0, 9))


def test_an_exam_that_runs_is_finished_before_the_learner_goes(
    runtime: NodeRuntime, learner: FlaskClient
) -> None:
    learner.post("/exam/food/final/start")
    withdraw(runtime)
    page = learner.get("/exam/food/final/paper")
    assert page.status_code == 200
    assert [one.number for one in learners.all(runtime.store.read())] == ["A1002"]
    done = learner.post("/exam/food/final/hand-in")
    told = learner.get(done.location, follow_redirects=True)
    assert "您现在属于东关所" in told.text
    assert learners.find(runtime.store.read(), LEARNER) is None
    again = learner.get("/", follow_redirects=True)
    assert "您现在属于东关所" not in again.text  # the next one at this PC is somebody else


def test_the_time_that_is_over_hands_in_for_who_was_moved(
    runtime: NodeRuntime, learner: FlaskClient, pc: FakeTime
) -> None:
    learner.post("/exam/food/final/start")
    withdraw(runtime)
    pc.go_on(31 * 60)
    runtime.mark_alive()
    assert learners.find(runtime.store.read(), LEARNER) is None


def test_who_was_moved_begins_no_other_exam_here(
    runtime: NodeRuntime, course: Course, learner: FlaskClient
) -> None:
    learner.post("/exam/food/final/start")
    withdraw(runtime)
    assert exam.begin(runtime.store, course, "final", LEARNER, runtime.moment()).number == 1
    learner.post("/exam/food/final/hand-in")
    with pytest.raises(ExamElsewhere):
        exam.begin(runtime.store, course, "final", LEARNER, runtime.moment())


def test_the_right_pin_is_told_the_new_station_and_a_wrong_one_nothing(
    runtime: NodeRuntime, browser: FlaskClient
) -> None:
    withdraw(runtime)
    wrong = browser.post("/sign-in", data={"number": LEARNER, "pin": "000001"})
    assert (wrong.status_code, "东关所" in wrong.text) == (403, False)
    right = browser.post("/sign-in", data={"number": LEARNER, "pin": PIN})
    assert (right.status_code, "您现在属于东关所" in right.text) == (403, True)
    assert browser.get("/").status_code == 302


def test_who_comes_back_signs_in_and_who_leaves_for_good_is_told_nothing_old(
    runtime: NodeRuntime, browser: FlaskClient
) -> None:
    withdraw(runtime)
    come(runtime, mark=3)
    form = {"number": LEARNER, "pin": PIN}
    assert browser.post("/sign-in", data=form).status_code == 303
    browser.post("/sign-out")
    gone = (Order(4, "roster", LEARNER, b""),)
    runtime.store.write(lambda conn: orders.apply(conn, gone, 0, 9))
    refused = browser.post("/sign-in", data=form)
    assert (refused.status_code, "东关所" in refused.text) == (403, False)


def test_what_the_old_station_sends_later_is_seen_at_the_new_one(runtime: NodeRuntime) -> None:
    assert [bring(runtime, seconds, mark) for mark, seconds in ((1, 20), (2, 30))] == [20, 30]

"""Who is here and at what, whose exam holds up courses, and what the PCs are called."""

from __future__ import annotations

import sqlite3

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from node.errors import NotFound, UnfitSetting
from node.keeper import line_settings, presence
from node.learning.exams import exam
from node.learning.exams.exam import save_answer
from node.learning.exams.paper import Paper
from node.link.policy import ABANDONED_S, Wait, Why
from node.runtime import NodeRuntime
from node.store import journal
from sync.records import Kind
from tests.node.conftest import LEARNER, OTHER, FakeTime


def test_an_exam_that_nobody_touches_does_not_hold_up_courses(
    runtime: NodeRuntime, course: Course, pc: FakeTime
) -> None:
    policy = runtime.courier.policy
    attempt = exam.begin(runtime.store, course, "final", LEARNER, runtime.moment())
    pc.go_on(300)
    assert policy.content_waits() == Wait(Why.EXAM)
    question = Paper.from_text(attempt.paper).asked[0].id
    save_answer(runtime.store, attempt, question, "A", 1, runtime.moment())
    pc.go_on(ABANDONED_S - 10)
    assert policy.content_waits() == Wait(Why.EXAM)
    pc.go_on(20)
    assert policy.content_waits() is None
    policy.give_way()
    # It still takes answers, and then courses wait again.
    save_answer(runtime.store, attempt, question, "B", 2, runtime.moment())
    assert policy.content_waits() == Wait(Why.EXAM)


def test_a_learner_who_only_reads_the_paper_is_still_at_it(
    runtime: NodeRuntime, course: Course, pc: FakeTime
) -> None:
    exam.begin(runtime.store, course, "final", LEARNER, runtime.moment())
    pc.go_on(ABANDONED_S + 10)
    assert runtime.courier.policy.content_waits() is None
    runtime.sessions.begin("secret", runtime.clock.now(), learner=LEARNER)
    assert runtime.courier.policy.content_waits() == Wait(Why.EXAM)


def test_the_keeper_reads_whose_exam_courses_wait_for_and_until_when(
    runtime: NodeRuntime, course: Course, keeper: FlaskClient, pc: FakeTime
) -> None:
    exam.begin(runtime.store, course, "final", LEARNER, runtime.moment())
    assert line_settings.content_words(runtime) == "张一 正在考试，课程等考完再下载。"
    pc.go_on(600)
    exam.begin(runtime.store, course, "final", OTHER, runtime.moment())
    assert line_settings.content_words(runtime) == "张一、李二 正在考试，课程等考完再下载。"
    first, second = presence.open_exams(runtime)
    assert (first.name, first.title) == ("张一", "食品安全日常检查 · 结业考试")
    assert first.ends == first.began + 30 * 60 + exam.GRACE_MS // 1000
    assert (first.holds_courses, second.holds_courses) == (True, True)
    pc.go_on(ABANDONED_S - 590)
    first, second = presence.open_exams(runtime)
    assert (first.holds_courses, second.holds_courses) == (False, True)
    page = keeper.get("/keeper/now").text
    assert page.index("还没有交卷的考试") < page.index("等它考完")
    assert "不等它" in page


@pytest.mark.parametrize(
    ("kind", "object", "doing"),
    [
        (Kind.PRACTICE, "food/p1", ("练习", "食品安全日常检查")),
        (Kind.STUDY, "food/film", ("首页", "")),
    ],
)
def test_who_practises_is_told_from_who_looks_at_the_home_page(
    runtime: NodeRuntime,
    course: Course,
    pc: FakeTime,
    kind: Kind,
    object: str,
    doing: tuple[str, str],
) -> None:
    now = runtime.clock.now()
    response = "A" if kind is Kind.PRACTICE else ""

    def note(conn: sqlite3.Connection) -> None:
        journal.append(
            conn, at=now, kind=kind, learner=LEARNER, object=object, response=response,
            numbers=(1, 5),
        )  # fmt: skip

    runtime.store.write(note)
    runtime.sessions.begin("secret", now, learner=LEARNER)
    (present,) = presence.now_studying(runtime)
    assert (present.doing, present.what) == doing


def test_a_pc_is_called_by_the_name_that_the_keeper_gave_it(
    runtime: NodeRuntime, keeper: FlaskClient
) -> None:
    now = runtime.clock.now()
    runtime.sessions.begin("secret", now, learner=LEARNER, source="10.0.0.7")
    assert "10.0.0.7 <a" in keeper.get("/keeper/now").text
    keeper.post("/keeper/now/pc/10.0.0.7", data={"name": " 东窗那台 "})
    page = keeper.get("/keeper/now").text
    assert "东窗那台" in page
    assert "10.0.0.7 <a" not in page
    keeper.post("/keeper/now/pc/10.0.0.7", data={"name": ""})
    assert presence.pcs(runtime) == {}


def test_a_name_too_long_or_of_nothing_is_refused(
    runtime: NodeRuntime, keeper: FlaskClient
) -> None:
    answer = keeper.post("/keeper/now/pc/10.0.0.7", data={"name": "窗" * 21})
    assert (answer.status_code, "最多 20 个字" in answer.text) == (400, True)
    with pytest.raises(UnfitSetting):
        presence.name_pc(runtime, "10.0.0.7", "窗" * 21)
    with pytest.raises(NotFound):
        presence.name_pc(runtime, "the PC by the window", "东窗那台")
    assert presence.pcs(runtime) == {}


def test_an_exam_of_somebody_whom_the_roster_does_not_know_is_told_by_number(
    runtime: NodeRuntime, course: Course
) -> None:
    exam.begin(runtime.store, course, "final", LEARNER, runtime.moment())
    runtime.store.write(lambda conn: conn.execute("DELETE FROM learner"))
    (left,) = presence.open_exams(runtime)
    assert (left.name, left.number) == (LEARNER, "")
    assert line_settings.content_words(runtime) == "有人 正在考试，课程等考完再下载。"

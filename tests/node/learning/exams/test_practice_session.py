"""The ways through practice: chapters, random, mistakes, favourites, where the learner stopped."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from node.errors import NotFound
from node.learning.exams import practice, practice_session
from node.learning.exams.errors import BadResponse
from node.runtime import NodeRuntime
from node.store import journal, stars
from sync.records import Kind
from tests.node import all_types
from tests.node.conftest import LEARNER

DRILL, HOME = "/practice/types/drill", "/practice/types"


@pytest.fixture
def types(runtime: NodeRuntime) -> Course:
    return all_types.install(runtime)


def give(client: FlaskClient, q: str, *response: str, **more: str) -> str:
    """Answer; returns the page that follows."""
    answer = client.post(DRILL, data={"q": q, "response": list(response), **more})
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"]).text


def next_of(page: str) -> str:
    """Which question the page leads to."""
    link = re.search(r'id="next"[^>]*|<a[^>]*href="([^"]*)"[^>]*id="next"', page)
    assert link
    return re.sub(r".*q=([a-z]+).*", r"\1", link[1] or link[0])


def test_the_chapters_count_right_wrong_and_untried(
    types: Course, learner: FlaskClient, runtime: NodeRuntime
) -> None:
    give(learner, "single", "A")
    give(learner, "judge", "A")
    give(learner, "numeric", "15")
    chapters = practice_session.chapters(types, runtime.facts.of(LEARNER))
    assert [
        (chapter.title, chapter.right, chapter.wrong, chapter.untried) for chapter in chapters
    ] == [
        ("检查程序", 1, 1, 4),
        ("计量", 1, 0, 1),
        ("沟通", 0, 0, 1),
    ]
    page = learner.get(HOME).text
    assert "上次做到这里" in page
    assert "q=rich" in page  # numeric was answered last; rich follows it


def test_a_course_without_chapters_has_one_named_like_its_practice(
    course: Course, runtime: NodeRuntime
) -> None:
    [chapter] = practice_session.chapters(course, runtime.facts.of(LEARNER))
    assert (chapter.title, chapter.total) == ("随堂练习", 4)


def test_a_chapter_is_gone_through_in_its_order(types: Course, learner: FlaskClient) -> None:
    page = learner.get(f"{DRILL}?way=chapter&of=1").text
    assert "计量 · 第 1 / 2 题" in page
    page = give(learner, "numeric", "3", way="chapter", of="1")
    assert next_of(page) == "rich"
    page = give(learner, "rich", "B", way="chapter", of="1")
    assert "这一轮做完了" in page
    assert learner.get(f"{DRILL}?way=chapter&of=1").status_code == 200  # once more


@pytest.mark.parametrize("query", ["way=chapter&of=9", "way=chapter&of=x", "way=elsewhere"])
def test_a_way_that_is_not_there_is_not_found(
    types: Course, learner: FlaskClient, query: str
) -> None:
    assert learner.get(f"{DRILL}?{query}").status_code == 404


def test_the_same_seed_gives_the_same_order_and_another_another(
    types: Course, runtime: NodeRuntime
) -> None:
    facts = runtime.facts.of(LEARNER)
    orders = [
        tuple(
            drill.question.id
            for drill in practice_session.run("random", of, (), types, facts).drills
        )
        for of in ("a", "a", "b", "c")
    ]
    assert orders[0] == orders[1]
    assert len(set(orders)) > 1
    assert len(orders[0]) == 9


def test_a_random_run_goes_on_with_what_was_answered_before(
    types: Course, learner: FlaskClient, runtime: NodeRuntime
) -> None:
    run = practice_session.run("random", "s", (), types, runtime.facts.of(LEARNER))
    ids = [drill.question.id for drill in run.drills]
    give(learner, "single", "A")
    place = ids.index("judge")
    page = give(learner, "judge", "B", way="random", of="s")
    if place + 1 < len(ids):
        assert next_of(page) == ids[place + 1]
    else:
        assert "这一轮做完了" in page


def test_favourites_are_kept_for_their_learner_alone(
    types: Course, learner: FlaskClient, runtime: NodeRuntime
) -> None:
    assert "还没有收藏" in learner.get("/favourites").text
    for q in ("fill", "matching", "fill"):
        answer = learner.post(f"{DRILL}/star", data={"q": q, "star": "1", "way": "stars"})
        assert answer.headers["Location"] == f"{DRILL}?q={q}&way=stars"
    assert stars.of_learner(runtime.store.read(), LEARNER) == ["types/fill", "types/matching"]
    assert stars.of_learner(runtime.store.read(), "A1002") == []
    page = learner.get("/favourites").text
    assert "共 2 题" in page
    assert next_of(give(learner, "fill", "90", "5", way="stars")) == "matching"
    off = learner.post(f"/api{DRILL}/star", data={"q": "fill", "star": "0"})
    assert off.get_json() == {"starred": False}
    assert "共 1 题" in learner.get("/favourites").text
    assert learner.post(f"{DRILL}/star", data={"q": "x-fill", "star": "1"}).status_code == 404
    kinds = {record.kind for record in journal.of_learner(runtime.store.read(), LEARNER)}
    assert kinds == {Kind.PRACTICE}


def test_the_book_of_one_course_leaves_others_out(
    types: Course, course: Course, learner: FlaskClient, runtime: NodeRuntime
) -> None:
    give(learner, "single", "B")
    learner.post("/practice/food/drill", data={"q": "p1", "response": "B"})
    facts = runtime.facts.of(LEARNER)
    assert len(practice_session.book([types, course], facts).drills) == 2
    assert [
        drill.id for drill in practice_session.book([types, course], facts, "types").drills
    ] == ["types/single"]
    page = learner.get(f"{DRILL}?q=single&way=book&of=types").text
    assert "错题本里还有 1 题" in page


def test_an_essay_is_looked_at_then_judged_and_its_text_goes_nowhere(
    types: Course, learner: FlaskClient, runtime: NodeRuntime
) -> None:
    assert "参考答案</b>" not in learner.get(f"{DRILL}?q=essay").text
    looked = learner.post(DRILL, data={"q": "essay", "response": "我的话"})
    assert looked.status_code == 200
    assert "先听清诉求。" in looked.text
    assert "我的话" in looked.text
    assert journal.of_learner(runtime.store.read(), LEARNER) == []
    page = give(learner, "essay", "我的话", judged="0")
    assert "已记进错题本" in page
    [record] = journal.of_learner(runtime.store.read(), LEARNER)
    assert (record.object, record.response, record.numbers[0]) == ("types/essay", "", 0)
    give(learner, "essay", "", judged="1")
    assert runtime.facts.of(LEARNER).mistakes() == []


def test_what_is_no_essay_cannot_be_judged_by_oneself(types: Course, runtime: NodeRuntime) -> None:
    every = practice.drills(types, "drill", runtime.facts.of(LEARNER))
    with pytest.raises(BadResponse, match="answer to types/single"):
        practice.judge(runtime.store, runtime.clock, LEARNER, every[0], True, 0)
    with pytest.raises(NotFound, match="no chapter 'x'"):
        practice_session.run("chapter", "x", every, types, runtime.facts.of(LEARNER))


def test_where_one_stopped(course: Course, learner: FlaskClient, runtime: NodeRuntime) -> None:
    def at() -> str:
        drill = practice_session.stopped_at(course, runtime.facts.of(LEARNER))
        return drill.question.id if drill else ""

    def practise(q: str, *response: str) -> None:
        learner.post("/practice/food/drill", data={"q": q, "response": list(response)})

    assert at() == ""
    assert "还没有开始" in learner.get("/practice/food").text
    practise("p3", "A")
    assert at() == "p4"
    practise("p4", "x")
    assert at() == "p1"
    practise("p1", "A")
    practise("p2", "A")
    assert at() == ""
    assert "4 题都做过了" in learner.get("/practice/food").text


def test_a_wrong_answer_leads_back_to_its_page(types: Course, learner: FlaskClient) -> None:
    page = give(learner, "single", "B")
    assert 'href="/course/types/notes"' in page
    assert "回看“检查要点”" in page

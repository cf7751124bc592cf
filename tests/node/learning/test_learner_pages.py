import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.model.course import Course, Item
from content.packs.pack import seal_manifest
from content.source.build_pack import build
from content.source.folder import read_folder
from node.keeper import learner_overview
from node.learning.agenda import ItemStanding
from node.learning.study import Beat
from node.runtime import NodeRuntime
from node.store import courses, journal, orders, results
from node.web.learner_view import card_words
from sync.exchange import Order
from sync.facts import GRACE_DAYS, day_of
from sync.records import Kind
from tests.node.conftest import HUB_KEY, LEARNER, OTHER, START, FakeTime
from tests.node.web.study.test_results import GRADED

FAILED = results.Graded(LEARNER, "food/final", 1, 7, 1, 4, 25, False, 1_795_000_000, 9)
SAMPLE = Path("content/samples/food-inspection")


def test_home_without_a_sign_in_leads_to_it_and_back(browser: FlaskClient) -> None:
    answer = browser.get("/course/food")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/course/food"


def test_home_offers_the_first_item_to_who_begins(learner: FlaskClient) -> None:
    page = learner.get("/").text
    assert 'href="/course/food/film"' in page
    assert "开始学习" in page
    assert "食品安全日常检查" in page


def test_home_says_where_the_learner_stopped_and_how_much_is_left(
    learner: FlaskClient, runtime: NodeRuntime, pc: FakeTime
) -> None:
    runtime.study.arrive(LEARNER)
    pc.go_on(20)
    film = courses.course(runtime.store.read(), "food").item("film")
    runtime.study.hear(Beat(LEARNER, "food/film", "t", ((0, 40),)), film)
    page = learner.get("/").text
    assert "上次学到 0:40" in page
    assert "还剩 2 分钟" in page
    assert "继续学习" in page


def test_home_shows_the_class_with_the_days_left(learner: FlaskClient) -> None:
    page = learner.get("/").text
    assert "冬季班" in page
    assert "11 月 10 日 至 12 月 9 日" in page
    assert "必修 0 / 4 项" in page


def test_home_without_courses_says_how_they_come(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    runtime.store.write(lambda conn: courses.unwant(conn, "food"))
    page = learner.get("/").text
    assert "课程还没有到本站" in page
    assert "还没有成绩" in page


def test_home_names_a_course_that_is_on_its_way(learner: FlaskClient, runtime: NodeRuntime) -> None:
    on_its_way = courses.WantedCourse("law", 1, "0" * 64, 10, "新课程", 0)
    runtime.store.write(lambda conn: courses.want(conn, on_its_way))
    page = learner.get("/").text
    assert "新课程" in page
    assert "正在取回" in page


def test_a_course_that_was_withdrawn_is_shown_as_ended_with_what_was_done(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    runtime.store.write(lambda conn: courses.unwant(conn, "food"))
    assert "已结束" not in learner.get("/").text  # nothing of it was done
    runtime.store.write(lambda conn: results.put(conn, FAILED))
    page = learner.get("/").text
    assert "总局已撤回" in page
    assert page.count("食品安全日常检查") == 2  # as a course, and with its result
    assert 'href="/course/food"' not in page
    assert "食品安全日常检查" in learner.get("/results").text


def test_a_course_lists_its_items_with_what_is_left(learner: FlaskClient) -> None:
    page = learner.get("/course/food").text
    for link in ("/course/food/film", "/practice/food/drill", "/exam/food/final"):
        assert f'href="{link}"' in page
    assert "还有 4 题" in page


def test_a_course_that_is_not_here_is_not_found(learner: FlaskClient) -> None:
    assert learner.get("/course/none").status_code == 404
    assert learner.get("/course/food/none").status_code == 404


def test_home_is_read_in_english_too(learner: FlaskClient) -> None:
    learner.post("/lang", data={"lang": "en"})
    page = learner.get("/").text
    assert "Start" in page
    assert "我的课程" not in page


DAY_S = 86_400


def do_all(conn: sqlite3.Connection, learner: str, at: int) -> None:
    """Everything that version 1 asks for."""
    for item, end in (("food/film", 120), ("food/notes", 60)):
        journal.append(conn, at=at, kind=Kind.STUDY, learner=learner, object=item, numbers=(0, end))
    for question in ("p1", "p2", "p3", "p4"):
        journal.append(
            conn, at=at, kind=Kind.PRACTICE, learner=learner, object=f"food/{question}",
            response="A", numbers=(1, 5),
        )  # fmt: skip
    results.put(conn, replace(GRADED, learner=learner, submitted_at=at))


def order_of(course: Course, manifest: str, since: int) -> Order:
    """Headquarters orders version 2, which came ``since``."""
    body = {
        "version": 2, "manifest": manifest, "size": 1, "title": course.title,
        "versions": [[1, day_of(START) - 20], [2, day_of(since)]],
    }  # fmt: skip
    return Order(5, "course", course.id, json.dumps(body).encode())


def bring_version_2(runtime: NodeRuntime, course: Course, since: int) -> None:
    """Version 2 asks for one page more; it was published at ``since`` and is installed here."""
    more = Item("news", "page", "新规定", seconds=60, file=course.item("notes").file)
    raw = seal_manifest(replace(course, version=2, items=(*course.items, more)), HUB_KEY)
    order = order_of(course, runtime.blobs.add_bytes(raw), since)

    def store(conn: sqlite3.Connection) -> None:
        orders.apply(conn, (order,), 0, since)
        [wanted] = courses.wanted(conn)
        courses.install(conn, wanted, raw, since)

    runtime.store.write(store)


def test_what_was_done_stays_done_on_every_page_when_a_new_version_comes(
    learner: FlaskClient, runtime: NodeRuntime, course: Course
) -> None:
    late = START + (GRACE_DAYS + 3) * DAY_S
    runtime.store.write(lambda conn: do_all(conn, LEARNER, START))
    bring_version_2(runtime, course, START + 2 * DAY_S)
    runtime.store.write(lambda conn: do_all(conn, OTHER, late))
    for path in ("/", "/course/food", "/results"):
        assert "学完（第 1 版，2026-11-18）" in learner.get(path).text
    assert "眼下的课程都学完了" in learner.get("/").text
    assert "必修 5 / 5 项" in learner.get("/").text
    rows = {row.learner.number: row.percent for row in learner_overview.everyone(runtime)}
    # Version 2 binds who was not done: they have 4 of its 5 items.
    assert rows == {LEARNER: 100, OTHER: 80}


def test_a_version_of_which_no_day_was_told_counts_from_when_it_came(
    runtime: NodeRuntime, course: Course
) -> None:
    conn = runtime.store.read()
    [only] = courses.in_force(conn, course.id)
    assert (only.since, only.until) == (day_of(START), None)
    bring_version_2(runtime, course, START + 2 * DAY_S)
    first, second = courses.in_force(conn, course.id)
    assert (first.since, first.until) == (day_of(START) - 20, day_of(START) + 2)
    assert (second.rule.version, second.until) == (2, None)
    # One that is on its way ends the one before, too; one that is not named counts for nobody.
    told = {2: day_of(START), 3: day_of(START) + 9}
    runtime.store.write(lambda conn: courses.put_days(conn, "food", told))
    [second] = courses.in_force(runtime.store.read(), course.id)
    assert (second.rule.version, second.until) == (2, day_of(START) + 9)


def test_a_running_exam_is_the_large_card_with_its_minutes(
    learner: FlaskClient, pc: FakeTime
) -> None:
    learner.post("/exam/food/final/start")
    pc.go_on(4 * 60 + 10)
    page = learner.get("/").text
    assert page.count('class="continue"') == 1
    card = page.partition('class="continue"')[2].partition("</a>")[0]
    assert 'href="/exam/food/final/paper"' in card
    assert "还剩 26 分钟" in card
    assert "开始学习" not in page


@pytest.mark.parametrize(
    ("course", "item", "words"),
    [
        ("消费投诉", "现场检查", ("消费投诉", "现场检查")),
        ("消费投诉", "看课：消费投诉", ("看课", "消费投诉")),
        ("消费投诉", "消费投诉（一）", ("（一）", "消费投诉")),
        ("消费投诉", "消费投诉", ("视频", "消费投诉")),
    ],
)
def test_the_large_card_does_not_say_the_courses_name_twice(
    course: str, item: str, words: tuple[str, str]
) -> None:
    film = Item("film", "video", item, seconds=60)
    step = ItemStanding(Course("c", 1, course, items=(film,)), film, 0.0, 0, 60, 0)
    assert card_words(step) == words


def test_an_exam_that_is_open_is_a_button_and_does_not_read_as_done(learner: FlaskClient) -> None:
    row = learner.get("/").text.partition('class="exam-rows"')[2].partition("</ul>")[0]
    assert "去考试" in row
    assert 'class="button button-quiet" href="/exam/food/final"' in row
    assert "state-ok" not in row
    assert "去考试" in learner.get("/course/food").text


def test_the_poster_of_a_film_is_the_cover_of_its_course(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    assert '<span class="cover" aria-hidden="true"><b>食</b>' in learner.get("/").text
    pack = build(read_folder(SAMPLE), runtime.blobs, HUB_KEY)
    manifest = runtime.blobs.path(pack.manifest_sha).read_bytes()
    wanted = courses.WantedCourse(
        pack.course.id, pack.course.version, pack.manifest_sha, len(manifest), "", START
    )

    def install(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, START)

    runtime.store.write(install)
    page = learner.get("/").text
    [source] = re.findall(r'class="cover" aria-hidden="true"><img src="([^"]+)"', page)
    assert learner.get(source).mimetype == "image/jpeg"


def test_the_term_says_how_many_courses_are_left(learner: FlaskClient) -> None:
    figures = learner.get("/").text.partition('class="term-figures"')[2].partition("</dl>")[0]
    assert "还差</dt><dd><b>1</b> 门课" in figures

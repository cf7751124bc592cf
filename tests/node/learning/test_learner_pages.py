from flask.testing import FlaskClient

from node.learning.study import Beat
from node.runtime import NodeRuntime
from node.store import courses
from tests.node.conftest import LEARNER, FakeTime


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

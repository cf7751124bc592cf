import re
from dataclasses import replace

from flask.testing import FlaskClient

from node.runtime import NodeRuntime
from node.store import results
from node.store.results import Graded
from tests.node.conftest import LEARNER, NODE, START
from tests.node.pages import PAGES

GRADED = Graded(
    learner=LEARNER,
    exam="food/final",
    attempt=1,
    node=NODE,
    right=3,
    total=4,
    score=75,
    passed=True,
    submitted_at=START,
    receipt_seq=128,
)


def sit(client: FlaskClient) -> None:
    client.post("/exam/food/final/start")
    client.post("/exam/food/final/hand-in")


def grade(runtime: NodeRuntime, graded: Graded) -> None:
    runtime.store.write(lambda conn: results.put(conn, graded))


def test_before_any_exam_the_page_says_what_will_be_here(learner: FlaskClient) -> None:
    page = learner.get("/results").text
    assert "还没有考过试" in page
    assert "食品安全日常检查" in page


def test_what_is_handed_in_waits_for_headquarters(learner: FlaskClient) -> None:
    sit(learner)
    page = learner.get("/results").text
    assert "已交卷，线路通后由总局评卷" in page
    assert "待评" in page
    assert "等线路" in page
    assert "已交卷，线路通后由总局评卷" in learner.get("/").text


def test_a_result_shows_score_state_and_receipt(learner: FlaskClient, runtime: NodeRuntime) -> None:
    sit(learner)
    grade(runtime, GRADED)
    page = learner.get("/results").text
    assert "<b>75</b>" in page
    assert "3 / 4" in page
    assert "7-128" in page
    assert "等线路" not in page
    assert "合格 · 75 分" in learner.get("/").text


def test_a_failed_exam_says_how_often_one_may_try_again(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    sit(learner)
    grade(runtime, replace(GRADED, score=25, right=1, passed=False))
    assert "25 分，未合格，还可考 1 次" in learner.get("/").text
    sit(learner)
    grade(runtime, replace(GRADED, attempt=2, score=50, right=2, passed=False))
    assert "未合格，机会已用完" in learner.get("/").text


def test_a_running_exam_calls_the_learner_back(learner: FlaskClient) -> None:
    learner.post("/exam/food/final/start")
    assert "正在考试，请回去继续" in learner.get("/").text


def test_a_result_of_another_station_counts_too(learner: FlaskClient, runtime: NodeRuntime) -> None:
    grade(runtime, replace(GRADED, node=99))
    assert "99-128" in learner.get("/results").text
    assert "合格 · 75 分" in learner.get("/").text


def test_nobody_sees_results_of_others(learner: FlaskClient, runtime: NodeRuntime) -> None:
    grade(runtime, replace(GRADED, learner="A1002"))
    assert "还没有考过试" in learner.get("/results").text


def test_an_attempt_has_one_receipt_number_and_experts_details_are_folded(
    learner: FlaskClient, runtime: NodeRuntime
) -> None:
    receipted = next(stop for stop in PAGES if stop.view == "results.slip")
    assert receipted.before is not None
    receipted.before(learner)
    grade(runtime, GRADED)
    slip = learner.get(receipted.address).text
    plain, _summary, folded = slip.partition("<details")
    number = re.findall(r"7-1-\d+-[0-9a-f]{6}", plain)[0]
    assert "75 分 · 合格" in plain
    for words in ("批次指纹", "公钥指纹", "第 1 代"):
        assert words not in plain
        assert words in folded
    for page in ("/results", "/exam/food/final/done/1"):
        text = learner.get(page).text
        assert number in text
        assert "7-128" not in text
        assert "第 128 号" not in text

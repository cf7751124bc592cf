from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from node.courses import trust_errors
from node.errors import HubFailed, HubRefused, LineError, NotTheHub
from node.keeper import health as well_being
from node.keeper import learner_overview, presence
from node.keeper.computer import ACT, OK, WAITS
from node.keeper.health import HealthReport
from node.runtime import NodeRuntime
from node.store import courses, journal, learners, meta, sittings, tries
from node.store.classes import Class
from node.store.tries import Try
from sync.records import Kind
from tests.node.conftest import LEARNER, OTHER, START, FakeTime

DAY_S = 86_400
PAGES = (
    "/keeper/",
    "/keeper/learners",
    "/keeper/learners?show=behind",
    "/keeper/learners?show=locked&page=9",
    "/keeper/learners/print",
    "/keeper/learners/A1001",
    "/keeper/learners/A1001/pin",
    "/keeper/now",
    "/keeper/sync",
    "/keeper/sync?started=1",
    "/keeper/password",
)


@pytest.fixture
def line_up(runtime: NodeRuntime) -> None:
    """The last sync went well just now."""
    courier = runtime.courier
    courier.state = replace(courier.state, ok=True, last_sync_at=START)


def fail_with(runtime: NodeRuntime, fault: LineError) -> None:
    runtime.courier.state = replace(runtime.courier.state, ok=False, fault=fault)


def note(runtime: NodeRuntime, at: int, learner: str = LEARNER, end: int = 60) -> None:
    runtime.store.write(
        lambda conn: journal.append(
            conn, at=at, kind=Kind.STUDY, learner=learner, object="food/film", numbers=(0, end)
        )
    )


def look(runtime: NodeRuntime) -> HealthReport:
    return well_being.look(runtime)


@pytest.mark.parametrize("page", PAGES)
def test_a_keepers_page_opens_for_the_keeper_only(
    page: str, keeper: FlaskClient, learner: FlaskClient
) -> None:
    assert keeper.get(page).status_code == 200
    assert learner.get(page).headers["Location"].startswith("/keeper/sign-in?next=/keeper")


@pytest.mark.usefixtures("line_up", "course")
def test_all_is_well_when_nothing_is_to_be_done(runtime: NodeRuntime) -> None:
    well = look(runtime)
    assert (well.kind, well.sentence) == (OK, "一切正常")
    assert {condition.kind for condition in well.conditions} == {OK}


@pytest.mark.usefixtures("line_up", "course")
def test_what_the_keeper_asks_for_most_comes_first_and_what_is_well_is_said_once(
    runtime: NodeRuntime, keeper: FlaskClient
) -> None:
    names = [condition.name for condition in look(runtime).conditions]
    assert names == ["线路", "备份", "账号", "课程", "磁盘", "时间"]
    page = keeper.get("/keeper/").text
    assert "本机身份" not in page
    assert "</svg>正常" not in page
    runtime.store.write(lambda conn: meta.put(conn, meta.REFUSAL, "revoked"))
    assert look(runtime).conditions[0].name == "本机身份"


@pytest.mark.usefixtures("line_up", "course")
def test_a_disk_that_fills_up_comes_with_the_next_step(
    runtime: NodeRuntime, keeper: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(total=10**11, used=0, free=100_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    page = keeper.get("/keeper/").text
    assert "清空回收站" in page
    assert 'href="/keeper/supply"' in page


@pytest.mark.usefixtures("course")
def test_what_answered_in_the_hubs_place_is_told_with_the_address_that_was_called(
    runtime: NodeRuntime,
) -> None:
    fail_with(runtime, NotTheHub())
    assert "http://127.0.0.1:9" in look(runtime).note


@pytest.mark.usefixtures("course")
def test_a_record_that_has_just_come_has_not_waited(
    runtime: NodeRuntime, keeper: FlaskClient
) -> None:
    note(runtime, runtime.clock.now())
    fail_with(runtime, LineError())
    assert look(runtime).sentence == "线路断开，1 条记录待传"
    assert "已等" not in keeper.get("/keeper/sync").text


@pytest.mark.usefixtures("course")
def test_a_line_that_is_down_is_no_reason_to_act(runtime: NodeRuntime, pc: FakeTime) -> None:
    note(runtime, runtime.clock.now())
    fail_with(runtime, LineError())
    pc.go_on(3_600)
    well = look(runtime)
    assert well.kind == WAITS
    assert well.sentence == "线路断开，1 条记录待传，最早的已等 1 小时"
    assert "不影响学习" in well.note


@pytest.mark.usefixtures("course")
def test_a_line_that_is_down_for_days_is(runtime: NodeRuntime, pc: FakeTime) -> None:
    note(runtime, runtime.clock.now())
    fail_with(runtime, LineError())
    pc.go_on(4 * DAY_S)
    assert look(runtime).sentence.startswith("请做一件事：检查网线")


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize(
    ("fault", "words"),
    [(NotTheHub(), "登录上网认证页面"), (HubRefused("frozen"), "打电话给总局")],
)
def test_what_stands_in_the_way_of_the_line_is_told(
    runtime: NodeRuntime, fault: LineError, words: str
) -> None:
    fail_with(runtime, fault)
    well = look(runtime)
    assert well.kind == ACT
    assert words in well.sentence


@pytest.mark.usefixtures("course")
def test_a_hub_that_failed_is_told_as_such_and_asks_nothing_of_the_keeper(
    runtime: NodeRuntime, keeper: FlaskClient
) -> None:
    fail_with(runtime, HubFailed("status 500", "7f3a"))
    well = look(runtime)
    assert (well.kind, well.sentence) == (WAITS, "总局的服务器出了故障")
    for page in ("/keeper/", "/keeper/sync"):
        shown = keeper.get(page).text
        assert "总局的服务器出了故障" in shown
        assert "上网认证" not in shown


@pytest.mark.usefixtures("line_up", "course")
@pytest.mark.parametrize(("raw_s", "words"), [(946_684_800, "慢了"), (2_147_483_700, "快了")])
def test_a_wrong_clock_is_told_in_plain_words(
    runtime: NodeRuntime, pc: FakeTime, keeper: FlaskClient, raw_s: int, words: str
) -> None:
    pc.raw_s = float(raw_s)
    well = look(runtime)
    assert well.sentence == "请做一件事：把这台电脑的日期和时间改对"
    assert words in keeper.get("/keeper/").text
    pc.raw_s = float(START + 5)
    keeper.post("/keeper/clock")
    assert look(runtime).kind == OK


@pytest.mark.usefixtures("line_up", "course")
def test_a_clock_that_ran_ahead_is_told_with_the_hubs_time(
    runtime: NodeRuntime, pc: FakeTime, request: pytest.FixtureRequest
) -> None:
    pc.raw_s = START + 3 * DAY_S + 60.0
    runtime.clock.recheck_clock()
    assert runtime.clock.now() > START + 3 * DAY_S
    keeper: FlaskClient = request.getfixturevalue("keeper")
    runtime.clock.hear((START + 60) * 1000)
    page = keeper.get("/keeper/").text
    assert "本机时间快了 3 天" in page
    assert "总局的时间是 2026-11-18" in page
    assert "没有按错误的时间记录" not in page
    pc.raw_s = START + 60.0
    page = keeper.get("/keeper/").text
    assert "已与枢纽核对" in page
    assert "2026-11-18" in page


@pytest.mark.usefixtures("line_up", "course")
@pytest.mark.parametrize(("free", "kind"), [(100_000_000, ACT), (10**9, WAITS), (10**10, OK)])
def test_a_disk_that_fills_up_is_told_in_time(
    runtime: NodeRuntime, monkeypatch: pytest.MonkeyPatch, free: int, kind: str
) -> None:
    usage = SimpleNamespace(total=10**11, used=10**11 - free, free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert look(runtime).kind == kind


@pytest.mark.usefixtures("line_up", "course")
def test_courses_that_still_come_are_waited_for(runtime: NodeRuntime) -> None:
    wanted = courses.WantedCourse("law", 2, "0" * 64, 10, "行政处罚程序", START)
    runtime.store.write(lambda conn: courses.want(conn, wanted))
    assert look(runtime).sentence == "1 门课程正在下载"
    runtime.store.write(lambda conn: meta.put(conn, meta.CONTENT_FAULT, "disk-full"))
    assert look(runtime).sentence == "请做一件事：腾出磁盘空间，好装下 1 门新课程"


@pytest.mark.usefixtures("line_up", "course")
@pytest.mark.parametrize("kind", trust_errors.BY_CODE.values(), ids=lambda kind: kind.code)
def test_a_course_that_is_not_taken_for_current_is_said_with_what_to_do(
    runtime: NodeRuntime, kind: type[trust_errors.UntrustedRelease]
) -> None:
    wanted = courses.WantedCourse("law", 2, "0" * 64, 10, "行政处罚程序", START)
    runtime.store.write(lambda conn: courses.want(conn, wanted))
    runtime.store.write(lambda conn: meta.put(conn, meta.TRUST_FAULT, kind.code))
    check = look(runtime)
    assert check.pressing is not None
    assert check.note == kind.words
    assert "已装好的照常使用" in check.note
    if kind.todo:
        assert check.sentence == f"请做一件事：{kind.todo}"
    else:
        assert check.sentence == "1 门新课程还没有通过核对"
        assert check.kind == WAITS


@pytest.mark.usefixtures("line_up", "course")
def test_an_expired_list_of_courses_is_told_and_asks_for_nothing(runtime: NodeRuntime) -> None:
    folder = runtime.config.data / "trust"
    folder.mkdir()
    (folder / "timestamp.json").write_text('{"signed":{"expires":"2001-02-03T04:05:06Z"}}')
    [content] = [condition for condition in look(runtime).conditions if condition.name == "课程"]
    assert content.kind == OK
    assert "已经过期；已装好的照常使用" in content.note


@pytest.mark.usefixtures("line_up")
def test_a_station_without_courses_or_learners_waits_for_headquarters(runtime: NodeRuntime) -> None:
    assert look(runtime).sentence == "还没有课程"


def test_who_is_behind_the_calendar_comes_first(
    runtime: NodeRuntime, course: Course, pc: FakeTime
) -> None:
    pc.raw_s += 10 * DAY_S
    pc.steady_s += 10 * DAY_S
    note(runtime, START, OTHER, 120)
    rows = learner_overview.everyone(runtime)
    assert [(row.learner.number, row.behind) for row in rows] == [(LEARNER, True), (OTHER, True)]
    assert rows[1].percent > rows[0].percent == 0
    assert (rows[0].last_at, rows[1].last_at) == (0, START)


def test_the_calendar_expects_as_much_as_the_days_that_are_gone() -> None:
    course_of = Class("k", "班", "2026-11-10", "2026-11-29", ("food",))
    at: Callable[[int], int] = lambda day: 1_794_240_000 + day * DAY_S  # noqa: E731  2026-11-09 16:00 UTC
    assert learner_overview.expected_percent([course_of], at(0)) == 0
    assert learner_overview.expected_percent([course_of], at(10)) == 50
    assert learner_overview.expected_percent([course_of], at(60)) == 0
    assert learner_overview.expected_percent([replace(course_of, opens="soon")], at(10)) == 0


def test_the_keeper_sees_who_studies_what_now(
    runtime: NodeRuntime, learner: FlaskClient, keeper: FlaskClient
) -> None:
    runtime.store.write(
        lambda conn: sittings.extend(conn, LEARNER, "food/film", 0, 5, runtime.clock.now())
    )
    (present,) = presence.now_studying(runtime)
    assert present.learner.number == LEARNER
    assert (present.doing, present.what) == ("看课", "食品安全日常检查 · 现场检查")
    assert "张一" in keeper.get("/keeper/now").text


def test_a_learner_who_left_is_not_shown_as_studying(
    runtime: NodeRuntime, learner: FlaskClient, pc: FakeTime
) -> None:
    pc.go_on(presence.NOW_S + 1)
    assert presence.now_studying(runtime) == []


def test_the_list_for_the_wall_names_all_and_tells_no_secret(keeper: FlaskClient) -> None:
    text = keeper.get("/keeper/learners/print").text
    assert "张一" in text
    assert "http://" in text
    assert "argon2id" not in text


def test_the_page_of_a_sync_knows_how_many_tries_there_were(
    runtime: NodeRuntime, keeper: FlaskClient
) -> None:
    runtime.store.write(lambda conn: tries.add(conn, Try(START, 9, "", 0, 300, 300)))
    asked = keeper.post("/keeper/sync")
    assert asked.location == "/keeper/sync?started=1"
    assert 'data-tries="1"' in keeper.get(asked.location).text


def test_the_progress_of_a_sync_can_be_watched(runtime: NodeRuntime, keeper: FlaskClient) -> None:
    quiet = keeper.get("/keeper/sync/progress").json
    assert quiet == {
        "running": False, "phase": "", "tries": 0, "done": 0, "total": 0, "line": False,
        "waiting": 0,
    }  # fmt: skip
    runtime.courier.transport.content.begin("content", 100, 40, "食品")
    step = keeper.get("/keeper/sync/progress").json
    assert step is not None
    assert (step["running"], step["phase"], step["done"]) == (True, "content", 40)
    assert "正在下载课程" in keeper.get("/keeper/sync").text


def test_a_learner_who_is_not_there_cannot_be_reset(keeper: FlaskClient) -> None:
    answer = keeper.post("/keeper/learners/nobody/pin")
    assert answer.status_code == 404
    assert "没有找到" in answer.text


def test_the_keepers_pages_speak_english_too(keeper: FlaskClient) -> None:
    keeper.post("/lang", data={"lang": "en"})
    text = keeper.get("/keeper/learners").text
    assert 'lang="en"' in text
    assert "Last studied" in text
    assert "学号" not in text


def test_names_cannot_smuggle_markup_into_a_page(runtime: NodeRuntime, keeper: FlaskClient) -> None:
    def hostile(conn: sqlite3.Connection) -> None:
        learners.put(conn, "<b>9", "<script>alert(1)</script>", "<i>", "")

    runtime.store.write(hostile)
    for page in ("/keeper/learners", "/keeper/learners/print"):
        assert "<script>alert" not in keeper.get(page).text

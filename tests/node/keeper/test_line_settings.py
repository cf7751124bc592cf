"""What the keeper sets about the line: kept, applied at once, shown in words."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.model.course import Course
from node.config import Config, UnknownSetting
from node.courier.timing import NUDGE_S
from node.errors import ContentWaits
from node.hours import Hours
from node.keeper import line_settings
from node.learning.exams import exam
from node.link.policy import SPREAD_S, Wait, Why
from node.link.throttle import BYTES_PER_KBIT
from node.runtime import NodeRuntime
from node.store import courses, journal
from node.store.courses import WantedCourse
from sync.records import Kind
from tests.node.conftest import KEEPER, LEARNER, PASSWORD, START, FakeTime
from tests.node.test_hours import at

FORM = {
    "line_kbit_s": "48",
    "content_kbit_s": "16",
    "content_hours": "20：00至6:30",
    "record_hours": "",
}


def noon(runtime: NodeRuntime, pc: FakeTime) -> int:
    """Move to noon of a day; returns that moment."""
    moment = at("2026-11-19 12:00")
    pc.go_on(moment - runtime.clock.now())
    return moment


def want(runtime: NodeRuntime) -> None:
    wanted = WantedCourse("law", 1, "0" * 64, 5_000, "法规", START)
    runtime.store.write(lambda conn: courses.want(conn, wanted))


def hand_in(conn: sqlite3.Connection) -> None:
    journal.append(
        conn, at=START, kind=Kind.EXAM_SUBMIT, learner=LEARNER, object="food/final",
        numbers=(1, START, -1, 0),
    )  # fmt: skip


def test_limits_are_kept_and_obeyed_at_once(
    keeper: FlaskClient, runtime: NodeRuntime, pc: FakeTime
) -> None:
    runtime.config.save()
    under_way = runtime.courier.policy.for_content()
    answer = keeper.post("/keeper/line", data=FORM)
    assert answer.status_code == 303
    assert "已保存，马上生效" in keeper.get("/keeper/line").text
    again = Config.load(runtime.config.data)
    assert (again.line_kbit_s, again.content_kbit_s) == (48, 16)
    assert (again.content_hours, again.record_hours) == ("20:00-06:30", "")
    assert again.hub_url == runtime.config.hub_url
    assert under_way.bytes_per_s == 16 * BYTES_PER_KBIT
    assert runtime.courier.policy.bytes_per_s == 48 * BYTES_PER_KBIT
    until = at("2026-11-19 20:00")
    assert noon(runtime, pc) < until
    assert runtime.courier.policy.content_waits() == Wait(Why.HOURS, until)


@pytest.mark.parametrize(
    ("share", "speed", "rate"), [("half", "512", 256), ("quarter", "512", 128), ("all", "", 0)]
)
def test_a_share_of_the_line_is_enough_to_say(
    keeper: FlaskClient, runtime: NodeRuntime, share: str, speed: str, rate: int
) -> None:
    form = {"share": share, "speed": speed, "line_kbit_s": "33", "content_kbit_s": ""}
    assert keeper.post("/keeper/line", data=form).status_code == 303
    assert runtime.config.line_kbit_s == rate
    page = keeper.get("/keeper/line").text
    assert f'value="{share}" checked' in page


def test_the_size_of_films_is_chosen_and_nothing_else_is_taken(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    assert keeper.post("/keeper/line", data={"share": "all", "films": "small"}).status_code == 303
    assert runtime.config.films == "small"
    assert keeper.post("/keeper/line", data={"share": "all", "films": "huge"}).status_code == 400
    assert Config.load(runtime.config.data).films == "small"


def test_a_share_of_a_line_of_unknown_speed_is_asked_for(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    answer = keeper.post("/keeper/line", data={"share": "half", "speed": ""})
    assert (answer.status_code, "请选线路有多快" in answer.text) == (400, True)
    assert 'value="half" checked' in answer.text
    assert runtime.config.line_kbit_s == 0


@pytest.mark.parametrize(
    ("first", "end", "hours"),
    [("20:00", "06:30", "20:00-06:30"), ("20:00", "00:00", "20:00-24:00"), ("", "", "")],
)
def test_hours_are_two_times(
    keeper: FlaskClient, runtime: NodeRuntime, first: str, end: str, hours: str
) -> None:
    form = {"content_hours_from": first, "content_hours_to": end}
    assert keeper.post("/keeper/line", data=form).status_code == 303
    assert runtime.config.content_hours == hours
    page = keeper.get("/keeper/line").text
    assert f'name="content_hours_from" type="time" value="{first}"' in page
    assert f'name="content_hours_to" type="time" value="{end}"' in page


def test_one_time_without_the_other_is_refused(keeper: FlaskClient, runtime: NodeRuntime) -> None:
    form = {"content_hours_from": "20:00", "content_hours_to": ""}
    answer = keeper.post("/keeper/line", data=form)
    assert (answer.status_code, "两个时间都要填" in answer.text) == (400, True)
    assert 'value="20:00"' in answer.text
    assert runtime.config.content_hours == ""


def test_what_a_hand_wrote_into_the_file_meanwhile_stays(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    runtime.config.save()
    file = runtime.config.data / "node.toml"
    file.write_text(file.read_text("utf-8").replace("threads = 6", "threads = 9"), "utf-8")
    keeper.post("/keeper/line", data=FORM)
    assert Config.load(runtime.config.data).threads == 9


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("line_kbit_s", "fast", "请填一个整数"),
        ("line_kbit_s", "7", "8 到 1000000 之间"),
        ("content_kbit_s", "-5", "请填一个整数"),
        ("content_kbit_s", "9" * 5_000, "请填一个整数"),
        ("content_hours", "20:00-25:00", "没有看懂时段“20:00-25:00”"),
        ("record_hours", "夜里", "没有看懂时段“夜里”"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field_and_nothing_changes(
    keeper: FlaskClient, runtime: NodeRuntime, field: str, value: str, words: str
) -> None:
    before = runtime.config
    answer = keeper.post("/keeper/line", data={**FORM, field: value})
    assert answer.status_code == 400
    wrong = re.findall(r'class="field field-wrong"><label for="f-(\w+)"', answer.text)
    assert wrong == [field]
    assert words in answer.text
    assert f'value="{FORM["content_kbit_s"]}"' in answer.text or field == "content_kbit_s"
    assert runtime.config == before
    assert not (runtime.config.data / "node.toml").exists()


def test_a_file_that_was_broken_by_hand_is_left_alone(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    file = runtime.config.data / "node.toml"
    file.write_text("thraeds = 3\n", "utf-8")
    answer = keeper.post("/keeper/line", data=FORM)
    assert (answer.status_code, "node.toml 里有写错的设置" in answer.text) == (400, True)
    assert file.read_text("utf-8") == "thraeds = 3\n"


@pytest.mark.parametrize("line", ['content_hours = "noon"', "line_kbit_s = 3"])
def test_a_file_with_a_limit_that_cannot_be_is_refused_by_name(tmp_path: Path, line: str) -> None:
    (tmp_path / "node.toml").write_text(line + "\n", "utf-8")
    with pytest.raises(UnknownSetting, match=line.partition(" ")[0]):
        Config.load(tmp_path)


def test_the_page_is_the_keepers_alone(learner: FlaskClient) -> None:
    assert learner.get("/keeper/line").headers["Location"].startswith("/keeper/sign-in")
    assert learner.post("/keeper/line", data=FORM).status_code in (302, 303, 403)


def test_the_pages_say_why_courses_wait(
    keeper: FlaskClient, runtime: NodeRuntime, pc: FakeTime
) -> None:
    want(runtime)
    runtime.config.save()
    noon(runtime, pc)
    keeper.post("/keeper/sign-in", data={"name": KEEPER, "password": PASSWORD})
    words = "课程只在 20:00–06:30 下载，20:00 开始。"
    assert words not in keeper.get("/keeper/sync").text
    keeper.post("/keeper/line", data=FORM)
    for page in ("/keeper/sync", "/keeper/line", "/keeper/"):
        assert words in keeper.get(page).text
    pc.go_on(8 * 3_600)
    assert line_settings.content_words(runtime) == ""


def test_courses_wait_while_an_exam_is_sat(runtime: NodeRuntime, course: Course) -> None:
    policy = runtime.courier.policy
    attempt = exam.begin(runtime.store, course, "final", LEARNER, runtime.moment())
    assert policy.content_waits() == Wait(Why.EXAM)
    assert line_settings.content_words(runtime) == "张一 正在考试，课程等考完再下载。"
    with pytest.raises(ContentWaits, match="exam"):
        runtime.courier.fetch_content()
    exam.hand_in(runtime.store, attempt, runtime.moment())
    assert policy.content_waits() is None
    policy.give_way()


def test_courses_wait_while_records_go(runtime: NodeRuntime) -> None:
    policy = runtime.courier.policy
    with policy.going_first(), policy.going_first():
        assert policy.content_waits() == Wait(Why.RECORDS)
        assert line_settings.content_words(runtime) == "正在同步记录，完了接着下载课程。"
    assert policy.content_waits() is None


def test_hours_that_end_while_a_course_comes_end_it(runtime: NodeRuntime, pc: FakeTime) -> None:
    policy = runtime.courier.policy
    policy.content_hours = Hours.parse("11:00-13:00")
    noon(runtime, pc)
    policy.give_way()
    pc.go_on(3_600)
    policy._looked_at = 0.0
    with pytest.raises(ContentWaits, match="hours"):
        policy.give_way()
    policy.give_way(ask_hours=False)  # a person asked for them


def test_outside_their_hours_records_wait_and_exams_do_not(
    runtime: NodeRuntime, pc: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier, went = runtime.courier, list[str]()
    planned: list[float] = []
    monkeypatch.setattr(courier, "sync", lambda: went.append("sync"))
    monkeypatch.setattr(courier, "_plan", lambda job, wait_s: planned.append(wait_s))
    courier.policy.record_hours = Hours.parse("20:00-06:30")
    noon(runtime, pc)
    courier._sync_job()
    assert went == []
    assert 0 <= planned[-1] - 8 * 3_600 <= SPREAD_S
    assert "20:00 开始" in line_settings.record_words(runtime)
    courier.sync_now()
    courier._sync_job()
    assert went == ["sync"]
    courier._sync_job()
    assert went == ["sync"]
    runtime.store.write(hand_in)
    assert line_settings.record_words(runtime) == ""
    courier._sync_job()
    assert went == ["sync", "sync"]


def test_an_exam_handed_in_while_a_sync_is_under_way_makes_the_next_come_soon(
    runtime: NodeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier, planned = runtime.courier, list[float]()
    monkeypatch.setattr(courier, "sync", lambda: runtime.store.write(hand_in))
    monkeypatch.setattr(courier, "_plan", lambda job, wait_s: planned.append(wait_s))
    courier._sync_job()
    assert planned == [NUDGE_S]


def test_a_fetch_that_has_to_wait_is_planned_for_its_hours(
    runtime: NodeRuntime, pc: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier, planned = runtime.courier, list[float]()
    monkeypatch.setattr(courier, "_plan", lambda job, wait_s: planned.append(wait_s))
    monkeypatch.setattr(courier, "fetch_content", lambda ask_hours: pytest.fail("not now"))
    courier.policy.content_hours = Hours.parse("20:00-06:30")
    noon(runtime, pc)
    courier._fetch_job()
    assert 8 * 3_600 <= planned[-1] <= 8 * 3_600 + SPREAD_S


def test_somebody_else_at_the_line_is_told(runtime: NodeRuntime) -> None:
    courtesy = runtime.courier.policy.congestion
    now = 1.0
    for step in [0.2] * 100 + [0.6] * 20:
        now += step
        courtesy.came(1_400, now)
    assert "有人在用线路" in line_settings.content_words(runtime)

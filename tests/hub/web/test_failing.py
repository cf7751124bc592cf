"""A hub that fails: what stations and people are told, and that it is counted where it is seen."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from hub.context.failures import FILE, FailureLog
from hub.context.open_hub import Hub
from hub.reports import condition
from hub.web.app import create_app
from tests.hub.conftest import Clock, join_station, publish_course, sitting
from tests.hub.operations.test_backup import backed_up
from tests.hub.visitors import Visitor, stranger, visitor


def test_a_hub_without_its_course_files_says_so_to_stations_in_few_bytes_and_counts_it(
    sqlite_hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    """What stations of a half-restored hub took for a log-in page."""
    boss = visitor(sqlite_hub)
    publish_course(sqlite_hub)
    station = join_station(sqlite_hub, "110101001")
    shutil.rmtree(sqlite_hub.config.blobs)
    parcel = station.request(station.seal(*sitting("A1")))
    with caplog.at_level(logging.ERROR):
        answer = create_app(sqlite_hub).test_client().post("/x", data=parcel)
    assert (answer.status_code, answer.mimetype) == (500, "application/json")
    assert answer.json is not None
    assert answer.json["error"] == "hub-failed"
    assert len(answer.data) < 80
    assert f"id={answer.json['id']}" in caplog.text
    [counted] = sqlite_hub.failures.since(0)
    assert (counted.count, counted.last.address, counted.last.code) == (1, "POST /x", "hub-error")
    for page in ("/", "/condition"):
        shown = boss.get(page)
        assert "POST /x" in shown
        assert answer.json["id"] in shown
        assert "Traceback" not in shown
    assert "枢纽今天出了 1 次故障" in boss.get("/")


def test_a_database_that_cannot_be_used_is_a_failure_that_is_told_and_counted(
    sqlite_hub: Hub,
) -> None:
    boss = visitor(sqlite_hub)
    station = join_station(sqlite_hub, "110101001")
    sqlite_hub.engine.dispose()
    database = sqlite_hub.config.data / "hub.db"
    for beside in sqlite_hub.config.data.glob("hub.db-*"):
        beside.unlink()
    database.rename(database.with_suffix(".away"))
    database.write_bytes(b"no database " * 1_000)
    answer = boss.client.post("/x", data=station.request())
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["error"] == "hub-failed"
    page = boss.client.get("/learners/A1")
    assert page.status_code == 503
    assert "枢纽出了差错" in page.text
    assert "编号 " in page.text
    database.with_suffix(".away").replace(database)
    counts = {each.last.address: each.last.code for each in sqlite_hub.failures.since(0)}
    assert counts["POST /x"] == counts["GET /learners/<number>"] == "store-unavailable"
    sqlite_hub.engine.dispose()
    assert "数据库用不了" in boss.get("/condition")


def test_whoever_is_refused_for_a_reason_is_no_failure(sqlite_hub: Hub) -> None:
    boss = visitor(sqlite_hub)
    client = create_app(sqlite_hub).test_client()
    assert client.post("/x", data=b"no parcel").status_code == 403
    assert client.post("/join", data=b"?" * 90).status_code == 403
    boss.get("/units/999", 404)
    assert stranger(sqlite_hub).log_in("nobody", "wrong").status_code == 403
    assert sqlite_hub.failures.since(0) == []
    assert "今天没有故障" in boss.get("/condition")


def test_only_administrators_of_the_hub_see_it(sqlite_hub: Hub) -> None:
    sqlite_hub.failures.note(sqlite_hub.now(), "POST /x", "hub-error")
    author = visitor(sqlite_hub, "author", "author")
    author.get("/condition", 403)
    assert "次故障" not in author.get("/")


def test_failures_that_a_full_disk_does_not_take_are_counted_and_written_later(
    tmp_path: Path,
) -> None:
    data = tmp_path / "gone"
    log = FailureLog(data)
    first = log.note(10, "GET /", "store-unavailable")
    assert [each.last.id for each in log.since(0)] == [first]
    data.mkdir()
    log.note(20, "GET /", "store-unavailable")
    assert len((data / FILE).read_bytes().splitlines()) == 2
    [counted] = FailureLog(data).since(0)
    assert (counted.count, counted.last.at) == (2, 20)
    assert log.since(21) == []


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    log = FailureLog(tmp_path)
    log.note(10, "GET /", "hub-error")
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"at": 11, "addr')
    assert [each.count for each in log.since(0)] == [1]


def test_today_begins_at_midnight_in_china() -> None:
    evening_in_utc = 1_795_033_800  # 20:30, half past four in the morning of the next day there
    assert evening_in_utc - condition.midnight(evening_in_utc) == 4 * 3_600 + 30 * 60


@pytest.fixture
def boss(sqlite_hub: Hub) -> Visitor:
    return visitor(sqlite_hub)


def test_the_pages_say_how_old_the_newest_backup_is_and_where(
    sqlite_hub: Hub, boss: Visitor, tmp_path: Path, clock: Clock
) -> None:
    publish_course(sqlite_hub)
    join_station(sqlite_hub, "110101001")
    assert "枢纽还没有备份过" in boss.get("/")
    assert "sudo xuezhan-hub backup" in boss.get("/condition")
    folder = str(backed_up(sqlite_hub, tmp_path / "disk", incomplete=True).folder)
    for page in ("/", "/condition"):
        shown = boss.get(page)
        assert folder in shown
        assert "还没有备份过" not in shown
    assert "备份里缺 1 样东西的文件" in boss.get("/condition")
    clock.at += condition.OLD_S + 3_600
    assert boss.log_in("boss").status_code in (302, 303)
    for page in ("/", "/condition"):
        assert "最近的备份是 2 天前的" in boss.get(page)

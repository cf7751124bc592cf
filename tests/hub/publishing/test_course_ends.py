"""A withdrawn course leaves the stations, once no class has it; what was done stays."""

from __future__ import annotations

from datetime import date

import pytest

from hub.context.open_hub import Hub
from hub.publishing import classes, course_ends, releases
from hub.publishing.classes import ClassPlan
from hub.publishing.errors import UnknownCourse
from hub.store import marks, reports
from hub.store.engine import reading
from tests.hub.actors import actor
from tests.hub.conftest import Clock, Station, course, join_station, publish_course, sitting
from tests.hub.visitors import visitor

BOSS = actor("boss")
DAY = 86_400
TERM = (date(2026, 11, 12), date(2026, 11, 20))


def _told(station: Station) -> list[bool]:
    """For each order about the course that comes now: whether it is in force."""
    return [bool(order.body) for order in station.send().orders if order.kind == "course"]


def test_a_withdrawn_course_leaves_the_stations_and_its_results_stay(sqlite_hub: Hub) -> None:
    publish_course(sqlite_hub)
    station = join_station(sqlite_hub, "a")
    assert _told(station) == [True]
    station.send(station.seal(*sitting("n1")))
    assert course_ends.withdraw(sqlite_hub, "food", "过时", BOSS) == ""
    assert _told(station) == [False]
    with reading(sqlite_hub.engine) as connection:
        assert reports.due(connection) == []
        assert marks.exams(connection) == {"food": "食品经营现场检查"}
    with pytest.raises(UnknownCourse):
        classes.open_class(sqlite_hub, ClassPlan("班", "0", *TERM, ("food",)), BOSS)
    with pytest.raises(UnknownCourse):
        course_ends.withdraw(sqlite_hub, "food", "又", BOSS)
    publish_course(sqlite_hub, course(2))
    assert _told(station) == [True]
    classes.open_class(sqlite_hub, ClassPlan("班", "0", *TERM, ("food",)), BOSS)


def test_a_class_keeps_its_course_until_it_is_over(sqlite_hub: Hub, clock: Clock) -> None:
    publish_course(sqlite_hub)
    one = classes.open_class(sqlite_hub, ClassPlan("班", "0", *TERM, ("food",)), BOSS)
    station = join_station(sqlite_hub, "a")
    assert _told(station) == [True]
    assert course_ends.withdraw(sqlite_hub, "food", "过时", BOSS) == "2026-11-20"
    assert _told(station) == []
    classes.put(sqlite_hub, one.id, "改名", "0", TERM, ("food",), BOSS)  # it may stay in its class
    clock.at += DAY
    releases.bundle(sqlite_hub, {}, ())
    assert _told(station) == []
    clock.at += 2 * DAY  # the 21st
    releases.bundle(sqlite_hub, {}, ())
    assert _told(station) == [False]


def test_a_course_is_withdrawn_from_its_page_after_a_question(sqlite_hub: Hub) -> None:
    publish_course(sqlite_hub)
    boss = visitor(sqlite_hub)
    assert "站点下次联系时不再提供" in boss.get("/courses/food/end")
    assert boss.post("/courses/food/end").status_code == 400
    assert boss.post("/courses/food/end", reason="法规改了").status_code == 303
    assert "法规改了" in boss.get("/courses/food")
    assert "已撤回" in boss.get("/courses")
    boss.get("/courses/food/end", 404)

"""The pages of classes: whom a deed reaches is said before it, and nothing is done on one press."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.people import roster, unit_tree
from hub.publishing import classes
from hub.publishing.classes import ClassPlan
from hub.store import courses
from hub.store.engine import reading
from hub.web.labels import term_day
from tests.hub.actors import actor
from tests.hub.conftest import join_station, publish_course
from tests.hub.visitors import Visitor, visitor

TERM = (date(2026, 11, 12), date(2026, 12, 1))
FORM = {"title": "第三期", "unit": "a", "course": "food", "opens": "2026-11-20"}


@pytest.fixture
def boss(sqlite_hub: Hub, tmp_path: Path) -> Visitor:
    """A course for all, a county of two people and one station."""
    (tmp_path / "org.csv").write_text("code,name,parent\na,甲县,\na1,甲一所,a\n", "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", actor())
    publish_course(sqlite_hub)
    join_station(sqlite_hub, "a1")
    (tmp_path / "r.csv").write_text("学号,姓名,单位\nn0,赵敏,a1\nn1,钱江,a1\nn2,孙立,0\n", "utf-8")
    roster.import_roster(sqlite_hub, tmp_path / "r.csv", actor())
    return visitor(sqlite_hub)


def _classes(hub: Hub) -> list[tuple[str, str]]:
    with reading(hub.engine) as connection:
        return [(one.title, one.closes) for one in courses.classes(connection)]


def test_a_class_is_sent_only_after_its_reach_was_shown(sqlite_hub: Hub, boss: Visitor) -> None:
    question = boss.post("/classes/new", **FORM)
    assert "2 人，1 个站点" in question.text
    assert "全国" not in question.text
    assert _classes(sqlite_hub) == []
    back = boss.post("/classes/new", **FORM, back="yes")
    assert 'value="第三期"' in back.text
    assert _classes(sqlite_hub) == []
    done = boss.post("/classes/new", **FORM, sure="yes")
    assert done.status_code == 303
    assert _classes(sqlite_hub) == [("第三期", "2026-12-09")]  # no last day was given: 20 days
    nation = boss.post("/classes/new", **{**FORM, "unit": "0"})
    assert "这是全国所有单位：1 个站点、3 人都会收到" in nation.text
    assert "第三期" in nation.text.split("同时还有这些班")[1]


def test_a_form_that_cannot_be_sent_says_what_is_wrong(sqlite_hub: Hub, boss: Visitor) -> None:
    for wrong, words in (
        ({"title": " "}, "请填班名"), ({"unit": "x"}, "没有“x”这个单位"),
        ({"opens": "soon"}, "请填日期"), ({"closes": "2026-11-01"}, "结束日期在开始日期之前"),
        ({"course": []}, "请至少选一门课程"),
    ):  # fmt: skip
        answer = boss.post("/classes/new", **{**FORM, "sure": "yes", **wrong})
        assert (answer.status_code, words in answer.text) == (400, True), wrong
    assert boss.post("/classes/new", **{**FORM, "course": "none"}).status_code == 404
    assert _classes(sqlite_hub) == []


def test_a_class_is_changed_copied_ended_and_cancelled_from_its_page(
    sqlite_hub: Hub, boss: Visitor
) -> None:
    one = classes.open_class(sqlite_hub, ClassPlan("冬季班", "a", *TERM, ("food",)), actor())
    page = boss.get(f"/classes/{one.id}")
    assert "第 7 天，还剩 13 天" in page
    assert "赵敏" in page
    assert "孙立" not in page
    assert "2026-11-12" in boss.get("/classes?state=running")
    copy = boss.get(f"/classes/new?from={one.id}")
    assert ('value="冬季班"' in copy, 'value="2026-11-18"' in copy) == (True, True)
    change = {**FORM, "title": "冬季班", "closes": "2026-12-20", "opens": "2026-11-12"}
    question = boss.post(f"/classes/{one.id}/edit", **change).text
    assert ">2026-12-01</s> → <b>2026-12-20</b>" in question
    assert boss.post(f"/classes/{one.id}/edit", **change, sure="yes").status_code == 303
    assert _classes(sqlite_hub) == [("冬季班", "2026-12-20")]
    for deed, words in (("end", "2 人还没开始"), ("cancel", "考试就随时可以开始")):
        assert words in boss.get(f"/classes/{one.id}/{deed}")
        assert boss.post(f"/classes/{one.id}/{deed}").status_code == 400
        assert boss.post(f"/classes/{one.id}/{deed}", reason="水灾").status_code == 303
    page = boss.get(f"/classes/{one.id}")
    assert ("已取消" in page, "水灾" in page) == (True, True)
    boss.get(f"/classes/{one.id}/cancel", 404)
    boss.get(f"/classes/{one.id}/edit", 404)
    assert "水灾" in boss.get("/audit")


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [
        ("2026-11-11", "2026-11-30", "第 8 天，还剩 12 天"),
        ("2026-11-18", "2026-11-18", "第 1 天，今天最后一天"),
        ("2026-11-20", "2026-12-09", "还有 2 天开始"),
        ("2026-10-01", "2026-11-17", "已结束"),
    ],
)
def test_the_day_of_the_term_is_said(opens: str, closes: str, words: str) -> None:
    one = courses.Class("k", "班", 1, opens, closes, ())
    assert term_day(one, "2026-11-18")[1] == words

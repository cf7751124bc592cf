"""The pages on which people decide about records of learners who are not a station's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.people import roster, unit_tree
from hub.store import aside
from tests.hub.actors import actor
from tests.hub.conftest import Station, join_station, publish_course, sitting, study
from tests.hub.visitors import visitor

TREE = "code,name,parent\na,甲县,\nb,乙县,\na1,城关所,a\nb1,东关所,b\n"


@pytest.fixture
def station(sqlite_hub: Hub, tmp_path: Path) -> Station:
    """城关所, which has spoken of a learner of 东关所 and of one whom nobody knows."""
    (tmp_path / "org.csv").write_text(TREE, "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", actor())
    (tmp_path / "roster.csv").write_text("学号,姓名,单位\nx9,李秀英,b1\n", "utf-8")
    roster.import_roster(sqlite_hub, tmp_path / "roster.csv", actor())
    publish_course(sqlite_hub)
    ours = join_station(sqlite_hub, "a1", believed=False)
    join_station(sqlite_hub, "b1")
    ours.send(ours.seal(*sitting("x9"), study("<b>/?&1", 0, 90)))
    return ours


def test_what_is_not_counted_is_named_and_people_decide(
    sqlite_hub: Hub, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss, place = visitor(sqlite_hub), f"/stations/{station.node}"
    assert "有记录暂不计入" in boss.get("/")
    listed = boss.get("/stations?state=aside")
    assert ("城关所" in listed, "东关所" in listed) == (True, False)
    assert "2 个学号" in boss.get(place)
    page = boss.get(f"{place}/aside")
    assert all(words in page for words in ("李秀英", "是东关所的学员", "名册里没有这个学号"))
    assert "&lt;b&gt;/?&amp;1" in page
    assert "城关所传来他的 7 条记录" in boss.get("/learners/x9")
    asked = boss.get(f"{place}/aside/ask?learner=%3Cb%3E/%3F%261&do=counted")
    assert "计入？" in asked
    reason = {"learner": "<b>/?&1", "do": "counted", "reason": "借来的"}
    assert boss.post(f"{place}/aside", **reason).status_code == 303
    assert boss.post(f"{place}/aside", learner="x9", do="left").status_code == 303
    assert "这里没有记录" in boss.get(f"{place}/aside")
    assert "借来的" in boss.get(f"{place}/aside?state=counted")
    assert "有记录暂不计入" not in boss.get("/")
    assert "都已经决定过了" in boss.get(place)
    log = boss.get("/audit")
    assert ("计入别的学号的记录" in log, "借来的" in log) == (True, True)
    for form, status in (
        ({"learner": "nobody", "do": "left"}, 404),
        ({"learner": "x9", "do": "waiting"}, 400),
    ):
        assert boss.post(f"{place}/aside", **form).status_code == status
    boss.get(f"{place}/aside/ask?learner=x9&do=left", 404)
    monkeypatch.setattr(aside, "MAX_WAITING", 0)
    station.send(station.seal(study("y", 0, 9), study("z", 0, 9)))
    assert "另有 2 条记录" in boss.get(f"{place}/aside")
    assert "另有 2 条记录" in boss.get(place)


def test_a_county_sees_no_name_of_another_and_leaves_the_decision_to_above(
    sqlite_hub: Hub, station: Station
) -> None:
    manager = visitor(sqlite_hub, "a-manager", "manager", "a")
    page = manager.get(f"/stations/{station.node}/aside")
    assert ("李秀英" in page, "东关所" in page, "要由上级决定" in page) == (False, False, True)
    assert page.count("do=counted") == 1  # for the unknown one
    theirs = visitor(sqlite_hub, "b-manager", "manager", "b").get("/learners/x9")
    assert ("城关所" in theirs, "别的单位的站点传来他的 7 条记录" in theirs) == (False, True)
    manager.get(f"/stations/{station.node}/aside/ask?learner=x9&do=counted", 403)
    form = {"learner": "x9", "do": "counted"}
    assert manager.post(f"/stations/{station.node}/aside", **form).status_code == 403

"""The record of a unit: each change is asked for with what it concerns, and is told afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.people import roster, unit_tree
from hub.store import units
from hub.store.engine import reading
from tests.hub.actors import actor
from tests.hub.conftest import join_station
from tests.hub.visitors import Visitor, visitor

TREE = "code,name,parent\na,甲县,\nb,乙县,\na1,甲一所,a\na2,甲二所,a\nb1,乙一所,b\n"


@pytest.fixture
def boss(sqlite_hub: Hub, tmp_path: Path) -> Visitor:
    (tmp_path / "org.csv").write_text(TREE, "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", actor())
    join_station(sqlite_hub, "a1")
    (tmp_path / "r.csv").write_text("学号,姓名,单位\nn0,赵敏,a1\nn1,钱江,a1\n", "utf-8")
    roster.import_roster(sqlite_hub, tmp_path / "r.csv", actor())
    return visitor(sqlite_hub)


def _id(hub: Hub, code: str) -> int:
    with reading(hub.engine) as connection:
        unit = units.with_code(connection, code)
    assert unit is not None
    return unit.id


def test_each_change_is_a_form_then_a_question_then_the_deed(
    sqlite_hub: Hub, boss: Visitor
) -> None:
    record = f"/units/{_id(sqlite_hub, 'a1')}/record"
    deeds = {
        "rename": ({"name": "甲街所"}, "改名为“甲街所”", "甲一所"),
        "move": ({"other": "b"}, "上级：甲县 → 乙县", "换上级"),
        "split": ({"code": "b9", "name": "乙九所", "people": "n0"}, "1 名学员分过去", "乙九所"),
        "merge": ({"other": "b1"}, "代码 a1 不再使用", "已撤销"),
    }
    for done, (what, (fields, question, afterwards)) in enumerate(deeds.items()):
        path = record.replace("record", f"change/{what}")
        boss.get(path)
        assert boss.post(path, **fields).status_code == 400  # no reason was given
        asked = boss.post(path, **fields, reason="批文 7 号").text
        assert question in asked
        assert boss.get(record).count("批文 7 号") == done
        assert boss.post(path, **fields, reason="批文 7 号", sure="yes").status_code == 303
        assert afterwards in boss.get(record)
    assert boss.get(record).count("批文 7 号") == 4
    assert boss.client.get(record.removesuffix("/record")).location == record
    assert "甲街所" in boss.get("/units?q=a1&closed=yes")
    assert "甲街所" not in boss.get("/units?q=a1")
    boss.get(record.replace("record", "change/close"), 404)


def test_a_form_that_cannot_be_says_why(sqlite_hub: Hub, boss: Visitor) -> None:
    change = f"/units/{_id(sqlite_hub, 'a1')}/change"
    for what, fields, words in (
        ("close", {}, "还有 2 名学员在册"),
        ("move", {"other": "a"}, "现在就在这个单位下面"),
        ("move", {"other": "a1"}, "不能放到它自己"),
        ("move", {"other": "x"}, "没有“x”这个单位"),
        ("split", {"code": "a2", "name": "又", "sure": "yes"}, "这个代码已经用过"),
        ("split", {"code": "a9", "name": "又", "people": "n7", "sure": "yes"}, "n7 不在这个单位"),
        ("rename", {"name": "甲一所"}, "名称没有变"),
    ):
        answer = boss.post(f"{change}/{what}", **fields, reason="x")
        assert (answer.status_code, words in answer.text) == (400, True), (what, words)
    boss.get(f"/units/{_id(sqlite_hub, '0')}/change/close", 404)
    boss.get(f"{change}/nothing", 404)
    empty = f"/units/{_id(sqlite_hub, 'a2')}/change/close"
    assert "代码不再使用" in boss.post(empty, reason="撤").text
    assert boss.post(empty, reason="撤", sure="yes").status_code == 303
    answer = boss.post("/stations/new", parent="a", where="below", code="a2", name="又一所")
    assert (answer.status_code, "这个代码已经用过" in answer.text) == (400, True)

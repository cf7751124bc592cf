"""Two authors of one draft: the second keeps what he typed and sees what the first saved."""

from __future__ import annotations

import re

import pytest

from hub.authoring import draft_editing
from hub.authoring.draft_plan import ItemPlan, ModulePlan, Plan
from hub.context.open_hub import Hub
from tests.hub.actors import actor
from tests.hub.visitors import Visitor, visitor

MINE = {"title": "进货查验怎么做", "summary": "我写的一段新简介。", "hours": "2", "credits": "1"}
THEIRS = {"title": "进货查验怎么办", "summary": "同事写的简介。", "hours": "2", "credits": "1"}


@pytest.fixture
def second(sqlite_hub: Hub) -> Visitor:
    """The second author, whose page shows edition 1, after the first one saved."""
    items = (ItemPlan("p1", "练习", "practice"),)
    plan = Plan("进货查验", category="食品安全", modules=(ModulePlan("m1", "一", items=items),))
    draft_editing.make(sqlite_hub, actor("test"), "c", plan)
    first = visitor(sqlite_hub, "甲", "author")
    assert first.post("/authoring/c/about", edition="1", **THEIRS).status_code == 303
    return visitor(sqlite_hub, "乙", "author")


def test_what_the_second_author_typed_stays_beside_what_the_first_saved(second: Visitor) -> None:
    answer = second.post("/authoring/c/about", edition="1", **MINE)
    assert answer.status_code == 409
    assert "甲 刚改过这份草稿。您填的都还在下面的表单里，还没有保存。" in answer.text
    form = answer.text.split('<form class="about"')[1]
    assert 'value="进货查验怎么做"' in form
    assert "我写的一段新简介。</textarea>" in form
    both = re.findall(r'<td class="both"[^>]*>(.*?)</td>', answer.text, re.DOTALL)
    assert [re.sub("<[^>]*>", "", text) for text in both] == [
        MINE["title"], THEIRS["title"], MINE["summary"], THEIRS["summary"],
    ]  # fmt: skip
    assert "<mark>做</mark>" in both[0]
    assert "进货查验怎么办" in second.get("/authoring/c/about")  # nothing was saved yet


def test_the_second_author_saves_from_that_page(second: Visitor) -> None:
    page = second.post("/authoring/c/about", edition="1", **MINE).text
    edition = re.findall(r'name="edition" value="(\d+)"', page)[0]
    assert second.post("/authoring/c/about", edition=edition, **MINE).status_code == 303
    saved = second.get("/authoring/c/about")
    assert "我写的一段新简介。" in saved


def test_an_item_is_merged_alike_and_one_that_is_gone_is_not_lost(second: Visitor) -> None:
    answer = second.post("/authoring/c/items/p1", edition="1", title="我改的练习名称")
    assert answer.status_code == 409
    assert 'value="我改的练习名称"' in answer.text
    edition = re.findall(r'name="edition" value="(\d+)"', answer.text)[0]
    second.post("/authoring/c", edition=edition, do="remove", item="p1")
    assert second.post("/authoring/c/items/p1", edition="1", title="名").status_code == 404


def test_what_any_other_form_was_told_is_shown_on_the_page_that_refuses_it(
    second: Visitor,
) -> None:
    form = {"do": "module-put", "module": "m1", "title": "第一模块的新名称", "kind": "base"}
    answer = second.post("/authoring/c", edition="1", **form)
    assert answer.status_code == 409
    assert "甲 刚改过这份草稿" in answer.text
    assert "第一模块的新名称</textarea>" in answer.text

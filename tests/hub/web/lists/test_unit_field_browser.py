"""The choice of a unit in a browser: found while one types, by keyboard, sent as its code."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from hub.context.open_hub import Hub
from hub.people import unit_tree
from hub.web.app import create_app
from tests.browser import serving, wait
from tests.hub.actors import actor
from tests.hub.conftest import publish_course
from tests.hub.visitors import PASSWORD, account

pytestmark = pytest.mark.browser

ORG = "代码,名称,上级\n43,云岭省局,\n4301,清溪县局,43\n4302,清河县局,43\n"


@pytest.fixture
def used(sqlite_hub: Hub, tmp_path: Path) -> Hub:
    account(sqlite_hub, "boss")
    (tmp_path / "org.csv").write_text(ORG, "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", actor())
    publish_course(sqlite_hub)
    return sqlite_hub


def _open(page: Page, address: str) -> None:
    page.goto(f"{address}/log-in?next=/classes/new")
    page.get_by_label("用户名").fill("boss")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_label("班名").fill("第一期")
    page.get_by_label("开始").fill("2026-12-01")
    page.get_by_label("结束").fill("2026-12-20")
    page.get_by_text("食品经营现场检查").click()


def test_a_unit_is_chosen_by_keyboard_and_its_code_is_sent(used: Hub, desktop: Page) -> None:
    with serving(create_app(used)) as address:
        _open(desktop, address)
        field = desktop.get_by_label("哪个单位")
        expect(field).to_have_value("")
        field.press_sequentially("清")
        expect(desktop.get_by_role("option")).to_have_count(2)
        field.press("ArrowDown")
        field.press("ArrowDown")
        expect(desktop.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
        field.press("Enter")
        expect(field).to_have_value("清河县局 (4302)")
        assert desktop.locator("input[type=hidden][name=unit]").input_value() == "4302"
        expect(desktop.get_by_role("listbox")).to_be_hidden()
        with desktop.expect_navigation():
            desktop.get_by_role("button", name="下一步").click()
        desktop.get_by_role("button", name="发出").click()
        expect(desktop.get_by_text("班“第一期”已建立。")).to_be_visible()


def test_an_answer_that_comes_late_does_not_open_the_list_again(used: Hub, desktop: Page) -> None:
    """It would lie over the button that is pressed now."""
    held: list[Route] = []
    with serving(create_app(used)) as address:
        _open(desktop, address)
        desktop.route("**/units.json*", lambda route: held.append(route))
        field = desktop.get_by_label("哪个单位")
        field.press_sequentially("清")
        wait(desktop, lambda: bool(held))
        field.blur()
        with desktop.expect_response("**/units.json*") as answered:
            held[0].continue_()
        answered.value.finished()
        desktop.wait_for_timeout(100)  # the page has the answer, and nothing may happen
        expect(desktop.get_by_role("listbox", include_hidden=True)).to_be_hidden()


def test_what_is_typed_and_not_chosen_comes_back_with_the_nearest(used: Hub, desktop: Page) -> None:
    with serving(create_app(used)) as address:
        _open(desktop, address)
        desktop.get_by_label("哪个单位").fill("清西县局")
        expect(
            desktop.get_by_text("没有找到。请检查有没有错字，或换几个字。").first
        ).to_be_visible()
        with desktop.expect_navigation():
            desktop.get_by_role("button", name="下一步").click()
        expect(desktop.get_by_text("最接近的：")).to_contain_text("清溪县局（4301）")
        expect(desktop.get_by_label("哪个单位")).to_have_value("清西县局")


def test_without_scripts_the_field_takes_a_code(used: Hub, without_scripts: Page) -> None:
    with serving(create_app(used)) as address:
        _open(without_scripts, address)
        without_scripts.get_by_label("哪个单位").fill("4301")
        without_scripts.get_by_role("button", name="下一步").click()
        without_scripts.get_by_role("button", name="发出").click()
        expect(without_scripts.get_by_text("班“第一期”已建立。")).to_be_visible()

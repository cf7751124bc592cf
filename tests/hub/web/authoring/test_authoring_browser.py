"""A course in a real browser: materials dropped in, written, reviewed by a colleague, published."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.context.open_hub import Hub
from hub.web.app import create_app
from tests.browser import DESKTOP, context, serving
from tests.content.conftest import PDF, mp4
from tests.hub.imports.test_imports import GIFT
from tests.hub.visitors import account
from tests.hub.web.authoring.test_import_browser import drop, log_in

pytestmark = pytest.mark.browser


def _import(page: Page, address: str) -> None:
    page.goto(f"{address}/materials/import")
    drop(page, "#drop", {"讲.mp4": mp4(90), "义.pdf": PDF, "题.gift": GIFT.encode()})
    expect(page.get_by_role("heading", name="导入记录")).to_be_visible()
    page.get_by_role("link", name="题.gift").click()
    page.get_by_role("button", name="放进题库（2 题）").click()
    expect(page.get_by_text("收下了一部分")).to_be_visible()


def _write(page: Page) -> None:
    page.get_by_role("link", name="课程", exact=True).first.click()
    page.get_by_role("link", name="编写", exact=True).click()
    page.get_by_role("link", name="新课程").first.click()
    page.get_by_label("课程名称").fill("进货查验")
    page.get_by_label("类别").fill("食品生产经营监管")
    page.get_by_label("编号（可不填）").fill("check")
    page.get_by_role("button", name="开始编写").click()
    page.get_by_role("link", name="加课件").click()
    page.get_by_label("讲").check()
    page.get_by_label("义").check()
    page.get_by_role("button", name="加进去").click()
    page.get_by_role("link", name="加课件").click()
    page.get_by_role("button", name="加考试").click()
    page.get_by_label("抽几题").fill("2")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("抽 2 / 2 题，30 分钟")).to_be_visible()
    expect(page.locator("#at-pdf1")).to_have_attribute("draggable", "true")
    with page.expect_navigation():  # the page loads again when it is saved
        page.drag_and_drop("#at-pdf1", "#at-video1", target_position={"x": 60, "y": 4})
    expect(page.locator(".plan-items > li").first).to_have_id("at-pdf1")
    page.get_by_role("button", name="下移 义").click()
    expect(page.locator(".plan-items > li").first).to_have_id("at-video1")
    page.get_by_role("link", name="改说明").click()
    page.get_by_label("学时").fill("1.5")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("1.5")).to_be_visible()
    page.get_by_role("link", name="预览").click()
    expect(page.get_by_text("还没有发布；这里学了不算数")).to_be_visible()
    page.get_by_role("link", name="审核和发布").click()
    page.get_by_role("button", name="送审").click()
    expect(page.get_by_text("等一位没有改过它的同事审核")).to_be_visible()


def _review(page: Page) -> None:
    page.get_by_role("link", name="课程", exact=True).first.click()
    page.get_by_role("link", name="编写", exact=True).click()
    page.get_by_role("link", name="进货查验").click()
    page.get_by_role("button", name="通过").click()
    page.get_by_label("哪个单位").fill("0")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_text("《进货查验》第 1 版已发布。")).to_be_visible()


def test_a_course_is_imported_written_reviewed_and_published(
    sqlite_hub: Hub, chromium: Browser, desktop: Page
) -> None:
    account(sqlite_hub, "作者", "author")
    account(sqlite_hub, "审者", "reviewer")
    errors: list[str] = []
    desktop.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    with serving(create_app(sqlite_hub)) as address:
        log_in(desktop, address, "作者")
        _import(desktop, address)
        _write(desktop)
        with context(chromium, DESKTOP) as second:
            page = second.new_page()
            log_in(page, address, "审者")
            _review(page)
    assert errors == []

"""A library in a real browser: files dropped on a volume, put in order, approved, published."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.context.open_hub import Hub
from hub.web.app import create_app
from tests.browser import DESKTOP, context, serving
from tests.content.conftest import PDF
from tests.faces.checks import grave_faults, sideways
from tests.hub.visitors import account
from tests.hub.web.authoring.test_import_browser import drop, log_in

pytestmark = pytest.mark.browser


def _begin(page: Page, address: str) -> None:
    page.goto(f"{address}/authoring")
    page.get_by_role("link", name="新资料库").click()
    page.get_by_label("类别").select_option("食品安全")
    page.get_by_label("编号（可不填）").fill("laws")
    page.get_by_role("button", name="开始加资料").click()
    expect(page.get_by_text("这一卷里还没有资料")).to_be_visible()
    page.wait_for_load_state()  # only then does the script accept dropped files


def test_a_library_is_dropped_in_ordered_and_published(
    sqlite_hub: Hub, chromium: Browser, desktop: Page
) -> None:
    account(sqlite_hub, "作者", "author")
    account(sqlite_hub, "审者", "reviewer")
    page = desktop
    errors: list[str] = []
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    with serving(create_app(sqlite_hub)) as address:
        log_in(page, address, "作者")
        _begin(page, address)
        files = {
            "1.md": "# 许可办法\n\n依法许可。".encode(),
            "2.txt": "进货查验\n应当查验。".encode("gb18030"),
            "3.pdf": PDF,
        }
        drop(page, "#drop", files)
        expect(page.locator("aside .state-ok")).to_have_count(2)
        expect(page.locator("aside .state-act")).to_have_count(1)
        expect(page.locator(".plan-items > li")).to_have_count(2)
        first = page.locator(".plan-items > li").first
        expect(first).to_contain_text("许可办法")
        rows = page.locator(".plan-items > li")
        expect(rows.nth(1)).to_have_attribute("draggable", "true")
        rows.nth(1).drag_to(rows.nth(0), target_position={"x": 60, "y": 4})
        # Two files came in and one was moved: only the page after that shows edition 4.
        expect(page.locator(".plan")).to_have_attribute("data-edition", "4")
        expect(first).to_contain_text("进货查验")
        page.get_by_role("button", name="下移 进货查验").press("Enter")
        expect(first).to_contain_text("许可办法")
        page.get_by_role("link", name="进货查验", exact=True).click()
        page.get_by_label("文号").fill("总局令第1号")
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_text("已保存。")).to_be_visible()
        assert grave_faults(page) == []
        page.goto(f"{address}/authoring/laws/review")
        page.get_by_role("button", name="送审").click()
        expect(page.get_by_text("等一位没有改过它的同事审核")).to_be_visible()
        with context(chromium, DESKTOP) as second:
            other = second.new_page()
            log_in(other, address, "审者")
            other.goto(f"{address}/authoring/laws/preview")
            other.get_by_role("link", name="进货查验").click()
            expect(other.get_by_text("应当查验。")).to_be_visible()
            other.goto(f"{address}/authoring/laws/review")
            other.get_by_role("button", name="通过").click()
            other.get_by_label("哪个单位").fill("0")
            other.get_by_role("button", name="发布", exact=True).click()
            expect(other.get_by_text("《食品安全》第 1 版已发布。")).to_be_visible()
    assert errors == []


def test_documents_are_handed_in_without_scripts(
    sqlite_hub: Hub, without_scripts: Page, tmp_path: Path
) -> None:
    account(sqlite_hub, "作者", "author")
    page = without_scripts
    file = tmp_path / "许可.md"
    file.write_text("# 许可办法\n\n依法许可。", "utf-8")
    with serving(create_app(sqlite_hub)) as address:
        log_in(page, address, "作者")
        _begin(page, address)
        page.get_by_label("选文件，或拖到这里").set_input_files(file)
        page.get_by_role("button", name="上传").click()
        expect(page.get_by_text("收下 1，已有 0，退回 0")).to_be_visible()
        page.set_viewport_size({"width": 390, "height": 844})
        assert sideways(page) == 0
        page.get_by_role("link", name="去掉 许可办法").click()
        expect(page.get_by_role("heading", name="去掉《许可办法》？")).to_be_visible()
        page.get_by_role("button", name="去掉").click()
        expect(page.get_by_text("这一卷里还没有资料")).to_be_visible()

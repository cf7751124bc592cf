"""A question in a real browser: written with a picture by keyboard; on a phone without scripts."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from hub.context.open_hub import Hub
from hub.web.app import create_app
from tests.browser import PHONE, context, serving
from tests.faces.checks import grave_faults, sideways, tab_faults
from tests.hub.visitors import account
from tests.hub.web.authoring.test_import_browser import log_in

pytestmark = pytest.mark.browser

# One green pixel: a browser draws it.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE: FilePayload = {"name": "秤.png", "mimeType": "image/png", "buffer": PIXEL}


def _begin(page: Page, address: str) -> None:
    page.goto(f"{address}/banks")
    page.get_by_role("link", name="新题库").click()
    page.get_by_label("题库名称").fill("计量")
    page.get_by_role("button", name="新建并出题").click()
    expect(page.get_by_role("heading", name="出题", level=1)).to_be_visible()


def test_a_question_with_a_picture_is_written_seen_and_saved(
    sqlite_hub: Hub, desktop: Page
) -> None:
    account(sqlite_hub, "编者", "author")
    page = desktop
    with serving(create_app(sqlite_hub)) as address:
        log_in(page, address, "编者")
        _begin(page, address)
        page.get_by_label("题干").fill("这是什么秤？")
        page.get_by_label("题干").press("Tab")
        page.get_by_label("选项 A", exact=True).fill("电子秤")
        page.get_by_role("button", name="保存", exact=True).press("Enter")
        expect(page.get_by_text("有 2 处要改")).to_be_visible()
        expect(page.get_by_text("请点选正确答案。")).to_be_visible()
        assert grave_faults(page) == []
        page.get_by_label("选项 B", exact=True).fill("台秤")
        page.get_by_role("radio", name="选项 B 正确").press("Space")
        page.get_by_text("加图片或声音").click()
        page.get_by_label("文件", exact=True).set_input_files(PICTURE)
        page.get_by_label("图里是什么", exact=True).fill("一台秤")
        page.get_by_role("button", name="加进来").click()
        expect(page.get_by_label("题干")).to_have_value("这是什么秤？\n[[图1]]")
        expect(page.get_by_role("radio", name="选项 B 正确")).to_be_checked()
        page.get_by_role("button", name="先看看").click()
        expect(page.locator("aside .question-text img[alt='一台秤']")).to_be_visible()
        assert grave_faults(page) == []
        assert tab_faults(page) == []
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_text("已加进题库。")).to_be_visible()
        shown = page.locator("aside .question-text img[src^='/media/']")
        expect(shown).to_have_js_property("naturalWidth", 1)


def test_a_question_is_written_on_a_phone_without_scripts(
    sqlite_hub: Hub, chromium: Browser
) -> None:
    account(sqlite_hub, "编者", "author")
    with serving(create_app(sqlite_hub)) as address, context(chromium, PHONE, False) as profile:
        page = profile.new_page()
        log_in(page, address, "编者")
        _begin(page, address)
        page.get_by_role("button", name="连线").click()
        for label, words in (("题干", "连一连"), ("左项 1", "秤"), ("左项 2", "尺")):
            page.get_by_label(label, exact=True).fill(words)
        for letter, words in (("A", "长度"), ("B", "质量")):
            page.get_by_label(f"选项 {letter}", exact=True).fill(words)
        page.get_by_label("左项 1 对应").select_option("B")
        page.get_by_label("左项 2 对应").select_option("A")
        page.get_by_role("button", name="再加两项").click()
        expect(page.get_by_label("左项 6", exact=True)).to_be_visible()
        assert sideways(page) == 0
        page.get_by_role("button", name="保存，再出一题").click()
        expect(page.get_by_text("已加进题库；接着写下一题。")).to_be_visible()
        expect(page.get_by_role("button", name="连线")).to_have_attribute("aria-pressed", "true")

"""Handing files in, in a real browser: dropped on the page, chosen, and without scripts."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub.context.open_hub import Hub
from hub.web.app import create_app
from tests.browser import serving
from tests.content.conftest import PDF, mp4
from tests.hub.imports.test_imports import GIFT
from tests.hub.visitors import PASSWORD, account

pytestmark = pytest.mark.browser

DROP = """(files) => {
  const carried = new DataTransfer()
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0))
    carried.items.add(new File([bytes], name))
  }
  return carried
}"""


def log_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/log-in")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("link", name="总览")).to_be_visible()


def drop(page: Page, where: str, files: dict[str, bytes]) -> None:
    """Drop files on an element, as a person does with the mouse."""
    encoded = [[name, base64.b64encode(raw).decode()] for name, raw in files.items()]
    carried = page.evaluate_handle(DROP, encoded)
    for kind in ("dragenter", "dragover", "drop"):
        page.dispatch_event(where, kind, {"dataTransfer": carried})


def test_files_dropped_on_the_page_are_taken_in(sqlite_hub: Hub, desktop: Page) -> None:
    account(sqlite_hub, "编者", "author")
    srt = "1\n00:00:01,000 --> 00:00:02,000\n一\n".encode("gb18030")
    with serving(create_app(sqlite_hub)) as address:
        log_in(desktop, address, "编者")
        desktop.goto(f"{address}/materials/import")
        files = {"讲.srt": srt, "讲.mp4": mp4(9), "题.gift": GIFT.encode(), "坏.docx": b"MZ\0\1"}
        drop(desktop, "#drop", files)
        expect(desktop.get_by_role("heading", name="导入记录")).to_be_visible()
        expect(desktop.get_by_text("收下一部分")).to_be_visible()
        expect(desktop.locator("tbody .state-ok")).to_have_count(2)
        expect(desktop.locator("tbody .state-act")).to_have_count(1)
        desktop.get_by_role("link", name="题.gift").click()
        expect(desktop.get_by_text("题.gift 第 5 行")).to_be_visible()
        desktop.get_by_role("link", name="题", exact=True).click()
        expect(desktop.get_by_text("进货查验看什么？")).to_be_visible()


def test_files_are_handed_in_without_scripts(
    sqlite_hub: Hub, without_scripts: Page, tmp_path: Path
) -> None:
    account(sqlite_hub, "编者", "author")
    file = tmp_path / "讲义.pdf"
    file.write_bytes(PDF)
    with serving(create_app(sqlite_hub)) as address:
        log_in(without_scripts, address, "编者")
        without_scripts.goto(f"{address}/materials/import")
        without_scripts.get_by_label("选文件，或拖到这里").set_input_files(file)
        without_scripts.get_by_role("button", name="上传").click()
        expect(without_scripts.get_by_text("全部收下了")).to_be_visible()
        without_scripts.get_by_role("link", name="讲义", exact=True).click()
        expect(without_scripts.get_by_role("heading", name="讲义")).to_be_visible()


def test_a_line_that_breaks_is_said(sqlite_hub: Hub, desktop: Page) -> None:
    account(sqlite_hub, "编者", "author")
    with serving(create_app(sqlite_hub)) as address:
        log_in(desktop, address, "编者")
        desktop.goto(f"{address}/materials/import")
        desktop.route("**/materials/import", lambda route: route.abort())
        drop(desktop, "#drop", {"讲.mp4": mp4(9)})
        expect(desktop.get_by_text("没有传上去")).to_be_visible()

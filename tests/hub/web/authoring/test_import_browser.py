"""Handing files in, in a real browser: dropped on the page, chosen, and without scripts."""

from __future__ import annotations

import base64
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.context.open_hub import Hub
from hub.imports import imports
from hub.materials.import_report import ImportReport
from hub.web.app import create_app
from hub.web.authoring import materials
from tests.browser import context, serving, wait
from tests.content.conftest import PDF
from tests.content.films import box, mp4
from tests.hub.imports.test_imports import GIFT
from tests.hub.visitors import PASSWORD, account
from tests.lab import answering

pytestmark = pytest.mark.browser

# Bytes a second that a browser sends; half a second of it is seen on the bar.
SLOW = {
    "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000,
}  # fmt: skip
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


def left_of_uploads(hub: Hub) -> list[Path]:
    """What lies in the folder of uploads."""
    return list(hub.config.uploads.rglob("*"))


def test_files_dropped_on_the_page_are_taken_in(sqlite_hub: Hub, desktop: Page) -> None:
    account(sqlite_hub, "编者", "author")
    srt = "1\n00:00:01,000 --> 00:00:02,000\n一\n".encode("gb18030")
    with serving(create_app(sqlite_hub)) as address:
        log_in(desktop, address, "编者")
        desktop.goto(f"{address}/materials/import")
        files = {"讲.srt": srt, "讲.mp4": mp4(9), "题.gift": GIFT.encode(), "坏.docx": b"MZ\0\1"}
        drop(desktop, "#drop", files)
        expect(desktop.get_by_role("heading", name="导入记录")).to_be_visible()
        expect(desktop.get_by_text("等您看过再放进题库")).to_be_visible()
        expect(desktop.locator("tbody .state-ok")).to_have_count(2)
        expect(desktop.locator("tbody .state-act")).to_have_count(1)
        desktop.get_by_role("link", name="题.gift").click()
        desktop.get_by_role("button", name="放进题库（2 题）").click()
        expect(desktop.get_by_text("收下了一部分")).to_be_visible()
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


def test_an_upload_is_watched_stopped_and_sent_again(
    sqlite_hub: Hub, desktop: Page, tmp_path: Path
) -> None:
    account(sqlite_hub, "编者", "author")
    film, pdf = tmp_path / "讲.mp4", tmp_path / "讲义.pdf"
    pdf.write_bytes(PDF)
    film.write_bytes(mp4(9) + box(b"free", bytes(2_000_000)))
    with answering(sqlite_hub) as port:
        address = f"http://127.0.0.1:{port}"
        log_in(desktop, address, "编者")
        desktop.goto(f"{address}/materials/import")
        line = desktop.context.new_cdp_session(desktop)
        line.send("Network.emulateNetworkConditions", SLOW)
        desktop.get_by_label("选文件，或拖到这里").set_input_files([film, pdf])
        desktop.get_by_role("button", name="上传", exact=True).click()
        wait(desktop, "document.querySelector('.going progress').value > 5")
        assert desktop.locator(".going progress").first.evaluate("bar => bar.value") < 100
        desktop.get_by_role("button", name="取消上传 讲义.pdf").click()  # it waits for its turn
        desktop.get_by_role("button", name="取消上传 讲.mp4").click()
        expect(desktop.get_by_text("已取消，没有上传")).to_have_count(2)
        expect(desktop.get_by_role("link", name="看导入记录")).to_be_visible()
        wait(desktop, lambda: not left_of_uploads(sqlite_hub))
        line.send("Network.emulateNetworkConditions", SLOW | {"uploadThroughput": -1})
        desktop.get_by_role("button", name="再传一次 讲义.pdf").click()
        desktop.get_by_role("button", name="再传一次 讲.mp4").click()
        expect(desktop.get_by_role("heading", name="导入记录")).to_be_visible()
        expect(desktop.locator("tbody .state-ok")).to_have_count(2)


def test_a_file_that_is_there_is_taken_in_whoever_leaves(
    sqlite_hub: Hub, desktop: Page, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hand files in at once; one closes the browser before the file was read."""
    account(sqlite_hub, "编者", "author")
    reads, import_file = Event(), imports.import_file

    def later(*given: object) -> ImportReport:
        assert reads.wait(20)
        return import_file(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(imports, "import_file", later)
    app = create_app(sqlite_hub)
    with serving(app) as address:
        log_in(desktop, address, "编者")
        other = context(chromium, (1366, 768)).new_page()
        log_in(other, address, "编者")
        for page, name in ((desktop, "一.mp4"), (other, "二.mp4")):
            page.goto(f"{address}/materials/import")
            drop(page, "#drop", {name: mp4(9 if page is other else 8)})
            expect(page.get_by_role("heading", name="导入记录")).to_be_visible()
        expect(other.get_by_text("排队", exact=True)).to_be_visible()
        other.context.close()
        reads.set()
        assert app.extensions[materials.WORKER].rest(20)
        desktop.reload()
        expect(desktop.locator("tbody .state-ok")).to_have_count(2)


def test_a_line_that_breaks_is_said(sqlite_hub: Hub, desktop: Page) -> None:
    account(sqlite_hub, "编者", "author")
    with serving(create_app(sqlite_hub)) as address:
        log_in(desktop, address, "编者")
        desktop.goto(f"{address}/materials/import")
        desktop.route("**/materials/import", lambda route: route.abort())
        drop(desktop, "#drop", {"讲.mp4": mp4(9)})
        expect(desktop.get_by_text("没有传上去")).to_be_visible()

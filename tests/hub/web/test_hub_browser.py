"""A day at headquarters, in a real browser: log in, add a station, publish, look, export."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from hub.context.open_hub import Hub
from hub.people import roster
from hub.web.app import create_app
from tests.browser import serving
from tests.faces.checks import grave_faults, with_axe
from tests.faces.marks import Marks
from tests.hub.actors import actor
from tests.hub.conftest import join_station, publish_course, sitting, study
from tests.hub.materials.test_uploads import COURSE, QUESTIONS
from tests.hub.visitors import PASSWORD, account

pytestmark = pytest.mark.browser


@pytest.fixture
def used(sqlite_hub: Hub) -> Hub:
    """A hub with one station that is at work."""
    account(sqlite_hub, "boss")
    station = join_station(sqlite_hub, "110101001", name="东城所")
    publish_course(sqlite_hub)
    file = sqlite_hub.config.data / "roster.csv"
    file.write_text("学号,姓名,单位\nn1,王建国,110101001\nn2,李秀英,110101001\n", "utf-8")
    roster.import_roster(sqlite_hub, file, actor("test"))
    station.send(station.seal(study("n1", 0, 100), *sitting("n1", wrong=1)))
    return sqlite_hub


def _log_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("用户名").fill("boss")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("link", name="总览")).to_be_visible()


def _course(folder: Path) -> Path:
    file = folder / "small.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("course.toml", COURSE.format(version=1, said=""))
        archive.writestr("page.md", "# 标题\n\n正文。")
        archive.writestr("practice.toml", QUESTIONS)
    return file


def _add_station(page: Page) -> None:
    page.get_by_role("link", name="站点", exact=True).click()
    page.get_by_role("link", name="添加站点").click()
    page.get_by_label("单位名称或代码").fill("总局")
    page.get_by_label("单位名称或代码").blur()  # an open list would lie over the button
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name="选这里").click()
    page.get_by_label("所的名称").fill("城关工商所")
    page.get_by_label("所的代码").fill("110102001")
    page.get_by_role("button", name="新建并添加站点").click()
    expect(page.locator(".code")).to_have_text(re.compile(r"(\w{4}-?\s*){4}"))
    expect(page.get_by_text("城关工商所").first).to_be_visible()


def _publish(page: Page, file: Path) -> None:
    page.get_by_role("link", name="课程", exact=True).click()
    page.get_by_role("link", name="发布课程").click()
    page.get_by_label("课程文件夹的 zip").set_input_files(file)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name="小课")).to_be_visible()
    page.get_by_label("哪个单位").fill("0")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_text("已发布")).to_be_visible()


def _drill_down(page: Page) -> None:
    page.get_by_role("link", name="总览").click()
    page.get_by_role("link", name="东城所").first.click()
    expect(page.get_by_role("heading", name="东城所")).to_be_visible()
    page.get_by_role("link", name="王建国").click()
    expect(page.get_by_role("heading", name="王建国")).to_be_visible()
    page.get_by_text("逐题看").click()
    expect(
        page.get_by_role("cell", name="错").or_(page.get_by_text("错", exact=True)).first
    ).to_be_visible()
    page.get_by_role("link", name="逐条核对").click()
    expect(page.get_by_text("一致：8 条记录")).to_be_visible()


def _export(page: Page) -> None:
    page.get_by_role("link", name="成绩", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="导出 xlsx").click()
    book = CalamineWorkbook.from_filelike(BytesIO(Path(waiting.value.path()).read_bytes()))
    rows = book.get_sheet_by_name("成绩").to_python()
    assert [row[1] for row in rows] == ["姓名", "王建国"]


def test_a_day_at_headquarters(used: Hub, desktop: Page, tmp_path: Path) -> None:
    with serving(create_app(used)) as address:
        _log_in(desktop, address)
        _add_station(desktop)
        _publish(desktop, _course(tmp_path))
        _drill_down(desktop)
        _export(desktop)
        desktop.get_by_role("button", name="退出").click()
        expect(desktop.get_by_text("您已退出")).to_be_visible()


def test_the_same_day_without_scripts(used: Hub, without_scripts: Page, tmp_path: Path) -> None:
    with serving(create_app(used)) as address:
        _log_in(without_scripts, address)
        _add_station(without_scripts)
        _publish(without_scripts, _course(tmp_path))
        _drill_down(without_scripts)


def test_a_course_with_faults_shows_them_after_the_bar(
    used: Hub, desktop: Page, tmp_path: Path
) -> None:
    file = tmp_path / "bad.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("course.toml", COURSE.format(version=1, said=""))
    with serving(create_app(used)) as address:
        _log_in(desktop, address)
        desktop.goto(f"{address}/courses/new")
        desktop.get_by_label("课程文件夹的 zip").set_input_files(file)
        desktop.get_by_role("button", name="上传并检查").click()
        expect(desktop.get_by_text("处要改")).to_be_visible()
        expect(desktop.get_by_text("page.md").first).to_be_visible()
        # The script put the new page into the old one: its form has its progress bar again.
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("other.txt", "")
        desktop.get_by_label("课程文件夹的 zip").set_input_files(file)
        with desktop.expect_request(lambda sent: sent.method == "POST") as sent:
            desktop.get_by_role("button", name="上传并检查").click()
        assert sent.value.resource_type == "xhr"
        expect(desktop.get_by_text("page.md")).to_have_count(0)


PAGES = (
    "/",
    "/stations",
    "/stations/1",
    "/stations/1/note",
    "/stations/new?parent=0",
    "/learners",
    "/learners/n1",
    "/learners/n1/records",
    "/results",
    "/courses",
    "/courses/food",
    "/courses/new",
    "/classes/new",
    "/governing",
    "/keys",
    "/accounts",
    "/audit",
    "/roster/import",
    "/password",
)


def test_every_page_fits_a_phone_and_hinders_nobody(used: Hub, phone: Page) -> None:
    errors: list[str] = []
    phone.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    with serving(create_app(used)) as address:
        _log_in(phone, address)
        with_axe(phone.context)
        marks = Marks()
        for path in PAGES:
            phone.goto(address + path)
            assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path
            if marks.new_in(phone.content()):
                assert (path, grave_faults(phone)) == (path, [])
    assert errors == []

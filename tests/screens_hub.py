"""The pages of headquarters that are photographed, and how a person gets there."""

from __future__ import annotations

from collections.abc import Callable

from install.demo import SAMPLES
from tests.screens_walk import Shot, Walker


def _first(path: str, then: str = "", times: int = 1) -> Callable[[Walker], None]:
    """The page behind the first row of a hub's list, and a page below it."""

    def go(w: Walker) -> None:
        w.at_hub(path)
        for _step in range(times):
            w.page.goto(w.hub + (w.page.get_attribute("tbody a >> nth=0", "href") or ""))
        if then:
            w.page.goto(w.page.url + then)

    return go


def _bad_roster(w: Walker) -> None:
    w.at_hub("/roster/import")
    rows = "学号,姓名,单位,职务\nA1,周建国,0,所长\n,没有学号,0,科员\nA9,钱进,999,科员\n"
    file = {"name": "名册.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    w.page.set_input_files("main input[type=file]", file)  # type: ignore[arg-type]
    w.page.click("main form .button >> nth=0")
    w.page.wait_for_selector("input[type=file]", state="detached")


def _frozen(w: Walker) -> None:
    """The hub freezes a station that came twice; here it is done by hand."""
    w.at_hub("/stations/3")
    token = w.page.get_attribute("[name=csrf_token] >> nth=0", "value") or ""
    form: dict[str, str | float | bool] = {"csrf_token": token, "state": "frozen"}
    w.page.request.post(f"{w.hub}/stations/3/state", form=form, headers={"Origin": w.hub})
    w.page.goto(f"{w.hub}/stations/3/unfreeze")


BANK = (
    "::q1::进货查验先看什么？ {=票证 ~天气 ~店面}\n\n"
    "::q2::两人以上执法，至少____人。 {=两 =2}\n\n坏的 {\n"
)


def _import_bank(w: Walker) -> None:
    w.at_hub("/materials/import")
    file = {"name": "进货查验题库.gift", "mimeType": "text/plain", "buffer": BANK.encode()}
    w.page.set_input_files("main input[type=file]", file)  # type: ignore[arg-type]
    w.page.click("main form .button >> nth=0")
    w.page.wait_for_url("**/materials/imports")
    w.page.wait_for_selector("tbody .state-waits, tbody .state-quiet")
    w.page.click("tbody a >> nth=0")
    w.page.wait_for_selector(".import-sum")


def _into_bank(w: Walker) -> None:
    _import_bank(w)
    w.page.click("button[value=take]")
    w.page.wait_for_selector(".figures")


def _next_version(w: Walker) -> None:
    w.at_hub(f"/courses/{w.demo.courses[0].id}")
    w.page.click("form[action^='/authoring/next'] button")
    w.page.wait_for_selector(".plan-items")


def _drafted(path: str) -> Callable[[Walker], None]:
    return lambda w: w.at_hub(f"/authoring/{w.demo.courses[0].id}{path}")


def _new_station(w: Walker) -> None:
    """The note for a station that has not joined, with a fresh code."""
    w.at_hub("/stations?state=waiting")
    w.page.goto(w.hub + (w.page.get_attribute("tbody a >> nth=0", "href") or "") + "/note")
    w.page.click("button:has-text('换一个新的接入码')")
    w.page.wait_for_selector(".command")


def _question(w: Walker) -> None:
    _first("/banks")(w)
    w.page.click(".asked-list a >> nth=0")
    w.page.wait_for_url("**/questions/*")


def _library(w: Walker) -> None:
    """A volume with documents, begun once for both sizes."""
    w.at_hub("/authoring")
    if not w.page.locator("a[href='/authoring/laws-shown']").count():
        w.at_hub("/library/new")
        w.page.select_option("select[name=category]", "食品安全")
        w.page.fill("input[name=id]", "laws-shown")
        w.page.click("main form button")
        files = sorted((SAMPLES / "library" / "handbook" / "site").glob("*.md"))
        w.page.set_input_files("input[name=file]", files)
        w.page.click("form[data-import] button")
        w.page.wait_for_selector(f".plan-items > li:nth-child({len(files)})")
    w.at_hub("/authoring/laws-shown/volumes/v1")


def _document(w: Walker) -> None:
    _library(w)
    w.page.click(".plan-items a >> nth=0")
    w.page.wait_for_selector("article.reading")


def _preview_item(w: Walker) -> None:
    w.at_hub(f"/authoring/{w.demo.courses[0].id}/preview")
    w.page.click(".rail a >> nth=0")
    w.page.wait_for_load_state("networkidle")


HUB = (
    Shot("hub-overview", "总局：总览", lambda w: w.at_hub("/")),
    Shot("hub-unit", "总局：一个省", _first("/")),
    Shot("hub-units", "总局：查找单位", lambda w: w.at_hub("/units?q=所")),
    Shot("hub-stations", "总局：站点", lambda w: w.at_hub("/stations")),
    Shot("hub-station", "总局：一个站点", lambda w: w.at_hub("/stations/1")),
    Shot("hub-station-note", "总局：联系单", lambda w: w.at_hub("/stations/1/note")),
    Shot("hub-station-add", "总局：添加站点", lambda w: w.at_hub("/stations/new")),
    Shot("hub-station-batch", "总局：成批添加站点", lambda w: w.at_hub("/stations/batch")),
    Shot("hub-station-slips", "总局：接入单", lambda w: w.at_hub("/stations/slips")),
    Shot("hub-station-replace", "总局：换电脑", lambda w: w.at_hub("/stations/2/replace")),
    Shot("hub-station-unfreeze", "总局：解冻", _frozen),
    Shot("hub-learners", "总局：学员", lambda w: w.at_hub("/learners")),
    Shot("hub-learner", "总局：一个学员", _first("/learners?state=done")),
    Shot("hub-records", "总局：学员的记录", _first("/learners?state=done", "/records")),
    Shot("hub-roster", "总局：导入名册", lambda w: w.at_hub("/roster/import")),
    Shot("hub-roster-faults", "总局：名册有错", _bad_roster),
    Shot("hub-results", "总局：成绩", lambda w: w.at_hub("/results")),
    Shot("hub-courses", "总局：课程和班", lambda w: w.at_hub("/courses")),
    Shot("hub-course", "总局：一门课程", lambda w: w.at_hub(f"/courses/{w.demo.courses[0].id}")),
    Shot("hub-import", "总局：导入素材和题库", lambda w: w.at_hub("/materials/import")),
    Shot("hub-import-preview", "总局：题目放进题库前先看", _import_bank),
    Shot("hub-import-report", "总局：导入报告", _into_bank),
    Shot("hub-materials", "总局：素材", lambda w: w.at_hub("/materials")),
    Shot("hub-bank", "总局：题库", _first("/banks")),
    Shot("hub-authoring-new", "总局：新课程", lambda w: w.at_hub("/authoring/new")),
    Shot("hub-authoring-course", "总局：编写课程", _next_version),
    Shot("hub-authoring", "总局：编写中的课程", lambda w: w.at_hub("/authoring")),
    Shot("hub-preview", "总局：像学员那样预览", _drafted("/preview")),
    Shot("hub-review", "总局：审核和发布", _drafted("/review")),
    Shot("hub-org", "总局：导入组织机构", lambda w: w.at_hub("/org/import")),
    Shot("hub-governing", "总局：管理", lambda w: w.at_hub("/governing")),
    Shot("hub-note-new", "总局：新站点的联系单", _new_station),
    Shot("hub-imports", "总局：导入记录", lambda w: w.at_hub("/materials/imports")),
    Shot("hub-question", "总局：一道题", _question),
    Shot("hub-volume", "总局：资料库的一卷", _library),
    Shot("hub-document", "总局：一份资料", _document),
    Shot("hub-question-new", "总局：出一道题", lambda w: w.at_hub("/banks/1/new")),
    Shot("hub-library-new", "总局：新资料库", lambda w: w.at_hub("/library/new")),
    Shot("hub-lecturers", "总局：师资", lambda w: w.at_hub("/lecturers")),
    Shot("hub-preview-item", "总局：预览一个课件", _preview_item),
    Shot("hub-course-upload", "总局：发布课程", lambda w: w.at_hub("/courses/new")),
    Shot("hub-classes", "总局：班", lambda w: w.at_hub("/classes")),
    Shot("hub-class", "总局：一个班", _first("/classes")),
    Shot("hub-class-new", "总局：开班", lambda w: w.at_hub("/classes/new")),
    Shot("hub-accounts", "总局：账号", lambda w: w.at_hub("/accounts")),
    Shot("hub-account", "总局：一个账号", _first("/accounts")),
    Shot("hub-me", "总局：我的账号", lambda w: w.at_hub("/me")),
    Shot("hub-condition", "总局：枢纽运行情况", lambda w: w.at_hub("/condition")),
    Shot("hub-keys", "总局：密钥与签名", lambda w: w.at_hub("/keys")),
    Shot("hub-audit", "总局：操作记录", lambda w: w.at_hub("/audit")),
    Shot("hub-password", "总局：改密码", lambda w: w.at_hub("/password")),
    Shot("hub-refused", "总局：找不到的页面", lambda w: w.at_hub("/learners/none")),
)

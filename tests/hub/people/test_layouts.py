"""Rosters in the layouts that offices have: read as people see them, every sheet counted."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.people import roster, unit_tree
from hub.people.roster import RosterReport
from tests.content.cells.books import Cell, book, changed
from tests.hub.actors import actor
from tests.hub.conftest import Clock
from tests.hub.visitors import visitor

ORG = "code,name,parent\na,清溪县局,0\nb,新县局,0\na1,城关所,a\na2,河西所,a\nb1,城关所,b\n"
PERSON = ["7", "王芳", "a1", "科员"]
HEAD = ["学号", "姓名", "单位", "职务"]
Look = Callable[..., RosterReport]


@pytest.fixture(scope="module")
def office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that is only read: what a file would do is looked at, nothing is written."""
    folder = tmp_path_factory.mktemp("office")
    hub = open_hub.open_hub(shutil.copytree(sqlite_template, folder / "hub"), Clock())
    (folder / "org.csv").write_text(ORG, "utf-8")
    unit_tree.import_org(hub, folder / "org.csv", actor())
    yield hub
    hub.close()


@pytest.fixture
def look(office: Hub, tmp_path: Path) -> Look:
    """What a workbook of these sheets would do."""

    def read(
        *sheets: tuple[str, Sequence[Sequence[Cell]]],
        spans: str = "",
        change: Callable[[Path], object] = lambda path: None,
        chosen: dict[str, str] | None = None,
    ) -> RosterReport:
        path = book(tmp_path / "名册.xlsx", *sheets)
        if spans:
            cells = "".join(f'<mergeCell ref="{each}"/>' for each in spans.split())
            merged = f"</sheetData><mergeCells>{cells}</mergeCells>"
            changed(path, lambda xml: xml.replace("</sheetData>", merged))
        change(path)
        report = roster.import_roster(office, path, actor(), "", True, chosen)
        assert report.imported + report.refused == report.rows
        return report

    return read


def people(report: RosterReport) -> list[tuple[str, str, str]]:
    return [(one.number, one.name, one.post) for one in report.sample]


def codes(report: RosterReport) -> list[str]:
    return [fault.code for fault in report.faults]


LAYOUTS: dict[str, tuple[list[list[Cell]], str]] = {
    "a line of who filled it in above": (
        [["清溪县人员花名册"], ["填报单位：清溪县局", "", "填报日期：2026 年 11 月"], [*HEAD],
         [*PERSON]], "A1:D1"),
    "two rows of headings, merged": (
        [["序号", "基本情况", "", "所在单位", "职务"], ["", "学号", "姓名", "", ""],
         ["1", "7", "王芳", "a1", "科员"]], "A1:A2 B1:C1 D1:D2 E1:E2"),
    "county and station in two columns": (
        [["工号", "姓名", "县（市、区）", "监管所", "职务"],
         ["7", "王芳", "清溪县局", "城关所", "科员"]], ""),
    "the county merged over its people": (
        [["县局", "所", "工号", "姓名", "职务"], ["清溪县局", "城关所", "7", "王芳", "科员"],
         ["", "河西所", "8", "李雷", ""]], "A2:A3"),
    "the unit as its whole path": (
        [["学号", "姓名", "单位", "职务"], ["7", "王芳", "清溪县局/城关所", "科员"]], ""),
    "padding zeros by a format": (
        [["学号", "姓名", "单位", "职务"], [(7, "0"), "王芳", "a1", "科员"]], ""),
    "the ID number as the number": (
        [["序号", "姓 名", "身份证号码", "工作单位", "职务"],
         [1, "王　芳", "7", "a1", "科员"]], ""),
    "full width, breaks and unseen signs": (
        [["学号", "姓名", "单位", "职务"],
         ["７\u200b", "\u00a0王\n芳 ", "清溪县局\n城关所", "科员\u3000"],
         ["8", "李雷", "a2", ""]], ""),
    "signatures below and rows kept free": (
        [["序号", *HEAD], ["1", *PERSON], ["2", "", "", "", ""], ["填表人：甲　审核人：乙"]], ""),
    "headings again on the next page": ([[*HEAD], [*PERSON], [*HEAD]], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_understood(name: str, look: Look) -> None:
    rows, spans = LAYOUTS[name]
    report = look(("花名册", rows), spans=spans)
    assert people(report)[0] == ("7", "王芳", "科员")
    assert codes(report) == []


def test_notes_come_before_the_table_and_other_sheets_are_counted(look: Look) -> None:
    report = look(
        ("填表说明", [["一人一行"], ["不要改列名"]]),
        ("清溪", [HEAD, PERSON]),
        ("新县", [HEAD, ["8", "李雷", "b1", ""], ["7", "王芳", "b1", ""]]),
        ("统计", [["科员", 3], ["所长", 1]]),
    )
    assert (report.rows, report.imported, report.refused) == (5, 2, 3)
    assert [(f.code, f.sheet, f.row) for f in report.faults] == [
        ("sheet-left", "", 0), ("number-twice-sheet", "新县", 3),
    ]  # fmt: skip
    assert [(f.code, f.values["unread"]) for f in report.remarks] == [("sheet-notes", "2")]
    assert (
        report.faults[1].text().startswith("工作表“新县”第 3 行：学号“7”与工作表“清溪”第 2 行重复")
    )


def test_numbers_that_lost_their_digits_are_refused_by_their_cells(look: Look) -> None:
    head = ["身份证号", "姓名", "单位"]
    lost = [[n, "甲", "a1"] for n in (110101199001011234, "1.10101E+17", "110101199001011000")]
    whole = ["110101199003070003", "乙", "a1"]
    report = look(("S", [head, *lost, whole]))
    assert codes(report) == ["cell-digits", "number-cut", "number-cut"]
    assert "A2 格" in report.faults[0].text()
    assert report.added == 1


def test_hidden_rows_are_read_and_said(look: Look) -> None:
    hide = '<row r="3" hidden="1"'
    report = look(
        ("S", [HEAD, PERSON, ["8", "李雷", "a2", ""]]),
        change=lambda path: changed(path, lambda xml: xml.replace('<row r="3"', hide)),
    )
    assert (report.added, [f.code for f in report.remarks]) == (2, ["rows-hidden"])


def test_a_sheet_without_headings_is_read_by_the_letters_of_its_columns(look: Look) -> None:
    rows = [["王芳", "7", "a1"], ["李雷", "8", "a2"]]
    report = look(("S", rows), chosen={"number": "B 列", "name": "A 列", "unit": "C 列"})
    assert [one.name for one in report.sample] == ["王芳", "李雷"]


def test_columns_that_somebody_named_are_asked_once(sqlite_hub: Hub, tmp_path: Path) -> None:
    came = visitor(sqlite_hub)
    rows = [["警员代号", "称呼"], ["7", "王芳"], ["8", "李雷"]]
    body = book(tmp_path / "a.xlsx", ("S", rows)).read_bytes()
    asked = came.hand_in("/roster/import", "名册.xlsx", body, unit="0")
    assert asked.status_code == 400
    assert "A 列：警员代号（如 7）" in asked.text
    action = asked.text.partition('action="/roster/import/')[2].partition('"')[0]
    said = {"column-number": "0", "column-name": "1"}
    missing = came.post(f"/roster/import/{action}", **{"column-number": "0"}, unit="0")
    assert missing.status_code == 400
    assert "请选出是哪一列" in missing.text
    chosen = came.post(f"/roster/import/{action}", unit="0", **said)
    assert chosen.status_code == 303
    seen = came.get(chosen.location)
    assert "共 2 行 = 可以写入 2 + 有错 0" in seen
    again = came.hand_in("/roster/import", "名册.xlsx", body, unit="0")
    assert again.status_code == 303
    written = came.post(chosen.location)
    assert written.status_code == 303
    assert roster.import_roster(sqlite_hub, tmp_path / "a.xlsx", actor(), "0", True).same == 2

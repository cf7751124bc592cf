"""Roster import: imported + refused = rows, repeating changes nothing, bad rows say what to do."""

import json
from pathlib import Path

import pytest
import xlsxwriter

from hub.context.open_hub import Hub
from hub.errors import MissingColumn, UnknownUnit
from hub.people import changes, roster, unit_tree
from hub.people.changes import Leaving
from hub.people.errors import UnreadableTable
from hub.people.roster import RosterReport
from hub.people.roster_file import RosterColumns
from hub.store import learners
from hub.store.engine import reading
from hub.store.histories import Standing
from hub.store.learners import Learner
from tests.hub.actors import actor
from tests.hub.conftest import Station, join_station, publish_course, sitting
from tests.hub.visitors import visitor

SHARED = Path(__file__).parents[4] / "shared" / "testdata"
MOODLE = sorted((SHARED / "roster" / "moodle").glob("upload_users*.csv"))
needs_shared = pytest.mark.skipif(not MOODLE, reason=f"{SHARED} is not here")


def csv(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "roster.csv"
    file.write_bytes(text.encode(encoding))
    return file


def take(hub: Hub, file: Path, unit: str = "0", dry_run: bool = False) -> RosterReport:
    report = roster.import_roster(hub, file, actor("test"), unit, dry_run)
    assert report.imported + report.refused == report.rows
    return report


def of(hub: Hub, number: str) -> Learner | None:
    with reading(hub.engine) as connection:
        return learners.get(connection, number)


def units_ab(hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "org.csv"
    file.write_text("code,name,parent\na,甲县,\nb,乙县,\na1,城关所,a\nb1,城关所,b\n", "utf-8")
    unit_tree.import_org(hub, file, actor("test"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_headings_in_any_usual_encoding_are_recognised(
    sqlite_hub: Hub, tmp_path: Path, encoding: str
) -> None:
    units_ab(sqlite_hub, tmp_path)
    file = csv(tmp_path, "序号,学员编号,姓 名,机构代码,职务\n1,001,王小明,a1,所长\n", encoding)
    assert take(sqlite_hub, file, "").added == 1
    learner = of(sqlite_hub, "001")
    assert learner is not None
    assert (learner.name, learner.post) == ("王小明", "所长")


def test_a_workbook_is_read_and_numbers_stay_whole(sqlite_hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["工号", "姓名", "职务"])
        sheet.write_row(1, 0, [440604001, "李雷", "科员"])
        sheet.write_row(3, 0, ["440604002", "韩梅梅", ""])
    report = take(sqlite_hub, file)
    assert (report.rows, report.added) == (2, 2)
    assert of(sqlite_hub, "440604001") is not None


@needs_shared
@pytest.mark.parametrize("file", MOODLE, ids=lambda path: path.stem)
def test_rosters_as_moodle_takes_them_are_imported(sqlite_hub: Hub, file: Path) -> None:
    report = take(sqlite_hub, file)
    assert report.imported == report.rows > 0
    assert all(" " in learner.name for learner in report.sample)


@needs_shared
def test_a_table_that_is_no_roster_is_refused(sqlite_hub: Hub) -> None:
    with pytest.raises(MissingColumn, match="no column for 'number' among name"):
        take(sqlite_hub, SHARED / "roster" / "moodle" / "tabfile.csv")


def test_each_bad_row_is_named_with_what_to_do(hub: Hub, tmp_path: Path) -> None:
    units_ab(hub, tmp_path)
    text = (
        "学号,姓名,单位\n1,好,a1\n,无号,a1\n2,,a1\n3 4,空格,a1\n1,重复,a1\n5,哪里,北京\n"
        "6,两个,城关所\n7,没写,\n8," + "长" * 61 + ",a1\n9,唯一,甲县\n"
    )
    report = take(hub, csv(tmp_path, text), "")
    assert (report.rows, report.added, report.refused) == (10, 2, 8)
    assert [(fault.row, fault.column, fault.code) for fault in report.faults] == [
        (3, "number", "number-missing"),
        (4, "name", "name-missing"),
        (5, "number", "number-malformed"),
        (6, "number", "number-twice"),
        (7, "unit", "unit-unknown"),
        (8, "unit", "unit-ambiguous"),
        (9, "unit", "unit-missing"),
        (10, "name", "text-malformed"),
    ]
    assert report.faults[3].text() == "第 6 行：学号“1”与第 2 行重复。请删去一行，或改正学号。"
    assert report.faults[5].text().endswith("请改填机构代码，例如 a1。")


def test_a_preview_stores_nothing_and_counts_the_same(hub: Hub, tmp_path: Path) -> None:
    file = csv(tmp_path, "学号,姓名\n1,甲\n2,乙\n,丙\n")
    seen = take(hub, file, dry_run=True)
    assert of(hub, "1") is None
    done = take(hub, file)
    assert (seen.added, seen.refused) == (done.added, done.refused) == (2, 1)
    assert [learner.name for learner in seen.sample] == ["甲", "乙"]


def test_importing_again_changes_nothing_and_orders_nothing(
    hub: Hub, station: Station, tmp_path: Path
) -> None:
    file = csv(tmp_path, "学号,姓名\n1,甲\n2,乙\n")
    take(hub, file, "110101001")
    first = station.send()
    assert [order.key for order in first.orders if order.kind == "roster"] == ["1", "2"]
    assert take(hub, file, "110101001").same == 2
    assert station.send().orders == ()


def test_a_moved_learner_is_withdrawn_there_and_ordered_here(hub: Hub, tmp_path: Path) -> None:
    old, new = join_station(hub, "s1"), join_station(hub, "s2")
    take(hub, csv(tmp_path, "学号,姓名,单位\n1,甲,s1\n"), "")
    old.send(), new.send()
    report = take(hub, csv(tmp_path, "学号,姓名,单位\n1,甲,s2\n"), "")
    assert (report.changed, report.moved) == (1, 1)
    [where, gone], [come] = old.send().orders, new.send().orders
    assert (where.kind, json.loads(where.body)) == ("moved", {"unit": "s2所"})
    assert (gone.kind, gone.key, gone.body) == ("roster", "1", b"")
    assert json.loads(come.body) == {"number": "1", "name": "甲", "post": "", "unit": "s2所"}


def test_the_results_of_a_moved_learner_follow(hub: Hub, tmp_path: Path) -> None:
    publish_course(hub)
    old, new = join_station(hub, "s1"), join_station(hub, "s2")
    take(hub, csv(tmp_path, "学号,姓名,单位\n1,甲,s1\n"), "")
    old.send(old.seal(*sitting("1")))
    new.send()
    take(hub, csv(tmp_path, "学号,姓名,单位\n1,甲,s2\n"), "")
    assert [order.kind for order in new.send().orders] == ["roster", "result", "facts"]


def test_a_county_node_sees_a_moved_learner_as_moved(hub: Hub, tmp_path: Path) -> None:
    units_ab(hub, tmp_path)
    county = join_station(hub, "a")
    org_file = tmp_path / "more.csv"
    org_file.write_text("code,name,parent\na2,城东所,a\n", "utf-8")
    unit_tree.import_org(hub, org_file, actor("test"))
    take(hub, csv(tmp_path, "学号,姓名,单位\n1,甲,a1\n"), "")
    take(hub, csv(tmp_path, "学号,姓名,单位\n1,甲,a2\n"), "")
    county.mark = 1
    last = [order for order in county.send().orders if order.key == "1"][-1]
    assert json.loads(last.body)["unit"] == "城东所"


def test_a_learner_who_left_is_withdrawn(hub: Hub, station: Station, tmp_path: Path) -> None:
    take(hub, csv(tmp_path, "学号,姓名\n1,甲\n"), "110101001")
    station.send()
    day = changes.day_of(hub.now())
    changes.leave(hub, actor("test"), "1", Leaving(Standing.RETIRED, day))
    [order] = station.send().orders
    assert (order.key, order.body) == ("1", b"")
    assert take(hub, csv(tmp_path, "学号,姓名\n1,甲\n"), "110101001").changed == 1


def test_headings_of_ones_own_can_be_chosen(sqlite_hub: Hub, tmp_path: Path) -> None:
    file = csv(tmp_path, "卡,人\n1,甲\n")
    chosen = {"number": "卡", "name": "人"}
    assert roster.import_roster(sqlite_hub, file, actor("test"), "0", chosen=chosen).added == 1


def test_surname_and_given_name_are_joined_as_people_write_them() -> None:
    assert RosterColumns.recognised(("username", "firstname", "lastname")).first == 1
    with pytest.raises(MissingColumn, match="'name'"):
        RosterColumns.recognised(("学号", "单位"))


def test_names_in_two_columns_are_joined(sqlite_hub: Hub, tmp_path: Path) -> None:
    take(sqlite_hub, csv(tmp_path, "学号,姓,名\n1,王,小明\n2,Jones,Tom\n"))
    assert [of(sqlite_hub, number) and of(sqlite_hub, number).name for number in "12"] == [  # type: ignore[union-attr]
        "王小明",
        "Tom Jones",
    ]


def test_a_file_that_is_no_table_is_refused(sqlite_hub: Hub, tmp_path: Path) -> None:
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(UnreadableTable, match="save it as"):
        take(sqlite_hub, bad)
    bad.write_bytes(b"\xff\xff\xff\xff,\x81\n")
    with pytest.raises(UnreadableTable, match="GB18030"):
        take(sqlite_hub, bad)
    with pytest.raises(UnreadableTable, match="line 2"):
        take(sqlite_hub, csv(tmp_path, '学号,姓名\n1,"甲\n'))


def test_rows_without_a_unit_need_one_chosen(sqlite_hub: Hub, tmp_path: Path) -> None:
    file = csv(tmp_path, "学号,姓名\n1,甲\n")
    with pytest.raises(MissingColumn, match="'unit'"):
        take(sqlite_hub, file, "")
    with pytest.raises(UnknownUnit, match="'nowhere'"):
        take(sqlite_hub, file, "nowhere")


def test_a_roster_of_thousands_goes_in_by_chunks(hub: Hub, tmp_path: Path) -> None:
    rows = "".join(f"n{n},学员{n}\n" for n in range(12_001))
    assert take(hub, csv(tmp_path, "学号,姓名\n" + rows)).added == 12_001
    with reading(hub.engine) as connection:
        assert learners.count(connection) == 12_001


def test_a_table_without_the_columns_is_asked_what_they_are(sqlite_hub: Hub) -> None:
    came = visitor(sqlite_hub)
    answer = came.hand_in("/roster/import", "名册.csv", "工龄,姓名\n3,王小明\n".encode())
    assert answer.status_code == 400
    assert "表里找不到“学号”这一列" in answer.text
    assert "A 列：工龄（如 3）" in answer.text
    assert "no column" not in answer.text


def test_a_title_above_the_headings_is_no_heading(sqlite_hub: Hub, tmp_path: Path) -> None:
    file = csv(tmp_path, "2026 年花名册,,\n填表日期：11 月,,\n工号,姓名,单位\n7,张三,\n", "gb18030")
    report = roster.import_roster(sqlite_hub, file, actor("test"), "0")
    assert (report.rows, report.added, report.headings[:2]) == (1, 1, ("工号", "姓名"))


def test_a_number_whose_last_digits_excel_lost_is_refused(sqlite_hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        page = book.add_worksheet()
        for row, line in enumerate(
            [("学号", "姓名"), (430101199001011234, "甲"), (430101900101123, "乙")]
        ):
            page.write_row(row, 0, line)
    report = take(sqlite_hub, file)
    assert [fault.code for fault in report.faults] == ["cell-digits"]
    assert "A2 格" in report.faults[0].text()
    assert of(sqlite_hub, "430101900101123") is not None


def test_the_sum_below_a_roster_is_no_learner(sqlite_hub: Hub, tmp_path: Path) -> None:
    report = take(sqlite_hub, csv(tmp_path, "工号,姓名\n7,张三\n合计,1 人\n"))
    assert (report.added, [fault.code for fault in report.faults]) == (1, ["number-malformed"])

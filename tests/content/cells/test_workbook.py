"""content.cells.workbook: sheets of what their cells show, in xlsx."""

import re
from pathlib import Path

import pytest

from content.cells import workbook
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from tests.content.cells.books import book, changed


def faults(path: Path) -> dict[str, str]:
    """Of the first sheet: which cells cannot be shown, and why."""
    [sheet] = workbook.sheets(path, path.name)
    found = {}
    for row, column in sheet.faults:
        refused = sheet.fault(row, [column])
        assert refused is not None
        assert "%(" not in Fault(refused.code, values=refused.values).text()
        found[str(refused.values["cell"])] = refused.code
    return found


def test_cells_are_read_as_they_are_shown(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        ("一", [["编号", (1234, "000000"), (0.05, "0%"), (8.5 / 24, "h:mm")], [], ["甲", 7, 0.25]]),
        ("二", [[(42278, 'yyyy"年"m"月"d"日"'), True, "\u200b 乙\u00a0", ("丙", '@"所"')]]),
    )
    first, second = workbook.sheets(path, "a.xlsx")
    assert first.rows == [(1, ["编号", "001234", "5%", "8:30"]), (3, ["甲", "7", "0.25", ""])]
    assert second.rows == [(1, ["2015年10月1日", "TRUE", "乙", "丙所"])]
    assert (first.name, first.faults, second.name) == ("一", {}, "二")


def test_a_cell_that_shows_no_value_is_named_with_its_address(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        ("S", [["x", 110101199001011234, (9, "[DBNum1]0")], ["y", "=1+1", "=NA()"]]),
    )
    wrong = '<c r="C2" t="e"><f>NA()</f><v>#N/A</v></c>'
    changed(path, lambda xml: re.sub(r'<c r="C2">.*?</c>', wrong, xml))
    assert faults(path) == {
        "B1": "cell-digits", "C1": "cell-format", "B2": "cell-formula", "C2": "cell-error",
    }  # fmt: skip


@pytest.mark.parametrize("value", ["", "<v></v>", "<v/>"])
def test_a_formula_without_a_result_is_no_empty_cell(tmp_path: Path, value: str) -> None:
    path = book(tmp_path / "a.xlsx", ("S", [["x", "=1+1"]]))
    cell = f'<c r="B1"><f>1+1</f>{value}</c>'
    changed(path, lambda xml: re.sub(r'<c r="B1">.*?</c>', cell, xml))
    assert faults(path) == {"B1": "cell-formula"}


def test_a_formula_with_its_result_is_that_result(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("S", [["x", "=1+1", "=A1"]]))
    cells = '<c r="B1"><f>1+1</f><v>2</v></c><c r="C1" t="str"><f>A1</f><v></v></c>'
    changed(path, lambda xml: re.sub(r'<c r="B1">.*</c>(?=</row>)', cells, xml))
    [sheet] = workbook.sheets(path, "a.xlsx")
    assert (sheet.rows, sheet.faults) == ([(1, ["x", "2", ""])], {})


def test_cells_whose_addresses_were_not_written_are_found(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("S", [["x", (7, "000")], ["y", (8, "000")]]))
    changed(path, lambda xml: re.sub(r' r="[A-Z]*[0-9]+"', "", xml))
    [sheet] = workbook.sheets(path, "a.xlsx")
    assert sheet.rows == [(1, ["x", "007"]), (2, ["y", "008"])]


def test_names_with_a_prefix_and_other_quotes_are_the_same(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("S", [["x", (7, "000")], ["=1", (1, "0%")]]))

    def other(xml: str) -> str:
        xml = re.sub(r"<(/?)(\w)", r"<\1x:\2", xml).replace("xmlns=", "xmlns:x=")
        return re.sub(r'(<x:c [^>]*)"(\w+)"([^>]*>)', r"\1'\2'\3", xml)

    changed(path, other)
    [sheet] = workbook.sheets(path, "a.xlsx")
    assert [row for _, row in sheet.rows] == [["x", "007"], ["", "100%"]]
    assert sheet.faults.keys() == {(2, 0)}


def test_a_workbook_of_1904_has_its_own_days(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("S", [["x", (40816, "yyyy/m/d")]]), since_1904=True)
    assert workbook.sheets(path, "a.xlsx")[0].rows == [(1, ["x", "2015/10/1"])]


def test_hidden_rows_columns_and_sheets_are_read_and_known(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("S", [["a", "b"], ["c", "d"]]), ("T", [["e"]]))
    changed(path, lambda xml: xml.replace('<row r="2"', '<row r="2" hidden="1"'))
    cols = '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>'
    changed(path, lambda xml: xml.replace("<sheetData>", cols))
    named = '<sheet name="T" state="hidden"'
    changed(path, lambda xml: xml.replace('<sheet name="T"', named), "xl/workbook.xml")
    first, second = workbook.sheets(path, "a.xlsx")
    assert (first.hidden_rows, first.hidden_columns, len(first.rows)) == ({2}, {1}, 2)
    assert (first.is_hidden, second.is_hidden) == (False, True)


def test_merged_cells_count_for_all_their_rows(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("S", [[("第一章", "@"), "a"], ["", "b"], ["", "c"]]))
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="A1:A2"/></mergeCells>'
    changed(path, lambda xml: xml.replace("</sheetData>", merged))
    [sheet] = workbook.sheets(path, "a.xlsx")
    assert [row[0] for _, row in sheet.rows] == ["第一章", "第一章", ""]


def test_two_marked_cells_far_apart_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("S", [["x", (7, "000")]]))
    far = '</row><row r="900000"><c r="XFD900000" s="1"><v>1</v></c></row></sheetData>'
    changed(path, lambda xml: xml.replace("</row></sheetData>", far))
    with pytest.raises(ContentFaults) as caught:
        workbook.sheets(path, "a.xlsx")
    assert [fault.code for fault in caught.value.faults] == ["bank-sheet-area"]

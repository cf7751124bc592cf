"""content.questions.table.reader: cells as they are shown, every sheet counted, remarks once."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from content.questions import Imported, read
from content.transfer.blobs import BlobStore
from tests.content.cells.books import Cell, book, changed
from tests.content.questions.conftest import codes, fault_of, notes

HEAD = ["题型", "题干", "选项A", "选项B", "答案", "难度"]
GOOD = ["单选题", "甲？", "一", "二", "A", ""]


def imported(
    tmp_path: Path, blobs: BlobStore, *sheets: tuple[str, Sequence[Sequence[Cell]]]
) -> Imported:
    return read(book(tmp_path / "题库.xlsx", *sheets), blobs)


def test_options_are_those_that_the_author_saw(tmp_path: Path, blobs: BlobStore) -> None:
    head = ["题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案"]
    rows: list[list[Cell]] = [
        ["单选题", "率？", (0.05, "0%"), (0.5, "0%"), (0.95, "0%"), (1, "0%"), "C"],
        ["单选题", "几点？", *((n / 24, "h:mm") for n in (8.5, 9, 9.5, 14)), "A"],
        ["单选题", "多少？", *((n, '"¥"#,##0.00') for n in (1, 2000, 3, 4)), "B"],
        ["单选题", "几分之几？", *((1 / n, "# ?/?") for n in (2, 3, 4, 5)), "A"],
        ["单选题", "电话？", (7, "000"), (15, "000"), "120", (315, "000"), "D"],
        ["填空题", "____", "", "", "", "", (0.0025, "0.00%")],
    ]
    bank = imported(tmp_path, blobs, ("S", [head, *rows]))
    assert [question.options for question in bank.questions[:5]] == [
        ("5%", "50%", "95%", "100%"),
        ("8:30", "9:00", "9:30", "14:00"),
        ("¥1.00", "¥2,000.00", "¥3.00", "¥4.00"),
        ("1/2", "1/3", "1/4", "1/5"),
        ("007", "015", "120", "315"),
    ]
    assert (bank.questions[5].answer, codes(bank), notes(bank)) == ("0.25%", [], [])


def test_a_row_with_a_cell_that_shows_no_value_is_refused_by_its_address(
    tmp_path: Path, blobs: BlobStore
) -> None:
    long: list[Cell] = ["单选题", "证号？", 110101199001011234, "无", "A", ""]
    bank = imported(tmp_path, blobs, ("S", [HEAD, GOOD, long]))
    assert [(f.code, f.line, f.values["cell"]) for f in bank.refused] == [("cell-digits", 3, "C3")]
    assert (bank.total, bank.rows_refused) == (2, 1)


def test_a_fault_in_a_column_that_is_not_read_does_no_harm(
    tmp_path: Path, blobs: BlobStore
) -> None:
    rows: list[list[Cell]] = [[*HEAD, "备注"], [*GOOD, 110101199001011234]]
    assert codes(imported(tmp_path, blobs, ("S", rows))) == []


def test_rows_of_a_sheet_that_is_not_read_are_counted(tmp_path: Path, blobs: BlobStore) -> None:
    paper = [["", "一、单选题", ""], ["", "1、水在几度结冰()。", "B"], ["", "(A)10 (B)0", ""]]
    notes_sheet = [["请勿修改列名"], ["一行一题"]]
    path = book(
        tmp_path / "题库.xlsx",
        ("一", [HEAD, GOOD]), ("二", paper), ("填表说明", notes_sheet), ("字典", [["单选"]]),
    )  # fmt: skip
    hidden = '<sheet name="字典" state="hidden"'
    changed(path, lambda xml: xml.replace('<sheet name="字典"', hidden), "xl/workbook.xml")
    bank = read(path, blobs)
    [fault] = bank.refused
    assert (fault.code, fault.key, fault.values["unread"]) == ("sheet-unread", "二", 3)
    assert len(bank.questions) + bank.refused_count == bank.total == 4
    assert [(f.code, f.key, f.values["rows"]) for f in bank.remarks] == [
        ("note-sheet", "填表说明", 2), ("note-sheet", "字典", 1),
    ]  # fmt: skip


def test_a_book_without_headings_asks_and_counts_all_its_rows(
    tmp_path: Path, blobs: BlobStore
) -> None:
    bank = imported(tmp_path, blobs, ("一", [["x", "y"]] * 3), ("二", [["z"]] * 2))
    assert sorted((f.code, f.values["unread"]) for f in bank.refused) == [
        ("sheet-columns", 2), ("sheet-unread", 2),
    ]  # fmt: skip
    assert (bank.total, bank.headings) == (4, ("x", "y"))


def test_what_is_said_of_many_rows_is_said_once_with_their_number(
    tmp_path: Path, blobs: BlobStore
) -> None:
    odd = [[*GOOD[:1], f"题{n}？", *GOOD[2:5], "很怪"] for n in range(50)]
    coded = ["1", "乙？", "一", "二", "A", ""]
    bank = imported(tmp_path, blobs, ("S", [HEAD, *odd, coded]))
    assert [(f.code, f.line, f.values.get("times", 1)) for f in bank.remarks] == [
        ("note-difficulty", 2, 50), ("note-type-code", 52, 1),
    ]  # fmt: skip
    assert "共 50 处" in bank.remarks[0].text()
    assert "共" not in bank.remarks[1].what()


def test_hidden_rows_and_columns_are_read_and_said(tmp_path: Path, blobs: BlobStore) -> None:
    other = [*GOOD[:1], "乙？", *GOOD[2:]]
    path = book(tmp_path / "题库.xlsx", ("S", [HEAD, GOOD, other]))
    changed(path, lambda xml: xml.replace('<row r="3"', '<row r="3" hidden="1"'))
    cols = '<cols><col min="5" max="5" hidden="1"/></cols><sheetData>'
    changed(path, lambda xml: xml.replace("<sheetData>", cols))
    bank = read(path, blobs)
    assert (len(bank.questions), codes(bank)) == (2, [])
    assert [(f.code, *f.values.values()) for f in bank.remarks] == [
        ("note-hidden-rows", 1), ("note-hidden-columns", "答案"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("题干,答案\n甲？,对\n", ""),
        ("sep=;\n题干;答案\n甲，乙？;对\n", ""),
        ("某局题库，二〇二六年\n\n题干\t答案\n甲,乙,丙？\t对\n", ""),
        ('题干,答案\n"甲？,对\n乙？,错\n', "table-quotes"),
    ],
)
def test_text_tables_are_parted_by_what_parts_their_lines(
    tmp_path: Path, blobs: BlobStore, text: str, why: str
) -> None:
    path = tmp_path / "题库.csv"
    path.write_text(text, "gb18030")
    if why:
        assert fault_of(lambda: read(path, blobs)) == why
    else:
        assert [q.answer for q in read(path, blobs).questions] == ["A"]

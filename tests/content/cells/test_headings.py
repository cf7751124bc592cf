"""content.cells.headings: headings are found below titles, in one row or in two."""

from collections.abc import Sequence

import pytest

from content.cells import headings
from content.cells.sheet import Sheet, fill_down

WORDS = {"学号", "姓名", "单位代码", "单位名称", "职务"}


def worth(row: Sequence[str]) -> int:
    return sum(text in WORDS for text in row)


def sheet(*rows: Sequence[str], spans: Sequence[tuple[int, int, int, int]] = ()) -> Sheet:
    made = Sheet("S", [(n, list(row)) for n, row in enumerate(rows, 1)], spans=list(spans))
    fill_down(made)
    return made


def test_titles_dates_and_notes_above_are_passed_over() -> None:
    read = sheet(
        ["某县花名册"], ["填报单位：甲局", "", "填报日期：11 月"], ["序号", "学号", "姓名"],
        ["1", "7", "王芳"],
    )  # fmt: skip
    found = headings.find(read, worth)
    assert found == headings.Headings(("序号", "学号", "姓名"), 3)


def test_of_two_merged_rows_the_lower_is_taken() -> None:
    read = sheet(
        ["学号", "基本情况", "", "职务"], ["", "姓名", "性别", ""], ["7", "王芳", "女", "科员"],
        spans=[(1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 2, 3)],
    )  # fmt: skip
    assert headings.find(read, worth) == headings.Headings(("学号", "姓名", "性别", "职务"), 2)


def test_a_word_over_several_columns_belongs_to_each_of_them() -> None:
    read = sheet(
        ["学号", "姓名", "单位", ""], ["", "", "代码", "名称"], ["7", "王芳", "a1", "城关所"],
        spans=[(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 3)],
    )  # fmt: skip
    found = headings.find(read, worth)
    assert found == headings.Headings(("学号", "姓名", "单位代码", "单位名称"), 2)


def test_a_second_row_of_headings_is_no_row_of_the_table() -> None:
    read = sheet(
        ["学号", "姓名", "职务", ""], ["", "", "现任", "原任"], ["7", "王芳", "科员", ""],
        spans=[(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 3)],
    )  # fmt: skip
    found = headings.find(read, lambda row: worth(row) + ("职务现任" in row))
    assert found == headings.Headings(("学号", "姓名", "职务现任", "职务原任"), 2)


def test_two_rows_that_were_not_merged_are_taken_together() -> None:
    read = sheet(["学号", "姓名", "", ""], ["", "", "单位代码", "职务"], ["7", "王芳", "a1", ""])
    assert headings.find(read, worth) == headings.Headings(("学号", "姓名", "单位代码", "职务"), 2)


def test_a_column_alone_has_its_heading_however_many_rows_follow() -> None:
    read = sheet(["学号"], *([str(n)] for n in range(40)))
    assert headings.find(read, worth) == headings.Headings(("学号",), 1)


def test_a_sheet_of_something_else_has_none_but_a_likely_row() -> None:
    read = sheet(["2026 年统计"], ["项目", "数量", "备注"], ["甲", "3", ""], ["乙", "4", ""])
    assert headings.find(read, worth) is None
    assert headings.likely(read) == headings.Headings(("项目", "数量", "备注"), 2)
    assert headings.unnamed(read) == headings.Headings(("A 列", "B 列", "C 列"), 0)


@pytest.mark.parametrize("rows", [[], [[""]]])
def test_an_empty_sheet_has_no_headings(rows: list[list[str]]) -> None:
    assert headings.find(sheet(*rows), worth) is None

"""Files of lists: cells that begin like a formula."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest

from hub.reports.table_export import harmless, write_csv, write_xlsx

FORMULAS = ("=1+1", "+86 731", "-1", "@SUM(A1)", "\tx", "\rx", "=cmd|'/c calc'!A1")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_like_a_formula_is_marked_as_a_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["王建国", "a=b", "", None, 0, -5, 12])
def test_other_cells_stay_as_they_are(cell: str | int | None) -> None:
    assert harmless(cell) == cell


def test_no_file_holds_a_formula(tmp_path: Path) -> None:
    rows = [(text, 7, None) for text in FORMULAS]
    write_csv(tmp_path / "t.csv", ("一", "二", "三"), rows)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file))
    assert [row[0][0] for row in written[1:]] == ["'"] * len(FORMULAS)
    assert [row[1] for row in written[1:]] == ["7"] * len(FORMULAS)
    write_xlsx(tmp_path / "t.xlsx", "表", ("一", "二", "三"), rows)
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")

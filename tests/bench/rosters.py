"""Rosters: rows a second that go onto the roster: ``python -m tests.bench.rosters``.

A workbook as offices keep it: a line above the heading, numbers with padding zeros by a cell
format, days, units by their code. It is read, judged and written into a hub with the units of a
county, and then once more, when nobody is new. Beside it pandas with openpyxl only reads the file.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

from hub.context.open_hub import Hub, open_hub
from hub.people.roster import import_roster
from hub.store import units
from hub.store.engine import writing
from tests.bench.figure import Figure, report
from tests.bench.pandas_peer import NoPandas, rows_per_s
from tests.hub.actors import actor
from tests.lab import PARENT, new_hub

HOW = "python -m tests.bench.rosters"
ROWS, UNITS, TURNS = 20_000, 300, 3
_FAMILIES, _GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明"
_POSTS = ("所长", "副所长", "办事员", "执法员", "")


def figures() -> list[Figure]:
    """Rows a second of processor time, and how that compares with only reading them."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        workbook = place / "花名册.xlsx"
        write(workbook, random.Random(5))
        took, again = [], []
        for turn in range(TURNS):
            hub = _hub(place / f"hub-{turn}")
            took.append(_timed(hub, workbook, ROWS))
            again.append(_timed(hub, workbook, 0))
            hub.close()
        ours = ROWS / statistics.median(took)
        rates = [
            Figure("import.roster.rows_per_s", round(ours), "rows/s", None, "high", HOW),
            Figure(
                "import.roster_again.rows_per_s", round(ROWS / statistics.median(again)),
                "rows/s", None, "high", HOW,
            ),
        ]  # fmt: skip
        try:
            theirs = rows_per_s(workbook)
        except NoPandas as why:
            print(f"pandas is left out: {why}")
            return rates
    print(f"pandas with openpyxl only reads {theirs:,.0f} rows/s")
    ratio = Figure(
        "import.roster.vs_pandas.ratio", round(ours / theirs, 3), "ratio", 1, "high", HOW
    )
    return [*rates, ratio]


def write(workbook: Path, dice: random.Random) -> None:
    """The workbook."""
    book = xlsxwriter.Workbook(str(workbook))
    sheet = book.add_worksheet("花名册")
    padded = book.add_format({"num_format": "00000000"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write(0, 0, "填报单位：某县")
    sheet.write_row(1, 0, ("序号", "工号", "姓名", "单位代码", "职务", "入职日期"))
    for row in range(ROWS):
        sheet.write(row + 2, 0, row + 1)
        sheet.write(row + 2, 1, 10_000 + row, padded)
        name = dice.choice(_FAMILIES) + "".join(dice.choices(_GIVEN, k=dice.choice((1, 2, 2))))
        sheet.write(row + 2, 2, name)
        sheet.write(row + 2, 3, f"{PARENT}{dice.randrange(UNITS):04d}")
        sheet.write(row + 2, 4, dice.choice(_POSTS))
        sheet.write_datetime(
            row + 2, 5, date(2000, 1, 1) + timedelta(days=dice.randrange(9_000)), day
        )
    book.close()


def _hub(data: Path) -> Hub:
    hub = open_hub(new_hub(data))
    with writing(hub.engine) as connection:
        county = units.by_code(connection, PARENT)
        assert county is not None
        units.add(connection, [(f"{PARENT}{n:04d}", f"{n} 所", county) for n in range(UNITS)])
    return hub


def _timed(hub: Hub, workbook: Path, wanted: int) -> float:
    began = time.process_time()
    done = import_roster(hub, workbook, actor(), name=workbook.name)
    took = time.process_time() - began
    assert (done.rows, done.added) == (ROWS, wanted), (done.rows, done.added, done.faults[:3])
    return took


if __name__ == "__main__":
    report(figures)

"""Banks: questions a second out of a workbook: ``python -m tests.bench.banks``.

A workbook as offices keep it, choices, statements and blanks with explanations, is read and every
question of it judged. Beside it pandas with openpyxl only reads the cells of the same file.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from pathlib import Path

import xlsxwriter

from content.questions import read
from content.transfer.blobs import BlobStore
from tests.bench.figure import Figure, report
from tests.bench.pandas_peer import NoPandas, rows_per_s

HOW = "python -m tests.bench.banks"
QUESTIONS, TURNS = 5_000, 3
HEADINGS = ("题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析", "难度", "章节")
_WORDS = "进货查验票证合格证明供货者生产日期保质期经营许可抽样检验不合格食品召回处罚期限申请受理"


def figures() -> list[Figure]:
    """Questions a second of processor time, and how that compares with only reading cells."""
    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "题库.xlsx"
        write(workbook, random.Random(7))
        ours = QUESTIONS / statistics.median(
            _timed(workbook, BlobStore(Path(folder) / f"blobs-{turn}")) for turn in range(TURNS)
        )
        rate = Figure("import.bank.questions_per_s", round(ours), "questions/s", None, "high", HOW)
        try:
            theirs = rows_per_s(workbook)
        except NoPandas as why:
            print(f"pandas is left out: {why}")
            return [rate]
    print(f"pandas with openpyxl only reads {theirs:,.0f} rows/s")
    ratio = round(ours / theirs, 3)
    return [rate, Figure("import.bank.vs_pandas.ratio", ratio, "ratio", 1, "high", HOW)]


def write(workbook: Path, dice: random.Random) -> None:
    """The workbook."""
    book = xlsxwriter.Workbook(str(workbook))
    sheet = book.add_worksheet("题库")
    sheet.write_row(0, 0, HEADINGS)
    for row in range(1, QUESTIONS + 1):
        sheet.write_row(row, 0, _cells(row, dice))
    book.close()


def _cells(row: int, dice: random.Random) -> tuple[str, ...]:
    def said(most: int) -> str:
        return "".join(dice.choices(_WORDS, k=dice.randrange(4, most)))

    kind = dice.choice(("单选题", "单选题", "多选题", "判断题", "填空题"))
    options = [f"{letter}{said(14)}" for letter in "甲乙丙丁"] if "选" in kind else [""] * 4
    answer = {
        "单选题": dice.choice("ABCD"),
        "多选题": "".join(sorted(dice.sample("ABCD", 3))),
        "判断题": dice.choice("对错"),
    }.get(kind, said(8))
    blank = "____" if kind == "填空题" else ""
    text = f"{row}号：{said(40)}{blank}。"
    return (kind, text, *options, answer, said(50), str(dice.randrange(1, 6)), said(6))


def _timed(workbook: Path, blobs: BlobStore) -> float:
    began = time.process_time()
    bank = read(workbook, blobs)
    took = time.process_time() - began
    assert len(bank.questions) == bank.total == QUESTIONS, (bank.total, bank.refused[:3])
    return took


if __name__ == "__main__":
    report(figures)

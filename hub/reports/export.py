"""Results as a workbook: one row a sitting 人次; the first sheet says how many people 人 they are.

Texts that begin like a formula stay texts: a learner's name is never calculated.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import xlsxwriter

from content.face.spoken import LAST_MOMENT, ZONE, moment
from content.face.words import gettext as _
from hub.store.marks import ListedResult, Sum

# Of a workbook: rows go to the disk as they come, and no text is calculated or a link.
TEXTS_ONLY = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# A sheet cannot hold more rows; it says so instead of dropping them silently.
MAX_ROWS = 1_048_000
WIDTHS = (16, 12, 24, 14, 26, 26, 10, 8, 10, 8, 10, 18, 18, 14, 18, 14, 12)


def write_results(
    file: Path,
    rows: Iterable[ListedResult],
    whole: Sum,
    about: str,
    names: tuple[Mapping[str, str], Mapping[str, str]],
    at: int,
) -> None:
    """Write the workbook: a sheet of rows, and one that says what was counted and when.

    ``names``: the path in words by unit path, and course titles by id.
    """
    with xlsxwriter.Workbook(str(file), TEXTS_ONLY) as book:
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E5EFE9"})
        when = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        _about(book.add_worksheet(_("说明")), whole, about, at)
        sheet = book.add_worksheet(_("成绩"))
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 2)
        for column, title in enumerate(_titles()):
            sheet.write_string(0, column, title, head)
        last = 0
        for last, row in enumerate(rows, 1):
            if last > MAX_ROWS:
                sheet.write_string(
                    last, 0, _("行数超过一张表的上限，其余没有列出；请缩小范围再导出。")
                )
                break
            _write(sheet, last, row, names, when)
        sheet.autofilter(0, 0, max(last, 1), len(WIDTHS) - 1)
        sheet.activate()


def _titles() -> tuple[str, ...]:
    return (
        _("学号"), _("姓名"), _("单位"), _("单位代码"), _("上级"), _("考试"), _("第几次"),
        _("得分"), _("答对"), _("题数"), _("合格"), _("开始"), _("交卷"), _("回执序号"),
        _("交卷时间更正为"), _("课程学完"), _("学完的版本"),
    )  # fmt: skip


def _write(
    sheet: xlsxwriter.worksheet.Worksheet,
    line: int,
    row: ListedResult,
    names: tuple[Mapping[str, str], Mapping[str, str]],
    when: xlsxwriter.format.Format,
) -> None:
    above, titles = names
    course, _slash, item = row.exam.partition("/")
    texts = (
        row.learner,
        row.name,
        row.unit_name,
        row.unit_code,
        above.get(row.path, ""),
        f"{titles.get(course, course)} / {item}",
    )
    for column, text in enumerate(texts):
        sheet.write_string(line, column, text)
    for column, number in enumerate((row.ordinal, row.score, row.right, row.total), 6):
        sheet.write_number(line, column, number)
    sheet.write_string(line, 10, _("合格") if row.passed else _("不合格"))
    for column, at in ((11, row.began), (12, row.submitted_at), (14, row.corrected_at)):
        if at is None:
            continue
        # A workbook knows no time zones: the offices' own time is written.
        at = min(max(at, 0), LAST_MOMENT)
        local = datetime.fromtimestamp(at, ZONE).replace(tzinfo=None)
        sheet.write_datetime(line, column, local, when)
    sheet.write_string(line, 13, f"{row.node_id}-{row.receipt_seq}")
    if row.completed_at is not None:
        sheet.write_string(line, 15, moment(row.completed_at)[:10])
        sheet.write_number(line, 16, row.completed_version or 0)


def _about(sheet: xlsxwriter.worksheet.Worksheet, whole: Sum, about: str, at: int) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 60)
    lines = (
        (_("范围"), about),
        (_("算于"), _("%(time)s（北京时间）", time=moment(at))),
        (_("最近一次交卷"), moment(whole.newest) if whole.newest else _("还没有")),
        (_("每行是什么"), _("一行是一人次：一个人的一次考试。同一人考两次是两行。")),
        (_("答卷，人次"), str(whole.sittings)),
        (_("参考，人"), str(whole.people)),
        (_("合格，人次"), str(whole.passed_sittings)),
        (_("合格，人"), str(whole.passed_people)),
        (_("还缺什么"), _("站点还没有传来的答卷不在内；看“站点”页就知道哪些站点没有联系。")),
    )
    for line, (name, text) in enumerate(lines):
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, text)

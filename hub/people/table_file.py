"""Table files: workbooks and text tables as rows of text, and what is wrong with a row.

This module only reads; ``hub.people.roster`` and ``hub.people.unit_tree`` know what the columns
mean.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from content.cells import any_table, headings
from content.cells.sheet import Sheet
from content.model.errors import ContentFaults
from content.model.faults import table as cell_words
from content.model.refused import Refused
from hub.context.open_hub import Hub
from hub.people.errors import UnreadableTable
from hub.store import column_choices
from hub.store.engine import reading

Translate = Callable[..., str]

# 370,000 rows of a roster are 30 MB; a file many times that is not a table.
MAX_TABLE_BYTES = 200_000_000
# Sheets with such a name explain how to fill in the others.
_NOTES = re.compile(
    r"说明|须知|指南|注意|示例|样例|范例|目录|字典|readme|instruction|notes?$", re.I
)
_UNSEEN = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]")
# A line break within a cell, with the sign before it.
_BREAK = re.compile(r"(?<=(.))[^\S ]+\s*", re.DOTALL)
# Faults that are kept; more are only counted: nobody reads a longer list before mending it.
MAX_FAULTS = 1_000

# code: (what is wrong, what to do next)
TEXTS: dict[str, tuple[str, str]] = {
    "number-missing": ("没有学号", "请填写学号；学号是学员的唯一编号"),
    "number-malformed": ("学号“%(value)s”不能用", "学号为 1 到 40 个字母、数字或横线，不含空格"),
    "learner-elsewhere": (
        "学号“%(value)s”在册的单位是%(unit)s，不归您管",
        "请由上级把这位学员调过来，或改正学号",
    ),
    "unit-elsewhere": (
        "代码“%(value)s”的单位不归您管",
        "请由上级导入这一行，或改正代码",
    ),
    "number-ambiguous": (
        "学号“%(value)s”可能是几个人的：%(numbers)s",
        "请照名册上的写法填学号；是同一个人的，把多的一个记为重复登记",
    ),
    "number-cut": (
        "学号“%(value)s”的后面几位已经丢了",
        "请把这一列设成文本，再照原件填一遍",
    ),
    "number-twice-sheet": (
        "学号“%(value)s”与工作表“%(other)s”第 %(first)s 行重复",
        "请删去一行，或改正学号",
    ),
    "number-twice": ("学号“%(value)s”与第 %(first)s 行重复", "请删去一行，或改正学号"),
    "name-missing": ("没有姓名", "请填写姓名"),
    "text-malformed": ("“%(value)s”太长，或含有不能显示的字符", "请改成 60 个字以内的普通文字"),
    "unit-missing": ("没有写单位", "请填写机构代码，或在导入时选定一个单位"),
    "unit-unknown": ("找不到单位“%(value)s”", "请填写组织机构里的代码；新单位先导入组织机构"),
    "unit-ambiguous": ("叫“%(value)s”的单位不止一个", "请改填机构代码，例如 %(example)s"),
    "code-missing": ("没有机构代码", "请填写代码；代码在全表里不能重复"),
    "code-twice": ("代码“%(value)s”与第 %(first)s 行重复", "请删去一行，或改正代码"),
    "parent-unknown": ("找不到上级“%(value)s”", "请把上级单位也写进表里，或改正上级代码"),
    "parent-circle": ("“%(value)s”的上级绕了一圈又回到自己", "请改正上级代码"),
    "unit-closed": ("代码“%(value)s”的单位已撤销", "用过的代码不再使用，请换一个"),
    "station-taken": (
        "“%(value)s”已经有站点在工作",
        "不用再添加；要换机，请到那个站点的页面办理",
    ),
    "unit-new": (
        "没有代码为“%(value)s”的单位，也没有写全名称和上级代码",
        "新单位请写上名称和上级代码；老单位请改正代码",
    ),
    "batch-full": (
        "一次最多添加 %(most)s 个站点",
        "请把其余的行放进另一个文件",
    ),
    "sheet-left": (
        "工作表“%(name)s”没有读：里面找不到要用的列，有 %(unread)s 行",
        "其中如有要导入的，请在上面补上列名一行；没有就不用管",
    ),
    "sheet-notes": (
        "工作表“%(name)s”是说明或隐藏的表，没有读，有 %(unread)s 行",
        "不用管；其中如有要导入的，请改表名或取消隐藏",
    ),
    "rows-hidden": (
        "有 %(rows)s 行是隐藏的，或被筛选掉了，也读了",
        "不要的请从表里删去，再上传一次",
    ),
    "rows-empty": (
        "有 %(rows)s 行在要用的列里是空的，没有算",
        "表下面的签字、说明和预留的空行不用管",
    ),
    "unit-stays": (
        "“%(value)s”现在属于“%(now)s”，不能换到“%(parent)s”下面",
        "上级不能是它自己或它下面的单位，也要归您管；请改正上级代码",
    ),
    "unit-moved": (
        "“%(value)s”现在属于“%(now)s”，表里写的是“%(parent)s”",
        "单位不能靠导入换上级；请到单位档案页办“换上级”，或改正表里的上级代码",
    ),
}
WHERE = "第 %(row)s 行"
WHERE_SHEET = "工作表“%(sheet)s”第 %(row)s 行"
WHERE_IN = "工作表“%(sheet)s”"


def plain(text: str, **values: object) -> str:
    """Fill the Chinese text in, for logs, command line and tests."""
    return text % values if values else text


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why one row was refused: row number as the spreadsheet shows it, column, what to do.

    ``sheet`` names it where there are several; row 0: this is said of the whole.
    """

    row: int
    column: str
    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""

    def text(self, translate: Translate = plain) -> str:
        """Place, fault and next step as one line."""
        what, todo = TEXTS.get(self.code) or cell_words.TEXTS[self.code]
        said = f"{translate(what, **self.values)}。{translate(todo, **self.values)}。"
        if not self.row:
            return f"{translate(WHERE_IN, sheet=self.sheet)}：{said}" if self.sheet else said
        if self.sheet:
            return f"{translate(WHERE_SHEET, sheet=self.sheet, row=str(self.row))}：{said}"
        return f"{translate(WHERE, row=str(self.row))}：{said}"


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, and the rows below them with their numbers; empty rows are left out.

    ``sheet``: its name, where the file has several. ``places``: columns by field.
    """

    name: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[int, list[str]]]
    sheet: str
    source: Sheet
    places: Mapping[str, int]

    def fault(self, row: int) -> Refused | None:
        """Why a cell that is read of this row cannot be shown."""
        return self.source.fault(row, sorted(self.places.values()))


@dataclass(frozen=True, slots=True)
class TableFile:
    """All sheets of a file: ``tables`` with headings, ``unread`` with how many rows each has.

    ``remarks``: what is worth knowing of the others. ``guess``: the likeliest headings.
    """

    tables: tuple[Table, ...]
    unread: tuple[RowFault, ...]
    remarks: tuple[RowFault, ...]
    guess: tuple[str, ...]


# What the columns of a heading row mean: field to place.
Understand = Callable[[Sequence[str]], dict[str, int]]


def read_tables(
    sheets: Sequence[Sheet],
    name: str,
    understand: Understand,
    needed: Sequence[Sequence[str]],
    chosen: Mapping[str, str] | None = None,
) -> TableFile:
    """Read every sheet in whose first rows the ``needed`` fields are understood.

    Of each group in ``needed`` one field is enough. ``chosen``: field to heading, by hand.

    Sheets that are hidden or named as notes are only remarked if they have no such row.
    """
    named = len(sheets) > 1

    def places_of(texts: Sequence[str]) -> dict[str, int]:
        places = (by_hand(texts, chosen) if chosen else {}) or understand(texts)
        return places if all(any(f in places for f in group) for group in needed) else {}

    tables, unread, remarks = list[Table](), list[RowFault](), list[RowFault]()
    for sheet in sheets:
        found = None if sheet.is_hidden else _headings(sheet, places_of, chosen)
        if found is None:
            notes = sheet.is_hidden or bool(_NOTES.search(sheet.name))
            values = {"name": sheet.name[:60], "unread": str(len(sheet.rows))}
            code = "sheet-notes" if notes else "sheet-left"
            (remarks if notes else unread).append(RowFault(0, "", code, values))
            continue
        places = places_of(found.texts)
        rows = [row for row in sheet.rows[found.rows :] if tuple(row[1]) != found.texts]
        title = sheet.name if named else ""
        tables.append(Table(name, found.texts, rows, title, sheet, places))
        if hidden := sum(number in sheet.hidden_rows for number, _ in rows):
            values = {"rows": str(hidden)}
            remarks.append(RowFault(0, "", "rows-hidden", values, title))
    likeliest = max(sheets, key=lambda sheet: (not sheet.is_hidden, len(sheet.rows)))
    return TableFile(tuple(tables), tuple(unread), tuple(remarks), headings.likely(likeliest).texts)


def read_sheets(path: Path, name: str) -> list[Sheet]:
    """The sheets of a workbook or a text table in which something stands, by content.

    Raises:
        UnreadableTable: it is neither, or is empty.
    """
    size = path.stat().st_size
    if size > MAX_TABLE_BYTES:
        raise UnreadableTable(name, f"more than {MAX_TABLE_BYTES // 1_000_000} MB")
    if not size:
        raise UnreadableTable(name, "no rows")
    try:
        sheets = [sheet for sheet in any_table.sheets(path, name) if sheet.rows]
    except ContentFaults as refused:
        fault = refused.faults[0]
        line = f"line {fault.line}: " if fault.line else ""
        raise UnreadableTable(name, line + fault.what(), fault) from refused
    if not sheets:
        raise UnreadableTable(name, "no rows")
    return sheets


def known_columns(hub: Hub, sheets: Sequence[Sheet], kind: str) -> dict[str, str]:
    """What somebody said earlier of a table with the same headings; {} if nobody did."""
    with reading(hub.engine) as connection:
        for sheet in sheets:
            rows = sheet.rows[: headings.MOST_ABOVE]
            if chosen := column_choices.of(connection, kind, [row for _, row in rows]):
                return chosen
    return {}


def by_hand(texts: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """Where the headings stand that somebody chose; {} if one of them does not."""
    places = {field: texts.index(text) for field, text in chosen.items() if text in texts}
    return places if len(places) == len(chosen) else {}


def heading(text: str) -> str:
    """A heading without what people vary: width, case, blanks, brackets, stars."""
    folded = unicodedata.normalize("NFKC", text).casefold().split("(")[0]
    return "".join(c for c in folded if c.isalnum())


def cell(row: list[str], column: int | None) -> str:
    """The text in ``column``; "" when the row is short or there is no such column."""
    return row[column] if column is not None and column < len(row) else ""


def clean(text: str) -> str:
    """Full-width letters and blanks as their ordinary forms; no line breaks, nothing unseen."""
    if text.isascii() and text.isalnum():
        return text
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).strip()
    return _BREAK.sub(lambda match: " " if match[1].isascii() else "", text)


def _headings(
    sheet: Sheet, places_of: Understand, chosen: Mapping[str, str] | None
) -> headings.Headings | None:
    bare = headings.unnamed(sheet)
    if chosen and by_hand(bare.texts, chosen):
        return bare
    return headings.find(sheet, lambda texts: len(places_of(texts)))

"""Table files: workbooks and text tables as rows of text, and what is wrong with a row.

This module only reads; ``hub.people.roster`` and ``hub.people.unit_tree`` know what the columns
mean.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from hub.errors import UnreadableTable

Translate = Callable[..., str]

# 370,000 rows of a roster are 30 MB; a file many times that is not a table.
MAX_TABLE_BYTES = 200_000_000
# Rows that may stand above the headings.
MOST_ABOVE = 5
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
    "unit-moved": (
        "“%(value)s”现在属于“%(now)s”，表里写的是“%(parent)s”",
        "单位不能靠导入换上级；请到单位档案页办“换上级”，或改正表里的上级代码",
    ),
}
WHERE = "第 %(row)s 行"


def plain(text: str, **values: object) -> str:
    """Fill the Chinese text in, for logs, command line and tests."""
    return text % values if values else text


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why one row was refused: row number as the spreadsheet shows it, column, what to do."""

    row: int
    column: str
    code: str
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, translate: Translate = plain) -> str:
        """Place, fault and next step as one line."""
        what, todo = TEXTS[self.code]
        where = translate(WHERE, row=str(self.row))
        return f"{where}：{translate(what, **self.values)}。{translate(todo, **self.values)}。"


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, and the rows below them with their numbers; empty rows are left out."""

    name: str
    headings: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]


def read_table(path: Path, name: str = "") -> Table:
    """Open ``path``: xlsx, xls or ods by content, else text in UTF-8, UTF-16 or GB18030.

    Raises:
        UnreadableTable: it is neither.
    """
    name = name or path.name
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise UnreadableTable(name, f"more than {MAX_TABLE_BYTES // 1_000_000} MB")
    with path.open("rb") as file:
        magic = file.read(8)
    if magic.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        rows = _workbook(path, name)
    else:
        rows = _text(path.read_bytes(), name)
    above: list[tuple[int, list[str]]] = []
    for number, first in rows:
        # A title, a date or instructions over the headings stand alone in their row.
        if sum(map(bool, first)) > 1 or len(above) == MOST_ABOVE:
            return Table(name, tuple(first), rows)
        above.append((number, first))
    if above:
        return Table(name, tuple(above[0][1]), iter(above[1:]))
    raise UnreadableTable(name, "no rows")


def heading(text: str) -> str:
    """A heading without what people vary: width, case, blanks, brackets, stars."""
    folded = unicodedata.normalize("NFKC", text).casefold().split("(")[0]
    return "".join(c for c in folded if c.isalnum())


def cell(row: list[str], column: int | None) -> str:
    """The text in ``column``; "" when the row is short or there is no such column."""
    return row[column] if column is not None and column < len(row) else ""


def _workbook(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        first = sheet.start[0] if sheet.start else 0
        rows = sheet.to_python(skip_empty_area=True)
    except CalamineError as fault:
        raise UnreadableTable(name, str(fault)) from fault
    for number, row in enumerate(rows, first + 1):
        texts = [_as_text(value) for value in row]
        if any(texts):
            yield number, texts


def _as_text(value: object) -> str:
    """A cell as a person reads it: a learner number that Excel made a number has no ".0".

    Of a number of more than 15 digits Excel has lost the last ones: it stays as Excel shows it,
    4.3E+17, and is no learner's number.
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 1e15 else f"{value:.15g}"
    return str(value).strip()


def _text(raw: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(raw, name)
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    at = 1
    try:
        for row in reader:
            texts = [value.strip() for value in row]
            if any(texts):
                yield at, texts
            at = reader.line_num + 1
    except csv.Error as fault:
        raise UnreadableTable(name, f"line {at}: {fault}") from fault


def _decoded(raw: bytes, name: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableTable(name, "neither a workbook nor text in UTF-8 or GB18030")

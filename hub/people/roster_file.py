"""Roster file: rows of a workbook or a csv file as learners, or why a row is none.

What becomes of them is ``hub.people.roster_plan``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hub.errors import MissingColumn
from hub.people.table_file import (
    MAX_FAULTS,
    RowFault,
    Table,
    TableFile,
    cell,
    clean,
    heading,
)
from hub.people.unit_names import UnitNames
from hub.store.learners import folded
from hub.store.units import Unit

# What headings are usually called, folded by ``table_file.heading``.
HEADINGS: dict[str, tuple[str, ...]] = {
    "number": (
        "学号", "学员编号", "学员号", "学习卡号", "工号", "职工号", "员工号", "职工编号",
        "员工编号", "人员编号", "人员代码", "工作证号", "警号", "编号", "用户名", "登录名",
        "账号", "登录账号",
        "number", "learnernumber", "username", "idnumber", "staffnumber", "employeeid", "id",
        "执法证号", "执法证编号", "身份证号", "身份证号码", "公民身份号码", "证件号",
        "证件号码", "身份证",
    ),
    "name": ("姓名", "学员姓名", "人员姓名", "名字", "name", "fullname", "displayname"),
    "unit": (
        "机构代码", "单位代码", "所属机构代码", "站所代码", "单位", "所属机构", "所属单位",
        "工作单位", "单位名称", "机构名称", "所在单位", "机构", "单位全称", "所在部门",
        "所属部门", "部门", "所", "监管所", "市场监管所", "市场监督管理所", "基层所", "所名",
        "所名称", "站所", "所属站所", "所站",
        "unit", "unitcode", "station", "department", "institution", "organisation",
        "organization",
    ),
    "post": (
        "职务", "岗位", "职位", "职务职级", "现任职务", "post", "position", "title", "jobtitle",
    ),
    "first": ("名", "firstname", "givenname"),
    "last": ("姓", "lastname", "surname", "familyname"),
    "province": ("省", "省份", "省级单位", "省局", "所属省", "province"),
    "city": ("市", "地市", "市州", "市级单位", "市局", "所属市", "所属地市", "city"),
    "county": (
        "县", "区", "区县", "县区", "县市区", "县局", "县区局", "区县局", "县级单位", "所属县",
        "所属县区", "所属区县", "上级单位", "主管局", "county", "district",
    ),
}  # fmt: skip
# The fields without one of which no row can be a learner's.
NEEDED = (("number",), ("name", "first", "last"))
# The fields that say where somebody is, from the top down.
PLACES = ("province", "city", "county", "unit")

NUMBER = re.compile(r"[\w.@-]{1,40}")
# What is left of a number that a spreadsheet saved as text, 1.10101E+17, and of an ID whose last
# digits became zeros.
_POWER = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_CUT_ID = re.compile(r"\d{6}(?:19|20)\d{7}000")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# What the last row of an office's table begins with.
TOTALS = {"合计", "总计", "小计", "共计", "总数"}
MAX_TEXT_CHARS = 60


def recognise(headings: Sequence[str]) -> dict[str, int]:
    """Where usual headings stand: column by field."""
    folded = [heading(text) for text in headings]
    places = dict[str, int]()
    for name, usual in HEADINGS.items():
        found = next((folded.index(word) for word in usual if word in folded), None)
        if found is not None and found not in places.values():
            places[name] = found
    return places


@dataclass(frozen=True, slots=True)
class RosterColumns:
    """Which column holds what; None where the file has none."""

    number: int | None = None
    name: int | None = None
    unit: int | None = None
    post: int | None = None
    first: int | None = None
    last: int | None = None
    province: int | None = None
    city: int | None = None
    county: int | None = None

    @classmethod
    def recognised(cls, headings: tuple[str, ...]) -> "RosterColumns":
        """The columns of usual headings.

        Raises:
            MissingColumn: number or name cannot be found.
        """
        places = recognise(headings)
        check_needed(places, headings)
        return cls(**places)

    @property
    def says_unit(self) -> bool:
        """Whether a column says where somebody is."""
        return any(getattr(self, field) is not None for field in PLACES)


def check_needed(places: Mapping[str, int], headings: tuple[str, ...]) -> None:
    """Raise ``MissingColumn`` for the first field that is needed and not there."""
    for group in NEEDED:
        if not any(field in places for field in group):
            raise MissingColumn(group[0], headings)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A learner as a row has it. ``written``: the number as it is spelled there."""

    row: int
    written: str
    name: str
    unit: Unit
    post: str | None  # None: the file has no such column
    sheet: str = ""


@dataclass(slots=True)
class Refusals:
    """Rows that cannot be taken, counted; the first of them with their reasons."""

    count: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def add(
        self, row: int, column: str, code: str, values: Mapping[str, str], sheet: str = ""
    ) -> None:
        """Count a row as refused and say why."""
        self.put(RowFault(row, column, code, values, sheet))

    def put(self, fault: RowFault) -> None:
        """Count what a fault stands for: one row, or all of a sheet."""
        self.count += int(fault.values.get("unread", 1))
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)


class _Refused(Exception):
    """One row cannot be taken."""

    def __init__(self, column: str, code: str, **values: str) -> None:
        super().__init__(code)
        self.fault = (column, code, values)


class RosterReader:
    """Turns rows into learners, or says why not. ``mentioned``: every number, folded."""

    def __init__(self, names: UnitNames, default: Unit | None) -> None:
        self._names = names
        self._default = default
        self._seen: dict[str, tuple[str, int]] = {}
        self.mentioned: set[str] = set()
        self.rows = 0
        self.refusals = Refusals()
        self.remarks: list[RowFault] = []

    def read(self, file: TableFile) -> Iterator[FileRow]:
        """The learners of all rows; the others are counted in ``refusals``."""
        self.remarks += file.remarks
        for unread in file.unread:
            self.rows += int(unread.values["unread"])
            self.refusals.put(unread)
        for table in file.tables:
            yield from self._table(table)

    def _table(self, table: Table) -> Iterator[FileRow]:
        columns, empty = RosterColumns(**table.places), 0
        for row_number, row in table.rows:
            fault = table.fault(row_number)
            if fault is None and not any(cell(row, each) for each in table.places.values()):
                empty += 1
                continue
            self.rows += 1
            try:
                if fault is not None:
                    values = {name: str(value) for name, value in fault.values.items()}
                    raise _Refused("number", fault.code, **values)
                learner = self._learner(table, row_number, row, columns)
            except _Refused as refused:
                self.refusals.add(row_number, *refused.fault, table.sheet)
                continue
            yield learner
        if empty:
            self.remarks.append(RowFault(0, "", "rows-empty", {"rows": str(empty)}, table.sheet))

    def _learner(
        self, table: Table, row_number: int, row: list[str], columns: RosterColumns
    ) -> FileRow:
        number = clean(cell(row, columns.number))
        self.mentioned.add(folded(number))
        if not number:
            raise _Refused("number", "number-missing")
        if _POWER.fullmatch(number) or _is_cut(number):
            raise _Refused("number", "number-cut", value=number)
        if not NUMBER.fullmatch(number) or number in TOTALS:
            raise _Refused("number", "number-malformed", value=number[:MAX_TEXT_CHARS])
        name, post = _name(row, columns), clean(cell(row, columns.post))
        for column, text in (("name", name), ("post", post)):
            if not is_fit(text):
                raise _Refused(column, "text-malformed", value=text[:MAX_TEXT_CHARS])
        if not name:
            raise _Refused("name", "name-missing")
        unit = self._unit([clean(cell(row, getattr(columns, each))) for each in PLACES])
        here = (table.sheet, row_number)
        first = self._seen.setdefault(folded(number), here)
        if first != here:
            code = "number-twice" if first[0] == table.sheet else "number-twice-sheet"
            values = {"value": number, "first": str(first[1]), "other": first[0]}
            raise _Refused("number", code, **values)
        post_or_none = None if columns.post is None else post
        return FileRow(row_number, number, name, unit, post_or_none, table.sheet)

    def _unit(self, texts: list[str]) -> Unit:
        written = [text for text in texts if text]
        if not written:
            if self._default is None:
                raise _Refused("unit", "unit-missing")
            return self._default
        meant = self._names.meant(written)
        whole = "".join(written)[:MAX_TEXT_CHARS]
        if not meant:
            raise _Refused("unit", "unit-unknown", value=whole)
        if len(meant) > 1:
            raise _Refused("unit", "unit-ambiguous", value=whole, example=meant[0].code)
        return meant[0]


def _is_cut(number: str) -> bool:
    """Whether an ID number of 18 digits ends in zeros that its check digit does not allow."""
    if not _CUT_ID.fullmatch(number):
        return False
    weighed = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[weighed % 11] != number[-1]


def _name(row: list[str], columns: RosterColumns) -> str:
    whole = clean(cell(row, columns.name))
    if whole:
        # 王 芳 is 王芳, spread so that names of two and three signs end alike.
        parts = whole.split()
        return "".join(parts) if not any(char.isascii() for char in "".join(parts)) else whole
    first, last = (clean(cell(row, column)) for column in (columns.first, columns.last))
    # 王 + 小明 is 王小明; Tom + Jones is Tom Jones.
    latin = (first + last).isascii()
    return f"{first} {last}".strip() if latin else last + first


def is_fit(text: str) -> bool:
    """Whether a name or a post can be shown and is not too long."""
    return len(text) <= MAX_TEXT_CHARS and text.isprintable()

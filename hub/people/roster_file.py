"""Roster file: rows of a workbook or a csv file as learners, or why a row is none.

What becomes of them is ``hub.people.roster_plan``.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hub.errors import MissingColumn
from hub.people.table_file import MAX_FAULTS, RowFault, Table, cell, heading
from hub.store.learners import folded
from hub.store.units import Unit

# What headings are usually called, folded by ``table_file.heading``.
HEADINGS: dict[str, tuple[str, ...]] = {
    "number": (
        "学号", "学员编号", "学员号", "学习卡号", "工号", "人员编号", "编号", "用户名", "账号",
        "number", "learnernumber", "username", "idnumber", "staffnumber", "employeeid", "id",
    ),
    "name": ("姓名", "学员姓名", "名字", "name", "fullname", "displayname"),
    "unit": (
        "机构代码", "单位代码", "所属机构代码", "单位", "所属机构", "所属单位", "工作单位", "机构",
        "unit", "unitcode", "station", "department", "institution", "organisation", "organization",
    ),
    "post": ("职务", "岗位", "职位", "post", "position", "title", "jobtitle"),
    "first": ("名", "firstname", "givenname"),
    "last": ("姓", "lastname", "surname", "familyname"),
}  # fmt: skip

NUMBER = re.compile(r"[\w.@-]{1,40}")
# What the last row of an office's table begins with.
TOTALS = {"合计", "总计", "小计", "共计", "总数"}
MAX_TEXT_CHARS = 60


@dataclass(frozen=True, slots=True)
class RosterColumns:
    """Which column holds what; None where the file has none."""

    number: int | None
    name: int | None
    unit: int | None
    post: int | None
    first: int | None
    last: int | None

    @classmethod
    def recognised(
        cls, headings: tuple[str, ...], chosen: dict[str, str] | None = None
    ) -> "RosterColumns":
        """The columns of usual headings; ``chosen`` maps a field to a heading of this file.

        Raises:
            MissingColumn: number or name cannot be found.
        """
        folded = [heading(text) for text in headings]
        places = {}
        for name, usual in HEADINGS.items():
            wanted = (heading(chosen[name]),) if chosen and name in chosen else usual
            places[name] = next((folded.index(word) for word in wanted if word in folded), None)
        columns = cls(**places)
        if columns.number is None:
            raise MissingColumn("number", headings)
        if columns.name is None and columns.first is None and columns.last is None:
            raise MissingColumn("name", headings)
        return columns


@dataclass(frozen=True, slots=True)
class FileRow:
    """A learner as a row has it. ``written``: the number as it is spelled there."""

    row: int
    written: str
    name: str
    unit: Unit
    post: str | None  # None: the file has no such column


@dataclass(slots=True)
class Refusals:
    """Rows that cannot be taken, counted; the first of them with their reasons."""

    count: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def add(self, row_number: int, column: str, code: str, values: Mapping[str, str]) -> None:
        """Count a row as refused and say why."""
        self.count += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(RowFault(row_number, column, code, values))


class _Refused(Exception):
    """One row cannot be taken."""

    def __init__(self, column: str, code: str, **values: str) -> None:
        super().__init__(code)
        self.fault = (column, code, values)


class RosterReader:
    """Turns rows into learners, or says why not. ``mentioned``: every number, folded."""

    def __init__(
        self, columns: RosterColumns, known: Mapping[str, Unit], default: Unit | None
    ) -> None:
        self._columns = columns
        self._units = known
        self._default = default
        self._seen: dict[str, int] = {}
        self._named: dict[str, list[Unit]] = {}
        self.mentioned: set[str] = set()
        self.rows = 0
        self.refusals = Refusals()
        for unit in known.values():
            self._named.setdefault(unit.name, []).append(unit)

    def read(self, table: Table) -> Iterator[FileRow]:
        """The learners of all rows; the others are counted in ``refusals``."""
        for row_number, row in table.rows:
            self.rows += 1
            try:
                learner = self._learner(row_number, row)
            except _Refused as refused:
                self.refusals.add(row_number, *refused.fault)
                continue
            yield learner

    def _learner(self, row_number: int, row: list[str]) -> FileRow:
        columns = self._columns
        number = _clean(cell(row, columns.number))
        self.mentioned.add(folded(number))
        if not number:
            raise _Refused("number", "number-missing")
        if not NUMBER.fullmatch(number) or number in TOTALS:
            raise _Refused("number", "number-malformed", value=number[:MAX_TEXT_CHARS])
        name, post = self._name(row), _clean(cell(row, columns.post))
        for column, text in (("name", name), ("post", post)):
            if not is_fit(text):
                raise _Refused(column, "text-malformed", value=text[:MAX_TEXT_CHARS])
        if not name:
            raise _Refused("name", "name-missing")
        unit = self._unit(_clean(cell(row, columns.unit)))
        first = self._seen.setdefault(folded(number), row_number)
        if first != row_number:
            raise _Refused("number", "number-twice", value=number, first=str(first))
        return FileRow(row_number, number, name, unit, None if columns.post is None else post)

    def _name(self, row: list[str]) -> str:
        whole = _clean(cell(row, self._columns.name))
        if whole:
            return whole
        first, last = (_clean(cell(row, c)) for c in (self._columns.first, self._columns.last))
        # 王 + 小明 is 王小明; Tom + Jones is Tom Jones.
        latin = (first + last).isascii()
        return f"{first} {last}".strip() if latin else last + first

    def _unit(self, text: str) -> Unit:
        if not text:
            if self._default is None:
                raise _Refused("unit", "unit-missing")
            return self._default
        if text in self._units:
            return self._units[text]
        named = self._named.get(text, [])
        if not named:
            raise _Refused("unit", "unit-unknown", value=text[:MAX_TEXT_CHARS])
        if len(named) > 1:
            raise _Refused("unit", "unit-ambiguous", value=text, example=named[0].code)
        return named[0]


def is_fit(text: str) -> bool:
    """Whether a name or a post can be shown and is not too long."""
    return len(text) <= MAX_TEXT_CHARS and text.isprintable()


def _clean(text: str) -> str:
    """Full-width letters and blanks as their ordinary forms, blanks at the ends dropped."""
    return unicodedata.normalize("NFKC", text).strip()

"""Roster import: who is to learn, from a workbook or a csv file, row by row.

imported + refused = rows. Importing the same again changes nothing; a learner whose unit changed
is withdrawn from the old unit's stations and ordered to the new one's.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from hub import orders, rights
from hub.context.open_hub import Hub
from hub.errors import MissingColumn, NotAllowed, UnknownUnit
from hub.facts import aside
from hub.people.table_file import MAX_FAULTS, RowFault, Table, cell, heading, read_table
from hub.rights import Actor, Deed
from hub.store import audit, learners, results, units
from hub.store import orders as stored_orders
from hub.store.engine import reading, writing
from hub.store.learners import Learner
from hub.store.orders import Placed
from hub.store.scope import Scope
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
# Rows stored in one transaction: a fifth of a second, so that stations keep syncing meanwhile.
CHUNK = 5_000


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


@dataclass(slots=True)
class RosterReport:
    """rows = added + changed + same + refused. ``sample``: the first learners as understood."""

    headings: tuple[str, ...] = ()
    columns: RosterColumns | None = None
    rows: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0  # of ``changed``
    same: int = 0
    refused: int = 0
    faults: list[RowFault] = field(default_factory=list)
    sample: list[Learner] = field(default_factory=list)

    @property
    def imported(self) -> int:
        """Rows whose learners are on the roster now."""
        return self.added + self.changed + self.same

    def refuse(self, row_number: int, column: str, code: str, values: dict[str, str]) -> None:
        """Count a row as refused and say why."""
        self.refused += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(RowFault(row_number, column, code, values))


class _Refused(Exception):
    """One row cannot be taken."""

    def __init__(self, column: str, code: str, **values: str) -> None:
        super().__init__(code)
        self.fault = (column, code, values)


class _Reader:
    """Turns rows into learners, or says why not."""

    def __init__(
        self, columns: RosterColumns, known: dict[str, Unit], default: Unit | None
    ) -> None:
        self._columns = columns
        self._units = known
        self._default = default
        self._seen: dict[str, int] = {}
        self._named: dict[str, list[Unit]] = {}
        for unit in known.values():
            self._named.setdefault(unit.name, []).append(unit)

    def learner(self, row_number: int, row: list[str]) -> Learner:
        """The learner in ``row``. Raises ``_Refused``."""
        columns = self._columns
        number = _folded(cell(row, columns.number))
        if not number:
            raise _Refused("number", "number-missing")
        if not NUMBER.fullmatch(number) or number in TOTALS:
            raise _Refused("number", "number-malformed", value=number[:MAX_TEXT_CHARS])
        name, post = self._name(row), _folded(cell(row, columns.post))
        for column, text in (("name", name), ("post", post)):
            if len(text) > MAX_TEXT_CHARS or not text.isprintable():
                raise _Refused(column, "text-malformed", value=text[:MAX_TEXT_CHARS])
        if not name:
            raise _Refused("name", "name-missing")
        unit = self._unit(_folded(cell(row, columns.unit)))
        if number in self._seen:
            first = str(self._seen[number])
            raise _Refused("number", "number-twice", value=number, first=first)
        self._seen[number] = row_number
        return Learner(number, name, unit.id, post, True)

    def row_of(self, number: str) -> int:
        """The row in which this learner stood."""
        return self._seen[number]

    def _name(self, row: list[str]) -> str:
        whole = _folded(cell(row, self._columns.name))
        if whole:
            return whole
        first, last = (_folded(cell(row, c)) for c in (self._columns.first, self._columns.last))
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


def import_roster(
    hub: Hub, path: Path, by: Actor, unit_code: str = "", dry_run: bool = False,
    chosen: dict[str, str] | None = None, name: str = "",
) -> RosterReport:  # fmt: skip
    """Bring the learners of ``path`` onto the roster; bad rows are named, good ones go in.

    Units, and learners, outside what this person keeps (``Deed.KEEP_PEOPLE``) are refused by row.

    ``unit_code``: the unit of rows that name none. ``dry_run``: only say what would happen.
    ``chosen``: headings of this file by field, where they are not the usual ones.

    Raises:
        UnreadableTable, MissingColumn, UnknownUnit: nothing of the file can be used.
    """
    table = read_table(path, name)
    columns = RosterColumns.recognised(table.headings, chosen)
    report = RosterReport(headings=table.headings, columns=columns)
    with reading(hub.engine) as connection:
        everywhere = units.all_by_code(connection)
    kept = rights.scope(by, Deed.KEEP_PEOPLE)
    known = {code: unit for code, unit in everywhere.items() if kept.holds(unit.path)}
    if unit_code and unit_code not in known:
        raise UnknownUnit(unit_code)
    if columns.unit is None and not unit_code:
        raise MissingColumn("unit", table.headings)
    by_id = {unit.id: unit for unit in everywhere.values()}
    reader = _Reader(columns, known, known.get(unit_code))
    rows = _learners(table, reader, report)
    while chunk := list(islice(rows, CHUNK)):
        report.sample += chunk[: max(0, 20 - len(report.sample))]
        if dry_run:
            with reading(hub.engine) as connection:
                _compare(
                    connection, _of_own(connection, chunk, reader, kept, report), by_id, report
                )
            continue
        with writing(hub.engine) as connection:
            own = _of_own(connection, chunk, reader, kept, report)
            changed, placed = _compare(connection, own, by_id, report)
            learners.put(connection, changed)
            stored_orders.put(connection, placed)
        aside.settle(hub, own)
    if not dry_run:
        with writing(hub.engine) as connection:
            audit.note(
                connection, hub.now(), by.name, "roster import", file=table.name,
                imported=report.imported, rows=report.rows,
            )  # fmt: skip
    return report


def withdraw(hub: Hub, number: str, by: Actor) -> None:
    """Note that a learner left: stations stop signing the learner in, results stay."""
    with writing(hub.engine) as connection:
        left = learners.get(connection, number)
        if left is None or not left.active:
            return
        unit = units.get(connection, left.unit_id)
        if unit is None or not rights.may(by, Deed.KEEP_PEOPLE, unit.path):
            raise NotAllowed()
        gone = Learner(left.number, left.name, left.unit_id, left.post, False)
        learners.put(connection, [gone])
        audit.note(connection, hub.now(), by.name, "roster withdraw", learner=number)
        stored_orders.put(connection, [orders.no_roster(number, left.unit_id)])


def _of_own(
    connection: Connection, chunk: list[Learner], reader: _Reader, kept: Scope,
    report: RosterReport,
) -> list[Learner]:  # fmt: skip
    """The learners of a chunk without those who are at a unit that this person does not keep."""
    if kept.top.parent_id is None:
        return chunk
    elsewhere = learners.outside(connection, [learner.number for learner in chunk], kept)
    for number, unit_name in elsewhere.items():
        values = {"value": number, "unit": unit_name}
        report.refuse(reader.row_of(number), "number", "learner-elsewhere", values)
    return [learner for learner in chunk if learner.number not in elsewhere]


def _learners(table: Table, reader: _Reader, report: RosterReport) -> Iterator[Learner]:
    for row_number, row in table.rows:
        report.rows += 1
        try:
            learner = reader.learner(row_number, row)
        except _Refused as refused:
            column, code, values = refused.fault
            report.refuse(row_number, column, code, values)
            continue
        yield learner


def _compare(
    connection: Connection, chunk: list[Learner], by_id: dict[int, Unit], report: RosterReport
) -> tuple[list[Learner], list[Placed]]:
    """Count what is new, and return what to store and what to tell the stations."""
    there = learners.among(connection, [learner.number for learner in chunk])
    changed, placed, moved = [], [], {}
    for learner in chunk:
        before = there.get(learner.number)
        if before == learner:
            report.same += 1
            continue
        changed.append(learner)
        if before is None:
            report.added += 1
        else:
            report.changed += 1
        if before and before.unit_id != learner.unit_id:
            report.moved += 1
            moved[learner.number] = learner.unit_id
            placed.append(orders.no_roster(learner.number, before.unit_id))
        placed.append(orders.roster(learner, by_id[learner.unit_id]))
    return changed, placed + _results_of(connection, moved, by_id)


def _results_of(
    connection: Connection, moved: dict[str, int], by_id: dict[int, Unit]
) -> list[Placed]:
    """Results follow a learner to the new unit's stations."""
    if not moved:
        return []
    rows = results.of_learners(connection, moved)
    return [order for row in rows for order in orders.result(row, by_id[moved[row.learner]], None)]


def _folded(text: str) -> str:
    """Full-width letters and blanks as their ordinary forms, blanks at the ends dropped."""
    return unicodedata.normalize("NFKC", text).strip()

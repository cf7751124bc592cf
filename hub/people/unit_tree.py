"""Organisation import: a table of units, or a folder of tables by level, into the tree.

A table has the columns code, name, parent. A folder holds ``provinces.csv``, ``cities.csv``,
``areas.csv`` and ``streets.csv`` as the national list of administrative divisions names them.
Importing the same again changes nothing; units are never moved or removed by an import, nor are
closed ones opened (``hub.publishing.unit_moves``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection

from hub import orders, rights
from hub.context.open_hub import Hub
from hub.errors import MissingColumn
from hub.people.table_file import MAX_FAULTS, RowFault, Table, cell, heading, read_table
from hub.rights import Actor, Deed
from hub.store import audit, learners, unit_changes, units
from hub.store import orders as stored_orders
from hub.store.engine import writing
from hub.store.orders import Placed
from hub.store.scope import Scope
from hub.store.unit_changes import UnitChange
from hub.store.units import Unit

CODE = ("code", "代码", "机构代码", "单位代码", "编码")
NAME = ("name", "名称", "机构名称", "单位名称", "单位")
PARENT = ("parent", "parentcode", "上级", "上级代码", "上级机构", "上级机构代码")
# The nearest level above comes first: a county's row names its city and its province.
LEVELS_ABOVE = ("areacode", "citycode", "provincecode")
FOLDER_FILES = ("provinces.csv", "cities.csv", "areas.csv", "streets.csv")
MAX_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    code: str
    name: str
    parent: str


@dataclass(frozen=True, slots=True)
class Renaming:
    """A unit that an import gives another name."""

    unit: Unit
    name: str


@dataclass(slots=True)
class OrgReport:
    """What an import did: rows = added + renamed + same + refused."""

    rows: int = 0
    added: int = 0
    renamed: int = 0
    same: int = 0
    refused: int = 0
    faults: list[RowFault] = field(default_factory=list)
    names: list[Renaming] = field(default_factory=list)

    def refuse(self, row: _Row, column: str, code: str, **values: str) -> None:
        """Count ``row`` as refused and say why."""
        self.refused += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(RowFault(row.number, column, code, values))


def import_org(hub: Hub, path: Path, by: Actor, dry_run: bool = False, name: str = "") -> OrgReport:
    """Bring the units of ``path`` into the tree; good rows go in, bad rows are named.

    A row without a unit above goes below the own one. Rows of units outside what this person keeps
    (``Deed.KEEP_UNITS``) are refused.

    ``dry_run``: only say what would happen.

    Raises:
        UnreadableTable, MissingColumn: nothing of the file can be used.
    """
    report = OrgReport()
    with writing(hub.engine) as connection:
        kept, top = rights.scope(by, Deed.KEEP_UNITS), rights.home(by, Deed.KEEP_UNITS)
        known = units.all_by_code(connection, closed=True)
        wanted = _of_own(_checked(_read(path, name), report), known, kept, report)
        _compare(_open_ones(wanted, known, report), known, top, report)
        units.rename(connection, {each.unit.id: each.name for each in report.names})
        # Level by level: a unit's path needs its parent's id.
        while ready := [r for r in wanted.values() if not r.parent or r.parent in known]:
            rows = [(r.code, r.name, known[r.parent] if r.parent else top) for r in ready]
            known.update((unit.code, unit) for unit in units.add(connection, rows))
            report.added += len(ready)
            for row in ready:
                del wanted[row.code]
        for row in wanted.values():
            _refuse_stuck(row, wanted, report)
        file_name, now = name or path.name, hub.now()
        audit.note(connection, now, by.name, "org import", file=file_name, added=report.added)
        placed = []
        for each in report.names:
            change = UnitChange("renamed", each.unit.name, each.name, file_name, now, by.name)
            unit_changes.note(connection, each.unit.id, change)
            placed += renamed(connection, replace(each.unit, name=each.name))
        stored_orders.put(connection, placed)
        if dry_run and (rehearsal := connection.get_transaction()):
            rehearsal.rollback()
    return report


def renamed(connection: Connection, unit: Unit) -> list[Placed]:
    """A unit's stations and those of its people learn what it is called now."""
    there = unit_changes.nodes_at(connection, [], [unit.id])
    return [
        *(orders.station(node_id, unit) for node_id in there),
        *(orders.roster(one, unit) for one in learners.of_unit(connection, unit.id)),
    ]


def _read(path: Path, name: str) -> Iterator[_Row]:
    if not path.is_dir():
        yield from _rows(read_table(path, name))
        return
    for file in FOLDER_FILES:
        if (path / file).exists():
            yield from _rows(read_table(path / file))


def _rows(table: Table) -> Iterator[_Row]:
    headings = [heading(text) for text in table.headings]

    def column(wanted: tuple[str, ...]) -> int | None:
        return next((headings.index(name) for name in wanted if name in headings), None)

    code, name = column(CODE), column(NAME)
    parent = column(PARENT + LEVELS_ABOVE)
    if code is None:
        raise MissingColumn("code", table.headings)
    if name is None:
        raise MissingColumn("name", table.headings)
    for number, row in table.rows:
        yield _Row(number, cell(row, code), cell(row, name), cell(row, parent))


def _checked(rows: Iterator[_Row], report: OrgReport) -> dict[str, _Row]:
    """Rows by code that are whole and not repeated."""
    wanted: dict[str, _Row] = {}
    for row in rows:
        report.rows += 1
        if not row.code:
            report.refuse(row, "code", "code-missing")
        elif not row.name:
            report.refuse(row, "name", "name-missing")
        elif len(row.name) > MAX_NAME_CHARS or not (row.name + row.code).isprintable():
            report.refuse(row, "name", "text-malformed", value=row.name[:MAX_NAME_CHARS])
        elif row.code in wanted:
            first = str(wanted[row.code].number)
            report.refuse(row, "code", "code-twice", value=row.code, first=first)
        else:
            wanted[row.code] = row
    return wanted


def _of_own(
    wanted: dict[str, _Row], known: dict[str, Unit], kept: Scope, report: OrgReport
) -> dict[str, _Row]:
    """The rows whose unit, or the one above a new unit, is this person's to keep."""
    if kept.top.parent_id is None:
        return wanted
    own = {}
    for code, row in wanted.items():
        place = known.get(code) or known.get(row.parent)
        if place is None or kept.holds(place.path):
            own[code] = row
        else:
            report.refuse(row, "code", "unit-elsewhere", value=code)
    return own


def _open_ones(
    wanted: dict[str, _Row], known: dict[str, Unit], report: OrgReport
) -> dict[str, _Row]:
    """Take rows of closed units, and of units below one, out of ``wanted`` and return it."""
    over = {code for code, unit in known.items() if unit.closed_at is not None}
    for code in [code for code, row in wanted.items() if code in over or row.parent in over]:
        row = wanted.pop(code)
        value = code if code in over else row.parent
        report.refuse(row, "code" if code in over else "parent", "unit-closed", value=value)
    return wanted


def _compare(wanted: dict[str, _Row], known: dict[str, Unit], top: Unit, report: OrgReport) -> None:
    """Take rows of units that are there out of ``wanted``; note the names that changed."""
    by_id = {unit.id: unit.code for unit in known.values()}
    for code in [code for code in wanted if code in known]:
        row, unit = wanted.pop(code), known[code]
        now = by_id.get(unit.parent_id or 0, "")
        parent = row.parent or (top.code if unit.parent_id else "")
        if parent != now:
            report.refuse(row, "parent", "unit-moved", value=code, now=now, parent=parent)
        elif row.name != unit.name:
            report.names.append(Renaming(unit, row.name))
            report.renamed += 1
        else:
            report.same += 1


def _refuse_stuck(row: _Row, wanted: dict[str, _Row], report: OrgReport) -> None:
    if _circles(row, wanted):
        report.refuse(row, "parent", "parent-circle", value=row.code)
    else:
        report.refuse(row, "parent", "parent-unknown", value=row.parent)


def _circles(row: _Row, wanted: dict[str, _Row]) -> bool:
    """Whether going up from ``row`` never ends."""
    seen = set()
    at: _Row | None = row
    while at is not None and at.code not in seen:
        seen.add(at.code)
        at = wanted.get(at.parent)
    return at is not None

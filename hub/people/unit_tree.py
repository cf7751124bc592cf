"""Organisation import: a table of units, or a folder of tables by level, into the tree.

A table has the columns code, name, parent. A folder holds ``provinces.csv``, ``cities.csv``,
``areas.csv`` and ``streets.csv`` as the national list of administrative divisions names them.
Importing the same again changes nothing; units are never moved or removed by an import, nor are
closed ones opened (``hub.publishing.unit_moves``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection

from hub import orders, rights
from hub.context.open_hub import Hub
from hub.errors import MissingColumn
from hub.people.table_file import (
    MAX_FAULTS,
    RowFault,
    cell,
    clean,
    heading,
    known_columns,
    read_sheets,
    read_tables,
)
from hub.rights import Actor, Deed
from hub.store import audit, learners, ledger, unit_changes, units
from hub.store import orders as stored_orders
from hub.store.engine import writing
from hub.store.orders import Placed
from hub.store.scope import Scope
from hub.store.unit_changes import UnitChange
from hub.store.units import Unit

# What headings are usually called, folded by ``table_file.heading``. Of what is above, the nearest
# level comes first: a county's row names its city and its province.
HEADINGS: dict[str, tuple[str, ...]] = {
    "code": ("code", "代码", "机构代码", "单位代码", "编码", "机构编码", "单位编码", "组织代码"),
    "name": ("name", "名称", "机构名称", "单位名称", "单位", "单位全称", "机构全称", "组织名称"),
    "parent": (
        "parent", "parentcode", "上级", "上级代码", "上级机构", "上级机构代码", "上级单位代码",
        "上级单位", "上级编码", "上级机构编码", "父级代码", "主管单位",
        "areacode", "citycode", "provincecode",
    ),
}  # fmt: skip
UNIT_FIELDS = ("code", "name", "parent")
NEEDED = (("code",), ("name",))
# Under which kind the columns of such files are remembered.
KIND = "org"
FOLDER_FILES = ("provinces.csv", "cities.csv", "areas.csv", "streets.csv")
MAX_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    code: str
    name: str
    parent: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Renaming:
    """A unit that an import gives another name."""

    unit: Unit
    name: str


@dataclass(frozen=True, slots=True)
class UnitMoveAsked:
    """A row that names another unit above one than the present: codes and names of both."""

    row: int
    sheet: str
    unit: Unit
    above: str
    above_name: str
    was: str
    was_name: str


@dataclass(slots=True)
class OrgReport:
    """What an import did: rows = added + renamed + same + moved + refused.

    ``moves``: rows of units that are elsewhere now, if they are to move
    (``hub.publishing.org_import``). A unit that moves and is renamed counts as moved.
    """

    rows: int = 0
    added: int = 0
    renamed: int = 0
    same: int = 0
    refused: int = 0
    faults: list[RowFault] = field(default_factory=list)
    names: list[Renaming] = field(default_factory=list)
    moved: int = 0
    moves: list[UnitMoveAsked] = field(default_factory=list)
    headings: tuple[str, ...] = ()
    remarks: list[RowFault] = field(default_factory=list)

    def refuse(self, row: _Row, column: str, code: str, **values: str) -> None:
        """Count ``row`` as refused and say why."""
        self.refused += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(RowFault(row.number, column, code, values, row.sheet))


def import_org(
    hub: Hub, path: Path, by: Actor, dry_run: bool = False, name: str = "",
    chosen: Mapping[str, str] | None = None, *, moving: bool = False,
) -> OrgReport:  # fmt: skip
    """Bring the units of ``path`` into the tree; good rows go in, bad rows are named.

    A row without a unit above goes below the own one. Rows of units outside what this person keeps
    (``Deed.KEEP_UNITS``) are refused.

    ``dry_run``: only say what would happen. ``chosen``: headings of this file by field, where
    they are not the usual ones. ``moving``: units whose row names another one above are noted in
    ``moves`` instead of refused; who calls this moves them.

    Raises:
        UnreadableTable, MissingColumn: nothing of the file can be used.
    """
    report = OrgReport()
    read = list(_read(hub, path, name or path.name, chosen, report))
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        kept, top = rights.scope(by, Deed.KEEP_UNITS), rights.home(by, Deed.KEEP_UNITS)
        known = units.all_by_code(connection, closed=True)
        wanted = _of_own(_checked(read, report), known, kept, report)
        _by_names(wanted, known)
        _compare(_open_ones(wanted, known, report), known, top, report, moving=moving)
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


def recognise(headings: Sequence[str]) -> dict[str, int]:
    """Where usual headings stand: column by field."""
    folded = [heading(text) for text in headings]
    places = {
        field: next((folded.index(word) for word in usual if word in folded), -1)
        for field, usual in HEADINGS.items()
    }
    return {field: place for field, place in places.items() if place >= 0}


def unit_texts(row: list[str], places: Mapping[str, int]) -> tuple[str, str, str]:
    """Code, name and unit above, as a row has them."""
    code, name, parent = (clean(cell(row, places.get(field))) for field in UNIT_FIELDS)
    return code, name, parent


def _read(
    hub: Hub, path: Path, name: str, chosen: Mapping[str, str] | None, report: OrgReport
) -> Iterator[_Row]:
    if not path.is_dir():
        yield from _rows(hub, path, name, chosen, report)
        return
    for file in FOLDER_FILES:
        if (path / file).exists():
            yield from _rows(hub, path / file, file, None, report)


def _rows(
    hub: Hub, path: Path, name: str, chosen: Mapping[str, str] | None, report: OrgReport
) -> Iterator[_Row]:
    sheets = read_sheets(path, name)
    chosen = chosen or known_columns(hub, sheets, KIND)
    file = read_tables(sheets, name, recognise, NEEDED, chosen)
    if not file.tables:
        known = recognise(file.guess)
        raise MissingColumn("code" if "code" not in known else "name", file.guess)
    report.headings = report.headings or file.tables[0].headings
    report.remarks += file.remarks
    for unread in file.unread:
        count = int(unread.values["unread"])
        report.rows, report.refused = report.rows + count, report.refused + count
        report.faults.append(unread)
    for table in file.tables:
        for number, row in table.rows:
            code, unit_name, parent = unit_texts(row, table.places)
            read = _Row(number, code, unit_name, parent, table.sheet)
            if fault := table.fault(number):
                report.rows += 1
                values = {key: str(value) for key, value in fault.values.items()}
                report.refuse(read, "code", fault.code, **values)
            elif read.code or read.name or read.parent:
                yield read


def _checked(rows: Iterable[_Row], report: OrgReport) -> dict[str, _Row]:
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


def _by_names(wanted: dict[str, _Row], known: dict[str, Unit]) -> None:
    """Put codes where a row names the unit above by a name that only one unit has."""
    codes: dict[str, set[str]] = {}
    for code, unit in known.items():
        codes.setdefault(unit.name, set()).add(code)
    for code, row in wanted.items():
        codes.setdefault(row.name, set()).add(code)
    for code, row in wanted.items():
        if row.parent and row.parent not in known and row.parent not in wanted:
            named = codes.get(row.parent, set())
            if len(named) == 1:
                wanted[code] = replace(row, parent=next(iter(named)))


def _compare(
    wanted: dict[str, _Row], known: dict[str, Unit], top: Unit, report: OrgReport, *, moving: bool
) -> None:
    """Take rows of units that are there out of ``wanted``; note the names that changed."""
    by_id = {unit.id: unit.code for unit in known.values()}
    for code in [code for code in wanted if code in known]:
        row, unit = wanted.pop(code), known[code]
        now = by_id.get(unit.parent_id or 0, "")
        parent = row.parent or (top.code if unit.parent_id else "")
        if parent != now and moving and (parent in known or parent in wanted):
            place = known.get(parent) or wanted[parent]
            was = known[now].name if now in known else ""
            if row.name != unit.name:
                report.names.append(Renaming(unit, row.name))
            report.moves.append(
                UnitMoveAsked(row.number, row.sheet, unit, parent, place.name, now, was)
            )
            report.moved += 1
        elif parent != now and moving:
            report.refuse(row, "parent", "parent-unknown", value=parent)
        elif parent != now:
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

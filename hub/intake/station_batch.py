"""Many stations at once: a table of units becomes stations with codes; codes are renewed in bulk.

First ``plan`` says what each row would do, then ``carry_out`` does it, in one transaction. A row
names a unit by its code; one that is new names the unit above and what it is called as well.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from hub import orders, rights
from hub.context.open_hub import Hub
from hub.errors import MissingColumn
from hub.intake import stations
from hub.people.table_file import MAX_FAULTS, RowFault, read_sheets, read_tables
from hub.people.unit_tree import MAX_NAME_CHARS, recognise, unit_texts
from hub.publishing import licences
from hub.rights import Actor, Deed
from hub.store import contacts, ledger, units
from hub.store import orders as stored_orders
from hub.store.engine import reading, writing
from hub.store.scope import Scope
from hub.store.units import Unit

# As many slips as one prints and hands out in a day; the write lock is held for two seconds.
MOST_STATIONS = 1_000
MAX_CODE_CHARS = 40


@dataclass(frozen=True, slots=True)
class PlannedStation:
    """What a row would do: ``new`` a station, ``unit`` and station, or ``renew`` a code."""

    what: str
    code: str
    name: str
    above: Unit | None  # of a new unit


@dataclass(slots=True)
class StationPlan:
    """What a table would do, row by row: rows = planned + refused."""

    rows: int = 0
    refused: int = 0
    planned: list[PlannedStation] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def count(self, what: str) -> int:
        """How many rows would do this."""
        return sum(each.what == what for each in self.planned)

    def refuse(self, row: int, code: str, **values: str) -> None:
        """Count a row as refused and say why."""
        self.refused += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(RowFault(row, "code", code, values))


def plan(hub: Hub, by: Actor, file: Path, name: str = "") -> StationPlan:
    """What the table would do; nothing is changed.

    Raises:
        UnreadableTable, MissingColumn: nothing of the file can be used.
    """
    with reading(hub.engine) as connection:
        return _planned(connection, by, file, name)


def carry_out(hub: Hub, by: Actor, file: Path, name: str = "") -> int:
    """Do what the table says; when that was, which the new codes are known by.

    Raises:
        UnreadableTable, MissingColumn: nothing of the file can be used.
    """
    now = hub.now()
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        placed = []
        for each in _planned(connection, by, file, name).planned:
            unit = units.by_code(connection, each.code)
            if unit is None:
                [unit] = units.add(connection, [(each.code, each.name, each.above)])
            placed.append((stations.place(hub, connection, unit, by.name, now).node_id, unit))
        given = licences.due(hub, connection)
        told = [orders.station(node_id, unit) for node_id, unit in placed]
        stored_orders.put(connection, [*told, *given])
    return now


def renew(hub: Hub, by: Actor, node_ids: Iterable[int]) -> int:
    """Give the waiting ones among these stations new codes, the old ones are void; when that was.

    Stations that this person does not keep, those at work and those of closed units stay as they
    are.
    """
    now, kept = hub.now(), rights.scope(by, Deed.KEEP_STATIONS)
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        for station in contacts.among(connection, kept, list(node_ids)[:MOST_STATIONS]):
            unit = units.get(connection, station.unit_id)
            if station.waits and unit is not None and unit.closed_at is None:
                stations.place(hub, connection, unit, by.name, now)
    return now


def _planned(connection: Connection, by: Actor, file: Path, name: str) -> StationPlan:
    kept, report = rights.scope(by, Deed.KEEP_STATIONS), StationPlan()
    seen: dict[str, int] = {}
    for row, code, unit_name, parent in _rows(file, name, report):
        report.rows += 1
        if not code:
            report.refuse(row, "code-missing")
        elif code in seen:
            report.refuse(row, "code-twice", value=code, first=str(seen[code]))
        elif len(report.planned) >= MOST_STATIONS:
            report.refuse(row, "batch-full", most=str(MOST_STATIONS))
        else:
            seen[code] = row
            _plan_row(connection, kept, report, (row, code, unit_name, parent))
    return report


def _plan_row(
    connection: Connection, kept: Scope, report: StationPlan, row: tuple[int, str, str, str]
) -> None:
    number, code, name, parent = row
    unit = units.by_code(connection, code)
    above = None if unit else units.by_code(connection, parent) if parent else None
    place = unit or above
    printable = (code + name).isprintable() and len(code) <= MAX_CODE_CHARS
    if not printable or len(name) > MAX_NAME_CHARS:
        report.refuse(number, "text-malformed", value=(name or code)[:MAX_NAME_CHARS])
    elif unit is None and units.with_code(connection, code) is not None:
        report.refuse(number, "unit-closed", value=code)
    elif place is None or (unit is None and not name):
        report.refuse(number, "unit-new", value=code)
    elif not kept.holds(place.path):
        report.refuse(number, "unit-elsewhere", value=place.code)
    elif unit is None:
        report.planned.append(PlannedStation("unit", code, name, above))
    else:
        state = contacts.state_at(connection, unit.id)
        if state in ("active", "frozen"):
            report.refuse(number, "station-taken", value=unit.name)
        else:
            what = "renew" if state else "new"
            report.planned.append(PlannedStation(what, code, unit.name, None))


def _rows(file: Path, name: str, report: StationPlan) -> Iterator[tuple[int, str, str, str]]:
    read = read_tables(read_sheets(file, name or file.name), name, recognise, (("code",),))
    if not read.tables:
        raise MissingColumn("code", read.guess)
    for unread in read.unread:
        count = int(unread.values["unread"])
        report.rows, report.refused = report.rows + count, report.refused + count
        report.faults.append(unread)
    for table in read.tables:
        for number, row in table.rows:
            if fault := table.fault(number):
                values = {key: str(value) for key, value in fault.values.items()}
                report.rows += 1
                report.refuse(number, fault.code, **values)
                continue
            yield number, *unit_texts(row, table.places)

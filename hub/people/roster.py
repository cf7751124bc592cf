"""Roster import: who is to learn, from a workbook or a csv file, row by row; and taking it back.

imported + refused = rows. Importing the same again changes nothing; a learner whose unit changed
is withdrawn from the old unit's stations and ordered to the new one's. What a file says is
``hub.people.roster_file``, what it would change ``hub.people.roster_plan``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from hub import rights
from hub.context.open_hub import Hub
from hub.errors import MissingColumn, UnknownUnit
from hub.facts import aside
from hub.people import changes, roster_file, roster_plan
from hub.people.changes import Cause, Wanted
from hub.people.errors import ManyRenamed
from hub.people.roster_file import RosterColumns, RosterReader
from hub.people.roster_plan import ChangeKind, PlannedChange, RosterPlan
from hub.people.table_file import RowFault, known_columns, read_sheets, read_tables
from hub.people.unit_names import UnitNames
from hub.rights import Actor, Deed
from hub.store import audit, learners, ledger, roster_imports, units
from hub.store.engine import reading, writing
from hub.store.histories import Standing
from hub.store.learners import Learner

# Changes stored in one transaction: a fifth of a second, so that stations keep syncing meanwhile.
CHUNK = 2_000
# Under which kind the columns of such files are remembered.
KIND = "roster"
# Learners shown as the hub read them.
SAMPLE = 20


@dataclass(slots=True)
class RosterReport:
    """rows = added + changed + same + refused. ``sample``: the first learners as understood.

    ``number``: of the import; 0 while nothing was written.
    """

    headings: tuple[str, ...] = ()
    columns: RosterColumns | None = None
    plan: RosterPlan = field(default_factory=RosterPlan)
    refused: int = 0
    faults: list[RowFault] = field(default_factory=list)
    remarks: list[RowFault] = field(default_factory=list)
    number: int = 0

    @property
    def rows(self) -> int:
        """Rows below the headings."""
        return self.plan.rows

    @property
    def added(self) -> int:
        """Learners whose numbers are new."""
        return self.plan.count(ChangeKind.NEW)

    @property
    def moved(self) -> int:
        """Of those changed, how many get another unit."""
        return self.plan.count(ChangeKind.MOVED)

    @property
    def same(self) -> int:
        """Learners who stay as they are, however their number is spelled."""
        return self.plan.same + sum(not change.kinds for change in self.plan.changes)

    @property
    def changed(self) -> int:
        """Learners who were there and become something else."""
        return len(self.plan.changes) - self.added - (self.same - self.plan.same)

    @property
    def imported(self) -> int:
        """Rows whose learners are on the roster now."""
        return self.added + self.changed + self.same

    @property
    def sample(self) -> list[Learner]:
        """The first learners that change, as understood."""
        return [change.after for change in self.plan.changes[:SAMPLE]]


def import_roster(
    hub: Hub, path: Path, by: Actor, unit_code: str = "", dry_run: bool = False,
    chosen: dict[str, str] | None = None, name: str = "", *, confirmed: bool = False,
) -> RosterReport:  # fmt: skip
    """Bring the learners of ``path`` onto the roster; bad rows are named, good ones go in.

    Units, and learners, outside what this person keeps (``Deed.KEEP_PEOPLE``) are refused by row.

    ``unit_code``: the unit of rows that name none. ``dry_run``: only say what would happen.
    ``chosen``: headings of this file by field, where they are not the usual ones. ``confirmed``:
    somebody looked at the names and says that they are right.

    Raises:
        UnreadableTable, MissingColumn, UnknownUnit: nothing of the file can be used.
        ManyRenamed: so many names change that they must be confirmed; nothing was written.
    """
    report = _read(hub, path, by, unit_code, chosen, name)
    if dry_run:
        return report
    plan = report.plan
    if plan.is_doubtful and not confirmed:
        raise ManyRenamed(plan.count(ChangeKind.RENAMED), plan.known, plan.slipped)
    report.number = _write(hub, by, name or path.name, report)
    return report


def leave_missing(hub: Hub, by: Actor, number: int, why: str) -> int:
    """Note that those left whom a roster did not name and who are still there; how many.

    They are part of its import: with it they are taken back.
    """
    kept = rights.scope(by, Deed.KEEP_PEOPLE)
    with reading(hub.engine) as connection:
        done = roster_imports.get(connection, kept, number)
    waiting, gone = iter(done.missing if done and done.undone_at is None else ()), 0
    while some := list(islice(waiting, CHUNK)):
        with writing(hub.engine) as connection:
            ledger.hold(connection)
            still = roster_imports.get(connection, kept, number)
            if still is None or still.undone_at is not None:
                break
            there = learners.among(connection, some)
            outside = learners.outside(connection, some, kept)
            left = [
                Learner(one.number, one.name, one.unit_id, one.post, False)
                for one in there.values()
                if one.active and one.number not in outside
            ]
            gone += len(left)
            if left:
                audit.note(
                    connection, hub.now(), by.name, "roster missing", number=number, left=len(left)
                )
            cause = Cause(hub.now(), by.name, why, number)
            changes.note(connection, [Wanted(one, Standing.LEFT) for one in left], cause)
    return gone


def _read(
    hub: Hub, path: Path, by: Actor, unit_code: str, chosen: dict[str, str] | None, name: str
) -> RosterReport:
    """What the file says, and what it would change."""
    sheets = read_sheets(path, name or path.name)
    chosen = chosen or known_columns(hub, sheets, KIND)
    chosen = {field: text for field, text in chosen.items() if field in roster_file.HEADINGS}
    file = read_tables(sheets, name, roster_file.recognise, roster_file.NEEDED, chosen)
    if not file.tables:
        roster_file.check_needed(roster_file.recognise(file.guess), file.guess)
        raise MissingColumn("number", file.guess)
    headings = file.tables[0].headings
    columns = RosterColumns(**file.tables[0].places)
    with reading(hub.engine) as connection:
        kept = rights.scope(by, Deed.KEEP_PEOPLE)
        everywhere = units.all_by_code(connection)
        known = {code: unit for code, unit in everywhere.items() if kept.holds(unit.path)}
        if unit_code and unit_code not in known:
            raise UnknownUnit(unit_code)
        if not unit_code and not any(RosterColumns(**t.places).says_unit for t in file.tables):
            raise MissingColumn("unit", headings)
        names = UnitNames(known.values(), everywhere.values())
        reader = RosterReader(names, known.get(unit_code))
        plan = roster_plan.make(connection, reader.read(file), reader, kept)
    order = {table.sheet: place for place, table in enumerate(file.tables)}
    faults = sorted(
        reader.refusals.faults, key=lambda fault: (order.get(fault.sheet, -1), fault.row)
    )
    return RosterReport(headings, columns, plan, reader.refusals.count, faults, reader.remarks)


def _write(hub: Hub, by: Actor, file: str, report: RosterReport) -> int:
    """Do what the plan says, some at a time, and note it; the number of the import."""
    plan = report.plan
    todo: Iterable[PlannedChange] = (change for change in plan.changes if change.kinds)
    with writing(hub.engine) as connection:
        home = rights.home(by, Deed.KEEP_PEOPLE)
        number = roster_imports.add(connection, home.id, file, hub.now(), by.name)
    todo = iter(todo)
    while some := list(islice(todo, CHUNK)):
        with writing(hub.engine) as connection:
            ledger.hold(connection)
            # Meanwhile somebody may have done the same, or closed a unit.
            homes = units.among(connection, {change.after.unit_id for change in some})
            closed = {unit.id for unit in homes.values() if unit.closed_at is not None}
            there = learners.among(connection, [change.after.number for change in some])
            wanted = [
                Wanted(change.after)
                for change in some
                if there.get(change.after.number) != change.after
                and change.after.unit_id not in closed
            ]
            report.refused += sum(change.after.unit_id in closed for change in some)
            changes.note(connection, wanted, Cause(hub.now(), by.name, "", number))
        aside.settle(hub, [change.after for change in some])
    counts = {
        "rows": report.rows, "refused": report.refused, "same": report.same,
        **{kind.value: plan.count(kind) for kind in ChangeKind if kind is not ChangeKind.MISSING},
    }  # fmt: skip
    with writing(hub.engine) as connection:
        roster_imports.finish(connection, number, counts, [one.number for one in plan.missing])
        audit.note(
            connection, hub.now(), by.name, "roster import", number=number, file=file,
            imported=report.imported, rows=report.rows, added=report.added, moved=report.moved,
            renamed=plan.count(ChangeKind.RENAMED),
        )  # fmt: skip
    return number

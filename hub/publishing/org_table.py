"""Organisation import with moves: a table that names another unit above moves the unit there.

``hub.people.unit_tree`` reads the table and adds what is new; units move here one by one, each
with its history and what follows from it (``hub.publishing.unit_moves``).
"""

from collections.abc import Mapping
from pathlib import Path

from hub.context.open_hub import Hub
from hub.errors import NotAllowed, UnknownUnit
from hub.people import unit_tree
from hub.people.table_file import RowFault
from hub.people.unit_tree import OrgReport
from hub.publishing import unit_moves
from hub.publishing.errors import UnitClosed, WrongPlace
from hub.rights import Actor


def import_org(
    hub: Hub, path: Path, by: Actor, dry_run: bool = False, name: str = "",
    chosen: Mapping[str, str] | None = None,
) -> OrgReport:  # fmt: skip
    """Bring the units of a table into the tree; those that it puts elsewhere move there.

    Raises:
        UnreadableTable, MissingColumn: nothing of the file can be used.
    """
    report = unit_tree.import_org(hub, path, by, dry_run, name, chosen, moving=True)
    if dry_run:
        return report
    for asked in report.moves:
        try:
            unit_moves.move(hub, asked.unit.id, asked.above, name or path.name, by)
        except (NotAllowed, UnknownUnit, UnitClosed, WrongPlace):
            report.moved -= 1
            report.refused += 1
            values = {"value": asked.unit.code, "now": asked.was, "parent": asked.above}
            report.faults.append(RowFault(asked.row, "parent", "unit-stays", values, asked.sheet))
    return report

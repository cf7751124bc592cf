"""Roster plan: what a roster file would change, person by person, old and new, with its doubts.

Nothing is written here: ``hub.people.roster`` does what a plan says, ``hub.people.roster_preview``
keeps it for the pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection

from hub.people.roster_file import FileRow, RosterReader
from hub.store import learners
from hub.store.learners import Learner, folded
from hub.store.scope import Scope

# A sheet that slipped by a row renames nearly everybody; what offices correct is a few names.
FEW_RENAMED = 3
RENAMED_SHARE = 20  # one in so many
FEW_SLIPPED = 2


class ChangeKind(StrEnum):
    """What a row changes; several at once are possible."""

    NEW = "new"
    RETURNED = "returned"  # was away
    MOVED = "moved"
    RENAMED = "renamed"
    POST = "post"
    MISSING = "missing"  # of these units, and not in the file: changed only when asked


class Doubt(StrEnum):
    """Why somebody should look at a row."""

    OTHER_NAME = "other-name"  # nothing of the old name is in the new one
    NEIGHBOUR = "neighbour"  # the new name is that of the row beside
    SPELLING = "spelling"  # the number is spelled otherwise on the roster
    TWIN = "twin"  # a new number, and the unit has somebody of this name already


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One person, before and after. ``row`` 0: not in the file. ``near``: who a doubt is about."""

    row: int
    written: str
    before: Learner | None
    after: Learner
    kinds: tuple[ChangeKind, ...]
    doubts: tuple[Doubt, ...] = ()
    near: str = ""


@dataclass(slots=True)
class RosterPlan:
    """rows = ``same`` + refused + changes of rows; ``missing`` are no rows."""

    rows: int = 0
    same: int = 0
    known: int = 0  # rows of numbers that are on the roster
    changes: list[PlannedChange] = field(default_factory=list)
    missing: list[Learner] = field(default_factory=list)

    def count(self, kind: ChangeKind) -> int:
        """How many people change in this way."""
        return sum(kind in change.kinds for change in self.changes)

    @property
    def slipped(self) -> int:
        """How many numbers would get the name of the row beside."""
        return sum(Doubt.NEIGHBOUR in change.doubts for change in self.changes)

    @property
    def is_doubtful(self) -> bool:
        """Whether so many names change that somebody must say expressly that it is right."""
        renamed = self.count(ChangeKind.RENAMED)
        many = renamed >= FEW_RENAMED and renamed * RENAMED_SHARE > self.known
        return many or self.slipped >= FEW_SLIPPED


def make(
    connection: Connection, file_rows: Iterable[FileRow], reader: RosterReader, kept: Scope
) -> RosterPlan:
    """What these rows would change. Learners who are elsewhere than ``kept`` are refused."""
    read = list(file_rows)
    there = learners.alike(connection, [row.written for row in read])
    taken = _of_own(connection, read, _meant(read, there, reader), reader, kept)
    at_units = learners.of_units(connection, {row.unit.id for row, _before in taken})
    plan = RosterPlan(rows=reader.rows)
    plan.missing = [one for one in at_units if folded(one.number) not in reader.mentioned]
    twins = {(one.unit_id, one.name): one.number for one in plan.missing}
    names = [before.name if before else "" for _row, before in taken]
    for place, (row, before) in enumerate(taken):
        plan.known += before is not None
        change = _planned(
            row, before, {*names[max(0, place - 1) : place], *names[place + 1 : place + 2]}, twins
        )
        if change is None:
            plan.same += 1
        else:
            plan.changes.append(change)
    return plan


def _meant(
    read: Sequence[FileRow], there: Mapping[str, list[Learner]], reader: RosterReader
) -> list[tuple[FileRow, Learner | None]]:
    """Each row with the learner who is meant; a number that may be two people's is refused."""
    meant: list[tuple[FileRow, Learner | None]] = []
    for row in read:
        alike = there.get(folded(row.written), [])
        exact = [one for one in alike if one.number == row.written]
        if len(alike) > 1 and not exact:
            numbers = "、".join(one.number for one in alike)
            values = {"value": row.written, "numbers": numbers}
            reader.refusals.add(row.row, "number", "number-ambiguous", values, row.sheet)
            continue
        meant.append((row, next(iter(exact or alike), None)))
    return meant


def _of_own(
    connection: Connection, read: Sequence[FileRow], meant: list[tuple[FileRow, Learner | None]],
    reader: RosterReader, kept: Scope,
) -> list[tuple[FileRow, Learner | None]]:  # fmt: skip
    """The rows without those whose learner is at a unit that this person does not keep."""
    if not read or kept.top.parent_id is None:
        return meant
    elsewhere = learners.outside(connection, [one.number for _row, one in meant if one], kept)
    own = []
    for row, before in meant:
        if before is not None and before.number in elsewhere:
            values = {"value": before.number, "unit": elsewhere[before.number]}
            reader.refusals.add(row.row, "number", "learner-elsewhere", values, row.sheet)
        else:
            own.append((row, before))
    return own


def _planned(
    row: FileRow, before: Learner | None, beside: set[str], twins: Mapping[tuple[int, str], str]
) -> PlannedChange | None:
    """What a row changes; None for nothing."""
    number = before.number if before else row.written
    post = row.post if row.post is not None else before.post if before else ""
    after = Learner(number, row.name, row.unit.id, post, True)
    spelled = (Doubt.SPELLING,) if number != row.written else ()
    if before is None:
        twin = twins.get((row.unit.id, row.name), "")
        doubts = (Doubt.TWIN,) if twin else ()
        return PlannedChange(row.row, row.written, None, after, (ChangeKind.NEW,), doubts, twin)
    kinds = tuple(
        kind
        for kind, is_so in (
            (ChangeKind.RETURNED, not before.active),
            (ChangeKind.MOVED, before.unit_id != after.unit_id),
            (ChangeKind.RENAMED, before.name != after.name),
            (ChangeKind.POST, before.post != after.post),
        )
        if is_so
    )
    if not kinds and not spelled:
        return None
    doubts = (*spelled, *_doubts_of_name(before.name, after.name, beside))
    return PlannedChange(row.row, row.written, before, after, kinds, doubts)


def _doubts_of_name(before: str, after: str, beside: set[str]) -> tuple[Doubt, ...]:
    if before == after:
        return ()
    if after in beside:
        return (Doubt.NEIGHBOUR,)
    alike = set(before.casefold()) & set(after.casefold()) - {" ", "·"}
    return () if alike else (Doubt.OTHER_NAME,)

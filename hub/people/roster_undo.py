"""Roster undo: an import is taken back, for everybody of whom nothing followed from it.

What followed: another change of the learner; records of somebody whom the import made. They stay
as they are and are named. The others are what they were, as if the import had never been: units
of results that came meanwhile are put right.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy import Connection

from hub import rights
from hub.context.open_hub import Hub
from hub.people import changes
from hub.people.errors import ImportUndone
from hub.people.roster import CHUNK
from hub.rights import Actor, Deed
from hub.store import audit, facts, histories, learners, ledger, results, roster_imports, units
from hub.store.engine import reading, writing
from hub.store.histories import NotedChange, Standing
from hub.store.learners import Learner
from hub.store.scope import whole


@dataclass(frozen=True, slots=True)
class Undoing:
    """Whose changes can be taken back, and whose not, because something followed."""

    free: list[NotedChange]
    followed: list[NotedChange]


def look(connection: Connection, number: int) -> Undoing:
    """What taking an import back would do."""
    noted = [change for change in histories.of_import(connection, number) if not change.undone_at]
    return _sorted_out(connection, number, noted)


def undo(hub: Hub, by: Actor, number: int) -> Undoing:
    """Take an import back; whose changes were, and whose were not. Cut short, it is done again.

    Raises:
        ImportUndone: that was done already, or there is no such import of this person's units.
    """
    with reading(hub.engine) as connection:
        done = roster_imports.get(connection, rights.scope(by, Deed.KEEP_PEOPLE), number)
        if done is None or done.undone_at is not None:
            raise ImportUndone(number)
        undoing = look(connection, number)
    waiting = iter(undoing.free)
    while some := list(islice(waiting, CHUNK)):
        with writing(hub.engine) as connection:
            ledger.hold(connection)
            _check_open(connection, number)
            _undo(connection, _sorted_out(connection, number, some).free, hub.now())
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        _check_open(connection, number)
        roster_imports.undone(connection, number, hub.now(), by.name)
        audit.note(
            connection, hub.now(), by.name, "roster undo", number=number, file=done.file,
            undone=len(undoing.free), followed=len(undoing.followed),
        )  # fmt: skip
    return undoing


def _check_open(connection: Connection, number: int) -> None:
    """Somebody else may have taken it back since it was looked at."""
    done = roster_imports.get(connection, whole(connection), number)
    if done is None or done.undone_at is not None:
        raise ImportUndone(number)


def _sorted_out(connection: Connection, number: int, noted: list[NotedChange]) -> Undoing:
    before = histories.befores(connection, noted)
    made = [change.learner for change in noted if change.id not in before]
    known = {learner for learner, state in facts.among(connection, made).items() if state}
    stay = known | histories.later(connection, number)
    homes = units.among(connection, {change.unit_id for change in before.values()})
    closed = {unit.id for unit in homes.values() if unit.closed_at is not None}
    # Their unit is no more: they would be on a roster that no station gets.
    stay |= {
        each.learner for each in noted if each.id in before and before[each.id].unit_id in closed
    }
    return Undoing(
        [change for change in noted if change.learner not in stay],
        [change for change in noted if change.learner in stay],
    )


def _undo(connection: Connection, noted: list[NotedChange], at: int) -> None:
    before = histories.befores(connection, noted)
    histories.undo(connection, [change.id for change in noted], at)
    numbers = [change.learner for change in noted]
    there = learners.among(connection, numbers)
    again = [_as_before(change, before.get(change.id)) for change in noted]
    learners.put(connection, again)
    _place_results(connection, numbers)
    changes.tell(connection, there, again)


def _as_before(change: NotedChange, before: NotedChange | None) -> Learner:
    """What a learner was; somebody whom the import made is on the roster no more."""
    if before is None:
        return Learner(change.learner, change.name, change.unit_id, change.post, False)
    is_here = before.state == Standing.PRESENT
    return Learner(change.learner, before.name, before.unit_id, before.post, is_here)


def _place_results(connection: Connection, numbers: Iterable[str]) -> None:
    wanted = list(numbers)
    then = histories.units_then(connection, wanted)
    rows = results.of_learners(connection, wanted)
    right = [replace(row, unit_id=then.of(row.learner, row.handed_in_at)) for row in rows]
    moved = [row for row, was in zip(right, rows, strict=True) if row != was]
    results.place_again(connection, moved)

"""What became of units (table ``unit_change``), and whatever follows a unit that becomes another's.

Rows are only ever added: a unit's page tells its whole story, years later too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from hub.store.contents import bank, draft, import_job, lecturer, material, shared_module
from hub.store.dialect import within
from hub.store.schema import (
    class_,
    course_owner,
    learner,
    learner_change,
    node,
    roster_import,
    unit,
    unit_change,
    user,
    user_role,
)
from hub.store.units import Unit

# What a unit owns, by table: it becomes the other unit's in a merger.
THINGS = (bank, course_owner, draft, import_job, lecturer, material, shared_module)
# What else refers to a unit, and is decided one by one; stories stay with the unit where they were.
APART = (
    unit, unit_change, learner, node, class_, user_role, learner_change, roster_import,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitChange:
    """One change. ``what``: moved | merged | took-in | split | came | renamed | closed."""

    what: str
    was: str
    became: str
    reason: str
    at: int
    by: str


@dataclass(frozen=True, slots=True)
class UnitContents:
    """What is at a unit and below it, for the question before it changes."""

    units: int  # below it, without the closed ones
    people: int
    own_people: int  # at the unit itself
    stations: int
    classes: int  # not over
    courses: int  # owned
    accounts: tuple[str, ...]  # that hold a role at the unit itself


def note(connection: Connection, unit_id: int, change: UnitChange) -> None:
    """Add a row to a unit's story."""
    values = {name: getattr(change, name) for name in change.__slots__}
    connection.execute(insert(unit_change).values(unit_id=unit_id, **values))


def of_unit(connection: Connection, unit_id: int) -> list[UnitChange]:
    """A unit's story, the newest first."""
    columns = (unit_change.c[name] for name in UnitChange.__slots__)
    query = select(*columns).where(unit_change.c.unit_id == unit_id)
    return [UnitChange(*row) for row in connection.execute(query.order_by(unit_change.c.id.desc()))]


def contents(connection: Connection, at: Unit, today: str) -> UnitContents:
    """Count what a change of this unit concerns."""
    inside = within(unit.c.path, at.path)

    def count(table: Table, *conditions: object) -> int:
        joined = table.join(unit, unit.c.id == table.c.unit_id)
        query = select(func.count()).select_from(joined).where(inside, *conditions)  # type: ignore[arg-type]
        return connection.scalar(query) or 0

    below = select(func.count()).select_from(unit).where(inside, unit.c.closed_at.is_(None))
    named = (
        select(user.c.name)
        .join(user_role, user_role.c.user_id == user.c.id)
        .where(user_role.c.unit_id == at.id)
        .distinct()
        .order_by(user.c.name)
    )
    return UnitContents(
        units=(connection.scalar(below) or 0) - (at.closed_at is None),
        people=count(learner, learner.c.active),
        own_people=count(learner, learner.c.active, learner.c.unit_id == at.id),
        stations=count(node, node.c.state != "revoked"),
        classes=count(class_, class_.c.closes >= today, class_.c.state != "cancelled"),
        courses=count(course_owner),
        accounts=tuple(connection.execute(named).scalars()),
    )


def move_those_who_left(connection: Connection, of: Unit, to: Unit) -> None:
    """Put people who are on no roster any more at another unit, with their results."""
    left = (learner.c.unit_id == of.id) & ~learner.c.active
    connection.execute(update(learner).where(left).values(unit_id=to.id))


def move_nodes(connection: Connection, of: Unit, to: Unit) -> list[int]:
    """Put the nodes of a unit, replaced ones too, at another; their numbers."""
    query = select(node.c.id).where(node.c.unit_id == of.id).order_by(node.c.id)
    numbers = list(connection.execute(query).scalars())
    connection.execute(update(node).where(node.c.unit_id == of.id).values(unit_id=to.id))
    return numbers


def give_things(connection: Connection, of: Unit, to: Unit) -> None:
    """Make what one unit owns another's: courses, drafts, materials, banks, lecturers, imports."""
    for table in THINGS:
        mine = table.c.unit_id == of.id
        connection.execute(update(table).where(mine).values(unit_id=to.id))


def end_roles(connection: Connection, at: Unit) -> list[tuple[str, str]]:
    """Take away all roles at this unit itself; whose, and which."""
    query = (
        select(user.c.name, user_role.c.role)
        .join(user_role, user_role.c.user_id == user.c.id)
        .where(user_role.c.unit_id == at.id)
        .order_by(user.c.name, user_role.c.role)
    )
    held = [(row.name, row.role) for row in connection.execute(query)]
    connection.execute(delete(user_role).where(user_role.c.unit_id == at.id))
    return held


def nodes_at(
    connection: Connection, tops: Sequence[Unit], lines: Sequence[int]
) -> dict[int, tuple[int, Unit]]:
    """The nodes at or below ``tops`` and at the units ``lines``, by number.

    Each with the mark that it named last, and its unit.
    """
    places = [within(unit.c.path, top.path) for top in tops]
    query = (
        select(node.c.id.label("node_id"), node.c.orders_mark, unit)
        .join(unit, unit.c.id == node.c.unit_id)
        .where(node.c.state != "revoked")
    )
    found: dict[int, tuple[int, Unit]] = {}
    for place in (*places, unit.c.id.in_(list(lines))):
        for row in connection.execute(query.where(place)):
            found[row.node_id] = row.orders_mark, Unit(*tuple(row)[2:])
    return found

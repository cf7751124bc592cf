"""Units change: moved, merged, split off, renamed, closed, each in one transaction with a reason.

A unit keeps its number and its code for ever. When it moves, everything below it moves along: the
paths by which rights and reports find people, stations and classes change, their rows do not. A
unit that is merged is closed, and what it had is the other's: people, stations, the units below,
classes, courses and whatever it owned. Roles at it end: nobody gets rights over another unit's
people by a merger. What stations must be told then is ``hub.publishing.unit_orders``.
"""

from dataclasses import replace

from sqlalchemy import Connection

from hub import orders, rights
from hub.context.open_hub import Hub
from hub.errors import NotAllowed, UnknownUnit
from hub.facts import aside
from hub.people import changes, unit_tree
from hub.people.changes import Cause, Wanted
from hub.publishing import unit_orders
from hub.publishing.errors import CodeInUse, NotAtUnit, UnitClosed, UnitInUse, WrongPlace
from hub.publishing.publish import today
from hub.rights import Actor, Deed
from hub.store import audit, courses, learners, ledger, nodes, unit_changes, units
from hub.store import orders as stored_orders
from hub.store.engine import writing
from hub.store.learners import Learner
from hub.store.orders import Placed
from hub.store.unit_changes import UnitChange
from hub.store.units import Unit


def rename(hub: Hub, unit_id: int, name: str, reason: str, by: Actor) -> Unit:
    """Give a unit another name; its station is told.

    Raises:
        NotAllowed, UnitClosed: it is none that this person keeps, or it was closed.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        unit = _kept(connection, unit_id, by)
        units.rename(connection, {unit.id: name})
        _note(hub, connection, unit, "renamed", unit.name, name, reason, by)
        audit.note(
            connection, hub.now(), by.name, "unit rename", unit=unit.code, was=unit.name,
            name=name, reason=reason,
        )  # fmt: skip
        renamed = replace(unit, name=name)
        stored_orders.put(connection, unit_tree.renamed(connection, renamed))
    return renamed


def move(hub: Hub, unit_id: int, to_code: str, reason: str, by: Actor) -> Unit:
    """Put a unit, with everything below it, below another.

    Raises:
        NotAllowed, UnitClosed: it is none that this person keeps, or it was closed.
        UnknownUnit: this person keeps no unit with the other code.
        WrongPlace: it is the top, or the place is itself, below it, or where it is already.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        stored_orders.hold(connection)
        unit, above = _kept(connection, unit_id, by), _other(connection, to_code, by)
        _check_place(unit, above)
        if unit.parent_id == above.id:
            raise WrongPlace(unit.code, above.code)
        before = unit_orders.look(connection, [unit], [unit, above])
        was = units.get(connection, unit.parent_id or 0)
        moved = units.move(connection, unit, above)
        was_name = was.name if was else ""
        _note(hub, connection, unit, "moved", was_name, above.name, reason, by)
        audit.note(
            connection, hub.now(), by.name, "unit move", unit=unit.code, was=was_name,
            above=above.name, reason=reason,
        )  # fmt: skip
        unit_orders.settle(hub, connection, before)
    return moved


def merge(hub: Hub, unit_id: int, into_code: str, reason: str, by: Actor) -> Unit:
    """Make what a unit has another's, and close it; the other unit.

    Raises:
        NotAllowed, UnitClosed: it is none that this person keeps, or it was closed.
        UnknownUnit: this person keeps no unit with the other code.
        WrongPlace: it is the top, or the other is itself or below it.
    """
    with writing(hub.engine) as connection:
        nodes.hold_at(connection, unit_id)
        ledger.hold(connection)
        stored_orders.hold(connection)
        unit, into = _kept(connection, unit_id, by), _other(connection, into_code, by)
        _check_place(unit, into)
        before = unit_orders.look(connection, [unit], [unit, into])
        people = _at(learners.of_unit(connection, unit.id), into)
        placed = _people_to(connection, people, unit, into, Cause(hub.now(), by.name, reason))
        placed += _classes_to(connection, unit, into) + _courses_to(connection, unit, into)
        for child in units.children(connection, unit.id):
            units.move(connection, child, into)
        unit_changes.move_those_who_left(connection, unit, into)
        unit_changes.give_things(connection, unit, into)
        moved = unit_changes.move_nodes(connection, unit, into)
        placed += [orders.station(node_id, into) for node_id in moved]
        for account, role in unit_changes.end_roles(connection, unit):
            audit.note(
                connection, hub.now(), by.name, "role take", account=account, role=role,
                unit=unit.code,
            )  # fmt: skip
        units.close(connection, unit, hub.now())
        _note(hub, connection, unit, "merged", unit.name, into.name, reason, by)
        _note(hub, connection, into, "took-in", unit.name, into.name, reason, by)
        audit.note(
            connection, hub.now(), by.name, "unit merge", unit=unit.code, into=into.code,
            reason=reason,
        )  # fmt: skip
        unit_orders.settle(hub, connection, before, placed)
    aside.settle(hub, people)
    return into


def split(
    hub: Hub, unit_id: int, new: tuple[str, str], numbers: tuple[str, ...], reason: str, by: Actor
) -> Unit:
    """Make a unit of some people of another, beside it; ``new``: its code and name.

    Raises:
        NotAllowed, UnitClosed: it is none that this person keeps, or it was closed.
        CodeInUse: the code is, or was, another's.
        WrongPlace: it is the top, which has nothing beside it.
        NotAtUnit: one of the people is not at this unit.
    """
    code, name = new
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        stored_orders.hold(connection)
        unit = _kept(connection, unit_id, by)
        above = units.get(connection, unit.parent_id or 0)
        if above is None or not rights.may(by, Deed.KEEP_UNITS, above.path):
            raise WrongPlace(unit.code, code)
        if units.with_code(connection, code) is not None:
            raise CodeInUse(code)
        there = {one.number: one for one in learners.of_unit(connection, unit.id)}
        for number in numbers:
            if number not in there:
                raise NotAtUnit(number, unit.code)
        [came] = units.add(connection, [(code, name, above)])
        _note(hub, connection, unit, "split", unit.name, came.name, reason, by)
        _note(hub, connection, came, "came", unit.name, came.name, reason, by)
        audit.note(
            connection, hub.now(), by.name, "unit split", unit=unit.code, code=code,
            people=len(numbers), reason=reason,
        )  # fmt: skip
        people = _at([there[number] for number in dict.fromkeys(numbers)], came)
        cause = Cause(hub.now(), by.name, reason)
        changes.note(connection, [Wanted(each) for each in people], cause)
    aside.settle(hub, people)
    return came


def close(hub: Hub, unit_id: int, reason: str, by: Actor) -> Unit:
    """Close a unit and all below it; nobody may be on their rosters any more.

    Raises:
        NotAllowed, UnitClosed: it is none that this person keeps, or it was closed.
        WrongPlace: it is the top.
        UnitInUse: people are there.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        stored_orders.hold(connection)
        unit, now = _kept(connection, unit_id, by), hub.now()
        if unit.parent_id is None:
            raise WrongPlace(unit.code, "")
        people = unit_changes.contents(connection, unit, today(now)).people
        if people:
            raise UnitInUse(unit.code, people)
        before = unit_orders.look(connection, [unit], [])
        units.close(connection, unit, now)
        _note(hub, connection, unit, "closed", unit.name, "", reason, by)
        audit.note(connection, now, by.name, "unit close", unit=unit.code, reason=reason)
        unit_orders.settle(hub, connection, before)
    return unit


def _kept(connection: Connection, unit_id: int, by: Actor) -> Unit:
    """A unit that this person keeps and that was not closed."""
    unit = units.get(connection, unit_id)
    if unit is None or not rights.may(by, Deed.KEEP_UNITS, unit.path):
        raise NotAllowed()
    if unit.closed_at is not None:
        raise UnitClosed(unit.code)
    return unit


def _other(connection: Connection, code: str, by: Actor) -> Unit:
    """The unit with this code that something goes to."""
    unit = units.by_code(connection, code)
    if unit is None or not rights.may(by, Deed.KEEP_UNITS, unit.path):
        raise UnknownUnit(code)
    return unit


def _check_place(unit: Unit, place: Unit) -> None:
    if unit.parent_id is None or place.path.startswith(unit.path):
        raise WrongPlace(unit.code, place.code)


def _at(people: list[Learner], unit: Unit) -> list[Learner]:
    return [replace(each, unit_id=unit.id) for each in people]


def _people_to(
    connection: Connection, people: list[Learner], of: Unit, to: Unit, cause: Cause
) -> list[Placed]:
    """People go along with their unit; results and facts go to the other's stations.

    Nobody is told to sign in elsewhere: the stations of the one unit are the other's, too.
    """
    changes.write(connection, [Wanted(each) for each in people], cause)
    placed = [orders.no_roster(each.number, of.id) for each in people]
    placed += [orders.roster(each, to) for each in people]
    return placed + changes.belongings(connection, {each.number: to for each in people})


def _classes_to(connection: Connection, of: Unit, to: Unit) -> list[Placed]:
    """A unit's own classes are the other's; stations there and below are told."""
    placed = []
    for one in courses.classes_of_unit(connection, of.id):
        moved = courses.moved_class(connection, one, to.id)
        if moved.state != courses.CANCELLED:
            placed.append(orders.class_(moved))
    return placed


def _courses_to(connection: Connection, of: Unit, to: Unit) -> list[Placed]:
    """What was published to the one unit is published to the other."""
    placed = []
    for scope in stored_orders.PLACES:
        there = {(one.kind, one.key) for one in stored_orders.of_place(connection, scope, to.id)}
        for one in stored_orders.of_place(connection, scope, of.id):
            if one.kind == "course" and (one.kind, one.key) not in there:
                placed.append(Placed(scope, to.id, 0, one.kind, one.key, one.body))
        stored_orders.leave_place(connection, scope, of.id)
    return placed


def _note(
    hub: Hub, connection: Connection, unit: Unit, what: str, was: str, became: str,
    reason: str, by: Actor,
) -> None:  # fmt: skip
    change = UnitChange(what, was, became, reason, hub.now(), by.name)
    unit_changes.note(connection, unit.id, change)

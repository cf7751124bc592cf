"""Changes: what becomes of people on the roster — in the roster, their history, at the stations.

``note`` writes all of it, for one person and for an import (``hub.people.roster``). A new unit
counts from now on, never from a day that is over: where a result was handed in stays true. A day
of leaving may lie back.

Whoever changes people holds the log first: two officers come one after the other, and no batch is
graded by where somebody was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection

from content.face.spoken import ZONE
from hub import orders, rights
from hub.context.open_hub import Hub
from hub.errors import UnknownUnit
from hub.facts import aside, merge
from hub.facts.merge import Learned
from hub.people.errors import BadDay, StandingAlready, UnknownLearner
from hub.rights import Actor, Deed
from hub.store import audit, histories, learners, ledger, results, units
from hub.store import orders as stored_orders
from hub.store.engine import writing
from hub.store.histories import Change, NotedChange, Standing
from hub.store.learners import Learner
from hub.store.orders import Placed
from hub.store.units import Unit

MAX_WHY_CHARS = 200
EVENTS = {"name": "learner rename", "unit": "learner move", "post": "learner post"}


@dataclass(frozen=True, slots=True)
class Cause:
    """When, by whom and why something is changed, and by which import."""

    at: int
    by: str
    why: str = ""
    import_id: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be so of a learner. ``since``: where that is earlier than the cause."""

    learner: Learner
    state: Standing = Standing.PRESENT
    other: str = ""
    since: int | None = None


def note(connection: Connection, wanted: Sequence[Wanted], cause: Cause) -> None:
    """Make it so, and tell the stations. Last in a transaction, as all that gives orders."""
    before = learners.among(connection, [each.learner.number for each in wanted])
    write(connection, wanted, cause)
    tell(connection, before, [each.learner for each in wanted])


def write(connection: Connection, wanted: Sequence[Wanted], cause: Cause) -> None:
    """Make it so in the roster and the history, and place the results; no station is told."""
    numbers = [each.learner.number for each in wanted]
    last = histories.last(connection, numbers)
    learners.put(connection, [each.learner for each in wanted])
    histories.add(
        connection, [_change(each, last.get(each.learner.number), cause) for each in wanted]
    )
    results.place(connection, {each.learner.number: each.learner.unit_id for each in wanted})


def tell(connection: Connection, before: Mapping[str, Learner], after: Iterable[Learner]) -> None:
    """Order to the stations what has become of these people; last in a transaction."""
    placed, arrived, after = list[Placed](), dict[str, Unit](), list(after)
    places = units.among(connection, [learner.unit_id for learner in after])
    for learner in after:
        was, unit = before.get(learner.number), places.get(learner.unit_id)
        if unit is None:
            raise UnknownUnit(str(learner.unit_id))
        left = was is not None and was.active and was.unit_id != learner.unit_id
        if was is not None and left:
            placed.append(
                orders.moved(learner.number, was.unit_id, unit if learner.active else None)
            )
            placed.append(orders.no_roster(learner.number, was.unit_id))
        if learner.active or not left:
            placed.append(orders.roster(learner, unit))
        if learner.active and (was is None or left or not was.active):
            arrived[learner.number] = unit
    stored_orders.put(connection, placed + belongings(connection, arrived))


def follow(connection: Connection, learned: Learned, at: Unit) -> None:
    """Order the facts of learners who are not of the station ``at`` to where they are.

    Last in a transaction, as all that gives orders.
    """
    away, homes = list[Placed](), dict[int, Unit | None]()
    for number, learner in learners.among(connection, learned).items():
        if learner.unit_id not in homes:
            homes[learner.unit_id] = (
                at if learner.unit_id == at.id else units.get(connection, learner.unit_id)
            )
        home = homes[learner.unit_id]
        if learner.active and home is not None and at.id not in home.ancestors:
            away.append(orders.facts_at(home.id, number, learned[number].to_bytes()))
    stored_orders.put(connection, away)


def belongings(connection: Connection, arrived: Mapping[str, Unit]) -> list[Placed]:
    """Results and facts follow learners to the stations of their new unit."""
    if not arrived:
        return []
    rows = results.of_learners(connection, arrived)
    placed = [order for row in rows for order in orders.result(row, arrived[row.learner], None)]
    for number, facts in merge.of_learners(connection, list(arrived)).items():
        placed.append(orders.facts_at(arrived[number].id, number, facts.to_bytes()))
    return placed


def _change(wanted: Wanted, last: NotedChange | None, cause: Cause) -> Change:
    learner = wanted.learner
    since = cause.at if wanted.since is None else wanted.since
    return Change(
        learner.number, learner.name, learner.unit_id, learner.post, wanted.state.value,
        max(since, last.since if last else 0), cause.at, cause.by, cause.why, wanted.other,
        cause.import_id,
    )  # fmt: skip


# One person


@dataclass(frozen=True, slots=True)
class Leaving:
    """Why somebody leaves, and from which day on; ``other``: whose double the number is."""

    state: Standing
    day: date
    why: str = ""
    other: str = ""


def leave(hub: Hub, by: Actor, number: str, leaving: Leaving) -> None:
    """Note that a learner left: out of all counts from that day on; results stay.

    Raises:
        UnknownLearner, StandingAlready: there is nobody to leave; or no such double.
        BadDay: it lies ahead, or before what was noted last.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        learner = kept(connection, by, number)
        if not learner.active:
            raise StandingAlready(number, "away")
        other = _double(connection, by, learner, leaving)
        last = histories.last(connection, [number]).get(number)
        since = _since(leaving.day, last, hub.now())
        audit.note(
            connection, hub.now(), by.name, "learner leave", learner=number,
            state=leaving.state.value, day=leaving.day.isoformat(), other=other, why=leaving.why,
        )  # fmt: skip
        gone = Learner(number, learner.name, learner.unit_id, learner.post, False)
        cause = Cause(hub.now(), by.name, leaving.why)
        note(connection, [Wanted(gone, leaving.state, other, since)], cause)


def come_back(hub: Hub, by: Actor, number: str, why: str = "") -> None:
    """Note that somebody who left is here again, where they were.

    Raises:
        UnknownLearner, StandingAlready: there is nobody to come back.
        UnknownUnit: it was closed meanwhile; who comes back goes to another by the roster.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        learner = kept(connection, by, number)
        if learner.active:
            raise StandingAlready(number, "present")
        unit = units.get(connection, learner.unit_id)
        if unit is None or unit.closed_at is not None:
            raise UnknownUnit(unit.code if unit else "")
        audit.note(connection, hub.now(), by.name, "learner return", learner=number, why=why)
        here = Learner(number, learner.name, learner.unit_id, learner.post, True)
        note(connection, [Wanted(here)], Cause(hub.now(), by.name, why))
    aside.settle(hub, [here])


def change(
    hub: Hub, by: Actor, number: str, *, name: str, unit_code: str, post: str, why: str = ""
) -> bool:
    """Give a learner another name, unit or post from now on; whether anything was different.

    Raises:
        UnknownLearner, StandingAlready: there is nobody to change.
        UnknownUnit: there is no such unit where this person keeps people.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        learner = kept(connection, by, number)
        if not learner.active:
            raise StandingAlready(number, "away")
        unit = units.by_code(connection, unit_code)
        if unit is None or not rights.may(by, Deed.KEEP_PEOPLE, unit.path):
            raise UnknownUnit(unit_code)
        new = Learner(number, name, unit.id, post, True)
        if new == learner:
            return False
        was = units.get(connection, learner.unit_id)
        for field, before, after in (
            ("name", learner.name, name),
            ("unit", was.code if was else "", unit.code),
            ("post", learner.post, post),
        ):
            if before != after:
                audit.note(
                    connection, hub.now(), by.name, EVENTS[field], learner=number,
                    before=before, after=after, why=why,
                )  # fmt: skip
        note(connection, [Wanted(new)], Cause(hub.now(), by.name, why))
    aside.settle(hub, [new])
    return True


def kept(connection: Connection, by: Actor, number: str) -> Learner:
    """A learner whom this person keeps.

    Raises:
        UnknownLearner: there is none.
    """
    learner = learners.get(connection, number)
    unit = units.get(connection, learner.unit_id) if learner else None
    if learner is None or unit is None or not rights.may(by, Deed.KEEP_PEOPLE, unit.path):
        raise UnknownLearner(number)
    return learner


def day_of(at: int) -> date:
    """The day of a moment, as offices count it."""
    return datetime.fromtimestamp(at, ZONE).date()


def _double(connection: Connection, by: Actor, learner: Learner, leaving: Leaving) -> str:
    """The number whose double somebody is, as it stands on the roster."""
    if leaving.state is not Standing.DUPLICATE:
        return ""
    alike = learners.alike(connection, [leaving.other]).get(learners.folded(leaving.other), [])
    others = [each.number for each in alike if each.number != learner.number]
    if not others:
        raise UnknownLearner(leaving.other)
    exact = leaving.other if leaving.other in others else others[0]
    return kept(connection, by, exact).number


def _since(day: date, last: NotedChange | None, now: int) -> int:
    """The first moment of a day, not before what was noted last."""
    first = day_of(last.since) if last and last.since else date.min
    if not first <= day <= day_of(now):
        raise BadDay(day.isoformat(), first.isoformat(), day_of(now).isoformat())
    return int(datetime.combine(day, time(), ZONE).timestamp())

"""Aside: records that are kept and not counted, until people decide or the roster says whose they
are (``belief``).

Nothing is dropped: the batches hold the records. Counting them, or taking them out again, folds
them from there.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from hub import rights
from hub.context.open_hub import Hub
from hub.errors import NotAllowed, NotSetAside, UnknownStation
from hub.facts import codec, derive, merge, placing, replay
from hub.facts.belief import Belief
from hub.facts.merge import Learned
from hub.rights import Actor, Deed
from hub.store import aside, audit, evidence, learners, ledger, nodes, results, units
from hub.store import facts as stored
from hub.store.engine import writing
from hub.store.learners import Learner
from hub.store.units import Unit
from sync.facts import Facts

_EVENTS = {aside.COUNTED: "aside count", aside.LEFT: "aside leave"}


def sift(
    connection: Connection, belief: Belief, learned: Learned, told: Mapping[str, int], at: int
) -> Learned:
    """The part of ``learned`` that counts. What does not is noted as received at ``at``.

    ``told``: how many records of each learner the node sent; they are stored already. With a
    learner who is believed by now comes what waited of him.
    """
    since = belief.since(told)
    kept_apart = {who: many for who, many in told.items() if since[who] >= at}
    aside.note(connection, belief.node_id, kept_apart, at)
    believed = {who: facts for who, facts in learned.items() if since[who] < at}
    if late := belief.late(believed):
        believed |= _of_node(connection, belief, late)
        aside.drop_waiting(connection, belief.node_id, late)
    return believed


def settle(hub: Hub, people: Collection[Learner]) -> None:
    """Count what waited of learners who are at these stations now, as the roster says.

    Each station has a transaction of its own: others wait no longer than for one to be folded. One
    that is not reached any more is settled with its next records, or with a rebuild.
    """
    by_number = {person.number: person for person in people}
    if not by_number:
        return
    with writing(hub.engine) as connection:
        ledger.hold(connection)  # batches that are being taken in are judged by the roster before
        found = set(aside.nodes_waiting(connection, by_number))
        found.update(_beyond(connection, people))
    for node_id in sorted(found):
        with writing(hub.engine) as connection:
            _settle_node(hub, connection, node_id, by_number)


def decide(hub: Hub, by: Actor, node_id: int, learner: str, state: str, reason: str = "") -> None:
    """Count what a node said of a learner, or leave it out; either can be turned round later.

    Raises:
        UnknownStation: there is no such node.
        NotSetAside: nothing of this learner was kept apart.
        NotAllowed: the station, or the learner's own unit, is not this person's.
    """
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        row = aside.get(connection, node_id, learner)
        if not may_decide(connection, by, _unit_of(connection, node_id), learner):
            raise NotAllowed()
        if row is None:
            raise NotSetAside(node_id, learner)
        if row.state == state:
            return
        now = hub.now()
        if state == aside.LEFT:
            row = replace(row, records=_records(connection, node_id, learner))
        aside.decide(connection, row, state, now, by.name, reason)
        audit.note(
            connection, now, by.name, _EVENTS[state], node=node_id, learner=learner, reason=reason
        )
        _refold(hub, connection, learner)


def may_decide(connection: Connection, by: Actor, station: Unit, learner: str) -> bool:
    """Whether this person decides on it: for the station's unit, and for the learner's own."""
    person = learners.get(connection, learner)
    home = units.get(connection, person.unit_id) if person else None
    return all(
        rights.may(by, Deed.BELIEVE, each.path) for each in (station, home) if each is not None
    )


def _settle_node(hub: Hub, connection: Connection, node_id: int, people: Collection[str]) -> None:
    ledger.hold(connection)
    belief = Belief.of(connection, node_id)
    waiting = belief.late(people)
    if aside.beyond(connection, node_id) is not None:  # who waits there is not listed
        since = belief.since(people)
        waiting = [number for number in people if since[number] < 0]
    if not waiting:
        return
    new = _of_node(connection, belief, waiting)
    aside.drop_waiting(connection, node_id, waiting)
    attempts, courses = derive.about(new)
    changed = derive.judge(hub, connection, merge.merge(connection, new), attempts, courses)
    placing.order_results(connection, changed, _unit_of(connection, node_id))


def _beyond(connection: Connection, people: Iterable[Learner]) -> Iterable[int]:
    """The nodes with more names than are listed, at or above the units of these people."""
    crowded = {node_id: _unit_of(connection, node_id) for node_id in aside.nodes_beyond(connection)}
    homes = {person.unit_id for person in people} if crowded else set()
    paths = [unit.path for home in homes if (unit := units.get(connection, home)) is not None]
    for node_id, unit in crowded.items():
        if any(path.startswith(unit.path) for path in paths):
            yield node_id


def _of_node(connection: Connection, belief: Belief, wanted: Collection[str]) -> Learned:
    """All that one node has said of these learners and that counts."""
    new: Learned = {}
    these = frozenset(wanted)
    for received_at, batch in replay.received(connection, belief.node_id):
        counted, _kept_apart = belief.sort(batch, received_at)
        runs = [run for run in counted.runs if run[0].learner in these]
        merge.fold(new, replace(counted, runs=runs), received_at)
    return new


def _records(connection: Connection, node_id: int, learner: str) -> int:
    """How many records of a learner a node has sent."""
    return sum(
        len(run)
        for batch in replay.replay(connection, node_id)
        for run in batch.runs
        if run[0].learner == learner
    )


def _refold(hub: Hub, connection: Connection, learner: str) -> None:
    """Fold one learner from all batches again, and put right what follows from it."""
    facts = Facts()
    for node_id in evidence.nodes_naming(connection, learner):
        belief = Belief.of(connection, node_id)
        facts.merge(_of_node(connection, belief, [learner]).get(learner, Facts()))
    if facts == Facts():
        stored.forget(connection, learner)
    else:
        stored.put(connection, {learner: codec.pack(facts)})
    attempts, courses = derive.about({learner: facts})
    left = {(exam, number, node) for _learner, exam, number, node in attempts}
    gone = [
        row
        for row in results.of_learners(connection, [learner])
        if (row.exam, row.attempt, row.node_id) not in left
    ]
    results.forget_of(connection, learner, gone, [course for _learner, course in courses])
    changed = derive.judge(hub, connection, {learner: facts}, attempts, courses)
    for node_id in sorted({row.node_id for row in [*gone, *changed]}):
        at = _unit_of(connection, node_id)
        placing.order_results(connection, [row for row in changed if row.node_id == node_id], at)
        placing.withdraw_results(connection, [row for row in gone if row.node_id == node_id], at)


def _unit_of(connection: Connection, node_id: int) -> Unit:
    node = nodes.get(connection, node_id)
    unit = units.get(connection, node.unit_id) if node else None
    if unit is None:
        raise UnknownStation(str(node_id))
    return unit

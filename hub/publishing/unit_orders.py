"""What stations must be told after units changed their places in the tree.

Orders are placed in the tree (``hub.store.orders``), and a node is only given those beyond its
mark. So a station that comes below another unit would never get what was ordered there before, and
would keep what is ordered where it was. ``look`` notes before a change what each node concerned
was given; ``settle`` compares that after it with what is in force at its place, and orders the
difference: for the node alone; but for courses, whose orders for one node are seats of a licence
(``hub.publishing.licences``), once more where they are placed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.context.open_hub import Hub
from hub.orders import WITHDRAWN
from hub.publishing import licences
from hub.store import orders as stored_orders
from hub.store import seats, unit_changes, units
from hub.store.orders import Placed
from hub.store.units import Unit

# What a place in the tree decides. Results are given and never taken back.
_TAKEN_BACK = ("roster", "class", "course")
_GIVEN = (*_TAKEN_BACK, "result")

Name = tuple[str, str]  # kind and key


@dataclass(frozen=True, slots=True)
class NodeBefore:
    """What a node was given before a change, and up to which mark it surely has it."""

    mark: int
    newest: dict[Name, tuple[int, bytes]]

    def may_hold(self, name: Name) -> bool:
        """Whether it has this, or had it and may not know yet that it was withdrawn."""
        mark, body = self.newest[name]
        return bool(body) or mark > self.mark

    def has(self, name: Name, body: bytes) -> bool:
        """Whether it surely has exactly this."""
        mark, known = self.newest.get(name, (0, b""))
        return known == body and mark <= self.mark


def look(
    connection: Connection, tops: Sequence[Unit], ends: Sequence[Unit]
) -> dict[int, NodeBefore]:
    """What the nodes were given at and below ``tops``, and above one of ``ends`` but not all."""
    lines = [end.ancestors for end in ends]
    above = {unit_id for line in lines for unit_id in line}
    above = {unit_id for unit_id in above if not all(unit_id in line for line in lines)}
    concerned = unit_changes.nodes_at(connection, tops, sorted(above))
    return {
        node_id: NodeBefore(mark, stored_orders.seen_from(connection, node_id, at))
        for node_id, (mark, at) in concerned.items()
    }


def settle(
    hub: Hub, connection: Connection, before: dict[int, NodeBefore], placed: Sequence[Placed] = ()
) -> None:
    """Give the orders ``placed``, then what each node lacks, and withdraw what is no more for it.

    Licences are counted again. Last in a transaction, after every change of units and people.
    """
    stored_orders.put(connection, placed)
    fresh = {(one.kind, one.key) for one in placed}
    top = units.root(connection)
    places = unit_changes.nodes_at(connection, [top] if top else [], [])
    given: list[Placed] = []
    again: dict[tuple[str, int, str], Placed] = {}
    for node_id, was in before.items():
        _mark, at = places[node_id]
        wanted = stored_orders.placed_for(connection, at)
        gone = set(was.newest) - set(wanted) - fresh
        seated = {("course", key) for key in _seats(connection, node_id, at)}
        given += [
            Placed("node", 0, node_id, *name, WITHDRAWN)
            for name in sorted(gone - seated)
            if name[0] in _TAKEN_BACK and was.may_hold(name)
        ]
        for name in sorted(set(wanted) - fresh):
            mark, order = wanted[name]
            known = was.newest.get(name, (0, b""))
            if name[0] not in _GIVEN or known[0] == mark or was.has(name, order.body):
                continue  # it is told already, or will be by that very order
            if name[0] != "course":
                given.append(Placed("node", 0, node_id, *name, order.body))
            elif _newer(order.body, known[1]):
                again[order.scope, order.unit_id, order.key] = order
    stored_orders.put(connection, [*given, *again.values()])
    stored_orders.put(connection, licences.due(hub, connection))


def _seats(connection: Connection, node_id: int, at: Unit) -> set[str]:
    """The licensed courses that a node has a seat of and may keep at its place."""
    if at.closed_at is not None:
        return set()
    kept = set()
    for course_id in stored_orders.of_node(connection, node_id, "course"):
        places = seats.places(connection, course_id)
        if any(each.licensed and each.unit.id in at.ancestors for each in places):
            kept.add(course_id)
    return kept


def _newer(body: bytes, held: bytes) -> bool:
    """Whether a course's order brings no older version than the node was given."""
    return not held or json.loads(body)["version"] >= json.loads(held)["version"]

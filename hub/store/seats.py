"""Seats: which stations have a course whose licence is for a number of them (table ``orders``).

Such a course is placed at a unit by a row of scope "licensed", which reaches no node by itself;
each station that has a seat gets an order of its own, and that order is the seat.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, or_, select

from hub.store.dialect import within
from hub.store.orders import LICENSED, PLACES
from hub.store.schema import node, orders, unit
from hub.store.units import Unit

_OF_COURSE = (orders.c.kind == "course") & (orders.c.body != b"")


@dataclass(frozen=True, slots=True)
class CourseAt:
    """A unit that a course is published to; ``licensed``: it is ordered station by station."""

    unit: Unit
    licensed: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """A station that a licensed course reaches; ``taken``: it has the order."""

    node_id: int
    code: str
    name: str
    path: str
    taken: bool


def licensed(connection: Connection) -> list[str]:
    """The courses that are ordered station by station."""
    query = select(orders.c.key).where(orders.c.scope == LICENSED, _OF_COURSE)
    return list(connection.execute(query.distinct().order_by(orders.c.key)).scalars())


def places(connection: Connection, course_id: str) -> list[CourseAt]:
    """The units that a course is published to."""
    query = (
        select(unit, orders.c.scope)
        .join(orders, orders.c.unit_id == unit.c.id)
        .where(orders.c.scope.in_(PLACES), _OF_COURSE, orders.c.key == course_id)
        .order_by(unit.c.path)
    )
    return [
        CourseAt(
            Unit(row.id, row.parent_id, row.code, row.name, row.level, row.path),
            row.scope == LICENSED,
        )
        for row in connection.execute(query)
    ]


def stations(connection: Connection, course_id: str, paths: Collection[str]) -> list[Seat]:
    """The stations at or below ``paths``, the first added first, and which have a seat."""
    if not paths:
        return []
    seat = and_(
        orders.c.scope == "node",
        orders.c.node_id == node.c.id,
        orders.c.kind == "course",
        orders.c.key == course_id,
        orders.c.body != b"",
    )
    query = (
        select(node.c.id, unit.c.code, unit.c.name, unit.c.path, orders.c.mark)
        .join(unit, unit.c.id == node.c.unit_id)
        .outerjoin(orders, seat)
        .where(
            node.c.state != "revoked",
            unit.c.closed_at.is_(None),
            or_(*(within(unit.c.path, path) for path in paths)),
        )
        .order_by(node.c.id)
    )
    rows = connection.execute(query)
    return [Seat(row.id, row.code, row.name, row.path, row.mark is not None) for row in rows]


def drop(connection: Connection, course_id: str, *scopes: str) -> None:
    """Forget the course's orders of these scopes; what a station was told, it keeps."""
    connection.execute(
        delete(orders).where(
            orders.c.scope.in_(scopes), orders.c.kind == "course", orders.c.key == course_id
        )
    )

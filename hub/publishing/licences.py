"""Licences: which stations get a course that was bought for a number of them.

It is counted whenever a station may come to it: when it is published, when a station is added or
its seat becomes free. A station that has the course keeps it; who comes first has it. Whoever
moves units calls ``due``, too: until then a station that came gets no order, and none too many.
"""

import json
from datetime import datetime

from sqlalchemy import Connection

from content.face.spoken import ZONE
from content.model.limits import MAX_MANIFEST_BYTES
from content.model.terms import Licence
from content.packs.pack import open_manifest
from hub import orders
from hub.context.open_hub import Hub
from hub.store import counters, courses, seats
from hub.store import orders as stored_orders
from hub.store.courses import Published
from hub.store.orders import LICENSED, Placed
from hub.store.scope import Scope
from hub.store.seats import CourseAt, Seat
from hub.store.units import Unit

# Set once the courses that were published by earlier releases are counted, too.
COUNTED = "licences counted"


def reached(connection: Connection, course_id: str, unit: Unit) -> int:
    """How many stations would have a seat, or want one, if the course is published to ``unit``.

    Where it is published already, only those that have it count: the others were left out.
    """
    places = seats.places(connection, course_id)
    stations = seats.stations(connection, course_id, {unit.path, *_paths(places)})
    if any(place.licensed and place.unit.id == unit.id for place in places):
        return sum(seat.taken for seat in stations)
    return len(stations)


def place(
    connection: Connection, published: Published, allowed: int, unit: Unit | None
) -> list[Placed]:
    """The orders for a version that is published to ``unit`` (None: where it was until now).

    ``allowed``: the number of stations; 0: for all. Others that give orders wait from here on.
    """
    stored_orders.hold(connection)
    places, dated = seats.places(connection, published.id), courses.dated(connection, published.id)
    if not allowed:
        widened = {place.unit.id: place.unit for place in places if place.licensed}
        seats.drop(connection, published.id, LICENSED, "node")
        widened |= {unit.id: unit} if unit else {}
        return [orders.course(published, dated, each) for each in widened.values()]
    everywhere = {place.unit.id: place.unit for place in places}
    everywhere |= {unit.id: unit} if unit else {}
    seats.drop(connection, published.id, "down")
    stations = seats.stations(connection, published.id, {each.path for each in everywhere.values()})
    seated = [seat for seat in stations if seat.taken]
    seated += _next(stations, allowed)
    return [
        *(orders.licensed(published, each, allowed) for each in everywhere.values()),
        *(orders.seat(published, dated, seat.node_id) for seat in seated),
    ]


def due(hub: Hub, connection: Connection) -> list[Placed]:
    """Orders for the stations that may have a course from now on and have none yet.

    A course whose licence is over goes to nobody who lacks it. Others that give orders wait from
    here on until the transaction ends.
    """
    stored_orders.hold(connection)
    _count_earlier(hub, connection)
    given = []
    for course_id in seats.licensed(connection):
        published = courses.newest(connection, course_id)
        stations = seats.stations(
            connection, course_id, _paths(seats.places(connection, course_id))
        )
        free = _next(stations, allowed(connection, course_id)) if published else []
        if published and free and _over(hub, published):
            continue
        dated = courses.dated(connection, course_id)
        given += [orders.seat(published, dated, seat.node_id) for seat in free if published]
    return given


def allowed(connection: Connection, course_id: str) -> int:
    """For how many stations a course is licensed; 0: for all."""
    rows = stored_orders.of_kind(connection, "course", [course_id])
    numbers = [json.loads(row.body)["stations"] for row in rows if row.scope == LICENSED]
    return max(numbers, default=0)


def left_out(connection: Connection, scope: Scope, course_id: str) -> list[Seat]:
    """The stations of the scope that get no order for the course: its licence is used up."""
    places = [place for place in seats.places(connection, course_id) if place.licensed]
    stations = seats.stations(connection, course_id, _paths(places))
    return [seat for seat in stations if not seat.taken and scope.holds(seat.path)]


def _next(stations: list[Seat], allowed: int) -> list[Seat]:
    """Who is next for the seats that are free."""
    free = max(0, allowed - sum(seat.taken for seat in stations))
    return [seat for seat in stations if not seat.taken][:free]


def _paths(places: list[CourseAt]) -> set[str]:
    return {place.unit.path for place in places}


def _over(hub: Hub, published: Published) -> bool:
    today = datetime.fromtimestamp(hub.now(), ZONE).date().isoformat()
    return hub.blobs.has(published.manifest_sha) and _licence(hub, published).over(today)


def _licence(hub: Hub, published: Published) -> Licence:
    raw = hub.blobs.read(published.manifest_sha, MAX_MANIFEST_BYTES)
    return open_manifest(raw, *hub.ring.publics).licence


def _count_earlier(hub: Hub, connection: Connection) -> None:
    """Count the licences of courses that an earlier release ordered for all below a unit."""
    if counters.last(connection, COUNTED):
        return
    newest = courses.every(connection)
    there = [published for published in newest if hub.blobs.has(published.manifest_sha)]
    for published in there:
        licence = _licence(hub, published)
        if licence.stations and not allowed(connection, published.id):
            stored_orders.put(connection, place(connection, published, licence.stations, None))
    if len(there) == len(newest):  # a manifest that is missing is counted when it is back
        counters.take(connection, COUNTED)

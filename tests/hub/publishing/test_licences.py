"""Licences at the hub: nothing is published after the last day, or to too many stations."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from content.model.course import Course
from content.model.terms import Licence
from content.packs.pack import Pack, open_manifest, seal_manifest
from hub import orders
from hub.context.open_hub import Hub
from hub.intake import stations
from hub.publishing import licences, publish
from hub.publishing.errors import LicenceEnded, TooManyStations
from hub.store import catalogue, courses, nodes, scope, seats, units
from hub.store import orders as stored_orders
from hub.store.engine import reading, writing
from hub.store.schema import counter, unit
from sync.exchange import Order
from tests.hub.conftest import (
    EXAM_KEY,
    Clock,
    Station,
    course,
    join_station,
    publish_course,
    study,
)
from tests.hub.visitors import visitor

CODES = [f"11010100{n}" for n in range(1, 6)]


def test_a_course_is_published_through_the_last_day_of_its_licence(hub: Hub, clock: Clock) -> None:
    bought = replace(course(), licence=Licence("某社", "2026-11-18"))
    publish_course(hub, bought)
    clock.at += 86_400
    with pytest.raises(LicenceEnded, match="2026-11-18"):
        publish_course(hub, replace(bought, version=2))


def test_a_course_goes_to_as_many_stations_as_its_licence_says(hub: Hub) -> None:
    for code in ("110101001", "110101002", "110101003"):
        join_station(hub, code)
    bought = replace(course(), licence=Licence("某社", "", 2))
    with pytest.raises(TooManyStations) as refused:
        publish_course(hub, bought)
    assert (refused.value.stations, refused.value.allowed) == (3, 2)
    publish_course(hub, bought, "110101001")
    publish_course(hub, bought, "110101002")
    publish_course(hub, bought, "110101002")
    with pytest.raises(TooManyStations):
        publish_course(hub, bought, "110101003")


def licensed(stations: int, version: int = 1) -> Course:
    return replace(course(version), licence=Licence("某社", "", stations))


def ordered(station: Station) -> list[int]:
    """The versions of the course that the station is told of from now on."""
    told: list[Order] = []
    while True:
        answer = station.send()
        told += [order for order in answer.orders if order.kind == "course"]
        if not answer.more:
            return [json.loads(order.body)["version"] for order in told]


def names_left_out(hub: Hub) -> list[str]:
    with reading(hub.engine) as connection:
        everything = scope.whole(connection)
        return [seat.code for seat in licences.left_out(connection, everything, "food")]


def test_a_station_that_is_added_after_publishing_gets_no_course_beyond_its_licence(
    hub: Hub,
) -> None:
    first = [join_station(hub, code) for code in CODES[:2]]
    publish_course(hub, licensed(3))
    third, fourth = join_station(hub, CODES[2]), join_station(hub, CODES[3])
    assert [ordered(station) for station in (*first, third, fourth)] == [[1], [1], [1], []]
    assert names_left_out(hub) == [CODES[3]]
    # What else it is told and brings is as of any station.
    assert not fourth.send(fourth.seal(study("L1", 0, 30))).refusal
    assert fourth.mark > 0


def test_a_licence_that_is_over_gives_no_seat_to_who_comes_late(hub: Hub, clock: Clock) -> None:
    first = join_station(hub, CODES[0])
    publish_course(hub, replace(licensed(3), licence=Licence("某社", "2026-11-18", 3)))
    on_the_last_day = join_station(hub, CODES[1])
    clock.at += 86_400
    late = join_station(hub, CODES[2])
    assert [ordered(station) for station in (first, on_the_last_day, late)] == [[1], [1], []]


def test_a_course_without_a_number_of_stations_reaches_whoever_is_added(hub: Hub) -> None:
    publish_course(hub, licensed(0))
    assert [ordered(join_station(hub, code)) for code in CODES] == [[1]] * 5
    assert names_left_out(hub) == []


def test_a_stick_brings_no_course_beyond_its_licence(hub: Hub) -> None:
    publish_course(hub, licensed(1))
    there = [join_station(hub, code) for code in CODES[:2]]
    with reading(hub.engine) as connection:
        kinds = []
        for station in there:
            node = nodes.get(connection, station.node)
            assert node is not None
            unit = units.get(connection, node.unit_id)
            assert unit is not None
            kinds.append({order.kind for order in orders.for_node(connection, node, unit, 0)[0]})
    assert ["course" in kinds_of for kinds_of in kinds] == [True, False]


def test_the_seat_of_a_station_that_is_revoked_goes_to_the_next_one(hub: Hub) -> None:
    first, second, third = (join_station(hub, code) for code in CODES[:3])
    with pytest.raises(TooManyStations):
        publish_course(hub, licensed(2))
    stations.set_state(hub, third.node, "revoked", "test")
    publish_course(hub, licensed(2))
    fourth = join_station(hub, CODES[3])
    assert ordered(fourth) == []
    stations.set_state(hub, first.node, "revoked", "test")
    assert [ordered(second), ordered(fourth)] == [[1], [1]]
    assert names_left_out(hub) == []


def test_a_machine_that_replaces_another_takes_over_its_seat(hub: Hub) -> None:
    join_station(hub, CODES[0])
    publish_course(hub, licensed(1))
    other = join_station(hub, CODES[1])
    stations.set_state(hub, other.node, "revoked", "test")
    new = stations.add(hub, CODES[0], "test", replace=True)
    with reading(hub.engine) as connection:
        seated = seats.stations(connection, "food", ["/"])
    assert [(seat.node_id, seat.taken) for seat in seated] == [(new.node_id, True)]


def test_a_new_version_goes_to_those_that_have_the_course_and_then_to_the_next(hub: Hub) -> None:
    there = [join_station(hub, code) for code in CODES[:2]]
    publish_course(hub, licensed(2))
    third = join_station(hub, CODES[2])
    publish_course(hub, licensed(2, version=2))
    assert [ordered(station) for station in (*there, third)] == [[2], [2], []]
    publish_course(hub, licensed(3, version=3))
    assert [ordered(station) for station in (*there, third)] == [[3], [3], [3]]
    with pytest.raises(TooManyStations) as refused:
        publish_course(hub, licensed(2, version=4))
    assert (refused.value.stations, refused.value.allowed) == (3, 2)


def test_a_course_whose_licence_is_widened_to_all_reaches_all(hub: Hub) -> None:
    first = join_station(hub, CODES[0])
    publish_course(hub, licensed(1))
    second = join_station(hub, CODES[1])
    publish_course(hub, course(version=2))
    third = join_station(hub, CODES[2])
    assert [ordered(station) for station in (first, second, third)] == [[2]] * 3
    assert names_left_out(hub) == []


def test_a_unit_that_comes_below_another_gets_the_course_while_there_is_a_seat(hub: Hub) -> None:
    """It was added before the others; they keep what they have."""
    with writing(hub.engine) as connection:
        root = units.root(connection)
        assert root is not None
        units.add(connection, [("A", "甲县", root), ("B", "乙县", root)])
    early = [join_station(hub, code, "B") for code in CODES[:2]]
    late = [join_station(hub, code, "A") for code in CODES[2:4]]
    publish_course(hub, licensed(3), "A")
    for station in early:
        move(hub, station, "A")
    assert [ordered(station) for station in (*late, *early)] == [[1], [1], [1], []]
    assert names_left_out(hub) == [CODES[1]]


def move(hub: Hub, station: Station, to: str) -> None:
    """Give a station's unit another place in the tree."""
    with writing(hub.engine) as connection:
        node, above = nodes.get(connection, station.node), units.by_code(connection, to)
        assert node is not None
        assert above is not None
        connection.execute(
            update(unit)
            .where(unit.c.id == node.unit_id)
            .values(parent_id=above.id, path=f"{above.path}{node.unit_id}/")
        )
        stored_orders.put(connection, licences.due(hub, connection))


def test_a_licence_that_an_earlier_release_ordered_for_all_is_counted_from_now_on(
    hub: Hub,
) -> None:
    bought = licensed(1)
    raw = seal_manifest(bought, hub.key)
    pack = Pack(open_manifest(raw, hub.key.public), hub.blobs.add_bytes(raw), len(raw), EXAM_KEY)
    first = join_station(hub, CODES[0])
    publish.publish_pack(hub, pack, "0", "test")
    with writing(hub.engine) as connection:  # as it was stored until now
        published, root = courses.newest(connection, "food"), units.root(connection)
        assert published is not None
        assert root is not None
        seats.drop(connection, "food", stored_orders.LICENSED, "node")
        stored_orders.put(connection, [orders.course(published, (), root)])
        connection.execute(delete(counter).where(counter.c.name == licences.COUNTED))
    second = join_station(hub, CODES[1])
    assert [ordered(first), ordered(second)] == [[1], []]


def test_the_page_of_a_course_says_which_stations_are_left_out_and_why(sqlite_hub: Hub) -> None:
    for code in CODES[:1]:
        join_station(sqlite_hub, code)
    publish_course(sqlite_hub, licensed(1))
    station = join_station(sqlite_hub, CODES[1], name="东关所")
    with reading(sqlite_hub.engine) as connection:
        (place,) = catalogue.places(connection, scope.whole(connection), "food")
    assert (place.stations, place.taken) == (1, 0)
    boss = visitor(sqlite_hub)
    page = boss.get("/courses/food")
    assert "没有发给的站点" in page
    assert "许可只够 1 个站点" in page
    assert "东关所" in page
    stations.set_state(sqlite_hub, station.node, "revoked", "test")
    assert "没有发给的站点" not in boss.get("/courses/food")

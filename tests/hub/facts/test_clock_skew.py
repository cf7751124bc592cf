"""Times from a node are kept, corrected by the hub's clock, and marked as corrected."""

import random
from dataclasses import replace

import pytest

from hub.context.open_hub import Hub
from hub.facts import clock_skew
from hub.intake import node_request
from hub.store import nodes, results
from hub.store.batches import Came
from hub.store.engine import reading
from hub.store.results import ResultRow
from sync.exchange import Request, seal_request
from sync.records import Record
from tests.hub.conftest import NOW, Clock, Station, publish_course, sitting, study

HOUR, DAY = 3_600, 86_400
Y2000, Y2038 = 946_684_800, 2_147_483_648


def send(
    station: Station, clock: Clock, off: int, records: list[Record], direct: bool = True
) -> None:
    """Records sent by a station whose clock is ``off`` ahead."""
    raw = station.seal(*records)
    station.contact += 1
    request = Request(
        station.node, station.epoch, (clock.at + off) * 1000, station.next_seq - 1, station.mark,
        900, 0, station.contact, station.boots, (raw,),
    )  # fmt: skip
    sealed = seal_request(request, station.key, station.hub.ring.identity)
    assert not station.open(node_request.exchange(station.hub, sealed, direct)).refusal


def result(hub: Hub, learner: str = "1001") -> ResultRow:
    with reading(hub.engine) as connection:
        [row] = results.of_learners(connection, [learner])
    return row


@pytest.mark.parametrize("off", [-HOUR, HOUR, -DAY, DAY, Y2000 - NOW, Y2038 - NOW])
def test_a_wrong_clock_is_corrected_and_what_it_said_is_kept(
    hub: Hub, station: Station, clock: Clock, off: int
) -> None:
    publish_course(hub)
    send(station, clock, off, sitting("1001", at=NOW - 600 + off))
    row = result(hub)
    assert (row.submitted_at, row.corrected_at) == (NOW - 540 + off, NOW - 540)
    with reading(hub.engine) as connection:
        node = nodes.get(connection, station.node)
    assert node is not None
    assert node.clock_skew_s == off


def test_a_good_clock_is_left_alone(hub: Hub, station: Station, clock: Clock) -> None:
    publish_course(hub)
    send(station, clock, -90, sitting("1001", at=NOW - 3 * DAY))  # a slow line
    assert result(hub).corrected_at is None


def test_what_was_noted_before_the_clock_was_set_right_is_corrected_too(
    hub: Hub, station: Station, clock: Clock
) -> None:
    """A backlog takes several requests; only the first still names the wrong time."""
    publish_course(hub)
    send(station, clock, -DAY, [study("1002", 0, 9, NOW - DAY - 900)])
    clock.at += 20
    send(station, clock, 0, sitting("1001", at=NOW - DAY - 600))
    clock.at += 20
    send(station, clock, 0, sitting("1003", at=NOW - DAY - 300))
    clock.at += HOUR
    send(station, clock, 0, sitting("1004", at=NOW + 600))
    assert result(hub, "1001").corrected_at == NOW - 540
    assert result(hub, "1003").corrected_at == NOW - 240
    assert result(hub, "1004").corrected_at is None


def test_nothing_was_handed_in_after_it_came(hub: Hub, station: Station, clock: Clock) -> None:
    publish_course(hub)
    send(station, clock, 0, sitting("1001", at=NOW + 5 * DAY))
    assert result(hub).corrected_at == NOW


def test_a_parcel_that_was_long_under_way_tells_no_clock(
    hub: Hub, station: Station, clock: Clock
) -> None:
    publish_course(hub)
    send(station, clock, -3 * DAY, sitting("1001", at=NOW - 4 * DAY), direct=False)
    assert result(hub).corrected_at is None
    with reading(hub.engine) as connection:
        node = nodes.get(connection, station.node)
    assert node is not None
    assert node.clock_skew_s is None


def test_a_request_that_was_heard_before_tells_no_clock(
    hub: Hub, station: Station, clock: Clock
) -> None:
    late = station.request()
    station.send(station.seal(study("1001", 0, 9)))
    clock.at += DAY
    node_request.exchange(hub, late)
    with reading(hub.engine) as connection:
        node = nodes.get(connection, station.node)
    assert node is not None
    assert node.clock_skew_s == 0


def test_the_order_of_arrival_does_not_matter_to_a_batch_without_a_clock() -> None:
    dice = random.Random(1)
    for _ in range(200):
        before = Came(NOW, dice.randint(-DAY, DAY))
        noted_before = NOW + before.clock_skew_s - dice.randint(0, DAY)
        assert clock_skew.skew_of_batch(noted_before, before, 0) == before.clock_skew_s
        assert clock_skew.skew_of_batch(noted_before, replace(before, received_at=0), 7) == 7
        assert clock_skew.skew_of_batch(noted_before, None, None) == 0


def test_pages_and_workbook_say_that_a_time_was_corrected(sqlite_hub: Hub, clock: Clock) -> None:
    from hub.reports import station_contacts
    from hub.store import contacts, units
    from hub.store.scope import Scope
    from tests.hub.conftest import join_station

    station = join_station(sqlite_hub, "110101001")
    publish_course(sqlite_hub)
    send(station, clock, 2 * HOUR, sitting("1001", at=NOW + HOUR))
    with reading(sqlite_hub.engine) as connection:
        root = units.root(connection)
        assert root is not None
        scope = Scope((root,))
        row = contacts.station(connection, scope, station.node)
        assert row is not None
        story = station_contacts.story(connection, scope, row, NOW)
    assert any("站点的钟快 2 小时，时间已更正" in event.note for event in story.events)

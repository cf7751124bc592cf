"""What waits for a station is said in words of people."""

import re
from pathlib import Path

from hub import orders
from hub.context.open_hub import Hub
from hub.reports import station_contacts
from hub.reports.duty import DAY_S
from hub.reports.station_contacts import order_words
from hub.store import contacts, scope
from hub.store.engine import reading
from tests.hub.conftest import NOW, Clock, join_station, study

PLACED = re.compile(r'Placed\("\w+", [^,]+, [^,]+, "(\w+)",')


def test_each_kind_of_order_that_waits_has_its_words() -> None:
    kinds = set(PLACED.findall(Path(orders.__file__).read_text("utf-8"))) | {orders.TRUST}
    assert kinds > {"roster", "course", "class", "result", "station", "keeper", "facts"}
    for kind in kinds:
        assert re.search("[\u4e00-\u9fff]", order_words(kind, 2)), kind
        assert kind not in order_words(kind, 2)


def test_what_came_is_told_by_day_and_not_by_request(hub: Hub, clock: Clock) -> None:
    station = join_station(hub, "near")
    clock.at = NOW - DAY_S
    for _time in range(3):
        station.send(station.seal(study("a", 0, 20, clock.at)))
        clock.at += 60
    clock.at = NOW
    station.send(station.seal(study("a", 20, 40), study("a", 40, 60)))
    with reading(hub.engine) as connection:
        whole = scope.whole(connection)
        listed = contacts.station(connection, whole, station.node)
        assert listed is not None
        told = station_contacts.story(connection, whole, listed, NOW).events
    came = [(event.text, event.note) for event in told if event.text.startswith("收到")]
    assert came == [("收到 2 条记录", ""), ("收到 3 条记录", "这一天传了 3 次")]

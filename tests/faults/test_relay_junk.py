"""Junk at a relay: it throws nobody's parcel out, and little of it goes over the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from hub.context.open_hub import Hub
from node.errors import HubRefused, NoSuchStation, ShelfFull
from node.link.http_client import HubConnection
from node.relay import budget, parcel_store, relay
from node.relay.budget import DAY_S, MOST_OF_SOURCE, UNKNOWN_S, UNWANTED
from node.relay.kept import KEPT_OF_ONE
from node.relay.parcel_store import ParcelStore
from node.runtime import NodeRuntime
from node.web.app import create_app
from sync.parcel import HUB, MAGIC, parcel_name
from sync.relay import Ask, read_answers, write_ask
from sync.wire import Writer
from tests.faults.lives import at_hub, number_of, unnumbered, waiting, work
from tests.faults.relays import RelayAtWork
from tests.lab import NOWHERE, joined

STRANGER, HERE = "10.66.6.6", "127.0.0.1"
STATION = 7


def junk(sender: int, number: int, size: int = 200) -> bytes:
    """What has the form of a parcel of ``sender`` and is none."""
    out = Writer()
    out.raw(MAGIC)
    out.varint(HUB)
    out.varint(sender)
    out.raw(b"hint" + number.to_bytes(4, "big") + bytes(size))
    return out.done()


@pytest.fixture
def at_county(headquarters: tuple[Hub, int], tmp_path: Path) -> Iterator[RelayAtWork]:
    relay = RelayAtWork(joined(tmp_path / "relay", *headquarters, "440600"))
    yield relay
    relay.close()


@pytest.fixture
def station(
    headquarters: tuple[Hub, int], at_county: RelayAtWork, tmp_path: Path
) -> Iterator[NodeRuntime]:
    """A station that reaches the relay and not the hub."""
    config = joined(tmp_path / "node", *headquarters, "440601")
    runtime = NodeRuntime.open(replace(config, hub_url=NOWHERE, relay_url=at_county.url))
    with ExitStack() as opened:
        opened.callback(runtime.close)
        yield runtime


class Line:
    """The relay's line to the hub, which counts what goes over it."""

    def __init__(self, right: HubConnection) -> None:
        self.right, self.sent = right, list[bytes]()

    def post(self, path: str, raw: bytes, most: int) -> bytes:
        self.sent.append(raw)
        return self.right.post(path, raw, most)


def forward(at_county: RelayAtWork) -> Line:
    """Bring to the hub what lies at the relay; what went over the line."""
    with HubConnection(at_county.config.hub_url) as right:
        line = Line(right)
        relay.forward(line, at_county.shelf)  # type: ignore[arg-type]
    return line


class Vandal:
    """Somebody on the relay's network."""

    def __init__(self, at_county: RelayAtWork, source: str) -> None:
        self._client: FlaskClient = create_app(at_county.runtime).test_client()
        self._source = source

    def ask(self, ask: Ask) -> tuple[int, bytes]:
        peer = {"REMOTE_ADDR": self._source}
        answer = self._client.post("/relay", data=write_ask(ask), environ_base=peer)
        return answer.status_code, answer.data

    def throw(self, sender: Callable[[int], int], count: int) -> None:
        """Give so many parcels that are none."""
        for number in range(count):
            node = sender(number)
            self.ask(Ask(node, junk(node, number)))


COUNTS = pytest.mark.parametrize("count", [8, 80, 800])


@pytest.mark.parametrize(
    ("count", "when"),
    [
        *((count, when) for count in (8, 80) for when in ("before", "after", "both")),
        (800, "both"),
    ],
)
def test_junk_in_a_stations_name_from_elsewhere_leaves_its_parcel_alone(
    hub: Hub, at_county: RelayAtWork, station: NodeRuntime, count: int, when: str
) -> None:
    me, vandal = number_of(station), Vandal(at_county, STRANGER)
    share = count // 2 if when == "both" else count
    if when != "after":
        vandal.throw(lambda _: me, share)
    noted = work(station, 1)
    station.courier.sync()
    if when != "before":
        vandal.throw(lambda _: me, share)
    assert len(forward(at_county).sent) <= KEPT_OF_ONE + 1
    assert at_hub(hub, me) == unnumbered(noted)
    assert station.courier.sync() == len(noted)
    assert waiting(station) == 0


@pytest.mark.parametrize(
    ("count", "before"),
    [
        *((count, before) for count in (8, 80) for before in (True, False)),
        (800, False),
    ],
)
def test_junk_from_a_stations_own_address_leaves_the_oldest_and_the_newest(
    hub: Hub, at_county: RelayAtWork, station: NodeRuntime, count: int, before: bool
) -> None:
    me, vandal = number_of(station), Vandal(at_county, HERE)
    if before:
        vandal.throw(lambda _: me, count)
    noted = work(station, 1)
    station.courier.sync()
    if not before:
        vandal.throw(lambda _: me, count)
    assert len(forward(at_county).sent) <= KEPT_OF_ONE
    assert at_hub(hub, me) == unnumbered(noted)
    assert station.courier.sync() == len(noted)


@COUNTS
def test_junk_of_stations_that_do_not_exist_keeps_no_new_station_waiting(
    hub: Hub, at_county: RelayAtWork, station: NodeRuntime, count: int
) -> None:
    Vandal(at_county, STRANGER).throw(lambda number: 1_000 + number, count)
    assert at_county.shelf.waits().to_hub <= MOST_OF_SOURCE
    noted = work(station, 1)
    station.courier.sync()
    assert len(forward(at_county).sent) <= UNWANTED + 1
    assert at_hub(hub, number_of(station)) == unnumbered(noted)
    assert station.courier.sync() == len(noted)
    assert len(forward(at_county).sent) <= 1  # the station's next; what is left of the junk waits


@COUNTS
def test_a_station_that_is_known_is_served_whatever_comes_from_its_own_address(
    hub: Hub, at_county: RelayAtWork, station: NodeRuntime, count: int
) -> None:
    first = work(station, 1)
    station.courier.sync()
    forward(at_county)
    station.courier.sync()
    Vandal(at_county, HERE).throw(lambda number: 1_000 + number, count)
    second = work(station, 2)
    station.courier.sync()
    assert len(forward(at_county).sent) <= UNWANTED + 2
    assert at_hub(hub, number_of(station)) == unnumbered(first, second)
    assert station.courier.sync() == len(second)


def test_a_station_that_the_hub_does_not_know_is_refused_until_it_may_have_joined(
    at_county: RelayAtWork,
) -> None:
    vandal = Vandal(at_county, STRANGER)
    for number in range(3):
        assert vandal.ask(Ask(999, junk(999, number)))[0] == 200
    assert len(forward(at_county).sent) == 1
    assert at_county.shelf.waits().to_hub == 0
    status, body = vandal.ask(Ask(999, junk(999, 3)))
    assert (status, body) == (404, b'{"error":"unknown-station"}\n')


def test_a_number_that_no_station_can_have_is_refused(at_county: RelayAtWork) -> None:
    assert Vandal(at_county, STRANGER).ask(Ask(10**10, junk(10**10, 1)))[0] == 404
    assert at_county.shelf.waits().to_hub == 0


def test_a_source_whose_parcels_nobody_wanted_is_told_that_there_is_no_room(
    at_county: RelayAtWork,
) -> None:
    vandal = Vandal(at_county, STRANGER)
    vandal.throw(lambda number: 1_000 + number, UNWANTED)
    assert len(forward(at_county).sent) == UNWANTED
    status, body = vandal.ask(Ask(STATION, junk(STATION, 1)))
    assert (status, body) == (507, b'{"error":"relay-full"}\n')
    assert Vandal(at_county, HERE).ask(Ask(STATION, junk(STATION, 1)))[0] == 200


def test_nobody_else_says_that_a_station_has_taken_its_answers(
    at_county: RelayAtWork, station: NodeRuntime
) -> None:
    me, vandal = number_of(station), Vandal(at_county, STRANGER)
    noted = work(station, 1)
    station.courier.sync()
    forward(at_county)
    _, raw = vandal.ask(Ask(me, b""))
    [answer] = read_answers(raw)
    vandal.ask(Ask(me, b"", (parcel_name(answer),)))
    assert station.courier.sync() == len(noted)
    assert at_county.shelf.waits().to_nodes == 0  # the station itself is believed


def test_a_parcel_that_was_answered_goes_over_the_line_once(
    at_county: RelayAtWork, station: NodeRuntime
) -> None:
    work(station, 1)
    station.courier.sync()
    [lying] = at_county.shelf.to_hub()
    raw = at_county.shelf.read_to_hub(lying)
    assert raw is not None
    assert len(forward(at_county).sent) == 1
    for _ in range(100):
        assert Vandal(at_county, STRANGER).ask(Ask(lying.node, raw))[0] == 200
    assert forward(at_county).sent == []


class Refuses:
    """A hub that can read nothing of what comes."""

    def __init__(self) -> None:
        self.bytes, self.count = 0, 0

    def post(self, _path: str, raw: bytes, _most: int) -> bytes:
        self.bytes, self.count = self.bytes + len(raw), self.count + 1
        raise HubRefused("not-for-us")


class Shelf:
    """A shelf over a folder, and how long its relay has run."""

    def __init__(self, folder: Path) -> None:
        self.ran_s = 0.0
        self.store = ParcelStore(folder, lambda: self.ran_s)
        self._given = 0

    def give(self, count: int, source: Callable[[int], str], size: int = 200) -> int:
        """So many parcels of as many stations; how many were kept."""
        kept = 0
        for number in range(count):
            self._given += 1
            raw = junk(100 + number, self._given, size)
            try:
                self.store.take(100 + number, raw, source(number))
            except ShelfFull:
                continue
            kept += 1
        return kept

    def sent(self) -> Refuses:
        """What goes over the line to a hub that wants none of it."""
        hub = Refuses()
        relay.forward(hub, self.store)  # type: ignore[arg-type]
        return hub


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.store.close()


def test_what_nobody_wanted_is_forgiven_within_a_day(shelf: Shelf) -> None:
    assert shelf.give(UNWANTED + 20, lambda _: STRANGER) == UNWANTED + 20
    assert shelf.sent().count == UNWANTED
    assert shelf.sent().count == 0
    shelf.ran_s += DAY_S / UNWANTED + 1
    assert shelf.sent().count == 1
    shelf.ran_s += DAY_S
    assert shelf.sent().count == UNWANTED
    assert shelf.give(1, lambda _: "10.66.6.7") == 1


def test_large_junk_is_bounded_by_its_bytes(shelf: Shelf) -> None:
    shelf.give(20, lambda _: STRANGER, 2_400_000)
    assert shelf.store.waits().bytes <= budget.MOST_OF_SOURCE_BYTES
    assert shelf.sent().bytes <= budget.UNWANTED_BYTES + 2_500_000
    shelf.ran_s += DAY_S
    assert shelf.sent().bytes <= budget.UNWANTED_BYTES + 2_500_000


def test_a_small_parcel_cannot_hold_a_place_for_a_large_one(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "MOST_OF_SOURCE_BYTES", 20_000)
    for number in range(KEPT_OF_ONE):
        shelf.store.take(STATION, junk(STATION, number), STRANGER)
    with pytest.raises(ShelfFull):
        shelf.store.take(STATION, junk(STATION, 99, 20_000), STRANGER)


def test_many_sources_together_are_bounded_too(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "UNWANTED_OF_ALL", 50)
    shelf.give(400, lambda number: f"10.66.{number % 200}.1")
    assert shelf.sent().count == 50
    monkeypatch.setattr(budget, "MOST_OF_STRANGERS", 360)
    assert shelf.give(400, lambda number: f"10.67.{number}.1") == 10
    # What a person brought on a stick is not theirs.
    shelf.store.take(STATION, junk(STATION, 1))
    assert shelf.sent().count == 1


def test_a_station_that_was_not_known_may_come_again_after_an_hour(shelf: Shelf) -> None:
    shelf.store.take(STATION, junk(STATION, 1), HERE)
    [lying] = shelf.store.to_hub()
    shelf.store.drop_unwanted(lying, no_station=True)
    with pytest.raises(NoSuchStation):
        shelf.store.take(STATION, junk(STATION, 2), HERE)
    shelf.ran_s += UNKNOWN_S + 1
    shelf.store.take(STATION, junk(STATION, 2), HERE)
    assert len(shelf.store.to_hub()) == 1


def test_a_shelf_never_holds_more_files_than_it_reads_again(
    tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcel_store, "MAX_PARCELS", 30)
    assert shelf.give(40, lambda number: f"10.68.{number}.1") == 30
    again = ParcelStore(tmp_path)
    assert len(again.to_hub()) == 30
    again.close()


def test_what_lay_there_before_a_restart_is_no_strangers(shelf: Shelf, tmp_path: Path) -> None:
    shelf.give(40, lambda _: STRANGER)
    again = ParcelStore(tmp_path, lambda: 0.0)
    hub = Refuses()
    relay.forward(hub, again)  # type: ignore[arg-type]
    again.close()
    assert hub.count == 40  # each has the account of its station, and there are no more of them

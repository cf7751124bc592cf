"""A relay at the county: real stations, a real relay and a real hub, each over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from content.source.folder import read_folder
from content.transfer.stick_folder import Lying
from hub.context.open_hub import Hub
from hub.intake import stations
from hub.publishing import publish
from node.config import Config
from node.errors import HubBusy, HubRefused, LineError, NotTheHub, ShelfFull
from node.exchange import lineage
from node.link.http_client import HubConnection
from node.relay import kept
from node.relay import parcel_store as shelves
from node.relay.parcel_store import ParcelStore
from node.runtime import NodeRuntime
from node.store import courses, meta
from sync.parcel import parcel_name
from sync.records import Record
from sync.relay import Ask, write_ask
from tests.faults.lives import at_hub, number_of, unnumbered, waiting, work
from tests.faults.relays import RelayAtWork
from tests.faults.sticks import SAMPLE, to_the_hub
from tests.lab import NOWHERE, PARENT, joined


@pytest.fixture
def at_county(headquarters: tuple[Hub, int], tmp_path: Path) -> Iterator[RelayAtWork]:
    relay = RelayAtWork(joined(tmp_path / "relay", *headquarters, "440600"))
    yield relay
    relay.close()


@pytest.fixture
def station(
    headquarters: tuple[Hub, int], at_county: RelayAtWork, tmp_path: Path
) -> Iterator[Callable[[int], NodeRuntime]]:
    """New stations that reach the relay and not the hub."""
    with ExitStack() as opened:

        def new(number: int = 1) -> NodeRuntime:
            config = joined(tmp_path / f"node{number}", *headquarters, f"4406{number:02d}")
            config = replace(config, hub_url=NOWHERE, relay_url=at_county.url)
            runtime = NodeRuntime.open(config)
            opened.callback(runtime.close)
            return runtime

        yield new


def handed_over(at_county: RelayAtWork, runtime: NodeRuntime) -> tuple[Lying, bytes]:
    """The parcel at the relay once the node has handed its work over."""
    work(runtime, 1)
    runtime.courier.sync()
    (lying,) = at_county.shelf.to_hub()
    raw = at_county.shelf.read_to_hub(lying)
    assert raw is not None
    return lying, raw


def test_records_reach_the_hub_and_receipts_come_back_through_a_relay(
    hub: Hub, at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    runtime = station(1)
    noted = work(runtime, 1)
    assert runtime.courier.sync() == 0  # handed over
    assert runtime.courier.state.ok
    assert at_county.runtime.courier.forward() == 1
    assert at_hub(hub, number_of(runtime)) == unnumbered(noted)
    assert runtime.courier.sync() == len(noted)
    assert waiting(runtime) == 0
    assert at_county.shelf.waits().to_hub == 1  # the mark of the orders that came
    at_county.runtime.courier.forward()
    runtime.courier.sync()
    assert at_county.shelf.waits().to_hub == 0


def test_what_the_relay_has_already_is_not_sent_to_it_again(
    at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    runtime = station(1)
    work(runtime, 1, 400)
    runtime.courier.sync()
    for _ in range(3):
        runtime.courier.sync()
    assert at_county.shelf.waits().to_hub == 1
    before = runtime.courier.state
    assert before.ok


def test_a_relay_keeps_what_it_holds_over_a_restart(
    at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    runtime = station(1)
    noted = work(runtime, 1)
    runtime.courier.sync()
    at_county.restart()
    assert at_county.shelf.waits().to_hub == 1
    at_county.runtime.courier.forward()
    at_county.restart()
    assert at_county.shelf.waits().to_nodes == 1
    assert runtime.courier.sync() == len(noted)


def test_a_relay_that_lost_its_disk_loses_nothing(
    hub: Hub,
    at_county: RelayAtWork,
    station: Callable[[int], NodeRuntime],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runtime = station(1)
    noted = work(runtime, 1)
    runtime.courier.sync()
    at_county.lose_shelf()
    monkeypatch.setattr("node.relay.relay.AGAIN_S", 0)
    runtime.courier.sync()
    at_county.runtime.courier.forward()
    runtime.courier.sync()
    assert at_hub(hub, number_of(runtime)) == unnumbered(noted)
    assert waiting(runtime) == 0


def test_the_hub_goes_before_the_relay(
    at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    runtime = station(1)
    config = replace(runtime.config, hub_url=at_county.config.hub_url)
    runtime.close()
    runtime = NodeRuntime.open(config)
    noted = work(runtime, 1)
    assert runtime.courier.sync() == len(noted)
    assert at_county.shelf.waits().to_hub == 0
    runtime.close()


def test_courses_come_through_a_relay_that_has_them(
    hub: Hub, at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    runtime = station(1)
    publish.publish(hub, read_folder(SAMPLE), PARENT, "test")
    runtime.courier.sync()
    at_county.runtime.courier.sync()
    at_county.runtime.courier.forward()
    runtime.courier.sync()
    assert len(courses.missing(runtime.store.read())) == 1
    with pytest.raises(LineError):
        runtime.courier.fetch_content()
    at_county.runtime.courier.fetch_content()
    assert runtime.courier.fetch_content() == 1


def test_a_relay_and_a_stick_pass_parcels_on_to_each_other(
    hub: Hub, at_county: RelayAtWork, station: Callable[[int], NodeRuntime], tmp_path: Path
) -> None:
    runtime = station(1)
    usb = tmp_path / "usb"
    usb.mkdir()
    noted = work(runtime, 1)
    runtime.courier.sync()  # it waits at the relay, whose own line is down
    at_county.runtime.stick.carry(usb)
    assert to_the_hub(hub, usb).records == len(noted)
    at_county.runtime.stick.carry(usb)
    assert runtime.courier.sync() == len(noted)
    more = work(runtime, 2)
    runtime.stick.export_to(usb)  # and the other way: the stick goes only as far as the relay
    at_county.runtime.stick.carry(usb)
    at_county.runtime.courier.forward()
    runtime.courier.sync()
    assert at_hub(hub, number_of(runtime)) == unnumbered(noted, more)
    assert waiting(runtime) == 0


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 403, "malformed"),
        (b"\x07\x05abcde", 403, "malformed"),
        (write_ask(Ask(7, b"")) + b"odd", 403, "malformed"),
        (b"\x07" + bytes(3_000_000), 413, ""),
    ],
)
def test_a_relay_refuses_what_is_no_parcel_by_name(
    at_county: RelayAtWork, body: bytes, status: int, error: str
) -> None:
    answer = requests.post(at_county.url + "/relay", body, timeout=20)
    assert answer.status_code == status
    if error:
        assert answer.json() == {"error": error}


def test_a_relay_refuses_a_parcel_under_anothers_name(
    at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    lying, raw = handed_over(at_county, station(1))
    body = write_ask(Ask(lying.node + 1, raw))
    answer = requests.post(at_county.url + "/relay", body, timeout=20)
    assert (answer.status_code, answer.json()) == (403, {"error": "wrong-node"})


def test_a_node_that_is_no_relay_says_that_there_is_nothing(
    headquarters: tuple[Hub, int],
    at_county: RelayAtWork,
    station: Callable[[int], NodeRuntime],
    tmp_path: Path,
) -> None:
    plain = RelayAtWork(joined(tmp_path / "plain", *headquarters, "440699"), relay=False)
    runtime = station(1)
    config = replace(runtime.config, relay_url=plain.url)
    runtime.close()
    runtime = NodeRuntime.open(config)
    work(runtime, 1)
    with pytest.raises(LineError):
        runtime.courier.sync()
    assert waiting(runtime) == 40
    runtime.close()
    plain.close()


def test_a_captive_portal_before_the_relay_takes_no_parcel_away(
    at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    runtime = station(1)
    work(runtime, 1)
    runtime.courier.sync()

    class Portal:
        def post(self, _path: str, _raw: bytes, _most: int) -> bytes:
            return b"<html>room number</html>"

    from node.relay import relay

    with pytest.raises(NotTheHub, match="not a parcel"):
        relay.forward(Portal(), at_county.shelf)  # type: ignore[arg-type]
    assert at_county.shelf.waits().to_hub == 1


def test_a_parcel_that_the_hub_will_never_take_does_not_stay(
    at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    lying, raw = handed_over(at_county, station(1))
    at_county.shelf.drop(lying)
    at_county.shelf.take(lying.node, raw[:-1] + bytes([raw[-1] ^ 1]))
    assert at_county.runtime.courier.forward() == 0
    assert at_county.shelf.waits().to_hub == 0


@pytest.mark.parametrize("body", [b"", b'{"error":"weak-key"}', b'{"error":"busy-with-this-one"}'])
def test_a_parcel_that_the_hub_cannot_answer_keeps_no_other_waiting(
    at_county: RelayAtWork, station: Callable[[int], NodeRuntime], body: bytes
) -> None:
    from node.relay import relay

    first, second = station(1), station(2)
    for number, runtime in enumerate((first, second)):
        work(runtime, number)
        runtime.courier.sync()
    shelf = at_county.shelf
    bad = shelf.read_to_hub(shelf.to_hub()[0])
    right = HubConnection(at_county.config.hub_url)

    class OneFails:
        def post(self, path: str, raw: bytes, most: int) -> bytes:
            if raw != bad:
                return right.post(path, raw, most)
            raise HubRefused(json.loads(body)["error"]) if body else NotTheHub("status 500")

    with right, suppress(HubRefused, NotTheHub):
        relay.forward(OneFails(), shelf)  # type: ignore[arg-type]
    assert shelf.waits().to_hub == (0 if b"weak" in body else 1)
    second.courier.sync()
    assert waiting(second) == 0


def test_a_relay_comes_to_the_hub_when_it_was_told_to(
    at_county: RelayAtWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier, planned = at_county.runtime.courier, list[float]()

    def busy() -> int:
        raise HubBusy("status 503", 600, "12345")

    def plan(_job: object, wait_s: float, *, or_sooner: bool = False) -> None:
        assert or_sooner
        planned.append(wait_s)

    monkeypatch.setattr(courier, "forward", busy)
    monkeypatch.setattr(courier._timetable, "plan", plan)
    courier.forward_soon()
    courier._forward_job()
    courier.forward_soon()
    assert planned[0] < 10
    assert min(planned[1:]) > 590


def test_a_portal_is_shown_few_parcels(
    at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    from node.relay import relay

    for number in range(20):
        at_county.shelf.take(100 + number, _parcel(100 + number, 1))
    shown: list[bytes] = []

    class Portal:
        def post(self, _path: str, raw: bytes, _most: int) -> bytes:
            shown.append(raw)
            return b"<html>room number</html>"

    with pytest.raises(NotTheHub, match="not a parcel"):
        relay.forward(Portal(), at_county.shelf)  # type: ignore[arg-type]
    assert len(shown) == relay.MOST_FAILED
    assert at_county.shelf.waits().to_hub == 20


def test_a_shelf_keeps_so_much_of_one_and_so_much_in_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = ParcelStore(tmp_path)
    for number in range(20):
        shelf.take(7, _parcel(7, number))
    assert len(shelf.to_hub()) == kept.KEPT_OF_ONE
    assert shelf.to_hub()[-1].name == parcel_name(_parcel(7, 19)).hex()
    shelf.take(7, _parcel(7, 19))
    assert len(shelf.to_hub()) == kept.KEPT_OF_ONE
    monkeypatch.setattr(shelves, "MAX_BYTES", 1)
    with pytest.raises(ShelfFull):
        shelf.take(8, _parcel(8, 1))
    monkeypatch.setattr(shelves, "MAX_AGE_S", -10)
    shelf.drop_old()
    assert shelf.to_hub() == []
    shelf.close()


def test_a_full_relay_is_said_and_everything_stays(
    at_county: RelayAtWork, station: Callable[[int], NodeRuntime], monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = station(1)
    work(runtime, 1)
    monkeypatch.setattr(shelves, "MAX_BYTES", 1)
    with pytest.raises(HubRefused, match="relay-full"):
        runtime.courier.sync()
    assert waiting(runtime) == 40


def test_restarts_between_handing_over_and_answers_make_no_copy(
    hub: Hub, at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    runtime = station(1)
    noted: list[Record] = []
    for turn in range(4):
        noted += work(runtime, turn)
        runtime.courier.sync()
        lineage.start(runtime.store, runtime.clock.now())
        if turn % 2:
            at_county.runtime.courier.forward()
    runtime.courier.sync()
    at_county.runtime.courier.forward()
    runtime.courier.sync()
    assert at_hub(hub, number_of(runtime)) == unnumbered(noted)
    assert meta.number(runtime.store.read(), meta.EPOCH) == 1


def test_a_station_that_was_frozen_and_let_go_is_heard_again_by_the_relay_alone(
    hub: Hub, at_county: RelayAtWork, station: Callable[[int], NodeRuntime]
) -> None:
    runtime = station(1)
    for _ in range(3):  # until all orders are there
        runtime.courier.sync()
        at_county.runtime.courier.forward()
    noted = work(runtime, 1)
    runtime.courier.sync()
    stations.set_state(hub, number_of(runtime), "frozen", "test")
    at_county.runtime.courier.forward()
    with pytest.raises(HubRefused, match="frozen"):
        runtime.courier.sync()
    stations.set_state(hub, number_of(runtime), "active", "test")
    for _ in range(2):
        runtime.courier.sync()
        at_county.runtime.courier.forward()
    runtime.courier.sync()
    assert at_hub(hub, number_of(runtime)) == unnumbered(noted)
    assert waiting(runtime) == 0


def test_the_settings_of_a_relay_are_kept(tmp_path: Path) -> None:
    config = Config(tmp_path, relay=True, relay_url="http://10.1.1.1:8480")
    config.save()
    assert Config.load(tmp_path) == config


def _parcel(sender: int, number: int) -> bytes:
    return b"XZE1\x00" + bytes([sender]) + b"hint" + number.to_bytes(4, "big") + bytes(200)

"""A backup that was taken while the program ran, and restored: it names the last start (§11.2)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from content.transfer.stick_folder import Stick
from hub.context.open_hub import Hub, unix_now
from hub.intake import divergence, node_request, stations, stick_carrier
from hub.store import batches, nodes
from hub.store.engine import reading
from node.config import Config
from node.errors import ForeignReceipt, LineError
from node.exchange import lineage
from node.exchange.exchange import Exchange
from node.link.http_client import HubConnection
from node.runtime import NodeRuntime
from node.store import handed, journal, meta, outbox
from sync.records import Record
from sync.signing import VerifyKey
from tests.faults.lives import (
    at_hub,
    backed_up_while_it_runs,
    copied_while_it_runs,
    restored,
    started,
    unnumbered,
    work,
)
from tests.faults.proxy import Fault, Plan, Proxy
from tests.faults.relays import RelayAtWork
from tests.lab import NOWHERE, joined


def with_a_backup(config: Config) -> tuple[NodeRuntime, Config, list[Record], list[Record]]:
    """A node, its backup from when it had synced, and what it noted before and after that."""
    runtime = started(config)
    first = work(runtime, 1)
    runtime.courier.sync()
    backup = backed_up_while_it_runs(config)
    second = work(runtime, 2)
    return runtime, backup, first, second


def once_restored(config: Config) -> tuple[NodeRuntime, list[Record], list[Record]]:
    """A node whose backup is from before its second sync, and what it noted before and after."""
    runtime, backup, first, second = with_a_backup(config)
    runtime.courier.sync()
    runtime = restored(runtime, backup)
    assert lineage.rolled_back(runtime.store, config.data)
    return runtime, first, second


def by_slow_carrier(runtime: NodeRuntime) -> bytes:
    """A parcel with all that waits, as it is handed to a relay or to a stick."""

    def draw_up(exchange: Exchange) -> bytes:
        exchange.seal_all()
        return exchange.ask(1_000_000, handed.STICK)

    return runtime.courier.by_hand(draw_up)


def line_of(config: Config) -> HubConnection:
    return HubConnection(config.hub_url)


def takes(runtime: NodeRuntime, *answers: bytes) -> None:
    """The answers come back."""

    def take_in(exchange: Exchange) -> None:
        for answer in answers:
            exchange.take(answer)

    runtime.courier.by_hand(take_in)


def state_of(hub: Hub) -> tuple[str, str]:
    with reading(hub.engine) as connection:
        node = nodes.get(connection, 1)
    assert node is not None
    return node.state, node.refusal


def whole(hub: Hub, runtime: NodeRuntime, *noted: list[Record]) -> None:
    assert sorted(at_hub(hub)) == sorted(unnumbered(*noted))
    assert journal.waiting(runtime.store.read()).count == 0
    assert meta.number(runtime.store.read(), meta.EPOCH) == 2
    assert state_of(hub)[0] == "active"


def test_it_goes_on_in_a_new_epoch_even_with_nothing_new_to_say(hub: Hub, config: Config) -> None:
    runtime, first, second = once_restored(config)
    runtime.courier.sync()
    third = work(runtime, 3)
    runtime.courier.sync()
    runtime.close()
    runtime = started(config)  # its requests count from a lower number than the hub has heard
    fourth = work(runtime, 4)
    runtime.courier.sync()
    whole(hub, runtime, first, second, third, fourth)
    runtime.close()


def test_it_goes_on_by_stick_alone(hub: Hub, config: Config, usb: Path) -> None:
    runtime, first, second = once_restored(config)
    third = work(runtime, 3)
    for _ in range(3):
        runtime.stick.carry(usb)
        with Stick(usb) as stick:
            stick_carrier.import_from(hub, stick)
    runtime.stick.carry(usb)
    whole(hub, runtime, first, second, third)
    runtime.close()


def test_it_goes_on_after_days_without_a_line_in_which_it_noted_more_than_was_lost(
    hub: Hub, config: Config
) -> None:
    """Its request numbers went on meanwhile, and after a cut it asks first and sends later."""
    runtime, first, second = once_restored(config)
    third = work(runtime, 3, 600)
    right = runtime.courier.config
    with Proxy(int(right.hub_url.rpartition(":")[2]), lambda: Plan(Fault.CUT_UP)) as line:
        runtime.courier.config = replace(right, hub_url=f"http://127.0.0.1:{line.port}")
        for _ in range(5):
            with pytest.raises(LineError):
                runtime.courier.sync()
    runtime.courier.config = right
    runtime.courier.sync()
    whole(hub, runtime, first, second, third)
    runtime.close()


def test_it_goes_on_by_relay_though_an_answer_to_the_lost_life_lies_there(
    headquarters: tuple[Hub, int], config: Config, tmp_path: Path
) -> None:
    hub = headquarters[0]
    relay = RelayAtWork(joined(tmp_path / "relay", *headquarters, "440600"))
    config = replace(config, hub_url=NOWHERE, relay_url=relay.url)
    runtime = started(config)
    first = work(runtime, 1)
    backup = backed_up_while_it_runs(config)
    second = work(runtime, 2)
    runtime.courier.sync()
    relay.runtime.courier.forward()
    runtime = restored(runtime, backup)
    with pytest.raises(ForeignReceipt):
        runtime.courier.sync()
    third = work(runtime, 3)
    for _ in range(3):
        runtime.courier.sync()
        relay.runtime.courier.forward()
    runtime.courier.sync()
    whole(hub, runtime, first, second, third)
    runtime.close()
    relay.close()


def test_what_is_said_to_one_parcel_holds_for_the_next_that_is_under_way(
    hub: Hub, config: Config
) -> None:
    """The first of two parcels has too low a number, the second not; the answers come later."""
    runtime = started(config)
    backup = backed_up_while_it_runs(config)
    for _ in range(2):
        runtime.courier.sync()
    runtime = restored(runtime, backup)
    noted = work(runtime, 1)
    parcels = [by_slow_carrier(runtime) for _ in range(4)]
    takes(runtime, *[node_request.exchange(hub, parcel, direct=False) for parcel in parcels])
    runtime.courier.sync()
    whole(hub, runtime, noted)
    runtime.close()


def test_a_stick_of_the_lost_life_that_comes_between_doubles_nothing(
    hub: Hub, config: Config
) -> None:
    """The hub has said after which record the new epoch begins; nothing follows it meanwhile."""
    runtime = started(config)
    first = work(runtime, 1)
    backup = backed_up_while_it_runs(config)
    runtime.close()
    runtime = started(config)
    runtime.courier.by_hand(lambda exchange: exchange.run(line_of(config), 0))
    on_stick = by_slow_carrier(runtime)
    runtime = restored(runtime, backup)
    second = work(runtime, 2)
    answer = node_request.exchange(hub, by_slow_carrier(runtime), direct=False)
    node_request.exchange(hub, on_stick, direct=False)
    takes(runtime, answer)
    runtime.courier.sync()
    whole(hub, runtime, first, second)
    runtime.close()


def test_a_backup_that_is_restored_twice_brings_what_it_had_not_sent_once(
    hub: Hub, config: Config
) -> None:
    """The first restore noted it again in a new epoch: the hub has it there."""
    runtime = started(config)
    runtime.courier.sync()
    unsent = work(runtime, 1)
    backup = backed_up_while_it_runs(config)
    runtime.close()
    runtime = started(config)
    runtime.courier.by_hand(lambda exchange: exchange.run(line_of(config), 0))
    noted = [*unsent]
    for turn in range(3):
        runtime = restored(runtime, backup)
        noted += work(runtime, 10 + turn)
        runtime.courier.sync()
        assert sorted(at_hub(hub)) == sorted(unnumbered(noted))
        assert journal.waiting(runtime.store.read()).count == 0
    runtime.close()


def test_with_much_unsent_it_brings_everything_before_it_decides_what_the_hub_lacks(
    hub: Hub, config: Config
) -> None:
    """A slow line takes a little at a time; the hub can tell only of what it has seen."""
    runtime = started(config)
    runtime.courier.sync()
    noted = work(runtime, 1, 400)
    backup = backed_up_while_it_runs(config)
    runtime.close()
    runtime = started(config)
    line = line_of(config)
    runtime.courier.by_hand(lambda exchange: exchange.run(line, 0))
    runtime = restored(runtime, backup)
    runtime.courier.sync()  # in a new epoch
    runtime = restored(runtime, backup)

    def a_little(exchange: Exchange) -> bool:
        while exchange.seal(100):
            pass
        return exchange.run(line, 1).more

    for _ in range(2):
        assert runtime.courier.by_hand(a_little)
    runtime.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(noted))
    assert journal.waiting(runtime.store.read()).count == 0
    runtime.close()


def test_an_old_stick_whose_records_came_in_other_batches_freezes_nobody(
    hub: Hub, config: Config
) -> None:
    runtime = started(config)
    first = work(runtime, 1)
    backup = backed_up_while_it_runs(config)
    on_stick = by_slow_carrier(runtime)
    runtime = restored(runtime, backup)
    second = work(runtime, 2)
    takes(runtime, node_request.exchange(hub, by_slow_carrier(runtime), direct=False))
    node_request.exchange(hub, on_stick, direct=False)
    assert state_of(hub) == ("active", "")
    assert sorted(at_hub(hub)) == sorted(unnumbered(first, second))
    runtime.close()


def test_a_stick_of_the_lost_life_that_is_taken_freezes_nobody_later(
    hub: Hub, config: Config
) -> None:
    """Its records take the place where the restored station would go on: it goes on elsewhere."""
    runtime, backup, first, lost = with_a_backup(config)
    on_stick = by_slow_carrier(runtime)
    runtime = restored(runtime, backup)
    runtime.courier.sync()  # nothing to say yet: its start is confirmed
    node_request.exchange(hub, on_stick, direct=False)
    third = work(runtime, 3)
    runtime.courier.sync()
    whole(hub, runtime, first, lost, third)
    runtime.close()


@pytest.mark.parametrize("direct", [True, False])
def test_a_parcel_of_a_lost_life_that_is_sent_again_changes_nothing(
    hub: Hub, config: Config, direct: bool
) -> None:
    """Somebody on the line has heard it, and sends it an hour later."""
    runtime, backup, first, lost = with_a_backup(config)
    runtime.courier.sync()
    runtime.courier.sync()
    heard = by_slow_carrier(runtime)
    node_request.exchange(hub, heard)
    runtime = restored(runtime, backup)
    third = work(runtime, 3)
    runtime.courier.sync()
    later = replace(hub, now=lambda: unix_now() + 3_600)
    node_request.exchange(later, heard, direct)
    assert state_of(hub) == ("active", "")
    runtime.courier.sync()
    whole(hub, runtime, first, lost, third)
    runtime.close()


@pytest.mark.parametrize("direct", [True, False])
def test_a_refused_parcel_that_comes_again_ends_no_further_epoch(
    hub: Hub, config: Config, direct: bool
) -> None:
    runtime, backup, first, second = with_a_backup(config)
    noted = [*first, *second]
    runtime.courier.sync()
    runtime = restored(runtime, backup)
    refused = by_slow_carrier(runtime)
    node_request.exchange(hub, refused, direct=False)
    runtime = restored(runtime, backup)
    noted += work(runtime, 3)
    runtime.courier.sync()
    for turn in range(5):
        node_request.exchange(hub, refused, direct)
        noted += work(runtime, 10 + turn, 3)
        runtime.courier.sync()
    whole(hub, runtime, noted)
    runtime.close()


@pytest.mark.parametrize("state", ["frozen", "revoked"])
def test_for_who_is_shut_out_the_hub_compares_nothing(
    hub: Hub, config: Config, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    runtime = started(config)
    work(runtime, 1)
    on_stick = by_slow_carrier(runtime)
    runtime.close()
    runtime = started(config)
    runtime.courier.by_hand(lambda exchange: exchange.run(line_of(config), 0))
    stations.set_state(hub, 1, state, "test")
    asked: list[object] = []
    monkeypatch.setattr(divergence, "compare", lambda *arguments: asked.append(arguments))
    node_request.exchange(hub, on_stick)
    assert not asked
    runtime.close()


def test_records_that_are_held_in_other_batches_are_not_counted_as_more(
    hub: Hub, config: Config
) -> None:
    original = started(config)
    original.courier.sync()
    work(original, 1)
    copy = NodeRuntime.open(copied_while_it_runs(config))

    def in_two(exchange: Exchange) -> None:
        while exchange.seal(20):
            pass

    original.courier.by_hand(in_two)
    original.courier.sync()
    original.close()
    copy.courier.by_hand(lambda exchange: exchange.seal_all())
    brought = [batch.bytes for batch in outbox.waiting(copy.store.read(), 1, 1_000_000)]
    with reading(hub.engine) as connection:
        end = batches.end(connection, 1, 1)
        assert end is not None
        key = VerifyKey.from_bytes(end.public_key)
        shared = divergence.compare(connection, 1, key, 1, brought)
    assert shared == divergence.Shared(through=40, whole=True, more=0)
    copy.close()

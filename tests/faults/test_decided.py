"""People have decided which of two copies stays: it works again and nothing is lost or doubled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from content.transfer.stick_folder import Stick
from hub.context.open_hub import Hub
from hub.intake import node_request, stations, stick_carrier
from hub.store import audit, nodes
from hub.store.engine import reading
from node.config import Config
from node.errors import HubRefused, LineError
from node.exchange import lineage
from node.keeper import health, key_rotation
from node.runtime import NodeRuntime
from node.store import handed, journal, meta
from tests.faults.lives import (
    at_hub,
    backed_up,
    copied_while_it_runs,
    restored,
    started,
    twins,
    unnumbered,
    work,
)
from tests.faults.proxy import Fault, Plan, Proxy


@pytest.mark.parametrize("stays", ["original", "copy"])
def test_the_copy_that_stays_works_again_and_all_records_are_there_once(
    hub: Hub, config: Config, stays: str
) -> None:
    both = twins(config)
    original, copy = both.original, both.copy
    original.courier.sync()
    copy.courier.sync()
    more = work(original if stays == "original" else copy, 4)
    with pytest.raises(HubRefused, match="cloned"):
        original.courier.sync()
    check = health.history(original)
    assert (check.kind, check.text) == ("act", "总局发现本站有两份在运行")
    both.close()

    assert stations.decide(hub, "440604001", "active", "test") == 1
    survivor = started(original.config if stays == "original" else copy.config)
    survivor.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(both.noted, more))
    assert journal.waiting(survivor.store.read()).count == 0
    assert health.history(survivor).kind == "ok"
    last = work(survivor, 5)
    survivor.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(both.noted, more, last))
    survivor.close()
    with reading(hub.engine) as connection:
        deeds = [entry.what for entry in audit.latest(connection)]
    assert "cloned" in deeds
    assert "station active" in deeds


@pytest.mark.parametrize("stays", ["original", "copy"])
def test_of_two_that_both_run_on_the_one_that_stays_need_not_be_started_anew(
    hub: Hub, config: Config, stays: str
) -> None:
    """A running PC is copied: what the hub knows fits both, until they contradict each other."""
    original = started(config)
    before = work(original, 1, 30)
    original.courier.sync()
    both_have = work(original, 2, 10)
    copy = started(copied_while_it_runs(config))
    for _ in range(5):
        lineage.next_contact(copy.store)  # the hub believes it: its request numbers go on
    theirs = work(copy, 3, 30)
    copy.courier.sync()
    mine = work(original, 4, 50)
    with pytest.raises(HubRefused, match="cloned"):
        original.courier.sync()
    survivor, gone = (original, copy) if stays == "original" else (copy, original)
    gone.close()
    stations.decide(hub, "440604001", "active", "test")
    more = work(survivor, 5)
    survivor.courier.sync()
    mine = mine if stays == "original" else []
    assert sorted(at_hub(hub)) == sorted(unnumbered(before, both_have, theirs, mine, more))
    assert journal.waiting(survivor.store.read()).count == 0
    assert health.history(survivor).kind == "ok"
    survivor.close()


def test_a_copy_whose_first_answer_was_lost_goes_on_when_it_asks_again(
    hub: Hub, config: Config
) -> None:
    """By then it has counted more requests than the original, which is in another epoch."""
    original = started(config)
    noted = work(original, 1)
    original.courier.sync()
    copy = started(copied_while_it_runs(config))
    theirs = work(copy, 2)
    asked = copy.courier.by_hand(lambda exchange: exchange.ask(0, handed.STICK))
    original.courier.sync()
    node_request.exchange(hub, asked)
    more = work(original, 3)
    original.courier.sync()
    original.close()
    for _ in range(9):
        lineage.next_contact(copy.store)
    copy.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(noted, theirs, more))
    assert journal.waiting(copy.store.read()).count == 0
    copy.close()


def test_who_counts_less_than_a_copy_goes_on_by_stick(hub: Hub, config: Config, usb: Path) -> None:
    """The copy has been heard for weeks; the original was in a cupboard."""
    original = started(config)
    noted = work(original, 1)
    original.courier.sync()
    copy = started(copied_while_it_runs(config))
    for turn in range(6):
        noted += work(copy, 10 + turn, 5)
        copy.courier.sync()
    copy.close()
    noted += work(original, 2)
    for _ in range(3):
        original.stick.carry(usb)
        with Stick(usb) as stick:
            stick_carrier.import_from(hub, stick)
    original.stick.carry(usb)
    assert sorted(at_hub(hub)) == sorted(unnumbered(noted))
    assert journal.waiting(original.store.read()).count == 0
    original.close()


def test_a_copy_of_the_memory_too_that_is_an_epoch_behind_is_found(
    hub: Hub, config: Config
) -> None:
    """A virtual machine's snapshot: the copy runs on in the same start."""
    original = started(config)
    noted = work(original, 1)
    original.courier.sync()
    copy = NodeRuntime.open(copied_while_it_runs(config))
    original.store.write(lambda conn: lineage.begin_next(conn, original.clock.now()))
    noted += work(original, 2)
    original.courier.sync()
    for _ in range(5):
        lineage.next_contact(copy.store)
    more = work(copy, 3)
    with pytest.raises(HubRefused, match="cloned"):
        copy.courier.sync()
    original.close()
    stations.decide(hub, "440604001", "active", "test")
    copy.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(noted, more))
    assert journal.waiting(copy.store.read()).count == 0
    copy.close()


def test_a_copy_that_lacks_nothing_but_its_receipts_does_not_wait_for_ever(
    hub: Hub, config: Config
) -> None:
    """The other one has noted again, in a later epoch, what this one has not sent."""
    original = started(config)
    original.courier.sync()
    unsent = work(original, 1)
    copy = NodeRuntime.open(copied_while_it_runs(config))
    original.close()
    original = started(config)
    for _ in range(3):
        lineage.next_contact(copy.store)
    copy.courier.sync()
    original.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(unsent))
    assert journal.waiting(copy.store.read()).count == 0
    assert journal.waiting(original.store.read()).count == 0
    original.close()
    copy.close()


def test_two_of_one_memory_that_ask_as_often_are_found(hub: Hub, config: Config) -> None:
    original = started(config)
    work(original, 1)
    original.courier.sync()
    copy = NodeRuntime.open(copied_while_it_runs(config))
    original.store.write(lambda conn: lineage.begin_next(conn, original.clock.now()))

    def take_turns() -> None:
        for turn in range(12):
            for place, runtime in enumerate((original, copy)):
                work(runtime, 20 + 2 * turn + place, 3)
                runtime.courier.sync()

    with pytest.raises(HubRefused, match="cloned"):
        take_turns()
    original.close()
    copy.close()


def test_the_keeper_reads_of_the_backup_until_the_next_sync(config: Config) -> None:
    runtime, backup = backed_up(started(config))
    work(runtime, 1)
    runtime.courier.sync()
    runtime = restored(runtime, backup)
    assert health.history(runtime).text == "本机恢复了旧备份"
    runtime.courier.sync()
    check = health.history(runtime)
    assert (check.kind, "接上了总局的记录" in check.text) == ("ok", True)
    runtime.close()


def test_what_the_hub_had_taken_without_a_receipt_is_not_sent_again_in_a_new_epoch(
    hub: Hub, config: Config
) -> None:
    """Its answer was lost, then the other copy went on: no receipt says what is held."""
    both = twins(config)
    original, copy = both.original, both.copy
    with Proxy(int(config.hub_url.rpartition(":")[2]), lambda: Plan(Fault.ANSWER_LOST)) as line:
        original.courier.config = replace(config, hub_url=f"http://127.0.0.1:{line.port}")
        with pytest.raises(LineError):
            original.courier.sync()
    original.courier.config = config
    copy.courier.sync()
    more = work(original, 4)
    both.close()
    survivor = started(config)
    survivor.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(both.noted, more))
    survivor.close()


def test_a_stick_from_before_a_restored_backup_freezes_nobody_with_what_is_known(
    hub: Hub, config: Config, usb: Path
) -> None:
    runtime, backup = backed_up(started(config))
    noted = work(runtime, 1)
    runtime.stick.carry(usb)
    runtime.courier.sync()
    runtime = restored(runtime, backup)
    more = work(runtime, 2)
    runtime.courier.sync()
    with Stick(usb) as stick:
        stick_carrier.import_from(hub, stick)
    with reading(hub.engine) as connection:
        node = nodes.get(connection, 1)
    assert (node and node.state, node and node.refusal) == ("active", "")
    runtime.stick.carry(usb)
    runtime.courier.sync()
    assert health.history(runtime).kind == "ok"
    assert sorted(at_hub(hub)) == sorted(unnumbered(noted, more))
    runtime.close()


def test_a_refusal_that_was_said_to_an_earlier_epoch_is_ignored(hub: Hub, config: Config) -> None:
    runtime = started(config)
    asked = runtime.courier.by_hand(lambda exchange: exchange.ask(0, handed.STICK))
    stations.set_state(hub, 1, "frozen", "test")
    refused = node_request.exchange(hub, asked, direct=False)
    stations.set_state(hub, 1, "active", "test")
    runtime.courier.sync()
    key_rotation.rotate(runtime)
    runtime.courier.by_hand(lambda exchange: exchange.take(refused))
    assert meta.get(runtime.store.read(), meta.REFUSAL) == ""
    runtime.close()

"""A backup that was taken while the program ran, and restored: it names the last start (§11.2)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from content.stick import Stick
from hub import carry
from hub.machine import Hub
from hub.store import nodes
from hub.store.engine import reading
from node import lineage
from node.config import Config
from node.errors import ForeignReceipt, LineError
from node.machine import Machine
from node.store import journal, meta
from sync.records import Record
from tests.faults.lives import at_hub, restored, started, unnumbered, work
from tests.faults.proxy import Fault, Plan, Proxy
from tests.faults.relays import RelayAtWork
from tests.lab import NOWHERE, joined


def backed_up_while_it_runs(config: Config) -> Config:
    """The database as it is at this moment, while the program goes on."""
    there = replace(config, data=config.data.parent / "backup")
    there.data.mkdir()
    with (
        closing(sqlite3.connect(config.data / "node.db")) as now,
        closing(sqlite3.connect(there.data / "node.db")) as copy,
    ):
        now.backup(copy)
    return there


def once_restored(config: Config) -> tuple[Machine, list[Record], list[Record]]:
    """A node whose backup is from before its second sync, and what it noted before and after."""
    machine = started(config)
    first = work(machine, 1)
    machine.courier.sync()
    backup = backed_up_while_it_runs(config)
    second = work(machine, 2)
    machine.courier.sync()
    machine = restored(machine, backup)
    assert lineage.rolled_back(machine.store, config.data)
    return machine, first, second


def whole(hub: Hub, machine: Machine, *noted: list[Record]) -> None:
    assert sorted(at_hub(hub)) == sorted(unnumbered(*noted))
    assert journal.waiting(machine.store.read()).count == 0
    assert meta.number(machine.store.read(), meta.EPOCH) == 2
    with reading(hub.engine) as connection:
        node = nodes.get(connection, 1)
    assert node is not None
    assert node.state == "active"


def test_it_goes_on_in_a_new_epoch_even_with_nothing_new_to_say(hub: Hub, config: Config) -> None:
    machine, first, second = once_restored(config)
    machine.courier.sync()
    third = work(machine, 3)
    machine.courier.sync()
    machine.close()
    machine = started(config)  # its requests count from less than the hub had heard before
    fourth = work(machine, 4)
    machine.courier.sync()
    whole(hub, machine, first, second, third, fourth)
    machine.close()


def test_it_goes_on_by_stick_alone(hub: Hub, config: Config, usb: Path) -> None:
    machine, first, second = once_restored(config)
    third = work(machine, 3)
    for _ in range(3):
        machine.stick.carry(usb)
        with Stick(usb) as stick:
            carry.import_from(hub, stick)
    machine.stick.carry(usb)
    whole(hub, machine, first, second, third)
    machine.close()


def test_it_goes_on_after_days_without_a_line_in_which_it_noted_more_than_was_lost(
    hub: Hub, config: Config
) -> None:
    """Its requests have counted on meanwhile, and after a cut it asks first and sends later."""
    machine, first, second = once_restored(config)
    third = work(machine, 3, 600)
    right = machine.courier.config
    with Proxy(int(right.hub_url.rpartition(":")[2]), lambda: Plan(Fault.CUT_UP)) as line:
        machine.courier.config = replace(right, hub_url=f"http://127.0.0.1:{line.port}")
        for _ in range(5):
            with pytest.raises(LineError):
                machine.courier.sync()
    machine.courier.config = right
    machine.courier.sync()
    whole(hub, machine, first, second, third)
    machine.close()


def test_it_goes_on_by_relay_though_an_answer_to_the_lost_life_lies_there(
    headquarters: tuple[Hub, int], config: Config, tmp_path: Path
) -> None:
    hub = headquarters[0]
    relay = RelayAtWork(joined(tmp_path / "relay", *headquarters, "440600"))
    config = replace(config, hub_url=NOWHERE, relay_url=relay.url)
    machine = started(config)
    first = work(machine, 1)
    backup = backed_up_while_it_runs(config)
    second = work(machine, 2)
    machine.courier.sync()
    relay.machine.courier.forward()
    machine = restored(machine, backup)
    with pytest.raises(ForeignReceipt):
        machine.courier.sync()
    third = work(machine, 3)
    for _ in range(3):
        machine.courier.sync()
        relay.machine.courier.forward()
    machine.courier.sync()
    whole(hub, machine, first, second, third)
    machine.close()
    relay.close()

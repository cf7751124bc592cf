"""A restored backup, a copied folder, a replaced disk: a real node and a real hub (SPEC.md §11)."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub import chains
from hub.machine import Hub
from hub.store import nodes
from hub.store.engine import reading
from node import lineage
from node.config import Config
from node.errors import HubRefused
from node.machine import Machine
from node.store import journal, meta
from sync.records import Kind, Record
from tests.lab import joined, note, running_hub
from tests.sync.records import some_records


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[Hub, Config]]:
    with running_hub(tmp_path / "hub") as (hub, port):
        yield hub, joined(tmp_path / "node", hub, port, "440604001")


def started(config: Config) -> Machine:
    """The node's program, started once more."""
    machine = Machine.open(config)
    lineage.start(machine.store, machine.clock.now())
    return machine


def work(machine: Machine, seed: int, count: int = 30) -> list[Record]:
    records = list(some_records(random.Random(seed), count))
    note(machine, records)
    return records


def copied(config: Config, name: str) -> Config:
    """The data folder as it is now, with the program stopped."""
    there = config.data.parent / name
    shutil.copytree(config.data, there)
    return replace(config, data=there)


def put_back(backup: Config, config: Config) -> None:
    """Restore the database of ``backup``; what lies beside it in the folder stays."""
    for file in config.data.glob("node.db*"):
        file.unlink()
    for file in backup.data.glob("node.db*"):
        shutil.copy(file, config.data)


def at_hub(hub: Hub) -> list[Record]:
    """All records that the hub holds of the node, without their numbers."""
    with reading(hub.engine) as connection:
        return [r._replace(seq=0) for b in chains.replay(connection, 1) for r in b.records]


def unnumbered(*many: list[Record]) -> list[Record]:
    return [record._replace(seq=0) for records in many for record in records]


def test_work_after_a_restored_backup_reaches_the_hub_and_no_number_means_two_things(
    lab: tuple[Hub, Config],
) -> None:
    hub, config = lab
    machine = started(config)
    first = work(machine, 1)
    machine.courier.sync()
    machine.close()
    backup = copied(config, "backup")
    machine = started(config)
    second = work(machine, 2)
    machine.courier.sync()
    machine.close()

    put_back(backup, config)
    machine = started(config)
    assert lineage.rolled_back(machine.store, config.data)
    third = work(machine, 3, 90)
    machine.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(first, second, third))
    assert journal.waiting(machine.store.read()).count == 0
    assert meta.number(machine.store.read(), meta.EPOCH) == 2
    assert not lineage.rolled_back(machine.store, config.data)
    machine.close()


def test_what_a_backup_had_not_sent_is_sent_once(lab: tuple[Hub, Config]) -> None:
    hub, config = lab
    machine = started(config)
    first = work(machine, 1)
    machine.courier.sync()
    unsent = work(machine, 2)
    machine.close()
    backup = copied(config, "backup")
    machine = started(config)
    machine.courier.sync()
    later = work(machine, 3)
    machine.courier.sync()
    machine.close()

    put_back(backup, config)
    machine = started(config)
    machine.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(first, unsent, later))
    machine.close()


def test_a_backup_gets_its_learners_facts_back(lab: tuple[Hub, Config]) -> None:
    hub, config = lab
    from hub import org, roster  # noqa: F401  the roster's own import is not what is tried here
    from hub.store import learners
    from hub.store.engine import writing

    with writing(hub.engine) as connection:
        node = nodes.get(connection, 1)
        assert node is not None
        learners.put(connection, [learners.Learner("L1", "王小明", node.unit_id, "", True)])
    machine = started(config)
    machine.courier.sync()
    machine.close()
    backup = copied(config, "backup")
    machine = started(config)
    note(machine, [Record(1, 1_780_272_000, Kind.STUDY, "L1", "food/video", numbers=(0, 600))])
    machine.courier.sync()
    machine.close()

    put_back(backup, config)
    machine = started(config)
    assert machine.facts.of("L1").seconds("food/video") == 0
    machine.courier.sync()
    assert machine.facts.of("L1").seconds("food/video") == 600
    machine.close()


def test_a_copied_folder_is_found_at_the_seconds_first_contact(lab: tuple[Hub, Config]) -> None:
    hub, config = lab
    original = started(config)
    before = work(original, 1)
    original.courier.sync()
    original.close()
    copy_config = copied(config, "copy")
    original, copy = started(config), started(copy_config)
    mine, theirs = work(original, 2), work(copy, 3)
    original.courier.sync()
    copy.courier.sync()  # found here: it begins an epoch of its own
    assert meta.number(copy.store.read(), meta.EPOCH) == 2
    assert sorted(at_hub(hub)) == sorted(unnumbered(before, mine, theirs))

    more = work(original, 4)
    with pytest.raises(HubRefused, match="cloned"):
        original.courier.sync()  # both are at work: people must decide
    with reading(hub.engine) as connection:
        node = nodes.get(connection, 1)
    assert node is not None
    assert node.state == "frozen"
    with pytest.raises(HubRefused, match="frozen"):
        copy.courier.sync()
    assert journal.waiting(original.store.read()).count == len(more)
    original.close()
    copy.close()


def test_a_late_parcel_of_the_same_history_is_no_copy(lab: tuple[Hub, Config]) -> None:
    """A relay may deliver yesterday's parcel after the program was started anew."""
    from hub import intake

    hub, config = lab
    machine = started(config)
    kept: list[bytes] = []

    class Slow:
        def post(self, _path: str, raw: bytes, _most: int) -> bytes:
            kept.append(raw)
            return b"<html>"

    from node.errors import NotTheHub
    from node.exchange import Exchange

    me = meta.identity(machine.store.read())
    assert me is not None
    work(machine, 1)
    exchange = Exchange(config, machine.store, machine.clock, me)
    machine.courier.sync()
    with pytest.raises(NotTheHub):
        exchange.run(Slow(), 100_000)  # type: ignore[arg-type]
    machine.close()
    machine = started(config)
    work(machine, 2)
    machine.courier.sync()
    intake.exchange(hub, kept[0])
    work(machine, 3)
    machine.courier.sync()
    assert journal.waiting(machine.store.read()).count == 0
    assert meta.number(machine.store.read(), meta.EPOCH) == 1
    machine.close()

"""A restored backup, a copied folder, a replaced disk: a real node and a real hub (SPEC.md §11)."""

from __future__ import annotations

import pytest

from hub.context.open_hub import Hub
from hub.store import nodes
from hub.store.engine import reading
from node.config import Config
from node.errors import HubRefused
from node.exchange import lineage
from node.store import journal, meta
from sync.records import Kind, Record
from tests.faults.lives import at_hub, backed_up, restored, started, twins, unnumbered, work
from tests.lab import note


def test_work_after_a_restored_backup_reaches_the_hub_and_no_number_means_two_things(
    hub: Hub, config: Config
) -> None:
    runtime = started(config)
    first = work(runtime, 1)
    runtime.courier.sync()
    runtime, backup = backed_up(runtime)
    second = work(runtime, 2)
    runtime.courier.sync()

    runtime = restored(runtime, backup)
    assert lineage.rolled_back(runtime.store, config.data)
    third = work(runtime, 3, 90)
    runtime.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(first, second, third))
    assert journal.waiting(runtime.store.read()).count == 0
    assert meta.number(runtime.store.read(), meta.EPOCH) == 2
    assert not lineage.rolled_back(runtime.store, config.data)
    runtime.close()


def test_what_a_backup_had_not_sent_is_sent_once(hub: Hub, config: Config) -> None:
    runtime = started(config)
    first = work(runtime, 1)
    runtime.courier.sync()
    unsent = work(runtime, 2)
    runtime, backup = backed_up(runtime)
    runtime.courier.sync()
    later = work(runtime, 3)
    runtime.courier.sync()

    runtime = restored(runtime, backup)
    runtime.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(first, unsent, later))
    runtime.close()


def test_a_backup_gets_its_learners_facts_back(hub: Hub, config: Config) -> None:
    from hub.people import roster, unit_tree  # noqa: F401  the roster's own import is not what is tried here
    from hub.store import learners
    from hub.store.engine import writing

    with writing(hub.engine) as connection:
        node = nodes.get(connection, 1)
        assert node is not None
        learners.put(connection, [learners.Learner("L1", "王小明", node.unit_id, "", True)])
    runtime = started(config)
    runtime.courier.sync()
    runtime, backup = backed_up(runtime)
    note(runtime, [Record(1, 1_780_272_000, Kind.STUDY, "L1", "food/video", numbers=(0, 600))])
    runtime.courier.sync()

    runtime = restored(runtime, backup)
    assert runtime.facts.of("L1").seconds("food/video") == 0
    runtime.courier.sync()
    assert runtime.facts.of("L1").seconds("food/video") == 600
    runtime.close()


def test_a_copied_folder_is_found_at_the_seconds_first_contact(hub: Hub, config: Config) -> None:
    both = twins(config)
    original, copy = both.original, both.copy
    original.courier.sync()
    copy.courier.sync()  # found here: it begins an epoch of its own
    assert meta.number(copy.store.read(), meta.EPOCH) == 2
    assert sorted(at_hub(hub)) == sorted(unnumbered(both.noted))

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
    both.close()


def test_a_late_parcel_of_the_same_history_is_no_copy(hub: Hub, config: Config) -> None:
    """A relay may deliver yesterday's parcel after the program was started anew."""
    from hub.intake import node_request

    runtime = started(config)
    late_parcels: list[bytes] = []

    class Slow:
        def post(self, _path: str, raw: bytes, _most: int) -> bytes:
            late_parcels.append(raw)
            return b"<html>"

    from node.errors import NotTheHub
    from node.exchange.exchange import Exchange

    me = meta.identity(runtime.store.read())
    assert me is not None
    work(runtime, 1)
    exchange = Exchange(config, runtime.store, runtime.clock, me)
    runtime.courier.sync()
    with pytest.raises(NotTheHub):
        exchange.run(Slow(), 100_000)  # type: ignore[arg-type]
    runtime.close()
    runtime = started(config)
    work(runtime, 2)
    runtime.courier.sync()
    node_request.exchange(hub, late_parcels[0])
    work(runtime, 3)
    runtime.courier.sync()
    assert journal.waiting(runtime.store.read()).count == 0
    assert meta.number(runtime.store.read(), meta.EPOCH) == 1
    runtime.close()

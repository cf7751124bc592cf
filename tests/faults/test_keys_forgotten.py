"""The hub knows older keys of a node than it did: it was restored from a backup (SPEC.md §2.6)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from content.transfer.key_files import Keys
from hub.context.open_hub import Hub
from hub.facts import replay
from hub.intake import node_request
from hub.store import nodes
from hub.store.engine import reading, writing
from node.config import Config
from node.errors import HubRefused
from node.exchange.exchange import Exchange
from node.exchange.node_keys import load_keys
from node.keeper import key_rotation
from node.runtime import NodeRuntime
from node.store import handed, meta
from sync.identity import MAX_CERTIFICATES, Identity, certify, succeed
from sync.signing import SigningKey
from tests.lab import note
from tests.sync.records import some_records


@pytest.fixture
def there(config: Config) -> Iterator[NodeRuntime]:
    """The node's program."""
    runtime = NodeRuntime.open(config)
    yield runtime
    runtime.close()


def work(there: NodeRuntime, seed: int) -> None:
    note(there, list(some_records(random.Random(seed), 30)))


def hand_over(there: NodeRuntime) -> None:
    there.courier.sync()
    key_rotation.rotate(there)
    there.courier.sync()


def at_hub(hub: Hub) -> tuple[int, int]:
    """The generation by which the hub knows the node, and how many of its records verify."""
    with reading(hub.engine) as connection:
        node = nodes.get(connection, 1)
        assert node is not None
        return node.generation, sum(len(batch.records) for batch in replay.replay(connection, 1))


def know_by(hub: Hub, identity: Identity) -> None:
    """Let the hub know the node by ``identity`` again, as a backup of it may do."""
    with writing(hub.engine) as connection:
        nodes.join(connection, 1, identity, "", hub.now())


@pytest.mark.parametrize("generation", [0, 1])
def test_a_hub_that_knows_older_keys_again_is_told_all_of_them(
    hub: Hub, there: NodeRuntime, generation: int
) -> None:
    for seed in (1, 2, 3):
        work(there, seed)
        hand_over(there)
    assert meta.number(there.store.read(), meta.KNOWN_KEY) == 3
    know_by(hub, Identity.of(load_keys(there.config.data).keys[generation], generation))
    work(there, 4)
    assert there.courier.sync() == 30
    assert at_hub(hub) == (3, 120)


def test_a_hub_that_knows_older_keys_again_reads_what_a_stick_brings(
    hub: Hub, there: NodeRuntime
) -> None:
    hand_over(there)
    know_by(hub, Identity.of(load_keys(there.config.data).keys[0]))
    work(there, 1)

    def ask(exchange: Exchange) -> bytes:
        exchange.seal_all()
        return exchange.ask(1_000_000, handed.STICK)

    node_request.exchange(hub, there.courier.by_hand(ask), direct=False)
    assert at_hub(hub) == (1, 30)


@pytest.mark.parametrize("handovers", [0, 1])
def test_a_node_whose_keys_are_refused_tells_them_all_once_and_then_gives_up(
    hub: Hub, there: NodeRuntime, handovers: int
) -> None:
    for _ in range(handovers):
        hand_over(there)
    know_by(hub, Identity.of(SigningKey.generate()))
    before = meta.number(there.store.read(), meta.CONTACT)
    with pytest.raises(HubRefused, match="bad-signature"):
        there.courier.sync()
    asked = meta.number(there.store.read(), meta.CONTACT) - before
    assert asked == 1 + handovers  # who never handed over has nothing to tell


def test_of_more_handovers_than_may_be_told_the_last_ones_are() -> None:
    keys = tuple(SigningKey.generate() for _ in range(MAX_CERTIFICATES + 3))
    certificates = tuple(certify(*pair, n) for n, pair in enumerate(pairwise(keys), 1))
    told = Keys(keys, certificates).since(0)
    for generation in (2, 40, len(certificates)):
        known = Identity.of(keys[generation], generation)
        assert succeed(known, told) == Identity.of(keys[-1], len(certificates))

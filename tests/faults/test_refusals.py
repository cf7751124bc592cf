"""What it costs to refuse, in calls of functions: as many on a fast machine as on a slow one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from content.transfer.request import BlobRequest, write_requests
from node.relay.kept import KEPT_OF_ONE
from node.relay.parcel_store import ParcelStore
from node.runtime import MOST_TAKERS, NodeRuntime
from sync.identity import MAX_CERTIFICATES, Identity, certify
from sync.parcel import HUB, seal_parcel, unseal_parcel
from sync.relay import MAX_TAKEN, Ask, read_ask, write_ask
from sync.sealing import BoxKey
from sync.signing import Purpose, SigningKey
from tests.faults.refusals import LARGE, SMALL, Doors, counted, doors

# Flask, the database, a log line and, of pages, a template; and what a request of 20,000 batches
# makes. Beyond this the work would grow with the bytes.
STRANGERS_CALLS, STATIONS_CALLS = 12_000, 400_000


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with doors(Path(tmp_path_factory.mktemp("doors"))) as opened:
        yield opened


def test_no_junk_costs_more_calls_because_it_is_longer(both: Doors) -> None:
    dear = {}
    for junk in both.junk:
        for n_bytes in (SMALL, LARGE):
            cost = both.cost(junk, n_bytes)
            assert cost.status >= 400 or junk.believed
            most = STATIONS_CALLS if junk.believed else STRANGERS_CALLS
            if cost.calls > most + junk.calls_a_byte * cost.n_bytes:
                dear[junk.name, cost.n_bytes] = cost.calls
    assert dear == {}


def test_a_side_that_changed_its_keys_64_times_is_believed() -> None:
    keys = [SigningKey.generate() for _ in range(MAX_CERTIFICATES + 1)]
    certificates = [certify(a, b, n) for n, (a, b) in enumerate(pairwise(keys), 1)]
    hub = SigningKey.generate()
    raw = seal_parcel(Purpose.REQUEST, (HUB, 7), b"hello", keys[-1], Identity.of(hub), certificates)
    body, sender = unseal_parcel(Purpose.REQUEST, raw, BoxKey.of(hub), Identity.of(keys[0]))
    assert (body, sender.generation) == (b"hello", MAX_CERTIFICATES)


def test_a_relay_is_told_of_64_answers_at_once() -> None:
    names = tuple(n.to_bytes(8, "big") for n in range(MAX_TAKEN))
    assert read_ask(write_ask(Ask(7, b"", names))).taken == names


def test_a_parcel_at_a_relay_costs_the_same_however_many_lie_there(tmp_path: Path) -> None:
    shelf = ParcelStore(tmp_path)

    def take(node: int, number: int) -> int:
        raw = b"XZE1\0" + bytes([node]) + b"hint" + number.to_bytes(4, "big") + bytes(200)
        shelf.take(node, raw)
        return len(shelf.answers(node, 1_000))

    take(1, 0)
    _, few = counted(lambda: take(1, 1))
    for node in range(2, 100):
        take(node, 0)
    _, many = counted(lambda: take(1, 2))
    assert many < 1.2 * few
    for number in range(3, 3 * KEPT_OF_ONE):
        take(1, number)
    assert shelf.by_station()[0] == (1, KEPT_OF_ONE, 0)
    assert shelf.waits().bytes == sum(len(shelf.read_to_hub(p) or b"") for p in shelf.to_hub())
    shelf.close()


def test_so_many_take_courses_from_a_node_at_once_and_one_more_comes_later(both: Doors) -> None:
    here: NodeRuntime = both.node.application.extensions["xuezhan.runtime"]
    wish = write_requests([BlobRequest("0" * 64)])
    assert all(here.doors.enter() for _ in range(MOST_TAKERS))
    later = both.node.post("/pieces", data=wish)
    assert (later.status_code, "Retry-After" in later.headers) == (503, True)
    for _ in range(MOST_TAKERS):
        here.doors.leave()
    with both.node.post("/pieces", data=wish) as answer:
        assert answer.status_code == 200

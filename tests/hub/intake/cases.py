"""One scene for each row of the table in sync/SPEC.md §11.6: what happened, and what comes then.

A case is a function that is named as its row; ``CASES`` has them all.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

from hub.context.open_hub import Hub
from hub.intake import node_request, stations
from hub.store import learners, nodes
from hub.store.engine import writing
from hub.store.learners import Learner
from tests.hub.conftest import Clock, Station, join_station, study


class Scene:
    """A station that is at work in its first epoch, and what can happen to it."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self.hub, self.clock = hub, clock
        self.it = join_station(hub, "110101001")
        self.it.contact = 10
        with writing(hub.engine) as connection:
            node = nodes.get(connection, self.it.node)
            assert node is not None
            learners.put(connection, [Learner("L1", "王小明", node.unit_id, "", True)])

    def twin(self, *starts: int) -> Station:
        """A backup or copy made at this moment, with these numbers for its starts."""
        twin = replace(self.it, names=copy.deepcopy(self.it.names))
        return named(twin, *starts) if starts else twin

    def work(self, *starts: int) -> None:
        """The station sends a batch in its newest start."""
        named(self.it, *starts)
        assert not self.it.send(self.it.seal(study("L1", 0, 30))).refusal

    def next_epoch(self, *starts: int) -> Station:
        """The station in its next epoch."""
        before = self.it
        new = Station(
            self.hub,
            before.node,
            before.key,
            before.epoch + 1,
            previous=before.previous,
            contact=before.contact,
        )
        return named(new, *starts)

    def decide(self, state: str = "active") -> None:
        """People decide about the station."""
        stations.set_state(self.hub, self.it.node, state, "test")


def named(station: Station, *starts: int) -> Station:
    """The station in the last of these starts; its requests name all of them."""
    station.boots = tuple(b"start%03d" % number for number in starts)
    return station


def new(station: Station) -> bytes:
    """A request with one batch that nobody else has."""
    return station.request(station.seal(study("L1", 30, 60)))


def other(station: Station) -> bytes:
    """A request with other records for the next numbers."""
    return station.request(station.seal(study("L1", 70, 90), study("L1", 80, 99)))


Brought = tuple[bytes, bool]  # a parcel, and whether it comes directly, as soon as it was sent
CASES: dict[str, Callable[[Scene], Brought]] = {}


def case(build: Callable[[Scene], Brought]) -> Callable[[Scene], Brought]:
    """A case that is named as its row."""
    CASES[build.__name__.replace("_", "-")] = build
    return build


@case
def revoked(scene: Scene) -> Brought:
    scene.work(1)
    scene.decide("revoked")
    return new(scene.it), True


@case
def frozen(scene: Scene) -> Brought:
    scene.work(1)
    scene.decide("frozen")
    return new(scene.it), True


@case
def told(scene: Scene) -> Brought:
    scene.work(1)
    refused = scene.twin(2).request()
    node_request.exchange(scene.hub, refused)
    assert not scene.next_epoch(3).send().refusal
    return refused, True


@case
def behind(scene: Scene) -> Brought:
    scene.work(1)
    scene.next_epoch(1).send()
    scene.it.contact += 5
    return named(scene.it, 1, 9).request(), True


@case
def restored(scene: Scene) -> Brought:
    scene.work(1)
    return new(named(scene.it, 2)), True


@case
def restored_running(scene: Scene) -> Brought:
    scene.work(1)
    backup = scene.twin(1, 2)
    scene.it.send()
    return new(backup), True


def _in_its_next_start(scene: Scene) -> Station:
    """The station worked, was started again and was heard; a copy is still in its old start."""
    scene.work(1)
    left = scene.twin(1)
    scene.it.contact += 5
    scene.work(1, 2)
    return left


@case
def old_parcel(scene: Scene) -> Brought:
    old = named(scene.it, 1).request(scene.it.seal(study("L1", 0, 30)))
    node_request.exchange(scene.hub, old)
    named(scene.it, 1, 2).send()
    return old, True


@case
def sent_again(scene: Scene) -> Brought:
    first = named(scene.it, 1).seal(study("L1", 0, 30))
    scene.it.send(first)
    left = scene.twin(1)
    named(scene.it, 1, 2).send()
    left.contact += 5
    heard = left.request(first)
    scene.clock.at += 3_600
    return heard, True


@case
def decided(scene: Scene) -> Brought:
    left = _in_its_next_start(scene)
    scene.decide()
    left.contact += 20
    return new(left), True


@case
def carried(scene: Scene) -> Brought:
    scene.work(1)
    left = scene.twin(1)
    named(scene.it, 1, 2).send()
    scene.it.send()
    left.contact += 1
    return new(left), False


@case
def two_at_work(scene: Scene) -> Brought:
    left = _in_its_next_start(scene)
    left.contact += 20
    return new(left), True


@case
def late(scene: Scene) -> Brought:
    scene.work(1)
    waiting = new(scene.it)
    named(scene.it, 1, 2).send()
    return waiting, True


@case
def over_repeated(scene: Scene) -> Brought:
    first = named(scene.it, 1).seal(study("L1", 0, 30))
    scene.it.send(first)
    under_way = scene.it.request(first)
    scene.next_epoch(1).send()
    return under_way, False


def _in_other_batches(scene: Scene) -> Station:
    """A copy with the same records in other batches, one epoch behind."""
    left = scene.twin(1)
    records = [study("L1", 0, 30), study("L1", 40, 60)]
    named(scene.it, 1).send(scene.it.seal(*records))
    left.contact += 1
    scene.it.contact += 5
    scene.next_epoch(1).send()
    return left


@case
def over_left(scene: Scene) -> Brought:
    left = _in_other_batches(scene)
    return left.request(left.seal(study("L1", 0, 30)), left.seal(study("L1", 40, 60))), True


@case
def over_held(scene: Scene) -> Brought:
    left = _in_other_batches(scene)
    return left.request(left.seal(study("L1", 0, 30)), left.seal(study("L1", 40, 60))), False


@case
def over_cloned(scene: Scene) -> Brought:
    scene.work(1)
    scene.next_epoch(1).send()
    return new(scene.it), True


@case
def over_promised(scene: Scene) -> Brought:
    """If the lost life's records were taken, what the backup was told would become false."""
    scene.work(1)
    backup, under_way = scene.twin(2), new(scene.it)
    assert backup.send().refusal == "other-history"
    return under_way, False


@case
def over_news(scene: Scene) -> Brought:
    scene.work(1)
    under_way = new(scene.it)
    scene.next_epoch(1).send()
    return under_way, False


@case
def fork_late(scene: Scene) -> Brought:
    named(scene.it, 1).send()
    under_way = other(scene.twin(1))
    scene.it.contact += 5
    scene.work(1, 2)
    return under_way, False


@case
def fork_decided(scene: Scene) -> Brought:
    left = scene.twin(1)
    scene.work(1)
    scene.decide()
    left.contact += 5
    return other(left), True


@case
def fork_restored(scene: Scene) -> Brought:
    left = scene.twin(1, 2)
    scene.work(1)
    left.contact += 5
    return other(left), True


@case
def fork_cloned(scene: Scene) -> Brought:
    left = scene.twin(1)
    scene.work(1)
    left.contact += 5
    return other(left), True


@case
def bad_batch(scene: Scene) -> Brought:
    station = named(scene.it, 1)
    good, cut = station.seal(study("L1", 0, 30)), bytearray(station.seal(study("L1", 30, 60)))
    cut[-1] ^= 1
    return station.request(good, bytes(cut)), True


@case
def anew(scene: Scene) -> Brought:
    scene.work(1)
    lost = scene.next_epoch(7)
    lost.contact = 3
    return new(lost), True


@case
def next_epoch(scene: Scene) -> Brought:
    scene.work(1)
    return new(scene.next_epoch(1, 2)), True


@case
def first(scene: Scene) -> Brought:
    return new(named(scene.it, 1)), True


@case
def no_starts(scene: Scene) -> Brought:
    return new(named(scene.it)), True


@case
def repeated(scene: Scene) -> Brought:
    sent = new(named(scene.it, 1))
    node_request.exchange(scene.hub, sent)
    scene.work(1)
    return sent, True


@case
def goes_on(scene: Scene) -> Brought:
    scene.work(1)
    return new(named(scene.it, 1, 2)), True

"""Carriers: stations that reach the hub by line, relay and stick in any mix, all of which fail.

``python -m tests.faults.carriers --runs 300 [--seed N]``. Each run is a few new
stations that note records and speak to the hub by whatever way the dice say: lines and relay lines
cut, lose, double, delay and turn bits; sticks are pulled at any step, lost, copied, carried in
twice and come back months later; stations, relay and hub are started anew at any time; backups
are made while stations run and restored later, running PCs are copied and both copies work on, and
people let go on what was frozen then; stations take new keys; and somebody who hears all parcels
sends any of them again, to the hub or as a relay does, also in the middle of another exchange,
before any statement of the hub that is made without the lock. Then of two copies one is switched
off, one way, drawn by the dice, is good again, and: the hub holds each record once, its facts are
to the last byte those of a perfect line, nobody is stuck, nobody is taken for a copy, and no key
went back. Exit 1 if not.
"""

from __future__ import annotations

import argparse
import logging
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from unittest import mock

from content.model.errors import StickError
from content.transfer.stick_folder import Stick
from hub.context.open_hub import Hub
from hub.errors import UnknownStation
from hub.facts import merge, rebuild, replay
from hub.intake import node_request, stick_carrier
from hub.store import nodes
from hub.store.engine import reading
from node.errors import NodeError
from node.exchange.node_keys import load_keys
from node.store import meta
from sync.errors import PeerError
from sync.facts import Facts
from tests.faults import backups
from tests.faults.at_work import HubAtWork, Station, Weather
from tests.faults.lives import unnumbered
from tests.faults.proxy import Proxy
from tests.faults.pulled import pulled
from tests.faults.relays import RelayAtWork
from tests.hub.intake.turns import let_in
from tests.lab import joined

# When one way is good again, this many journeys on it are enough.
_CALM_JOURNEYS = 4
_MOST_TRIES = 40
_exchange = node_request.exchange


class World:
    """One hub, one line with its weather, and the stations of each run in turn."""

    def __init__(self, place: Path, seed: int) -> None:
        self.place, self.seed = place, seed
        self.weather = Weather(random.Random(seed))
        self.heard: list[bytes] = []
        self._dice = random.Random(seed)  # what comes in the middle of an exchange
        self._generations: dict[int, int] = {}
        self._went_back: set[int] = set()
        self._ear = mock.patch.object(node_request, "exchange", self._hear)
        self._ear.start()
        self.at = HubAtWork(place / "hub")
        self.line = Proxy(self.at.port, self.weather.plan)
        self.line.__enter__()
        # A relay at the county, with a storm on both sides of it; it stays for all runs.
        config = joined(place / "relay", self.at.hub, self.at.port, "440600")
        self.relay = RelayAtWork(replace(config, hub_url=f"http://127.0.0.1:{self.line.port}"))
        self.relay_line = Proxy(self.relay.config.port, self.weather.plan)
        self.relay_line.__enter__()
        self.done: Counter[str] = Counter()
        self.facts: dict[str, Facts] = {}
        self.records = 0

    def close(self) -> None:
        """Stop everything."""
        self.line.__exit__(None, None, None)
        self.relay_line.__exit__(None, None, None)
        self.relay.close()
        self.at.close()
        self._ear.stop()

    def _hear(self, hub: Hub, raw: bytes, direct: bool = True) -> bytes:
        older, self.heard = self.heard, [*self.heard, raw]
        if not self.weather.storm or not older or self._dice.random() < 0.7:
            return _exchange(hub, raw, direct)
        again = partial(self._replay, hub, self._dice.choice(older[-8:]))
        with let_in(hub, self._dice.randrange(12), again):
            return _exchange(hub, raw, direct)

    def _replay(self, hub: Hub, raw: bytes) -> None:
        with suppress(PeerError, UnknownStation):
            self.done["in between"] += 1
            _exchange(hub, raw, self._dice.random() < 0.5)

    def note_keys(self, number: int) -> None:
        """Look by which key the hub knows a station."""
        with reading(self.at.hub.engine) as connection:
            known = nodes.get(connection, number)
        generation = known.generation if known else -1
        if generation < self._generations.get(number, 0):
            self._went_back.add(number)
        self._generations[number] = generation

    def send_again(self, rng: random.Random) -> None:
        """Somebody sends again what was heard in this run."""
        if self.heard:
            _exchange(self.at.hub, rng.choice(self.heard), rng.random() < 0.5)

    def run(self, number: int) -> list[str]:
        """One run; returns which promises were broken."""
        rng = random.Random(self.seed * 1_000_003 + number)
        self.weather.rng = rng
        here = self.place / f"run{number}"
        self.heard.clear()
        with self._stations(here, number, rng) as stations:
            story = Story(self, here, stations, rng)
            self.weather.storm = True
            for _ in range(rng.randrange(12, 40)):
                story.step()
                for station in stations:
                    self.note_keys(station.number)
            self.weather.storm = False
            broken = [*story.calm(), *self._judge(stations)]
        shutil.rmtree(here)
        return broken

    def digest(self) -> str:
        """The digest of all facts as a perfect line would have brought them."""
        whole = sha256()
        for learner in sorted(self.facts, key=str.encode):
            whole.update(learner.encode() + b"\0" + self.facts[learner].digest())
        return whole.hexdigest()

    @contextmanager
    def _stations(self, here: Path, number: int, rng: random.Random) -> Iterator[list[Station]]:
        stations = []
        for place in range(rng.randrange(1, 4)):
            config = joined(
                here / f"node{place}", self.at.hub, self.at.port, f"9{number:05d}{place}"
            )
            config = replace(
                config,
                hub_url=f"http://127.0.0.1:{self.line.port}",
                relay_url=f"http://127.0.0.1:{self.relay_line.port}",
            )
            stations.append(Station(config, f"{number}.{place}"))
        try:
            yield stations
        finally:
            for station in stations:
                station.runtime.close()

    def _judge(self, stations: list[Station]) -> Iterator[str]:
        for station in stations:
            noted = station.noted
            self.records += len(noted)
            self.note_keys(station.number)
            if station.number in self._went_back:
                yield f"{station.mark}: the hub knew it by an older key again"
            own = load_keys(station.runtime.config.data).keys
            if self._generations[station.number] != len(own) - 1:
                yield f"{station.mark}: the hub does not know its newest key"
            if station.has_other_lives:
                yield from self._judge_lives(station)
                continue
            with reading(self.at.hub.engine) as connection:
                batches = list(replay.replay(connection, station.number))
                known = nodes.get(connection, station.number)
            held = [record for batch in batches for record in batch.records]
            if station.handovers:  # each began an epoch, which counts from 1 again
                held, noted = unnumbered(held), unnumbered(noted)
            if held != noted:
                yield f"{station.mark}: {len(noted)} noted, {len(held)} held, or not the same"
            if known is None or known.state != "active":
                yield f"{station.mark}: {known.state if known else 'unknown'}"
            if meta.number(station.runtime.store.read(), meta.EPOCH) != 1 + station.handovers:
                yield f"{station.mark}: a new epoch began"
            yield from self._judge_facts(backups.facts_of(self.at.hub, station.number))

    def _judge_lives(self, station: Station) -> Iterator[str]:
        hub = self.at.hub
        for fault in backups.unlike(hub, station.number, station.noted, station.ever):
            yield f"{station.mark}, of several lives: {fault}"
        with reading(hub.engine) as connection:
            known = nodes.get(connection, station.number)
        if known is None or known.state != "active":
            yield f"{station.mark}, of several lives: {known.state if known else 'unknown'}"
        yield from self._judge_facts(backups.facts_of(hub, station.number))

    def _judge_facts(self, right: dict[str, Facts]) -> Iterator[str]:
        self.facts |= right
        with reading(self.at.hub.engine) as connection:
            for learner, facts in right.items():
                if merge.of_learner(connection, learner).digest() != facts.digest():
                    yield f"{learner}: facts differ"


class Story:
    """What happens in one run."""

    def __init__(
        self, world: World, here: Path, stations: list[Station], rng: random.Random
    ) -> None:
        self._world, self._stations, self._rng = world, stations, rng
        self._sticks = [here / "usb0", here / "usb1"]
        self._copies = here / "copies"
        self._copied = self._backed_up = 0
        self._twins: list[tuple[int, Station]] = []  # copies, and of which station
        for stick in self._sticks:
            stick.mkdir(parents=True)
        self._deeds: list[tuple[int, Callable[[], object]]] = [
            (5, self.work),
            (5, self.sync),
            (5, self.carry_at_station),
            (4, self.carry_at_hub),
            (1, self.lose_stick),
            (1, self.copy_stick),
            (1, self.bring_copy_back),
            (4, self.sync_by_relay),
            (4, self.forward),
            (2, self.carry_at_relay),
            (1, self.restart_relay),
            (1, self.lose_relay),
            (2, self.restart_station),
            (3, self.hand_over),
            (1, self.restart_hub),
            (2, self.back_up),
            (2, self.restore),
            (1, self.copy_station),
            (3, self.send_again),
            (1, self.decide),
        ]

    def step(self) -> None:
        """Something happens."""
        weights = [weight for weight, _ in self._deeds]
        (deed,) = self._rng.choices([deed for _, deed in self._deeds], weights)
        self._world.done[deed.__name__] += 1
        deed()

    def work(self) -> None:
        """Learners work at a station."""
        self._station().work(self._rng)

    def sync(self) -> None:
        """A station tries its line."""
        with suppress(NodeError):
            self._station().runtime.courier.sync()

    def sync_by_relay(self) -> None:
        """A station cannot reach the hub, and tries the relay."""
        with suppress(NodeError):
            self._by_relay_only(self._station())

    def forward(self) -> None:
        """The relay tries its line to the hub."""
        with suppress(NodeError):
            self._world.relay.runtime.courier.forward()

    def carry_at_relay(self) -> None:
        """A stick is plugged in at the relay; it may be pulled."""
        carrier = self._world.relay.runtime.stick
        does = self._rng.choice((carrier.carry, carrier.import_from, carrier.export_to))
        with self._maybe_pulled(), suppress(NodeError):
            does(self._stick())

    def restart_relay(self) -> None:
        """The relay's program is restarted."""
        self._world.relay.restart()

    def lose_relay(self) -> None:
        """The relay's disk loses what it kept for others."""
        self._world.relay.lose_shelf()

    def carry_at_station(self) -> None:
        """A stick is plugged in at a station; it may be pulled."""
        carrier = self._station().runtime.stick
        does = self._rng.choice((carrier.carry, carrier.import_from, carrier.export_to))
        with self._maybe_pulled(), suppress(NodeError):
            does(self._stick())

    def carry_at_hub(self) -> None:
        """A stick is plugged in at the hub; it may be pulled."""
        does = self._rng.choice(
            (stick_carrier.import_from, stick_carrier.import_from, stick_carrier.export_to)
        )
        with self._maybe_pulled(), suppress(StickError), Stick(self._stick(), make=True) as stick:
            does(self._world.at.hub, stick)

    def lose_stick(self) -> None:
        """A stick is lost; an empty one takes its place."""
        stick = self._stick()
        shutil.rmtree(stick)
        stick.mkdir()

    def copy_stick(self) -> None:
        """Somebody copies a stick."""
        self._copied += 1
        shutil.copytree(self._stick(), self._copies / str(self._copied))

    def bring_copy_back(self) -> None:
        """A stick has its content of long ago again."""
        if self._copied:
            stick, copy = self._stick(), self._copies / str(self._rng.randint(1, self._copied))
            shutil.rmtree(stick)
            shutil.copytree(copy, stick)

    def restart_station(self) -> None:
        """A station's program is restarted."""
        self._station().restart()

    def hand_over(self) -> None:
        """A station whose records are all at the hub takes a new key.

        Not while a copy of it is at work; and who restores a backup of before has to join again.
        """
        place = self._rng.randrange(len(self._stations))
        if not any(of == place for of, _ in self._twins) and self._stations[place].hand_over():
            self._world.done["handed over"] += 1

    def restart_hub(self) -> None:
        """The hub's program is restarted."""
        self._world.at.restart()

    def back_up(self) -> None:
        """A station is backed up while it runs."""
        self._backed_up += 1
        self._station().back_up(self._copies / f"backup{self._backed_up}")

    def restore(self) -> None:
        """A station goes on from a backup, of whatever age."""
        station = self._station()
        if station.backups:
            self._world.done["restored"] += 1
            station.restore(self._rng.choice(station.backups), same_disk=self._rng.random() < 0.5)

    def copy_station(self) -> None:
        """A station's PC is copied while it runs, and both go on."""
        if self._twins or self._rng.random() < 0.5:
            return
        place = self._rng.randrange(len(self._stations))
        twin = self._stations[place].copied(self._copies / "twin")
        self._twins.append((place, twin))
        self._world.done["copied"] += 1

    def send_again(self) -> None:
        """Somebody on the line or at the relay sends again what they have heard."""
        with suppress(PeerError, UnknownStation):
            self._world.send_again(self._rng)

    def decide(self) -> bool:
        """People let a station go on that was frozen because of its other lives."""
        return self._decided(self._station())

    def _decided(self, station: Station) -> bool:
        if not station.has_other_lives or not backups.let_work(self._world.at.hub, station.number):
            return False
        self._world.done["frozen"] += 1
        return True

    def calm(self) -> Iterator[str]:
        """One way works again for each station: soon nothing may wait."""
        self._keep_one_of_two()
        for station in self._stations:
            station.work(self._rng)
            yield from self._settle(station)
        for station in self._stations:
            # What came while another station settled may be of a life that ended long ago.
            if self._decided(station):
                yield from self._settle(station)

    def _settle(self, station: Station) -> Iterator[str]:
        way = self._rng.choice((self._by_line, self._by_stick, self._by_relay))
        for _ in range(_CALM_JOURNEYS):
            way(station)
            if not self._decided(station) and not station.waiting:
                return
        yield f"{station.mark} stuck by {way.__name__}: {station.waiting} wait"

    def _keep_one_of_two(self) -> None:
        """People ask by telephone which copy is in use; the other is switched off for good."""
        for place, twin in self._twins:
            goes = twin
            if self._rng.random() < 0.5:
                goes, self._stations[place] = self._stations[place], twin
            goes.runtime.close()

    def _by_line(self, station: Station) -> None:
        with suppress(NodeError):
            station.runtime.courier.sync()

    def _by_relay(self, station: Station) -> None:
        with suppress(NodeError):
            self._by_relay_only(station)
        # The proxy closes after each request: a try ends when its next request finds that out.
        for _ in range(_MOST_TRIES):
            with suppress(NodeError):
                self._world.relay.runtime.courier.forward()
            if not self._world.relay.shelf.to_hub():
                break
        with suppress(NodeError):
            self._by_relay_only(station)

    def _by_relay_only(self, station: Station) -> None:
        courier = station.runtime.courier
        courier.config = replace(station.config, hub_url="")
        try:
            courier.sync()
        finally:
            courier.config = station.config

    def _by_stick(self, station: Station) -> None:
        station.runtime.stick.carry(self._sticks[0])
        with Stick(self._sticks[0], make=True) as stick:
            stick_carrier.import_from(self._world.at.hub, stick)
        station.runtime.stick.carry(self._sticks[0])

    @contextmanager
    def _maybe_pulled(self) -> Iterator[None]:
        if self._rng.random() < 0.5:
            yield
            return
        with pulled(self._rng.randrange(90)):
            yield

    def _station(self) -> Station:
        return self._rng.choice([*self._stations, *(twin for _, twin in self._twins)])

    def _stick(self) -> Path:
        return self._rng.choice(self._sticks)


def main() -> int:
    """Run, print what happened; returns 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    logging.disable(logging.ERROR)  # each fault is logged at both ends, as it should be
    began, broken = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), asked.seed)
        try:
            for run in range(asked.runs):
                for fault in world.run(run):
                    broken += 1
                    print(f"run {run}: {fault}", flush=True)
            there, perfect = rebuild.digest(world.at.hub), world.digest()
        finally:
            world.close()
    took = time.monotonic() - began
    print(f"seed {asked.seed}: {asked.runs} runs, {world.records} records, {took:.0f} s")
    print("  ".join(f"{name} {count}" for name, count in sorted(world.done.items())))
    print("  ".join(f"{name} {count}" for name, count in sorted(world.weather.seen.items())))
    print(f"facts digest at the hub        {there}\nfacts digest of a perfect line {perfect}")
    if there != perfect:
        broken += 1
    print(
        "each record once, nobody stuck, nobody a copy, no key back"
        if not broken
        else f"{broken} broken"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

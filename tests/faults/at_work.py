"""What fault runs restart again and again: a hub, stations, and the weather on the lines."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.config import load
from hub.context import open_hub as hub_machine
from hub.context.open_hub import Hub
from hub.store import units
from hub.store.engine import writing
from install.servers import free_port
from node.config import Config
from node.errors import RecordsWait
from node.exchange import lineage
from node.keeper import key_rotation
from node.runtime import NodeRuntime
from node.store import journal, meta
from sync.records import Record
from tests.faults import backups
from tests.faults.backups import Backup
from tests.faults.proxy import Fault, Plan
from tests.lab import PARENT, answering, note
from tests.sync.records import some_records

_FAULTS = tuple(fault for fault in Fault if fault is not Fault.SLOW)


@dataclass(slots=True)
class Weather:
    """What the lines do: in a ``storm`` every second connection meets a fault."""

    rng: random.Random
    storm: bool = False
    seen: Counter[str] = field(default_factory=Counter)

    def plan(self) -> Plan:
        """What happens to the connection that begins now."""
        bad = self.storm and self.rng.random() < 0.5
        fault = self.rng.choice(_FAULTS) if bad else Fault.NONE
        self.seen[fault.name] += 1
        return Plan(fault, self.rng.random())


class HubAtWork:
    """A hub that answers at one port, however often it is restarted."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self._data = data
        data.mkdir(parents=True)
        (data / "hub.toml").write_text(f"port = {self.port}\nthreads = 4\n", "utf-8")
        hub_machine.create(load(data))
        self._life = ExitStack()
        self.hub = self._begin()
        with writing(self.hub.engine) as connection:
            root = units.root(connection)
            assert root is not None
            units.add(connection, [(PARENT, "佛山市", root)])

    def _begin(self) -> Hub:
        hub = hub_machine.open_hub(self._data)
        self._life.enter_context(answering(hub))
        return hub

    def restart(self) -> None:
        """Stop it and start it again."""
        self.close()
        self.hub = self._begin()

    def close(self) -> None:
        """Stop it."""
        self._life.close()


class Station:
    """A station's node through all its lives, and what was noted at it.

    ``noted``: what is in its journal; ``ever``: what was noted under its number in any life.
    """

    def __init__(self, config: Config, mark: str, twin: Station | None = None) -> None:
        self.config, self.mark = config, mark
        self.runtime = NodeRuntime.open(config)
        self.noted: list[Record] = list(twin.noted) if twin else []
        self.ever: list[Record] = twin.ever if twin else []
        self.backups: list[Backup] = []
        self.has_other_lives = twin is not None
        self.handovers = 0
        lineage.start(self.runtime.store, self.runtime.clock.now())

    def restart(self) -> None:
        """Stop the program and start it again."""
        self.runtime.close()
        self.runtime = NodeRuntime.open(self.config)
        lineage.start(self.runtime.store, self.runtime.clock.now())

    def back_up(self, place: Path) -> None:
        """Back it up while it runs."""
        self.backups.append(backups.take(self.runtime, self.noted, place))

    def restore(self, backup: Backup, *, same_disk: bool) -> None:
        """Its disk is lost or its data broken; it goes on from a backup."""
        self.runtime.close()
        backups.put_back(backup, self.config.data, same_disk=same_disk)
        self.noted = list(backup.noted)
        self.has_other_lives = True
        self.runtime = NodeRuntime.open(self.config)
        lineage.start(self.runtime.store, self.runtime.clock.now())

    def hand_over(self) -> bool:
        """Take a new key, if nothing waits; backups of before hold the old one and are no use."""
        try:
            key_rotation.rotate(self.runtime)
        except RecordsWait:
            return False
        self.backups.clear()
        self.handovers += 1
        return True

    def copied(self, place: Path) -> Station:
        """Its PC is copied while it runs, and the copy is started, too."""
        data = backups.take(self.runtime, self.noted, place).folder
        self.has_other_lives = True
        return Station(replace(self.config, data=data), f"{self.mark} (copy)", twin=self)

    def work(self, rng: random.Random) -> None:
        """Learners note something."""
        count = rng.choice((1, 3, 20, 150))
        fresh = [
            record._replace(learner=f"{self.number}-{record.learner}")
            for record in some_records(rng, count, len(self.noted) + 1)
        ]
        note(self.runtime, fresh)
        self.noted += fresh
        self.ever += fresh

    @property
    def number(self) -> int:
        """Its node number."""
        return meta.number(self.runtime.store.read(), meta.NODE)

    @property
    def waiting(self) -> int:
        """How many records have no receipt."""
        return journal.waiting(self.runtime.store.read()).count

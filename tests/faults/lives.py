"""Lives of a node: work that it notes, its folder copied or restored, what the hub holds of it."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace

from hub.context.open_hub import Hub
from hub.facts import replay
from hub.store.engine import reading
from node.config import Config
from node.exchange import lineage
from node.keeper.backup import back_up
from node.runtime import NodeRuntime
from node.store import journal, meta
from sync.records import Record
from tests.lab import note
from tests.sync.records import some_records


def started(config: Config) -> NodeRuntime:
    """The node's program, started once more."""
    runtime = NodeRuntime.open(config)
    lineage.start(runtime.store, runtime.clock.now())
    return runtime


def work(runtime: NodeRuntime, seed: int, count: int = 40) -> list[Record]:
    """What people do at the node meanwhile."""
    records = list(some_records(random.Random(seed), count))
    note(runtime, records)
    return records


def waiting(runtime: NodeRuntime) -> int:
    """How many records wait for a receipt."""
    return journal.waiting(runtime.store.read()).count


def number_of(runtime: NodeRuntime) -> int:
    """The node's number."""
    return meta.number(runtime.store.read(), meta.NODE)


def at_hub(hub: Hub, node: int = 1) -> list[Record]:
    """All records that the hub holds of the node, without their numbers."""
    with reading(hub.engine) as connection:
        return [r._replace(seq=0) for b in replay.replay(connection, node) for r in b.records]


def unnumbered(*many: list[Record]) -> list[Record]:
    """What was noted, also without numbers."""
    return [record._replace(seq=0) for records in many for record in records]


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


def backed_up(runtime: NodeRuntime) -> tuple[NodeRuntime, Config]:
    """Stopped, its folder copied, started again: the program and the copy."""
    runtime.close()
    backup = copied(runtime.config, "backup")
    return started(runtime.config), backup


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


def copied_while_it_runs(config: Config) -> Config:
    """The folder with its keys as it is at this moment, to be run beside the program."""
    return replace(config, data=back_up(config.data, config.data.parent / "copies"))


def restored(runtime: NodeRuntime, backup: Config) -> NodeRuntime:
    """Stopped, ``backup`` put back, started again."""
    runtime.close()
    put_back(backup, runtime.config)
    return started(runtime.config)


@dataclass
class Twins:
    """A node and a copy of its folder, both at work: what was noted before and by each."""

    original: NodeRuntime
    copy: NodeRuntime
    before: list[Record]
    mine: list[Record]
    theirs: list[Record]

    @property
    def noted(self) -> list[Record]:
        """All of it."""
        return [*self.before, *self.mine, *self.theirs]

    def close(self) -> None:
        """Stop both."""
        self.original.close()
        self.copy.close()


def twins(config: Config) -> Twins:
    """A node that has synced is copied, and both have noted something since."""
    original = started(config)
    before = work(original, 1, 30)
    original.courier.sync()
    original.close()
    copy_config = copied(config, "copy")
    original, copy = started(config), started(copy_config)
    return Twins(original, copy, before, work(original, 2, 30), work(copy, 3, 30))

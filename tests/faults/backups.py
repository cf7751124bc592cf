"""Backups of stations that run, restored later; and what must hold for such a station.

What was noted after the backup, or at a copy that was switched off, is gone with that disk unless
some carrier had it already: the hub may hold it or not. What the station holds itself must get
there, and nothing counts twice.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.context.open_hub import Hub
from hub.facts import replay
from hub.intake import stations
from hub.store import nodes
from hub.store.engine import reading
from node.exchange.lineage import MARK_FILE
from node.keeper.backup import back_up
from node.runtime import NodeRuntime
from sync.facts import Facts
from sync.records import Record


@dataclass(frozen=True, slots=True)
class Backup:
    """A station at one moment: the folder of its copy, and the records in its journal."""

    folder: Path
    noted: tuple[Record, ...]


def take(runtime: NodeRuntime, noted: Sequence[Record], place: Path) -> Backup:
    """Back a station up while its program runs, as its keeper does."""
    return Backup(back_up(runtime.config.data, place), tuple(noted))


def put_back(backup: Backup, data: Path, *, same_disk: bool) -> None:
    """Restore it into the folder of a program that has ended, as docs/operating.md says."""
    for file in data.glob("node.db*"):
        file.unlink()
    if not same_disk:
        (data / MARK_FILE).unlink(missing_ok=True)
    shutil.copytree(backup.folder, data, dirs_exist_ok=True)


def let_work(hub: Hub, number: int) -> bool:
    """People look at a station that the hub has frozen, and decide that it goes on."""
    with reading(hub.engine) as connection:
        known = nodes.get(connection, number)
    if known is None or known.state != "frozen":
        return False
    stations.set_state(hub, number, "active", "people")
    return True


def unlike(hub: Hub, number: int, here: Sequence[Record], ever: Sequence[Record]) -> Iterator[str]:
    """What the hub holds of a station and should not, and what it lacks.

    ``here``: what is in its journal; ``ever``: what was noted in any life under its number.
    """
    with reading(hub.engine) as connection:
        held = _counted(
            record for batch in replay.replay(connection, number) for record in batch.records
        )
    if lacks := _counted(here) - held:
        yield f"{sum(lacks.values())} of {len(here)} are not at the hub"
    if more := held - _counted(ever):
        yield f"{sum(more.values())} are there that nobody noted, or twice"


def facts_of(hub: Hub, number: int) -> dict[str, Facts]:
    """The facts that follow from what the hub holds of a station."""
    facts: dict[str, Facts] = {}
    with reading(hub.engine) as connection:
        for batch in replay.replay(connection, number):
            for record in batch.records:
                facts.setdefault(record.learner, Facts()).add(number, batch.epoch, record)
    return facts


def _counted(records: Iterable[Record]) -> Counter[Record]:
    return Counter(record._replace(seq=0) for record in records)

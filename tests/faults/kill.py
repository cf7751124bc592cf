"""Kill: a real node is killed at random moments while 20 learners sit an exam and read.

``python -m tests.faults.kill --kills 200 [--seed N]``: SIGKILL while it serves, syncs or starts;
each time it is started again at once. Every acknowledged answer, hand-in and heartbeat is
remembered. At the end 0 may be lost and 0 doubled: at the node (journal and facts), then, after a
sync, at a real hub. ``--full-disk`` (root): the same on a full tmpfs of 8 MB: refusals in words,
nothing lost, and it works again when there is space. Exit code 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

from content.model.course import Course
from hub.context.open_hub import Hub
from hub.people import roster
from install.servers import ROOT, Server, free_port
from node.config import Config
from node.errors import NodeError
from node.runtime import NodeRuntime
from node.store import journal
from tests.faults import kept
from tests.faults.kept import Verdict
from tests.faults.sitter import PIN, Promises, Sitter, sitters
from tests.faults.sticks import plan_course
from tests.hub.actors import actor
from tests.lab import joined, running_hub
from tests.pins import give_pins

LEARNERS = 20
# One kill in six comes during the start.
WHILE_STARTING = 6
LIVES_S = (0.02, 1.0)
TMPFS_BYTES = 8_000_000
# How long the disk is full, and how many acts each learner does before that and after.
FULL_FOR_S, ACTS = 12.0, 10
# A busy machine may take so long for it.
PATIENCE_S = 90.0


@dataclass
class Station:
    """A hub with one joined node that holds the sample course, and its learners."""

    hub: Hub
    config: Config
    course: Course
    people: list[Sitter]
    server: Server
    stop: Event = field(default_factory=Event)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Everybody works while the block runs, and then finishes what they began."""
        with ThreadPoolExecutor(len(self.people)) as pool:
            list(pool.map(lambda person: person.sit_down(self.course), self.people))
            working = [pool.submit(person.work, self.stop) for person in self.people]
            try:
                yield
            except BaseException:
                # The node will not answer again: nobody may wait for it for ever.
                for person in self.people:
                    person.gone.set()
                raise
            finally:
                self.stop.set()
                for future in working:
                    future.result()
            list(pool.map(Sitter.finish, self.people))

    def judge(self) -> tuple[Verdict, Verdict]:
        """Kill it a last time; returns the verdicts on the node and, after a sync, on the hub."""
        self.server.kill()
        runtime = NodeRuntime.open(self.config)
        try:
            runtime.study.close_all()
            own = kept.at_the_node(runtime, self.people)
            for _ in range(5):
                with suppress(NodeError):
                    runtime.courier.sync()
            waits = journal.waiting(runtime.store.read()).count
            central = kept.at_the_hub(self.hub, runtime, self.people)
            if waits:
                central.broken.append(f"{waits} records still wait")
            return own, central
        finally:
            runtime.close()

    def promised(self) -> Promises:
        """What was promised to all of them together, as figures."""
        whole = Promises()
        for person in self.people:
            whole.acknowledged += Counter(person.promises.acknowledged)  # they go on meanwhile
            whole.refused += Counter(person.promises.refused)
            whole.faults += person.promises.faults
        return whole


@contextmanager
def station(
    place: Path, learners: int, seed: int, disk: Path | None = None, runs: bool = True
) -> Iterator[Station]:
    """A hub in this process and a node of its own, joined, with course, class and roster.

    With ``disk`` its data are moved there once the course is in: content keeps more room free
    than a small disk has. Without ``runs`` the node's process waits to be started.
    """
    with running_hub(place / "hub", "again_s = 2\n") as (hub, port):
        config = replace(joined(place / "node", hub, port, "440601"), port=free_port())
        config.save()
        course = plan_course(hub)
        people = sitters(f"http://127.0.0.1:{config.port}", learners, seed)
        rows = "".join(f"{person.number},{person.name},440601\n" for person in people)
        (place / "roster.csv").write_text(f"学号,姓名,单位\n{rows}", "utf-8")
        roster.import_roster(hub, place / "roster.csv", actor("test"))
        runtime = NodeRuntime.open(config)
        runtime.courier.sync()
        runtime.courier.fetch_content()
        runtime.close()
        give_pins(config.data, PIN, *(person.number for person in people))
        if disk is not None:
            config = replace(config, data=Path(shutil.copytree(config.data, disk / "node")))
        server = Server("node", config.data, config.port)
        try:
            yield Station(hub, config, course, people, server.start() if runs else server)
        finally:
            server.kill()


def kill_often(there: Station, kills: int, dice: random.Random) -> int:
    """Kill the node so often at random moments; returns how many kills came during its start."""
    starting = 0
    for _ in range(kills):
        if dice.randrange(WHILE_STARTING) == 0:
            starting += 1
            there.server.kill()
            launched = subprocess.Popen(
                [sys.executable, "-m", "node", "run", "--data", str(there.config.data)],
                cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            time.sleep(dice.uniform(0.0, 1.2))
            launched.kill()
            launched.wait()
        else:
            time.sleep(dice.uniform(*LIVES_S))
            there.server.kill()
        there.server.start()
    return starting


def killed(place: Path, kills: int, seed: int, learners: int = LEARNERS) -> bool:
    """The whole run; prints its figures, returns whether all promises were kept."""
    began = time.monotonic()
    with station(place, learners, seed) as there:
        with there.at_work():
            starting = kill_often(there, kills, random.Random(seed))
        took = time.monotonic() - began
        print(f"seed {seed}: {kills} kills ({starting} while starting), {took:.0f} s")
        return told(there)


def filled(place: Path, seed: int, learners: int = LEARNERS, full_s: float = FULL_FOR_S) -> bool:
    """The disk is full for a while, and the node is killed twice meanwhile."""
    with tmpfs(place / "disk") as disk, station(place, learners, seed, disk) as there:
        with there.at_work():
            _until(lambda: there.promised().acknowledged.total() > learners * ACTS)
            calm = there.promised().acknowledged.total()
            fill(disk)
            for _ in range(2):
                time.sleep(full_s / 3)
                there.server.kill()
                there.server.start()
            time.sleep(full_s / 3)
            _until(lambda: there.promised().refused["507"] > 0)
            refused = there.promised().refused.copy()
            full = there.promised().acknowledged.total()
            (disk / "filler").unlink()
            _until(lambda: there.promised().acknowledged.total() > full + learners * ACTS)
        after = there.promised().acknowledged.total()
        print(f"acknowledged {calm} before, {full - calm} while full, {after - full} with space")
        clear = refused["507"] > 0 and after > full
        if not clear:
            print(f"no refusals for want of space, or no work after it: {refused}")
        return told(there) and clear


def _until(true: Callable[[], bool]) -> None:
    """Wait for it, but not for ever: what has not come by then is judged like the rest."""
    until = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < until:
        time.sleep(0.1)


def told(there: Station) -> bool:
    """Print the figures; returns whether all promises were kept."""
    promised = there.promised()
    print(f"{len(there.people)} learners; acknowledged: {_listed(promised.acknowledged)}")
    print(f"sent again after: {_listed(promised.refused)}")
    own, central = there.judge()
    for name, verdict in (("node", own), ("hub", central)):
        print(
            f"at the {name}: {verdict.lost} lost, {verdict.doubled} doubled,"
            f" {verdict.lost_s} s of study lost"
        )
        for broken in verdict.broken[:20]:
            print(f"  {broken}")
    for fault in promised.faults[:20]:
        print(f"  not as expected: {fault}")
    return own.good and central.good and not promised.faults


@contextmanager
def tmpfs(place: Path) -> Iterator[Path]:
    """A file system in memory of 8 MB; only root may mount one."""
    place.mkdir(parents=True)
    size = f"size={TMPFS_BYTES}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "xuezhan-test", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        for piece in (1 << 16, 1 << 12, 1):
            with suppress(OSError):
                while filler.write(bytes(piece)):
                    pass


def _listed(figures: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(figures.items())) or "nothing"


def main() -> int:
    """Run, print what happened; returns 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--learners", type=int, default=LEARNERS)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--full-disk", action="store_true")
    asked = parser.parse_args()
    if asked.full_disk and os.geteuid() != 0:
        print("--full-disk mounts a tmpfs: only root may do that")
        return 2
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        if asked.full_disk:
            good = filled(Path(folder), asked.seed, asked.learners)
        else:
            good = killed(Path(folder), asked.kills, asked.seed, asked.learners)
    print("all promises kept" if good else "PROMISES BROKEN")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

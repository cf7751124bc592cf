"""Greed: what one stranger or one station sends must not keep the honest ones out.

``python -m tests.faults.greed [--seconds 20] [--sockets 2000] [--heads 10000] [--ghosts 20000]``.
Real processes of a hub and of a node that relays; one after the other come slow sockets, heads
without bodies, records of learners who do not exist, requests that cost most, junk at the relay,
then all at once. All the while a real station syncs and somebody asks the node and the hub whether
they are there. Prints a table; exit 1 when a sync took longer than 10 s, or p99 of the node's
``/ping`` was above 500 ms; that of the hub stands beside it. Greedy clients run at a low priority:
in life they have processors of their own. It wants two processors that nobody else uses.
"""

from __future__ import annotations

import argparse
import http.client
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hub.context import open_hub as hub_machine
from install.servers import Server, free_port
from node.errors import LineError
from node.runtime import NodeRuntime
from sync.records import Kind, Record
from tests.lab import answering, joined, new_hub, note

ROOT = Path(__file__).resolve().parents[2]
SYNC_S, PING_S = 10.0, 0.5
# Between two syncs, and two pings.
SYNC_EVERY_S, PING_EVERY_S = 1.0, 0.02


@dataclass(frozen=True, slots=True)
class Size:
    """How greedy, and for how long in each phase."""

    seconds: float = 20.0
    sockets: int = 2_000
    heads: int = 10_000
    ghosts: int = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """What the honest ones met in one phase; times in seconds."""

    phase: str
    pings: int
    ping_p99_s: float
    hub_p99_s: float
    syncs: int
    slowest_sync_s: float
    failures: int

    @property
    def missed(self) -> bool:
        """Whether the honest ones were kept out."""
        slow = self.slowest_sync_s > SYNC_S or self.ping_p99_s > PING_S
        return slow or self.failures > 0 or not self.syncs


class Honest:
    """A station that syncs and somebody who asks; what they met since the last look."""

    def __init__(self, station: NodeRuntime, ports: tuple[int, int]) -> None:
        self._station, self._ports = station, ports
        self._syncs: list[float] = []
        self._pings: tuple[list[float], list[float]] = ([], [])
        self._failures = 0
        self._stop = threading.Event()
        work: tuple[tuple[Callable[[], None], float], ...] = (
            (self._sync, SYNC_EVERY_S),
            (lambda: self._ping(0), PING_EVERY_S),
            (lambda: self._ping(1), PING_EVERY_S),
        )
        self._threads = [threading.Thread(target=self._often, args=each) for each in work]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """They go on while the block runs."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()

    def met(self, phase: str) -> Row:
        """What they met, and forget it."""
        syncs, (hub, node), failures = self._syncs, self._pings, self._failures
        self._syncs, self._pings, self._failures = [], ([], []), 0
        slowest = max(syncs, default=0.0)
        return Row(phase, len(node), _p99(node), _p99(hub), len(syncs), slowest, failures)

    def _often(self, act: Callable[[], None], every_s: float) -> None:
        while not self._stop.wait(every_s):
            act()

    def _sync(self) -> None:
        at, began = int(time.time()), time.perf_counter()
        note(self._station, [Record(1, at, Kind.STUDY, "A1001", "food/film", "", "", (at, at + 9))])
        try:
            self._station.courier.sync()
        except LineError as error:
            logging.warning("a sync failed: %s", error)
            self._failures += 1
        self._syncs.append(time.perf_counter() - began)

    def _ping(self, which: int) -> None:
        began = time.perf_counter()
        line = http.client.HTTPConnection("127.0.0.1", self._ports[which], timeout=SYNC_S)
        try:
            line.request("GET", "/ping")  # the hub has no such page, and says so
            line.getresponse().read()
        except OSError as error:
            logging.warning("no answer at port %s: %s", self._ports[which], error)
            self._failures += 1
        finally:
            line.close()
        self._pings[which].append(time.perf_counter() - began)


def _p99(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100] if times else 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """The processes, their ports, and a second station that will lie."""

    hub: Server
    node: Server
    honest: NodeRuntime
    liar: NodeRuntime


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """A hub and a relaying node as processes, and two stations in this one."""
    port = free_port()
    machine = hub_machine.open_hub(new_hub(folder / "hub", "capacity_per_s = 100\n"))
    with answering(machine) as joining:
        configs = [joined(folder / f"n{n}", machine, joining, f"44060{n}") for n in (1, 2, 3)]
    settings = folder / "hub" / "hub.toml"
    settings.write_text(settings.read_text("utf-8").replace("port = 0", f"port = {port}"), "utf-8")
    configs = [replace(config, hub_url=f"http://127.0.0.1:{port}") for config in configs]
    relaying = replace(configs[2], relay=True, port=free_port())
    relaying.save()
    with ExitStack() as stack:
        hub = Server("hub", folder / "hub", port).start()
        stack.callback(hub.stop)
        node = Server("node", relaying.data, relaying.port).start()
        stack.callback(node.stop)
        stations = [NodeRuntime.open(config) for config in configs[:2]]
        for station in stations:
            stack.callback(station.close)
        yield Place(hub, node, *stations)


@contextmanager
def greedy(kind: str, ports: tuple[int, ...], count: int) -> Iterator[None]:
    """Greedy clients of a kind at each of ``ports``."""
    command = [sys.executable, "-m", "tests.faults.greedy", kind]
    with ExitStack() as stack:
        for port in ports:
            process = subprocess.Popen(
                [*command, str(port), str(count)], cwd=ROOT, preexec_fn=lambda: os.nice(10)
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


@contextmanager
def ghosts(liar: NodeRuntime, count: int) -> Iterator[None]:
    """A station's true signature under records of learners who do not exist."""
    at, stop = int(time.time()), threading.Event()

    def lie() -> None:
        for turn in range(1_000):
            records = [
                Record(n, at, Kind.STUDY, f"ghost {turn} {n}", "food/film", "", "", (0, 9))
                for n in range(min(count, 2_000))
            ]
            note(liar, records)
            try:
                liar.courier.sync()
            except LineError as error:
                logging.info("a liar was sent away: %s", error)
            if stop.wait(0.2) or turn * 2_000 > count:
                return

    thread = threading.Thread(target=lie)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def run(folder: Path, size: Size) -> list[Row]:
    """All phases; what the honest ones met in each."""
    rows = []
    with place(folder) as here:
        both = (here.hub.port, here.node.port)
        honest = Honest(here.honest, both)
        phases: dict[str, Callable[[], list[object]]] = {
            "nobody": list,
            "slow sockets": lambda: [greedy("slow", both, size.sockets)],
            "heads, no bodies": lambda: [greedy("heads", both, size.heads)],
            "ghosts": lambda: [ghosts(here.liar, size.ghosts)],
            "poison": lambda: [greedy("poison", both, 1)],
            "junk at a relay": lambda: [greedy("relay", both[1:], 1)],
        }
        phases["all at once"] = lambda: [
            each for act in list(phases.values())[1:6] for each in act()
        ]
        with honest.at_work():
            for phase, begin in phases.items():
                with ExitStack() as stack:
                    for each in begin():
                        stack.enter_context(each)  # type: ignore[arg-type]
                    time.sleep(size.seconds)
                    rows.append(honest.met(phase))
    return rows


def tell(rows: list[Row]) -> str:
    """The table."""
    head = f"{'phase':18}{'pings':>7}{'p99 ms':>8}{'hub ms':>8}{'syncs':>7}"
    lines = [f"{head}{'slowest s':>11}{'failed':>8}"]
    for row in rows:
        pings = f"{row.pings:>7}{row.ping_p99_s * 1_000:>8.0f}{row.hub_p99_s * 1_000:>8.0f}"
        syncs = f"{row.syncs:>7}{row.slowest_sync_s:>11.2f}{row.failures:>8}"
        lines.append(f"{row.phase:18}{pings}{syncs}{'  missed' if row.missed else ''}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """The whole run."""
    usual = Size()
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=usual.seconds)
    for name in ("sockets", "heads", "ghosts"):
        options.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    asked = options.parse_args()
    size = Size(asked.seconds, asked.sockets, asked.heads, asked.ghosts)
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        rows = run(Path(folder), size)
    sys.stdout.write(tell(rows))
    sys.exit(any(row.missed for row in rows))


if __name__ == "__main__":
    main()

"""Wire: what a sync costs on the line, every byte of the TCP streams counted, both ways.

A real hub and a real courier; between them a proxy that counts what it passes on. The records are
those of one station and one 20-day term.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from node.machine import Machine
from tests.bench.figure import Figure, report
from tests.bench.workload import station
from tests.faults.proxy import Proxy
from tests.lab import joined, note, running_hub

HOW = "python -m tests.bench.wire"


class Cost(NamedTuple):
    """Bytes of the TCP streams both ways, and requests."""

    bytes: int
    requests: int


def measure() -> dict[str, Cost]:
    """First sync of the station's term, nothing new, and twenty new records."""
    records = station()
    costs = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with running_hub(place / "hub") as (hub, port), Proxy(port) as proxy:
            machine = Machine.open(joined(place / "node", hub, proxy.port, "440604001"))
            try:
                machine.courier.sync()  # the station's own orders: not part of the workload
                note(machine, list(records[:-20]))
                costs["first"] = _cost(machine, proxy)
                costs["idle"] = _cost(machine, proxy)
                note(machine, list(records[-20:]))
                costs["increment20"] = _cost(machine, proxy)
                # The same again with all of them at once is the figure that peers were given.
                again = Machine.open(joined(place / "node2", hub, proxy.port, "440604002"))
                again.courier.sync()
                note(again, list(records))
                costs["first"] = _cost(again, proxy)
                again.close()
            finally:
                machine.close()
    return costs


def _cost(machine: Machine, proxy: Proxy) -> Cost:
    before = proxy.traffic.connections, proxy.traffic.up + proxy.traffic.down
    machine.courier.sync()
    after = proxy.traffic.connections, proxy.traffic.up + proxy.traffic.down
    return Cost(after[1] - before[1], after[0] - before[0])


def figures() -> list[Figure]:
    """The figures of ``bench.json`` that this module owns."""
    costs = measure()
    first, idle, more = costs["first"], costs["idle"], costs["increment20"]
    each = first.bytes / len(station())
    return [
        Figure("sync.first.bytes_per_record", round(each, 3), "B", 6, "low", HOW),
        Figure("sync.first.requests", first.requests, "requests", None, "low", HOW),
        Figure("sync.increment20.bytes", more.bytes, "B", 1_000, "low", HOW),
        Figure("sync.idle.bytes", idle.bytes, "B", 700, "low", HOW),
        Figure("sync.idle.requests", idle.requests, "requests", 1, "low", HOW),
    ]


if __name__ == "__main__":
    report(figures())

"""Wire: what a sync costs on the line, every byte of the TCP streams counted, both ways.

A real hub and a real courier; the line between them counts what it passes on, the bytes of IP as
well as those of the streams. The records are those of one station and one 20-day term.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from node.runtime import NodeRuntime
from tests.bench.figure import Figure, report
from tests.bench.meter import Count, Meter
from tests.bench.workload import station
from tests.lab import joined, note, running_hub

HOW = "python -m tests.bench.wire"


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of each kind of sync, and how the IP bytes were counted."""

    first: Count
    idle: Count
    increment20: Count
    how: str


def measure() -> Costs:
    """First sync of the station's term, nothing new, and twenty new records."""
    records = list(station())
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with running_hub(place / "hub") as (hub, port), Meter(port) as meter:

            def new(code: str) -> NodeRuntime:
                config = joined(place / code, hub, meter.port, code, meter.host)
                runtime = NodeRuntime.open(config)
                runtime.courier.sync()  # the station's own orders: not part of the workload
                return runtime

            with closing(new("440604001")) as runtime:
                note(runtime, records[:-20])
                runtime.courier.sync()
                idle = _cost(runtime, meter)
                note(runtime, records[-20:])
                increment20 = _cost(runtime, meter)
            # All at once, as the peers were measured.
            with closing(new("440604002")) as runtime:
                note(runtime, records)
                first = _cost(runtime, meter)
            return Costs(first, idle, increment20, meter.how)


def _cost(runtime: NodeRuntime, meter: Meter) -> Count:
    before = meter.count()
    runtime.courier.sync()
    return meter.count() - before


def figures() -> list[Figure]:
    """The figures of ``bench.json`` that this module owns."""
    costs = measure()
    first, idle, more = costs.first, costs.idle, costs.increment20
    for name, cost in (("first sync", first), ("20 new records", more), ("nothing new", idle)):
        print(
            f"{name}: {cost.bytes:,} B of the TCP streams, {cost.ip_bytes:,} B of IP, "
            f"{cost.requests} request, {cost.connections} connection"
        )
    print(f"IP bytes are {costs.how}.")
    each = first.bytes / len(station())
    return [
        Figure("sync.first.bytes_per_record", round(each, 3), "B", 5, "low", HOW),
        Figure("sync.first.ip_bytes", first.ip_bytes, "B", None, "low", HOW),
        Figure("sync.first.requests", first.requests, "requests", 1, "low", HOW),
        Figure("sync.increment20.bytes", more.bytes, "B", 900, "low", HOW),
        Figure("sync.increment20.ip_bytes", more.ip_bytes, "B", None, "low", HOW),
        Figure("sync.idle.bytes", idle.bytes, "B", 600, "low", HOW),
        Figure("sync.idle.ip_bytes", idle.ip_bytes, "B", None, "low", HOW),
        Figure("sync.idle.requests", idle.requests, "requests", 1, "low", HOW),
    ]


if __name__ == "__main__":
    report(figures)

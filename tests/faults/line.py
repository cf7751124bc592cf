"""Line: a real courier and a real hub behind a line that fails in every way we know.

``python -m tests.faults.line --runs 200 [--seed N]``. Each run is a new node that notes records and
syncs while the line refuses, cuts at any byte, loses the answer, doubles, delays beyond the node's
patience, turns bits, or puts a captive portal's page in between. Then the line is good again, and:
each record is at the hub exactly once, the facts are those of a perfect line, nothing that had a
receipt was sent again, and nobody is stuck. Exit 1 if any of this does not hold.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hub.context.open_hub import Hub
from hub.facts import merge
from hub.store import batches
from hub.store.engine import reading
from node.errors import NodeError
from node.runtime import NodeRuntime
from node.store import journal, meta, outbox
from sync.batch import GENESIS, batch_hash, read_header, unseal_batch
from sync.exchange import unseal_request
from sync.facts import Facts
from sync.identity import Identity
from sync.names import Names
from sync.parcel import MAGIC, read_address
from sync.records import Record
from sync.signing import SigningKey
from tests.faults.proxy import Fault, Plan, Proxy
from tests.lab import joined, note, running_hub
from tests.sync.records import some_records

# A line that is good again needs no more syncs than this: what it asks for, and what it sends.
_CALM_SYNCS = 3


@dataclass(slots=True)
class Weather:
    """What the line does: ``storm`` draws a fault for each connection, calm passes everything.

    ``marks``: what the node held a receipt for when each connection began.
    """

    rng: random.Random
    runtime: NodeRuntime | None = None
    storm: bool = False
    seen: Counter[str] = field(default_factory=Counter)
    marks: list[int] = field(default_factory=list)

    def plan(self) -> Plan:
        """What happens to the connection that begins now."""
        fault = self.rng.choice(tuple(Fault)) if self.storm else Fault.NONE
        self.seen[fault.name] += 1
        if fault is not Fault.REFUSED:
            self.marks.append(_mark(self.runtime) if self.runtime else 0)
        return Plan(fault, self.rng.random())


def main() -> int:
    """Run, print what happened; returns 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    logging.disable(logging.WARNING)  # each fault is logged at both ends, as it should be
    seen: Counter[str] = Counter()
    faults = records = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with running_hub(place / "hub") as (hub, port):
            for run in range(asked.runs):
                weather = Weather(random.Random(asked.seed * 1_000_003 + run))
                count, broken = one_run(place / f"node{run}", hub, port, weather, f"9{run:06d}")
                records += count
                seen += weather.seen
                for fault in broken:
                    faults += 1
                    print(f"run {run}: {fault}")
    print(f"seed {asked.seed}: {asked.runs} runs, {records} records, {sum(seen.values())} requests")
    print("  ".join(f"{name} {count}" for name, count in sorted(seen.items())))
    print(
        "each record once, nothing sent again, nobody stuck" if not faults else f"{faults} broken"
    )
    return 1 if faults else 0


def one_run(
    place: Path, hub: Hub, hub_port: int, weather: Weather, code: str
) -> tuple[int, list[str]]:
    """One node's run; returns how many records it noted, and which promises were broken."""
    with Proxy(hub_port, weather.plan, keep_requests=True) as proxy:
        runtime = weather.runtime = NodeRuntime.open(joined(place, hub, proxy.port, code))
        try:
            weather.storm = True
            first = 1
            for _ in range(weather.rng.randrange(4, 12)):
                count = weather.rng.choice((1, 3, 20, 400))
                note(runtime, list(some_records(weather.rng, count, first)))
                first += count
                with suppress(NodeError):
                    runtime.courier.sync()
            weather.storm = False
            broken = list(_calm(runtime))
            broken += _compared(runtime, hub)
            broken += _sent_again(runtime, hub, proxy.traffic.requests, weather.marks)
        finally:
            runtime.close()
    return first - 1, broken


def _calm(runtime: NodeRuntime) -> Iterator[str]:
    """The line works again: soon nothing may wait."""
    for _ in range(_CALM_SYNCS):
        with suppress(NodeError):
            runtime.courier.sync()
    waiting = journal.waiting(runtime.store.read()).count
    if waiting:
        yield f"stuck: {waiting} records wait ({runtime.courier.state.fault})"


def _compared(runtime: NodeRuntime, hub: Hub) -> Iterator[str]:
    """The records and facts at the hub are those of the node."""
    conn = runtime.store.read()
    me = meta.identity(conn)
    assert me is not None
    here = tuple(journal.since(conn, me.epoch, 1, 1_000_000))
    there = tuple(_at_hub(hub, runtime, me.node, me.epoch))
    if here != there:
        yield f"{len(here)} records at the node, {len(there)} at the hub, or not the same"
    facts: dict[str, Facts] = {}
    for record in here:
        facts.setdefault(record.learner, Facts()).add(me.node, me.epoch, record)
    with reading(hub.engine) as connection:
        for learner, mine in facts.items():
            theirs = merge.of_learner(connection, learner)
            theirs.merge(mine)
            if theirs != merge.of_learner(connection, learner):
                yield f"the hub lacks facts of {learner}"


def _at_hub(hub: Hub, runtime: NodeRuntime, node: int, epoch: int) -> Iterator[Record]:
    """All records of a node from the batches that the hub stored, chain checked."""
    key = SigningKey.from_bytes((runtime.config.data / "node.key").read_bytes()).public
    names, expected, previous = Names(), 1, GENESIS
    with reading(hub.engine) as connection:
        for stored in batches.in_chain_order(connection, node):
            raw = stored.bytes
            batch = unseal_batch(raw, node, key, names, expected, previous)
            assert batch.epoch == epoch
            expected, previous = batch.last + 1, batch_hash(raw)
            yield from batch.records


def _sent_again(
    runtime: NodeRuntime, hub: Hub, requests: list[bytes], marks: list[int]
) -> Iterator[str]:
    """No batch may travel whose records had a receipt when the request began."""
    node = Identity.of(SigningKey.from_bytes((runtime.config.data / "node.key").read_bytes()))
    for raw, mark in zip(requests, marks, strict=True):
        body = raw.partition(b"\r\n\r\n")[2]
        if not body.startswith(MAGIC):
            continue
        request, _ = unseal_request(body, hub.ring.box(read_address(body).hint), node)
        for sealed in request.batches:
            header = read_header(sealed)
            if header.first + header.count - 1 <= mark:
                yield f"records up to {header.first + header.count - 1} sent again after {mark}"


def _mark(runtime: NodeRuntime) -> int:
    conn = runtime.store.read()
    me = meta.identity(conn)
    return outbox.receipted(conn, me.epoch).seq if me else 0


if __name__ == "__main__":
    sys.exit(main())

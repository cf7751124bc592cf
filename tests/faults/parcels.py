"""Parcels: each bit flipped, each cut, each replayed, each another's (SPEC.md §9).

``python -m tests.faults.parcels --parcels 1000 [--every]``. Real parcels of a real node and a real
hub, both ways; on their way through a relay: ``tests.faults.relay_flips``. With ``--every`` all
bits and all cuts of all of them (an hour), without it all of a few and some at random of the rest.
What is wrong must be refused by name, and a refusal may change nothing: all tables of hub and nodes
are compared before and after. Exit 1 if not.
"""

from __future__ import annotations

import argparse
import logging
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hub.context.open_hub import Hub
from hub.errors import HubError
from hub.intake import node_request
from node.errors import NotTheHub
from node.exchange.exchange import Exchange
from node.exchange.node_keys import load_keys
from node.runtime import NodeRuntime
from node.store import boots, meta, outbox
from sync.errors import PeerError
from sync.exchange import Request, seal_request
from tests.lab import joined, note, running_hub
from tests.sync.records import some_records

# A node says "not-the-hub" to people; the log says which of these it was.
NAMES = frozenset({"malformed", "too-large", "not-for-us", "bad-signature", "unknown-station"})
# What a repeated parcel must not change (the hub does note that it heard the node again).
KEPT = ("batch", "chain", "fork", "facts", "result", "progress", "orders", "setting")
Parcels = tuple[list[bytes], list[bytes]]  # requests, answers
ALL_OF = 1  # parcels each way of which every bit and every cut is tried in the short run
SOME = 3


@dataclass
class Lab:
    """A hub and two nodes, and what passed between the hub and the first."""

    hub: Hub
    first: NodeRuntime
    other: NodeRuntime

    def __post_init__(self) -> None:
        self._exchanges = {
            id(runtime): exchange_of(runtime) for runtime in (self.first, self.other)
        }

    def traffic(self, count: int) -> Parcels:
        """So many parcels: requests of the first node, and to one in five the hub's answer.

        Sealed here as the node would, but without writing each of them to its disk.
        """
        note(self.first, list(some_records(random.Random(7), 200)))
        exchange, conn = self._exchanges[id(self.first)], self.first.store.read()
        while exchange.seal(20):
            pass
        me = meta.identity(conn)
        assert me is not None
        key, named = load_keys(self.first.config.data).current, boots.since_confirmed(conn)
        batches = outbox.waiting(conn, 1, 1_000_000)
        requests = [
            seal_request(
                Request(
                    me.node, 1, 1_780_000_000_000 + contact, 200, 0, 9_000, 0, contact,
                    tuple(boot.boot for boot in named),
                    tuple(batch.bytes for batch in batches[: contact % 3]),
                ),
                key,
                me.hub,
            )
            for contact in range(1, count - count // 5 + 1)
        ]  # fmt: skip
        return requests, [node_request.exchange(self.hub, raw) for raw in requests[: count // 5]]

    def by_hub(self, raw: bytes) -> str:
        """The code with which the hub refuses it; "" if it does not."""
        try:
            node_request.exchange(self.hub, raw)
        except (PeerError, HubError) as fault:
            return fault.code
        return ""

    def by_node(self, raw: bytes, runtime: NodeRuntime | None = None) -> str:
        """The code with which a node refuses it; "" if it does not."""
        try:
            self._exchanges[id(runtime or self.first)].take(raw)
        except NotTheHub as fault:
            return str(fault).partition(":")[0]
        return ""

    def state(self) -> str:
        """Everything that hub and nodes hold."""
        files = (self.hub.config.data / "hub.db", self.first.store.path, self.other.store.path)
        return sha256("".join(_dump(path) for path in files).encode()).hexdigest()

    def kept(self) -> str:
        """What the hub holds of records and what follows from them."""
        lines = _dump(self.hub.config.data / "hub.db").split("\n")
        mine = [line for line in lines if line.startswith(_INSERTS)]
        return sha256("\n".join(mine).encode()).hexdigest()


_INSERTS = tuple(f'INSERT INTO "{name}"' for name in KEPT)


@contextmanager
def lab(place: Path) -> Iterator[Lab]:
    """A new hub and two joined nodes."""
    with running_hub(place / "hub") as (hub, port):
        machines = [NodeRuntime.open(joined(place / x, hub, port, f"4406{x}")) for x in "ab"]
        try:
            yield Lab(hub, *machines)
        finally:
            for runtime in machines:
                runtime.close()


def flips(raw: bytes) -> Iterator[bytes]:
    """``raw`` with each of its bits turned."""
    for bit in range(len(raw) * 8):
        yield flip(raw, bit)


def cuts(raw: bytes) -> Iterator[bytes]:
    """``raw`` cut at each byte."""
    for length in range(len(raw)):
        yield raw[:length]


def flip(raw: bytes, bit: int) -> bytes:
    """``raw`` with one bit turned."""
    at = bit // 8
    return raw[:at] + bytes([raw[at] ^ 1 << bit % 8]) + raw[at + 1 :]


def spoilt(raw: bytes, *, every: bool, dice: random.Random) -> Iterator[bytes]:
    """Every way in which a carrier can spoil a parcel by a bit or a cut, or some of them."""
    if every:
        yield from flips(raw)
        yield from cuts(raw)
        return
    for _ in range(SOME):
        yield flip(raw, dice.randrange(len(raw) * 8))
    yield raw[: dice.randrange(len(raw))]


def spoil(there: Lab, parcels: Parcels, *, every: bool) -> Counter[str]:
    """Spoil parcels of both directions; counts the codes of the refusals ("": not refused)."""
    dice, names = random.Random(5), Counter[str]()
    for raws, refused in zip(parcels, (there.by_hub, there.by_node), strict=True):
        for place, raw in enumerate(raws):
            for bad in spoilt(raw, every=every or place < ALL_OF, dice=dice):
                names[refused(bad)] += 1
    return names


def exchange_of(runtime: NodeRuntime) -> Exchange:
    """What a node seals and opens parcels with."""
    me = meta.identity(runtime.store.read())
    assert me is not None
    return Exchange(runtime.config, runtime.store, runtime.clock, me)


def _dump(path: Path) -> str:
    conn = sqlite3.connect(path)
    try:
        return "\n".join(conn.iterdump())
    finally:
        conn.close()


def main() -> int:
    """Spoil as many as asked for, print the codes with which they were refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parcels", type=int, default=1_000)
    parser.add_argument("--every", action="store_true")
    asked = parser.parse_args()
    logging.disable(logging.ERROR)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, lab(Path(folder)) as there:
        parcels = there.traffic(asked.parcels)
        before = there.state()
        names = spoil(there, parcels, every=asked.every)
        same = there.state() == before
    took = time.monotonic() - began
    print(f"{asked.parcels} parcels, {names.total()} spoilt, {took:.0f} s: {dict(names)}")
    print("nothing changed" if same else "SOMETHING CHANGED")
    return 0 if same and set(names) <= NAMES else 1


if __name__ == "__main__":
    sys.exit(main())

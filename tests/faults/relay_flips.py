"""A relay in the middle flips each byte of what passes through it (SPEC.md §9, §12.4).

``python -m tests.faults.relay_flips --batches 100`` (half an hour): every byte of so many messages
of a station to the relay, of the hub's answers to the relay, and of the relay's messages to the
station. The relay's own code, a real hub and a real node. None may be accepted, none may be a
receipt, and nothing may change; all tables of hub and nodes are compared. Exit 1 if not. Each *bit*
of parcels between node and hub without a relay, cuts and repetitions: ``tests.faults.parcels``.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hub.errors import HubError
from hub.intake import node_request
from node.errors import HubRefused, NotTheHub
from node.relay import relay
from node.relay.parcel_store import ParcelStore
from sync.errors import PeerError
from sync.parcel import read_address
from sync.relay import MAX_ANSWERS_BYTES, Ask, read_ask, write_answers, write_ask
from tests.faults import parcels
from tests.faults.parcels import Lab, exchange_of


@dataclass
class Outcome:
    """How many messages were spoilt, and which of them were taken for good."""

    spoilt: int = 0
    accepted: list[str] = field(default_factory=list)

    def add(self, what: str, accepted: bool) -> None:
        self.spoilt += 1
        if accepted:
            self.accepted.append(what)


def flipped(raw: bytes, step: int = 1) -> Iterator[tuple[int, bytes]]:
    """``raw`` with each byte turned over, or each ``step``-th of them, and the byte's place."""
    for at in range(0, len(raw), step):
        yield at, raw[:at] + bytes([raw[at] ^ 0xFF]) + raw[at + 1 :]


class ToHub:
    """The relay's line to the hub."""

    def __init__(self, there: Lab) -> None:
        self._there = there

    def post(self, _path: str, raw: bytes, _most: int) -> bytes:
        """What the hub answers, in the words of HTTP."""
        try:
            return node_request.exchange(self._there.hub, raw, direct=False)
        except (PeerError, HubError) as fault:
            raise HubRefused(fault.code) from fault


class Says:
    """Who says always the same: the hub to the relay, or the relay to the station."""

    def __init__(self, answer: bytes) -> None:
        self._said = answer

    def post(self, _path: str, _raw: bytes, _most: int) -> bytes:
        """That."""
        return self._said


class Middle:
    """A relay between the first node of a laboratory and its hub."""

    def __init__(self, there: Lab, folder: Path) -> None:
        self.there, self._folder = there, folder
        self.shelf = ParcelStore(folder)

    def carry(self, body: bytes, line: object | None = None) -> int:
        """Take a message of the station as ``node.web.relay`` does, pass on what it holds.

        Returns how many parcels the hub answered. The relay starts anew before: what it remembers
        of the messages before would keep some of them from the hub.
        """
        self.shelf.close()
        self.shelf = ParcelStore(self._folder)
        try:
            ask = read_ask(body)
            if ask.parcel:
                self.shelf.take(ask.node, ask.parcel, "10.1.1.1")
            return relay.forward(line or ToHub(self.there), self.shelf)  # type: ignore[arg-type]
        except (PeerError, HubRefused, NotTheHub):
            return 0
        finally:
            for lying in self.shelf.to_hub():
                self.shelf.drop(lying)

    def held(self, node: int) -> list[bytes]:
        """The answers that it holds for a station; it holds them no longer."""
        answers = self.shelf.answers(node, MAX_ANSWERS_BYTES)
        for lying in self.shelf.all_answers():
            self.shelf.forget(lying.node, [bytes.fromhex(lying.name)])
        return answers

    def hand(self, body: bytes) -> int:
        """Hand a message to the station's own code; how many records it thinks are receipted."""
        first = self.there.first
        try:
            taken = relay.hand_over(
                Says(body),  # type: ignore[arg-type]
                first.store,
                first.clock,
                exchange_of(first),
            )
        except (PeerError, NotTheHub):
            return 0
        return taken.receipted + taken.orders


def flip_asks(middle: Middle, requests: Iterable[bytes], step: int = 1) -> Outcome:
    """From the station to the relay: the hub may answer none of them."""
    outcome = Outcome()
    for raw in requests:
        body = write_ask(Ask(read_address(raw).sender, raw))
        for at, bad in flipped(body, step):
            outcome.add(f"byte {at} of a message to the relay", middle.carry(bad) > 0)
    return outcome


def flip_hub(middle: Middle, request: bytes, answers: Iterable[bytes], step: int = 1) -> Outcome:
    """From the hub to the relay: what it keeps is refused by the station."""
    outcome, node = Outcome(), read_address(request).sender
    body = write_ask(Ask(node, request))
    for raw in answers:
        for at, bad in flipped(raw, step):
            middle.carry(body, Says(bad))
            taken = [kept for kept in middle.held(node) if not middle.there.by_node(kept)]
            outcome.add(f"byte {at} of an answer to the relay", bool(taken))
    return outcome


def flip_answers(middle: Middle, answers: Iterable[bytes], step: int = 1) -> Outcome:
    """From the relay to the station: none of it may count."""
    outcome = Outcome()
    for raw in answers:
        for at, bad in flipped(write_answers([raw]), step):
            outcome.add(f"byte {at} of an answer to the station", middle.hand(bad) > 0)
    return outcome


def settled(middle: Middle) -> str:
    """The state of all tables once the node has noted what it handed to a relay."""
    middle.hand(b"")
    return middle.there.state()


def main() -> int:
    """Flip all bytes, print how many and what was accepted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=100)
    count = parser.parse_args().batches
    logging.disable(logging.ERROR)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, parcels.lab(Path(folder)) as there:
        requests, answers = there.traffic(count * 5)
        middle = Middle(there, Path(folder) / "relay")
        before = settled(middle)
        outcomes = (
            flip_asks(middle, requests[-count:]),
            flip_hub(middle, requests[-1], answers),
            flip_answers(middle, answers),
        )
        same = there.state() == before
        middle.shelf.close()
    spoilt = [outcome.spoilt for outcome in outcomes]
    accepted = [each for outcome in outcomes for each in outcome.accepted]
    print(f"{sum(spoilt)} {spoilt} spoilt, {len(accepted)} accepted {accepted[:5]}")
    print("nothing changed" if same else "SOMETHING CHANGED", f"{time.monotonic() - began:.0f} s")
    return 0 if same and not accepted else 1


if __name__ == "__main__":
    sys.exit(main())

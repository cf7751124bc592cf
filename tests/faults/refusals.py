"""What it costs to refuse: junk of every kind at the doors of the hub and of a node's relay.

``python -m tests.faults.refusals`` prints, for each kind that is refused, its bytes, the processor
time per byte and the calls of functions; exit 1 when a stranger's byte costs more than 1 µs (on
top of what any request costs) or a station's request more than 100 ms.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask.testing import FlaskClient

from hub.config import Config as HubConfig
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.web.app import create_app as hub_app
from node.config import Config as NodeConfig
from node.runtime import NodeRuntime
from node.web.app import create_app as node_app
from sync.parcel import HUB, seal_parcel
from sync.relay import MAX_ASK_BYTES
from sync.sealing import seal
from sync.signing import Purpose, SigningKey
from sync.wire import Writer
from tests.hub.conftest import Clock, Station, join_station, study
from tests.node.conftest import FakeTime, populate
from tests.quick import secrets_cost_little

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BYTES = "application/octet-stream"
SMALL, LARGE = 20_000, 2_400_000
# What any request costs before it is looked at: routes, headers, a log line.
ANY_S, BYTE_S, STATION_S = 0.005, 1e-6, 0.1
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Junk:
    """A kind of request that is refused: to whom, and what is sent, for a number of bytes.

    ``believed``: whoever sends it needs a station's key. ``calls_a_byte``: what decoding it takes.
    """

    name: str
    at_hub: bool
    path: str
    body: Callable[[int], bytes]
    believed: bool = False
    content_type: str = BYTES
    calls_a_byte: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one refusal took."""

    junk: Junk
    n_bytes: int
    status: int
    cpu_s: float
    calls: int

    @property
    def too_dear(self) -> bool:
        """Whether it is beyond the limits in the first lines."""
        if self.junk.believed:
            return self.cpu_s > STATION_S
        return self.cpu_s > ANY_S + self.n_bytes * BYTE_S


@dataclass(frozen=True, slots=True)
class Doors:
    """A hub and a node that relays, asked in this process."""

    hub: FlaskClient
    node: FlaskClient
    junk: tuple[Junk, ...]

    def send(self, junk: Junk, raw: bytes) -> int:
        """The status of the answer."""
        client = self.hub if junk.at_hub else self.node
        return client.post(junk.path, data=raw, content_type=junk.content_type).status_code

    def cost(self, junk: Junk, n_bytes: int) -> Cost:
        """What it takes to refuse ``junk`` of about ``n_bytes``; the least of a few times."""
        raw = junk.body(n_bytes)
        self.send(junk, raw)  # templates and modules are read once
        status, calls = counted(lambda: self.send(junk, raw))
        took = []
        for _ in range(REPEATS):
            began = time.process_time()
            self.send(junk, raw)
            took.append(time.process_time() - began)
        return Cost(junk, len(raw), status, min(took), calls)


def counted(act: Callable[[], int]) -> tuple[int, int]:
    """What ``act`` returns, and how many functions were called: the same on any machine."""
    calls = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        result = act()
    finally:
        sys.setprofile(None)
    return result, calls


@contextmanager
def doors(folder: Path) -> Iterator[Doors]:
    """A new hub with a station, and a node that relays."""
    with secrets_cost_little():
        open_hub.create(HubConfig(data=folder / "hub"), Clock())
    hub = open_hub.open_hub(folder / "hub", Clock())
    station = join_station(hub, "110101001")
    config = NodeConfig(folder / "node", hub_url="http://127.0.0.1:9", relay=True, share=True)
    node = NodeRuntime.open(config, FakeTime().clock())
    populate(node)
    pages = hub_app(hub)
    pages.config["WTF_CSRF_ENABLED"] = False
    try:
        yield Doors(pages.test_client(), node_app(node).test_client(), tuple(kinds(hub, station)))
    finally:
        node.close()
        hub.close()


def kinds(hub: Hub, station: Station) -> Iterator[Junk]:
    """All kinds of junk."""
    yield from _of_strangers(hub, station)
    yield from _at_pages()
    yield from _at_relay(station)
    yield from _of_a_station(hub, station)


def _of_strangers(hub: Hub, station: Station) -> Iterator[Junk]:
    stranger, hint = replace(station, key=SigningKey.generate()), hub.ring.identity.hint
    unknown = replace(stranger, node=999)

    def sealed(inside: bytes) -> bytes:
        """Anybody who knows the hub's public key can write a parcel that opens."""
        context = _address(station, hint)
        return context + seal(inside, hub.ring.identity.box, context)

    def announced(count: int, n_bytes: int) -> bytes:
        out = Writer()
        out.varint(count)
        return sealed(out.done() + bytes(n_bytes - 200))

    for path in ("/x", "/x/late"):
        yield Junk(f"noise {path}", True, path, bytes)
        yield Junk(
            f"not to be opened {path}", True, path, lambda n: _address(station, hint) + bytes(n)
        )
    yield Junk("certificates without end", True, "/x", lambda n: announced(n - 200, n))
    yield Junk("64 certificates", True, "/x", lambda n: announced(64, n))
    yield Junk("signed by nobody", True, "/x", lambda n: announced(0, n))
    yield Junk("station that is none", True, "/x", lambda n: unknown.request(bytes(n - 300)))
    yield Junk("another's signature", True, "/x", lambda n: stranger.request(bytes(n - 300)))
    yield Junk("join, noise", True, "/join", lambda n: bytes(min(n, 4_000)))
    yield Junk("join, too long", True, "/join", bytes)
    yield Junk("pieces, noise", True, "/pieces", bytes)
    yield Junk("pieces, many", True, "/pieces", lambda n: b"XZW1" + bytes(min(n, 799_000)))


def _at_pages() -> Iterator[Junk]:
    for path, at_hub, most in (("/log-in", True, 1_900_000), ("/sign-in", False, 64_000)):

        def fields(n_bytes: int, most: int = most) -> bytes:
            return b"a=1&" * (min(n_bytes, most) // 4)

        def long(n_bytes: int, most: int = most) -> bytes:
            return b"x=" + b"%61" * (min(n_bytes, most) // 3)

        yield Junk(f"{path}, many fields", at_hub, path, fields, content_type=FORM)
        if not at_hub:  # there an empty password is compared, too, which takes 40 ms of its own
            yield Junk(f"{path}, a long field", at_hub, path, long, False, FORM, calls_a_byte=1)
    brackets = Junk("brackets to a page", False, "/api/study", lambda n: b"[" * min(n, 60_000))
    yield replace(brackets, content_type=JSON)


def _at_relay(station: Station) -> Iterator[Junk]:
    def names(n_bytes: int) -> bytes:
        out = Writer()
        out.varint(7)
        out.counted(b"")
        out.raw(bytes(min(n_bytes, MAX_ASK_BYTES - 100) // 8 * 8))
        return out.done()

    def others(n_bytes: int) -> bytes:
        out = Writer()
        out.varint(9)
        out.counted(station.request(bytes(n_bytes - 300)))
        return out.done()

    yield Junk("relay, noise", False, "/relay", lambda n: b"\xff" * n)
    yield Junk("relay, many names", False, "/relay", names)
    yield Junk("relay, another's parcel", False, "/relay", others)
    yield Junk("relay, many pieces", False, "/pieces", lambda n: b"XZW1" + bytes(min(n, 799_000)))


def _of_a_station(hub: Hub, station: Station) -> Iterator[Junk]:
    """What only a station's key can sign."""

    def anew() -> Station:
        """The station before it has said anything: a chain of its own for each piece of junk."""
        return Station(hub, station.node, station.key)

    def starts(n_bytes: int) -> bytes:
        body = b"\1" * 7 + b"\xff\xff\x7f" + bytes(n_bytes - 300)
        address = (HUB, station.node)
        return seal_parcel(Purpose.REQUEST, address, body, station.key, hub.ring.identity)

    def unsigned(n_bytes: int) -> bytes:
        fresh = anew()
        whole = fresh.seal(*(study(f"L{n}", n, n + 7) for n in range(min(n_bytes // 20, 15_000))))
        return fresh.request(whole[:10] + bytes([whole[10] ^ 1]) + whole[11:])

    yield Junk("starts without end", True, "/x", starts, True)
    yield Junk("empty batches", True, "/x", lambda n: anew().request(*[b""] * (n - 400)), True)
    yield Junk("batch with a bad signature", True, "/x", unsigned, True)


def _address(station: Station, hint: bytes) -> bytes:
    return b"XZE1" + bytes([HUB, station.node]) + hint


def main() -> None:
    """The table."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, doors(Path(folder)) as both:
        costs = [both.cost(junk, n) for junk in both.junk for n in (SMALL, LARGE)]
    sys.stdout.write(
        f"{'refused':30}{'bytes':>10}{'status':>8}{'ms':>8}{'ns/byte':>9}{'calls':>9}\n"
    )
    for cost in costs:
        each = 1e9 * max(0.0, cost.cpu_s - ANY_S) / cost.n_bytes
        sys.stdout.write(
            f"{cost.junk.name:30}{cost.n_bytes:>10}{cost.status:>8}{cost.cpu_s * 1000:>8.1f}"
            f"{each:>9.1f}{cost.calls:>9}{'  too dear' if cost.too_dear else ''}\n"
        )
    sys.exit(any(cost.too_dear for cost in costs))


if __name__ == "__main__":
    main()

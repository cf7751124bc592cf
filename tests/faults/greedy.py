"""Greedy clients: what strangers, learners and stations send to use a hub and a node up.

``python -m tests.faults.greedy KIND PORT COUNT`` sends until it is killed; ``tests.faults.greed``
starts it beside honest ones. Each kind comes from an address of loopback of its own.
"""

from __future__ import annotations

import itertools
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from sync.parcel import HUB, MAX_PARCEL_BYTES

T = TypeVar("T")
PATIENCE_S = 5
HEADS_PER_S = 500
SLOW, HEADS, POISON, RELAY = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"


def connect(port: int, source: str) -> socket.socket:
    """A connection from ``source``."""
    line = socket.socket()
    line.settimeout(PATIENCE_S)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    line.bind((source, 0))
    line.connect(("127.0.0.1", port))
    return line


def paced(items: Iterator[T], per_s: float) -> Iterator[T]:
    """``items``, so many a second."""
    began = time.monotonic()
    for done, item in enumerate(items):
        time.sleep(max(0.0, began + done / per_s - time.monotonic()))
        yield item


def slow(port: int, count: int) -> None:
    """``count`` connections that say a byte every two seconds; one that is closed comes anew."""
    lines: list[socket.socket | None] = [None] * count
    for at in paced(itertools.cycle(range(count)), count / 2):
        line = lines[at]
        try:
            if line is None:
                line = lines[at] = connect(port, SLOW)
                line.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\nX-")
            else:
                line.sendall(b"x")
        except OSError:
            if line is not None:
                line.close()
            lines[at] = None


def heads(port: int, count: int) -> None:
    """Heads that announce two megabytes which never come, ``count`` at once, 500 a second."""
    held: list[socket.socket] = []
    paths = itertools.cycle(("/x", "/x/late", "/relay", "/join", "/log-in"))
    for path in paced(paths, HEADS_PER_S):
        with suppress(OSError):
            line = connect(port, HEADS)
            head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n"
            line.sendall(head.encode())
            held.append(line)
        if len(held) >= count:
            held.pop(0).close()


def bodies(port: int, source: str, requests: Iterator[tuple[str, str, bytes]]) -> None:
    """Send whole requests (path, type, body), one after the other."""
    for path, kind, body in requests:
        with suppress(OSError):
            line = connect(port, source)
            head = (
                f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {kind}\r\n"
            )
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
            with suppress(OSError):
                line.sendall(body)
            line.recv(200)
            line.close()


def poison(port: int, _count: int) -> None:
    """What costs most to refuse (tests/faults/refusals.py), and log-ins."""
    form, raw = "application/x-www-form-urlencoded", "application/octet-stream"
    fields = b"a=1&" * 15_000
    parcel = b"XZE1" + bytes([HUB, 1]) + b"hint" + bytes(MAX_PARCEL_BYTES - 20)
    kinds = (
        ("/x", raw, parcel),
        ("/x", raw, parcel[:60_000]),
        ("/log-in", form, fields),
        ("/sign-in", form, fields),
        ("/log-in", form, b"name=admin&password=x"),
        ("/keeper/sign-in", form, b"name=keeper&password=x"),
        ("/join", raw, b"XZJ1" + bytes(4_000)),
        ("/pieces", raw, b"XZW1" + bytes(700_000)),
    )
    bodies(port, POISON, itertools.cycle(kinds))


def relay(port: int, _count: int) -> None:
    """Parcels of stations that do not exist, and noise."""

    def requests() -> Iterator[tuple[str, str, bytes]]:
        for number in itertools.count(1):
            node = 1 + number % 100
            parcel = b"XZE1" + bytes([HUB, node]) + b"hint" + number.to_bytes(8, "big") + bytes(200)
            size = len(parcel)
            ask = bytes([node, size & 127 | 128, size >> 7]) + parcel
            yield "/relay", "application/octet-stream", ask
            yield "/relay", "application/octet-stream", b"\xff" * 2_000

    bodies(port, RELAY, requests())


KINDS: dict[str, Callable[[int, int], None]] = {
    "slow": slow,
    "heads": heads,
    "poison": poison,
    "relay": relay,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))

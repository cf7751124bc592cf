"""Slow lines: connections that say little or nothing, for tests of servers and for faults."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager

# A whole head, and one that is not: its last line end is missing.
HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n"
PART = HEAD[:-2]


@contextmanager
def slow_lines(
    port: int, source: str, count: int, says: bytes = PART
) -> Iterator[list[socket.socket]]:
    """``count`` connections from ``source`` (an address of loopback), each with ``says`` sent."""
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            opened.append(line := socket.socket())
            line.settimeout(10)
            line.bind((source, 0))
            line.connect(("127.0.0.1", port))
            line.sendall(says)
        yield opened
    finally:
        for line in opened:
            line.close()


def is_closed(line: socket.socket, within_s: float) -> bool:
    """Whether the other side hangs up before so long."""
    with selectors.DefaultSelector() as ready:
        ready.register(line, selectors.EVENT_READ)
        if not ready.select(within_s):
            return False
        try:
            return line.recv(1) == b""
        except ConnectionError:
            return True

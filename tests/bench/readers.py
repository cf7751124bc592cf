"""Thirty readers of one film, from a process of their own: ``python -m tests.bench.readers``.

Fast ones fetch all of it again and again and throw it away; slow ones take 40 kB a second, like a
player that has buffered far ahead. Meanwhile ``/ping`` is fetched on new connections. Writes one
JSON.
"""

from __future__ import annotations

import json
import socket
import statistics
import sys
import threading
import time
from dataclasses import asdict, dataclass, field

READERS = 30
SLOW_BYTES_PER_S = 40_000
PING_EVERY_S = 0.02
PIECE_BYTES = 1 << 20


@dataclass
class Came:
    """What came: bytes of all readers, how many of them got any, how long each ping took."""

    bytes: int = 0
    playing: int = 0
    seconds: float = 0.0
    ping_p99_ms: float = 0.0
    faults: list[str] = field(default_factory=list)


def read(port: int, path: str, cookie: str, until: float, slow: bool, came: Came) -> None:
    """One reader."""
    buffer, total = bytearray(4_096 if slow else PIECE_BYTES), 0
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nRange: bytes=0-\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            if slow:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
            while time.monotonic() < until:
                line.sendall(request.encode())
                head = b""
                while b"\r\n\r\n" not in head:
                    head += line.recv(4_096)
                if not head.startswith(b"HTTP/1.1 206"):
                    raise OSError(head[:40].decode("latin-1"))
                body = head.partition(b"\r\n\r\n")[2]
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                total += len(body)
                left = length - len(body)
                while left and time.monotonic() < until:
                    count = line.recv_into(buffer, min(left, len(buffer)))
                    if not count:
                        raise OSError("the answer ended too early")
                    left, total = left - count, total + count
                    if slow:
                        time.sleep(count / SLOW_BYTES_PER_S)
    except OSError as error:
        came.faults.append(str(error))
    came.bytes += total
    # A slow reader plays if it got its full rate; the first second is for starting.
    came.playing += total > (SLOW_BYTES_PER_S if slow else 0)


def ping(port: int, until: float, took_ms: list[float]) -> None:
    """Ask for /ping as browsers' pages do, on a new connection each time."""
    while time.monotonic() < until:
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            line.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while line.recv(4_096):
                pass
        took_ms.append((time.monotonic() - began) * 1000)
        time.sleep(PING_EVERY_S)


def main(port: int, path: str, cookie: str, seconds: float, slow: bool, pings: bool) -> Came:
    """All of them at once."""
    came, took_ms = Came(), list[float]()
    began = time.monotonic()
    until = began + seconds
    threads = [
        threading.Thread(target=read, args=(port, path, cookie, until, slow, came))
        for _ in range(READERS)
    ]
    if pings:
        threads.append(threading.Thread(target=ping, args=(port, until, took_ms)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    came.seconds = time.monotonic() - began
    if pings:
        came.ping_p99_ms = statistics.quantiles(took_ms, n=100)[98]
    return came


if __name__ == "__main__":
    port_text, path_text, cookie_text, seconds_text, how = sys.argv[1:]
    outcome = main(
        int(port_text), path_text, cookie_text, float(seconds_text), "slow" in how, "ping" in how
    )
    print(json.dumps(asdict(outcome)))

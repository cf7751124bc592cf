"""Bodies that never end, sticks full of nothing: what it costs those who work beside them.

``python -m tests.faults.hostile`` runs it all at full size and prints what it saw: 10 GB without a
length at every door, a million files on a stick, and how long honest stations wait (p95) while
others send a byte a second.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from content.model.errors import StickCrowded
from content.transfer.stick_folder import Stick
from hub.context.open_hub import Hub
from node.link.http_client import HubConnection
from tests.lab import running_hub

CHUNK = b"10000\r\n" + bytes(0x10000) + b"\r\n"
HUB_DOORS = ("/x", "/x/late", "/join", "/pieces", "/log-in", "/courses/new", "/roster/import")


@dataclass(frozen=True, slots=True)
class Pushed:
    """How much of an endless body was taken before the door was shut, and what was said."""

    sent: int
    status: int


def push(host: str, port: int, path: str, most: int, headers: str = "") -> Pushed:
    """Send a body without a length, up to ``most`` bytes, until it is refused."""
    sent, answer = 0, b""
    with socket.create_connection((host, port), 20) as line:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{headers}\r\n"
        line.sendall(head.encode())
        try:
            while sent < most and not answer:
                line.sendall(CHUNK)
                sent += len(CHUNK)
                line.setblocking(False)
                try:
                    answer = line.recv(200)
                    break
                except BlockingIOError:
                    pass
                finally:
                    line.settimeout(20)
            if sent >= most and not answer:
                line.sendall(b"0\r\n\r\n")
                answer = line.recv(200)
        except (ConnectionError, TimeoutError):
            pass
        if not answer:
            try:
                answer = line.recv(200)
            except OSError:
                answer = b""
    words = answer.split(b" ", 2)
    return Pushed(sent, int(words[1]) if len(words) > 1 else 0)


@contextmanager
def drippers(host: str, port: int, path: str, count: int) -> Iterator[None]:
    """So many clients that announce a body, send a byte of it a second and never end it."""
    lines, stop = [socket.create_connection((host, port), 10) for _ in range(count)], False
    for line in lines:
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n".encode())

    def drip() -> None:
        while not stop:
            for line in lines:
                try:
                    line.sendall(b"x")
                except OSError:
                    continue
            time.sleep(1)

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop = True
        thread.join(5)
        for line in lines:
            line.close()


def p95_ms(ask: Callable[[], object], count: int) -> float:
    """How long nineteen of twenty had to wait at most."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.quantiles(took, n=20)[-1]


def ask_politely(port: int) -> None:
    """What an honest station asks in between."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("GET", "/trust")
    assert line.getresponse().read()
    line.close()


def crowd(root: Path, count: int, folder: str = "to-hub") -> None:
    """A stick with so many small files in the folder of parcels."""
    where = root / "xuezhan" / folder
    where.mkdir(parents=True)
    handle = os.open(where, os.O_RDONLY)
    for n in range(count):
        os.close(os.open(f"1-{n:016x}.xze", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)


def look(root: Path) -> float:
    """Processor seconds until a crowded stick is refused."""
    began = time.process_time()
    try:
        with Stick(root) as stick:
            stick.to_hub()
    except StickCrowded:
        return time.process_time() - began
    raise AssertionError("a crowded stick was read")


def main() -> None:
    """Everything at full size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gigabytes", type=float, default=10)
    options.add_argument("--files", type=int, default=1_000_000)
    options.add_argument("--slow", type=int, default=200)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_hub(Path(folder) / "hub") as (hub, port):
        _bodies(hub, port, int(asked.gigabytes * 1e9))
        before = p95_ms(lambda: ask_politely(port), 200)
        with drippers("127.0.0.1", port, "/x", asked.slow):
            beside = p95_ms(lambda: ask_politely(port), 200)
        again = p95_ms(lambda: ask_politely(port), 200)
        print(f"{asked.slow} at 1 byte/s: p95 {before:.1f} ms alone, {beside:.1f} ms beside them, "
              f"{again:.1f} ms after: {beside / before:.2f}×")  # fmt: skip
        usb = Path(folder) / "usb"
        crowd(usb, asked.files)
        print(f"{asked.files} files on a stick: refused after {look(usb):.3f} s of processor")


def _bodies(hub: Hub, port: int, most: int) -> None:
    for path in HUB_DOORS:
        pushed = push("127.0.0.1", port, path, most)
        print(f"{path}: {pushed.status} after {pushed.sent / 1e6:.1f} MB")
        assert pushed.sent < most
        assert pushed.status in (400, 413, 0)
    with HubConnection(f"http://127.0.0.1:{port}") as line:
        assert line.get("/trust", 0)[1] > 0
    assert hub.blobs.names() == set()


if __name__ == "__main__":
    main()

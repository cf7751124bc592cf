"""Slow line: the first sync over 64 kbit/s with a round trip of 600 ms, beside the plain way.

The line is a TCP proxy of ours that passes bytes at the line's rate and holds them for its delay;
a connection's handshake costs a round trip, too. The plain way is what most people would
write: gzipped JSON with a random id a record, 500 records a POST; its bytes are counted by the same
line that counts ours (``tests.bench.meter``).
"""

from __future__ import annotations

import gzip
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from node.runtime import NodeRuntime
from tests.bench.figure import Figure, report
from tests.bench.meter import Meter
from tests.bench.wire import measure
from tests.bench.workload import lines, station
from tests.lab import joined, note, running_hub

HOW = "python -m tests.bench.slow_line"
BYTES_PER_S = 64_000 / 8
ONE_WAY_S = 0.3
# Pieces of a packet's size: what a real line would have sent before a cut.
PIECE_BYTES = 1_400
PLAIN_RECORDS = 500


class SlowLine:
    """Passes connections on to ``port`` at the rate and delay of the line; counts all bytes."""

    def __init__(self, port: int) -> None:
        self._hub_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.bytes = 0

    def run(self) -> None:
        """Serve until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, client: socket.socket) -> None:
        time.sleep(2 * ONE_WAY_S)  # for the handshake, which took no time on loopback
        with client, socket.create_connection(("127.0.0.1", self._hub_port)) as hub:
            down = threading.Thread(target=self._pass, args=(hub, client), daemon=True)
            down.start()
            self._pass(client, hub)
            down.join()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        free_at = time.monotonic()
        with suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                self.bytes += len(piece)
                free_at = max(free_at, time.monotonic()) + len(piece) / BYTES_PER_S
                time.sleep(max(0.0, free_at - time.monotonic()))
                threading.Timer(ONE_WAY_S, _send, (sink, piece)).start()
            time.sleep(ONE_WAY_S * 1.2)
            sink.shutdown(socket.SHUT_WR)


def _send(sink: socket.socket, piece: bytes) -> None:
    with suppress(OSError):
        sink.sendall(piece)


def first_sync() -> tuple[float, float]:
    """Seconds that the first sync of the term took, and the bound: bytes / rate + a round trip."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with running_hub(place / "hub") as (hub, port):
            line = SlowLine(port)
            threading.Thread(target=line.run, daemon=True).start()
            runtime = NodeRuntime.open(joined(place / "node", hub, port, "440604001"))
            runtime.courier.sync()
            note(runtime, list(station()))
            runtime.close()
            settings = (place / "node" / "node.toml").read_text("utf-8")
            settings = settings.replace(f":{port}", f":{line.port}")
            (place / "node" / "node.toml").write_text(settings, "utf-8")
            runtime = NodeRuntime.open(runtime.config.load(place / "node"))
            began = time.monotonic()
            runtime.courier.sync()
            took = time.monotonic() - began
            runtime.close()
            line.close()
    return took, line.bytes / BYTES_PER_S + 2 * ONE_WAY_S


def plain_bytes() -> tuple[int, int]:
    """Bytes both ways and requests of the term as gzipped JSON, 500 records a POST."""
    rows = lines()
    with _plain_hub() as port, Meter(port) as meter, requests.Session() as session:
        for at in range(0, len(rows), PLAIN_RECORDS):
            body = gzip.compress(f"[{','.join(rows[at : at + PLAIN_RECORDS])}]".encode())
            headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            url = f"http://{meter.host}:{meter.port}/records"
            session.post(url, data=body, headers=headers, timeout=10).raise_for_status()
        passed = meter.count()
        return passed.bytes, passed.requests


@contextmanager
def _plain_hub() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            rows = json.loads(gzip.decompress(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps({"stored": len(rows)}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """No log: nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def figures() -> list[Figure]:
    """The figures of ``bench.json`` that this module owns."""
    took, bound = first_sync()
    plain, plain_requests = plain_bytes()
    ours = measure().first.bytes
    print(
        f"first sync {took:.2f} s, bound {bound:.2f} s; plain {plain} B, {plain_requests} requests"
    )
    return [
        Figure("sync.slow_line.ratio_to_bound", round(took / bound, 3), "ratio", 1.3, "low", HOW),
        Figure("sync.vs_rest.ratio", round(ours / plain, 4), "ratio", None, "low", HOW),
    ]


if __name__ == "__main__":
    report(figures)

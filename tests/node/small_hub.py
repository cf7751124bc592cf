"""A hub of a hundred lines: real bytes, keys and HTTP, with its state in dictionaries.

It takes batches as SPEC.md says, and fails on request. Tests of the real hub with a real node are
in tests/together.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from content.transfer.blobs import BlobStore
from content.transfer.request import read_requests
from content.transfer.serve import PieceResponse
from sync.batch import GENESIS, Batch, batch_hash, unseal_batch
from sync.enrolment import Code, JoinAnswer, seal_join_answer, unseal_join
from sync.errors import PeerError
from sync.exchange import Answer, Order, seal_answer, unseal_request
from sync.identity import Identity
from sync.names import Names
from sync.parcel import parcel_name
from sync.receipt import Receipt, seal_receipt
from sync.sealing import BoxKey
from sync.signing import SigningKey

PORTAL = b"<html><body>Welcome to the hotel, please pay</body></html>"


class SmallHub:
    """What the hub holds of one node, and how it is told to behave."""

    def __init__(self, key: SigningKey, node_key: SigningKey | None, blobs: BlobStore) -> None:
        self.key, self.blobs = key, blobs
        self.identity, self.box = Identity.of(key), BoxKey.of(key)
        self.peer = Identity.of(node_key) if node_key else None
        self.node = 7
        self.code: Code | None = None
        self.batches: list[Batch] = []
        self.hashes: dict[bytes, int] = {}
        self.names = Names()
        self.seq, self.hash = 0, GENESIS
        self.orders: list[Order] = []
        self.requests: list[tuple[str, int]] = []  # path, bytes of the body
        self.sent: list[bytes] = []  # each batch as it came
        self.headers: list[dict[str, str]] = []
        # Faults: so many next answers are replaced or lost, or blobs are cut after n bytes.
        self.portals = self.losses = 0
        self.cut_pieces_after = 0
        self.refusal = ""
        self.refusal_json = ""  # unsigned, as the hub says it when it cannot sign
        self.ahead_ms = 0
        self.url = ""

    def answer(self, raw: bytes) -> bytes:
        assert self.peer is not None
        request, _ = unseal_request(raw, self.box, self.peer)
        refusal, receipt = self.refusal, b""
        for sealed in () if refusal else request.batches:
            self.sent.append(sealed)
            try:
                self._take(sealed)
            except PeerError as error:
                refusal = error.code
                break
            unsealed = Receipt(self.node, 1, self.seq, self.hash, self.now_ms(), 1, self.hash)
            receipt = seal_receipt(unsealed, self.key)
        new = tuple(order for order in self.orders if order.mark > request.orders)
        answer = Answer(
            parcel_name(raw), self.now_ms(), 1, self.seq, self.hash, refusal,
            since=request.orders, receipt=receipt, orders=new,
        )  # fmt: skip
        return seal_answer(answer, self.node, self.peer, self.key)

    def now_ms(self) -> int:
        return int(time.time() * 1000) + self.ahead_ms

    def _take(self, sealed: bytes) -> None:
        assert self.peer is not None
        if batch_hash(sealed) in self.hashes:
            return
        batch = unseal_batch(sealed, self.node, self.peer.key, self.names, self.seq + 1, self.hash)
        self.batches.append(batch)
        self.seq, self.hash = batch.last, batch_hash(sealed)
        self.hashes[self.hash] = batch.last

    def join(self, raw: bytes) -> bytes:
        assert self.code is not None
        request = unseal_join(raw, self.code)
        self.peer = request.identity
        answer = JoinAnswer(self.node, "610102001", "红旗所", self.identity, self.now_ms())
        return seal_join_answer(answer, raw, self.code, self.key)


@contextmanager
def serving(hub: SmallHub) -> Iterator[SmallHub]:
    """Serve ``hub`` on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for ``hub``, and fails as it was told to."""

    hub: SmallHub

    def do_POST(self) -> None:
        hub = self.hub
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        hub.requests.append((self.path, len(raw)))
        hub.headers.append(dict(self.headers))
        if self._portal():
            return
        if self.path == "/pieces":
            self._pieces(raw)
            return
        if hub.refusal_json:
            self._refuse(hub.refusal_json)
            return
        try:
            answer = hub.join(raw) if self.path == "/join" else hub.answer(raw)
        except PeerError as error:
            self._refuse(error.code)
            return
        if hub.losses:
            hub.losses -= 1
            self.close_connection = True
            return
        self._send(200, answer, "application/octet-stream")

    def _pieces(self, raw: bytes) -> None:
        hub = self.hub
        answer = PieceResponse(hub.blobs, read_requests(raw))
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(answer.length))
        self.end_headers()
        body = b"".join(answer.pieces(65_536))
        if hub.cut_pieces_after and len(body) > hub.cut_pieces_after:
            body = body[: hub.cut_pieces_after]
            self.close_connection = True
        self.wfile.write(body)

    def _portal(self) -> bool:
        if not self.hub.portals:
            return False
        self.hub.portals -= 1
        self._send(200, PORTAL, "text/html")
        return True

    def _refuse(self, code: str) -> None:
        self._send(403, json.dumps({"error": code}).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests read what they need from ``hub``."""

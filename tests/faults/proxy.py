"""Proxy: a TCP line of ours between a node and the hub that counts, and fails as told.

One thread a connection, loopback only. The node speaks HTTP/1.1 with ``Content-Length``, so a
request's end is known; whatever comes back is passed on until the hub closes or the answer's
length is reached.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType

PORTAL = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    b"<html><title>Hotel Wi-Fi</title><form action=/login>room number</form></html>"
)
# Longer than anything on loopback; a peer that is silent for so long is gone.
_SILENCE_S = 20.0


class Fault(Enum):
    """What the line does to one connection."""

    NONE = auto()
    REFUSED = auto()  # nobody answers
    CUT_UP = auto()  # the hub sees part of the request
    CUT_DOWN = auto()  # the node sees part of the answer
    ANSWER_LOST = auto()  # the hub has it, the node never hears
    TWICE = auto()  # the hub sees it twice
    LATE = auto()  # the node gives up; the hub sees it after another connection has ended
    SLOW = auto()  # it takes its time
    FLIP_UP = auto()  # a bit of the request's body turns on the way
    FLIP_DOWN = auto()  # a bit of the answer turns on the way
    PORTAL = auto()  # a log-in page answers 200; the hub never sees the request


@dataclass(frozen=True, slots=True)
class Plan:
    """A fault and where in the message it strikes (0 to 1)."""

    fault: Fault = Fault.NONE
    where: float = 0.5


@dataclass(slots=True)
class Traffic:
    """What passed, as the node sees its TCP streams."""

    connections: int = 0
    up: int = 0
    down: int = 0
    requests: list[bytes] = field(default_factory=list)


class Proxy:
    """Listens on ``port``; ``plan()`` is asked once for every connection."""

    def __init__(
        self, hub_port: int, plan: Callable[[], Plan] = Plan, *, keep_requests: bool = False
    ) -> None:
        self.traffic = Traffic()
        self._hub_port = hub_port
        self._plan = plan
        self._keep = keep_requests
        self._late: list[bytes] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(_SILENCE_S)
            with self._lock:
                self.traffic.connections += 1
                plan = self._plan()
            threading.Thread(target=self._serve, args=(client, plan), daemon=True).start()

    def _serve(self, client: socket.socket, plan: Plan) -> None:
        with client, suppress(OSError):
            if plan.fault is Fault.REFUSED:
                return
            request = whole(client)
            with self._lock:
                self.traffic.up += len(request)
                if self._keep:
                    self.traffic.requests.append(request)
            answer = self._through(request, plan)
            with self._lock:
                self.traffic.down += len(answer)
            client.sendall(answer)
            late: list[bytes] = []
            if plan.fault is Fault.NONE:
                with self._lock:
                    late, self._late = self._late, []
            for old in late:
                self._ask(old)

    def _through(self, request: bytes, plan: Plan) -> bytes:
        """What the node gets back for ``request``."""
        fault = plan.fault
        if fault is Fault.PORTAL:
            return PORTAL
        if fault is Fault.LATE:
            with self._lock:
                self._late.append(request)
            return b""
        if fault is Fault.CUT_UP:
            self._ask(request[: int(len(request) * plan.where)], cut=True)
            return b""
        if fault is Fault.FLIP_UP:
            request = _flipped(request, plan.where)
        if fault is Fault.SLOW:
            time.sleep(plan.where * 0.2)
        if fault is Fault.TWICE:
            self._ask(request)
        answer = self._ask(request)
        if fault is Fault.ANSWER_LOST:
            return b""
        if fault is Fault.CUT_DOWN:
            return answer[: int(len(answer) * plan.where)]
        return _flipped(answer, plan.where) if fault is Fault.FLIP_DOWN else answer

    def _ask(self, request: bytes, *, cut: bool = False) -> bytes:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._hub_port)) as hub:
            hub.settimeout(_SILENCE_S)
            hub.sendall(request)
            return b"" if cut else whole(hub)
        return b""


def whole(peer: socket.socket) -> bytes:
    """One HTTP message: head and as much body as it announces (or until the end)."""
    start = b""
    while b"\r\n\r\n" not in start:
        piece = peer.recv(65_536)
        if not piece:
            return start
        start += piece
    head, _, body = start.partition(b"\r\n\r\n")
    length = _length(head)
    parts, have = [start], len(body)
    while length is None or have < length:
        piece = peer.recv(65_536)
        if not piece:
            break
        parts.append(piece)
        have += len(piece)
    return b"".join(parts)


def _length(head: bytes) -> int | None:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0 if head.startswith((b"GET ", b"HEAD ")) else None


def _flipped(message: bytes, where: float) -> bytes:
    """``message`` with a bit of its body turned; the head stays, or HTTP itself would notice."""
    start = message.find(b"\r\n\r\n") + 4
    if start >= len(message):
        return message
    at = start + int((len(message) - start) * where)
    return message[:at] + bytes([message[at] ^ 0x10]) + message[at + 1 :]

"""Meter: a line that passes every byte on at once and counts: of the TCP streams, and IP's own.

As root on Linux the near side of the line is a virtual Ethernet of two interfaces, MTU 1500, and
the kernel cuts the packets itself (no offload). So its counters give the packets that a real line
would carry: handshakes, acknowledgements and connection ends too. Elsewhere the packets are
calculated from the streams. ``Meter.how`` says which.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import os
import re
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

REQUEST = re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+ HTTP/1\.1\r\n")
# What Linux puts around a packet's data: 20 bytes of IP, 20 of TCP, 12 of timestamps.
HEADER_BYTES, SEGMENT_BYTES = 52, 1_448
# SYN and SYN-ACK have more options; then an ACK, and FIN and ACK from either side.
CONNECTION_BYTES = 60 + 60 + 52 + 4 * 52
ETHERNET_BYTES = 14
# Longer than loopback needs to close a connection.
_SETTLE_S = 0.3
_NEW_NET = 0x4000_0000
_SIOCETHTOOL = 0x8946
# Segmentation by the card, in both directions, and checksums by the card.
_OFFLOADS = (0x1F, 0x24, 0x2C, 0x17)


@dataclass(frozen=True, slots=True)
class Count:
    """What has passed: bytes of the TCP streams and of IP, both ways; requests; connections."""

    bytes: int
    ip_bytes: int
    requests: int
    connections: int

    def __sub__(self, before: Count) -> Count:
        return Count(
            self.bytes - before.bytes,
            self.ip_bytes - before.ip_bytes,
            self.requests - before.requests,
            self.connections - before.connections,
        )


class Meter:
    """Passes connections to ``host``:``port`` on to ``hub_port`` on loopback."""

    def __init__(self, hub_port: int) -> None:
        self._hub_port = hub_port
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._bytes = self._requests = self._connections = self._calculated = 0

    def __enter__(self) -> Meter:
        self._ethernet = self._stack.enter_context(_ethernet())
        self._listener = (
            self._ethernet.listener
            if self._ethernet
            else socket.create_server(("127.0.0.1", 0), backlog=64)
        )
        self.host, self.port = self._listener.getsockname()[:2]
        self.how = (
            "counted on a virtual Ethernet, MTU 1500"
            if self._ethernet
            else "calculated from the streams: no root here for a virtual Ethernet"
        )
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._stack.close()

    def count(self) -> Count:
        """What has passed since the start."""
        time.sleep(_SETTLE_S)
        with self._lock:
            ip = self._ethernet.ip_bytes() if self._ethernet else self._calculated
            return Count(self._bytes, ip, self._requests, self._connections)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._connections += 1
            self._calculated += CONNECTION_BYTES
        with client, socket.create_connection(("127.0.0.1", self._hub_port)) as hub:
            down = threading.Thread(target=self._pass, args=(hub, client, False), daemon=True)
            down.start()
            self._pass(client, hub, True)
            down.join()

    def _pass(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                segments = -(-len(piece) // SEGMENT_BYTES)
                with self._lock:
                    self._bytes += len(piece)
                    self._requests += len(REQUEST.findall(piece)) if up else 0
                    # Every second segment is acknowledged.
                    acknowledged = -(-segments // 2)
                    self._calculated += len(piece) + HEADER_BYTES * (segments + acknowledged)
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


class _Ethernet:
    """One of two interfaces joined by a wire, and a listener at the other."""

    def __init__(self, name: str, listener: socket.socket) -> None:
        self._statistics = Path(f"/sys/class/net/{name}/statistics")
        self.listener = listener

    def ip_bytes(self) -> int:
        """What passed, both ways, without the Ethernet's own headers."""
        received, sent = self._read("rx_bytes"), self._read("tx_bytes")
        packets = self._read("rx_packets") + self._read("tx_packets")
        return received + sent - ETHERNET_BYTES * packets

    def _read(self, name: str) -> int:
        return int((self._statistics / name).read_text("ascii"))


@contextmanager
def _ethernet() -> Iterator[_Ethernet | None]:
    """Two new interfaces, the far one in a network of its own; None where that is not allowed."""
    number = os.getpid() % 10_000
    near, far, place = f"xzn{number}", f"xzf{number}", f"xz{number}"
    net = f"10.213.{number % 250}"
    commands = [
        f"ip netns add {place}",
        f"ip link add {near} type veth peer name {far} netns {place}",
        f"ip addr add {net}.1/30 dev {near}",
        f"ip -n {place} addr add {net}.2/30 dev {far}",
        f"ip link set {near} up",
        f"ip -n {place} link set {far} up",
    ]
    try:
        for command in commands:
            subprocess.run(command.split(), check=True, capture_output=True)
        listeners: list[socket.socket] = []
        within = threading.Thread(target=_listen, args=(place, far, f"{net}.2", listeners))
        within.start()
        within.join()
        _without_offload(near)
        ethernet = _Ethernet(near, listeners[0])
    except (OSError, subprocess.CalledProcessError, IndexError):
        _remove(near, place)
        yield None
        return
    try:
        # The interfaces resolve each other's addresses before anything is counted.
        socket.create_connection(ethernet.listener.getsockname()).close()
        ethernet.listener.accept()[0].close()
        yield ethernet
    finally:
        _remove(near, place)


def _listen(place: str, name: str, address: str, listeners: list[socket.socket]) -> None:
    """Make a listener in the network ``place``; this thread stays in it."""
    with suppress(OSError), Path(f"/var/run/netns/{place}").open("rb") as opened:
        if ctypes.CDLL(None).setns(opened.fileno(), _NEW_NET) == 0:
            _without_offload(name)
            listeners.append(socket.create_server((address, 0), backlog=64))


def _without_offload(name: str) -> None:
    """Let the kernel cut packets itself, as for a card without offload."""
    with socket.socket() as asked:
        for feature in _OFFLOADS:
            off = array.array("B", struct.pack("II", feature, 0))
            wish = struct.pack("16sP16x", name.encode("ascii"), off.buffer_info()[0])
            fcntl.ioctl(asked, _SIOCETHTOOL, wish)


def _remove(near: str, place: str) -> None:
    for command in (f"ip link del {near}", f"ip netns del {place}"):
        with suppress(OSError):
            subprocess.run(command.split(), check=False, capture_output=True)

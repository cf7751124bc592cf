"""Narrow: a TCP line with a rate, which counts what it brought and may be cut."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

# The system buffers so little that the bytes passed on are the bytes that were read.
BUFFER_BYTES = 16_384
PIECE_BYTES = 8_192


class Narrow:
    """Passes connections on to ``port``; ``bytes_per_s`` may be changed while it runs."""

    def __init__(self, port: int, bytes_per_s: float = 0.0) -> None:
        self.bytes_per_s = bytes_per_s
        self.up = self.down = self.connections = 0
        self.cut_after = 0  # so many more bytes come down, then all is cut; 0: never
        self._port = int(port)  # waitress gives it as text
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.socket() as hub:
            hub.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            hub.connect(("127.0.0.1", self._port))
            up = threading.Thread(target=self._pass, args=(client, hub, False), daemon=True)
            up.start()
            self._pass(hub, client, True)
            for end in (client, hub):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            up.join()

    def _pass(self, source: socket.socket, sink: socket.socket, down: bool) -> None:
        free_at = time.monotonic()
        with suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                if down and self.cut_after:
                    piece = piece[: self.cut_after]
                    self.cut_after -= len(piece)
                    if not self.cut_after:
                        sink.sendall(piece)
                        self.down += len(piece)
                        return
                sink.sendall(piece)
                if down:
                    self.down += len(piece)
                else:
                    self.up += len(piece)
                if self.bytes_per_s:
                    free_at = max(free_at, time.monotonic() - 0.02) + len(piece) / self.bytes_per_s
                    time.sleep(max(0.0, free_at - time.monotonic()))
            with suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

"""Sending: files go from the disk to the connection without passing through this process.

waitress reads as much as a socket may take, sends what it does take, and reads the rest again; with
thirty fast viewers it did little else. Where the system has ``sendfile`` the kernel sends, a part
at a time, so that the next connection has its turn. Answers that are no file go as before.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import Any, BinaryIO

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import HTTPChannel

# What one connection gets before the others are looked at.
PART_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of an open file that is to be sent."""

    fd: int
    first: int
    length: int

    def __len__(self) -> int:
        return self.length


class SentFile(ReadOnlyFileBasedBuffer):  # type: ignore[misc]  # waitress has no types
    """``wsgi.file_wrapper``: hands out parts of a file by their place, not their bytes."""

    def __init__(self, file: BinaryIO, block_size: int = 32_768) -> None:
        super().__init__(file, block_size)
        try:
            self._fd = file.fileno() if hasattr(os, "sendfile") else -1
        except (AttributeError, io.UnsupportedOperation):
            self._fd = -1

    def get(self, numbytes: int = -1, skip: bool = False) -> Any:
        """The next bytes; for a file, where they are."""
        if self._fd < 0 or skip or numbytes < 0:
            return super().get(numbytes if numbytes < 0 else min(numbytes, PART_BYTES), skip)
        return _Span(self._fd, self.file.tell(), min(numbytes, self.remain, PART_BYTES))


class SendingChannel(HTTPChannel):  # type: ignore[misc]
    """A connection that knows how to send a part of a file."""

    _turn = 0

    def handle_write(self) -> None:
        """The connection's turn: it may take so much."""
        self._turn = 0
        super().handle_write()

    def send(self, data: Any, do_close: bool = True) -> int:
        """How much of ``data`` the connection took now."""
        if self._turn >= PART_BYTES:
            return 0
        if isinstance(data, _Span):
            count = self._send_span(data, do_close)
        else:
            count = int(super().send(data, do_close))
        self._turn += count
        return count

    def _send_span(self, span: _Span, do_close: bool) -> int:
        try:
            return os.sendfile(self.socket.fileno(), span.fd, span.first, span.length)
        except BlockingIOError:
            return 0
        except OSError:  # the viewer is gone
            if do_close:
                self.handle_close()
            return 0

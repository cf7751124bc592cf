"""Connections of the hub's server: who each is from, and which goes when there are too many.

The order is ``content.transfer.connections``'; what a request may bring, ``request_parser``'s.
"""

import time
from functools import partial
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

from content.transfer.connections import MANY, OpenLines, RequestClock, source_of
from hub.server.request_parser import BusyTask, Parser, SettlingTask

# waitress and its loop are tried with so many. A county's stations may come from one address.
MAX_CONNECTIONS, OF_ONE_SOURCE = 1_000, 150
# What waits to be closed beyond that, and the server's own sockets.
SPARE_CONNECTIONS = 100
# Seconds after which a connection that says nothing is closed, and between two looks.
QUIET_S, SWEEP_S = 60, 5


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests know where they come from."""

    task_class = SettlingTask
    error_task_class = BusyTask

    def __init__(
        self, parser: type[Parser], lines: "OpenLines[Channel]", trusted: frozenset[str],
        *args: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        address = str(self.addr[0])
        self.source = MANY if address in trusted else source_of(address)
        self._clock = RequestClock(partial(parser, source=self.source))
        self.parser_class = self._clock.parser
        self._lines = lines
        gone = lines.add(self)
        if gone is not None:
            gone.will_close = True

    def is_waiting(self) -> bool:
        """Whether no whole request is here and no answer goes out."""
        return not (self.requests or self.total_outbufs_len)

    def received(self, data: bytes) -> bool:
        """Take in what came."""
        taken: bool = super().received(data)
        if self._clock.heard(time.monotonic()):
            self._lines.heard(self)
        return taken

    def is_late(self, now: float) -> bool:
        """Whether the request at hand comes too slowly."""
        return not self.requests and self._clock.is_late(now)

    def del_channel(self, map: Any = None) -> None:
        """It is closed."""
        self._lines.remove(self)
        super().del_channel(map)


def guard(
    listener: BaseWSGIServer, parser: type[Parser], lines: OpenLines[Channel],
    trusted: frozenset[str],
) -> None:  # fmt: skip
    """Let ``listener`` make its connections so, and look after them.

    ``trusted``: addresses of proxies that speak for many.
    """
    listener.channel_class = partial(Channel, parser, lines, trusted)
    listener.maintenance = partial(_sweep, listener, listener.maintenance)


def _sweep(listener: BaseWSGIServer, close_quiet: Any, now: float) -> None:
    close_quiet(now)
    moment = time.monotonic()
    for channel in list(listener.active_channels.values()):
        if channel.is_late(moment):
            channel.will_close = True

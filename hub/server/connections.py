"""Connections of the hub's server: how many there may be, and how each reads requests.

The order is ``content.transfer.connections``'; what a request may bring, ``request_parser``'s.
"""

from functools import partial
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

from content.transfer.connections import OpenLines
from content.transfer.counted_channel import CountedChannel, close_late
from hub.server.request_parser import BusyTask, Parser, SettlingTask

# waitress and its loop are tried with so many. A county's stations may come from one address.
MAX_CONNECTIONS, OF_ONE_SOURCE = 1_000, 150
# What waits to be closed beyond that, and the server's own sockets.
SPARE_CONNECTIONS = 100
# Seconds after which a connection that says nothing is closed, and between two looks.
QUIET_S, SWEEP_S = 60, 5


class Channel(CountedChannel, HTTPChannel):  # type: ignore[misc]
    """A connection whose requests know where they come from."""

    task_class = SettlingTask
    error_task_class = BusyTask


def guard(
    listener: BaseWSGIServer, parser: type[Parser], lines: OpenLines[Channel],
    trusted: frozenset[str],
) -> None:  # fmt: skip
    """Let ``listener`` make its connections so, and look after them.

    ``trusted``: addresses of proxies that speak for many.
    """

    def new_parser(settings: Any, source: str) -> Parser:
        return parser(settings, source=source)

    listener.channel_class = partial(Channel, new_parser, lines, trusted)
    close_late(listener)

"""Counted channels: a server's connections that know their source, and go when they are slow.

Both servers, which are waitress's, mix this into theirs; whose turn it is to go is ``connections``'
to say.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from content.transfer.connections import MANY, OpenLines, RequestClock, RequestParser, source_of


class CountedChannel:
    """A connection that is counted among ``lines`` by its source.

    Comes before waitress's channel among the bases. ``new_parser`` makes the parser of a request
    from waitress's settings and the source; ``trusted`` are addresses of proxies that speak for
    many.
    """

    # waitress's
    addr: Any
    requests: list[Any]
    total_outbufs_len: int

    def __init__(
        self, new_parser: Callable[[Any, str], RequestParser], lines: OpenLines[Any],
        trusted: frozenset[str], *args: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        address = str(self.addr[0])
        self.source = MANY if address in trusted else source_of(address)
        self._clock = RequestClock(lambda settings: new_parser(settings, self.source))
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
        taken: bool = super().received(data)  # type: ignore[misc]
        if self._clock.heard(time.monotonic()):
            self._lines.heard(self)
        return taken

    def is_late(self, now: float) -> bool:
        """Whether the request at hand comes too slowly."""
        return not self.requests and self._clock.is_late(now)

    def del_channel(self, map: Any = None) -> None:
        """It is closed."""
        self._lines.remove(self)
        super().del_channel(map)  # type: ignore[misc]


def close_late(server: Any) -> None:
    """Let ``server`` also close connections whose request comes too slowly, at each of its looks.

    Its ``channel_class`` makes ``CountedChannel``s.
    """
    server.maintenance = partial(_sweep, server, server.maintenance)


def _sweep(server: Any, close_quiet: Callable[[float], None], now: float) -> None:
    close_quiet(now)
    moment = time.monotonic()
    for channel in list(server.active_channels.values()):
        if channel.is_late(moment):
            channel.will_close = True

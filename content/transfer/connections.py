"""Connections: whose go first when there are too many, and which are too slow.

Numbers and order only; sockets belong to the servers (``hub.server.http_server``,
``node.web.serve``). Nobody is turned away because somebody else opened many and says nothing: of
one address there may be so many, and of all the one that has waited longest goes.
"""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any, Generic, Protocol, TypeVar

# A head fits in one packet, and the slowest line brings one in seconds.
HEAD_S = 30.0
# After so long a body must have come at this rate: an eighth of the slowest line that is allowed.
BODY_GRACE_S, BODY_BYTES_PER_S = 60.0, 125
# The source of a proxy that is trusted: it speaks for many.
MANY = ""
# A network of IPv6 belongs to one subscriber.
SUBSCRIBER_BITS = 64


class Line(Protocol):
    """One open connection."""

    source: str

    def is_waiting(self) -> bool:
        """Whether nothing is done for it: no whole request of it is here, no answer goes out."""


class RequestParser(Protocol):
    """What is read of one request; waitress makes one for each, and for stray line ends."""

    completed: bool
    empty: bool
    headers_finished: bool
    body_bytes_received: int


AnyLine = TypeVar("AnyLine", bound=Line)


class OpenLines(Generic[AnyLine]):
    """All open connections of a server, by source; used by the one thread that accepts."""

    def __init__(self, total: int, of_one: int) -> None:
        self._total, self._of_one = total, of_one
        self._count = 0
        # Of each source in the order in which they were last heard with a whole request.
        self._of: dict[str, dict[AnyLine, None]] = {}

    def add(self, line: AnyLine) -> AnyLine | None:
        """Note a new one; returns the one that has to go for it, itself if no other waits."""
        self._of.setdefault(line.source, {})[line] = None
        self._count += 1
        if line.source != MANY and len(self._of[line.source]) > self._of_one:
            return self._leaves(line.source, line)
        if self._count > self._total:
            most = max(self._of, key=lambda source: len(self._of[source]))
            return self._leaves(most, line)
        return None

    def heard(self, line: AnyLine) -> None:
        """A whole request has come by it: it has waited less long than the others."""
        mine = self._of.get(line.source, {})
        if line in mine:
            del mine[line]
            mine[line] = None

    def remove(self, line: AnyLine) -> None:
        """It is closed, or will be."""
        mine = self._of.get(line.source, {})
        if line in mine:
            del mine[line]
            self._count -= 1
            if not mine:
                del self._of[line.source]

    def _leaves(self, source: str, newcomer: AnyLine) -> AnyLine:
        waiting = (line for line in self._of[source] if line is not newcomer and line.is_waiting())
        gone = next(waiting, newcomer)
        self.remove(gone)
        return gone


class RequestClock:
    """Since when the request at hand of one connection has been coming."""

    def __init__(self, new_parser: Callable[[Any], RequestParser]) -> None:
        self._new_parser = new_parser
        self._latest: RequestParser | None = None
        self._judged: RequestParser | None = None
        self._began: float | None = None

    def parser(self, settings: Any) -> RequestParser:
        """The parser of the next request."""
        self._latest = self._new_parser(settings)
        return self._latest

    def heard(self, now: float) -> bool:
        """Something came at ``now``; whether a whole request ended with it."""
        before, self._judged = self._judged, self._latest
        if _is_whole(self._latest):
            self._began = None
        elif self._began is None or (before is not self._latest and _is_whole(before)):
            self._began = now
        return _is_whole(self._latest)

    def is_late(self, now: float) -> bool:
        """Whether the request at hand comes too slowly to be waited for."""
        if self._began is None or self._latest is None:
            return False
        since_s = now - self._began
        if self._latest.empty or not self._latest.headers_finished:
            return since_s > HEAD_S
        least = (since_s - BODY_GRACE_S) * BODY_BYTES_PER_S
        return self._latest.body_bytes_received < least


def _is_whole(parser: RequestParser | None) -> bool:
    return parser is not None and parser.completed and not parser.empty


def source_of(address: str) -> str:
    """Whose an address is: itself, or the network of its subscriber."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(IPv6Address(int(parsed) >> SUBSCRIBER_BITS << SUBSCRIBER_BITS))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)

"""Request parser: how long a body may be, and the door's word on requests to ``/x``.

waitress spools a whole body to disk before it calls us and has one limit for all: without this,
anyone could make the hub write 600 MB to answer "too large". ``hub.server.door`` is asked before a
long body is read and, of every request, once all of it is here.
"""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import Error

from content.transfer.connections import MANY, source_of
from content.transfer.request import MAX_REQUESTS_BYTES
from hub.config import Config
from hub.server.admission import Refusal
from hub.server.door import ADDRESS_BYTES, NOBODY, Door, Sender, Visit, claimed_node
from sync.enrolment import MAX_JOIN_BYTES

# The limit of a form without a file, and of any form of somebody who is not logged in.
FORM_BYTES = 2_000_000
EXCHANGE, LATE = "/x", "/x/late"
# Up to this length a body is read before the door is asked: a peer whose connection is closed
# while it sends may never read the answer. Of a longer one nothing is read when the hub is full.
SWALLOWED_BYTES = 65_536
# What a body of unknown length counts as while it comes; none of our programs sends one.
CHUNKED_BYTES = 100_000
# A roster of 370,000 people is 20 MB as text.
TABLE_BYTES = 60_000_000


class Busy(Error):  # type: ignore[misc]
    """A refusal at the door as waitress knows errors."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("")
        self.refusal = refusal

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """The ticket, and the seconds to wait."""
        headers = [("Retry-After", str(self.refusal.again_s))]
        return "503 Busy", headers, self.refusal.ticket.encode()


class BusyTask(ErrorTask):  # type: ignore[misc]
    """Says "come later" in a hundred bytes: no date, no name."""

    def build_response_header(self) -> bytes:
        """The header; waitress's own for other errors."""
        raw: bytes = super().build_response_header()
        if not isinstance(self.request.error, Busy):
            return raw
        lines = raw.decode("latin-1").split("\r\n")
        return "\r\n".join(line for line in lines if not line.startswith("Date:")).encode("latin-1")


@dataclass(frozen=True, slots=True)
class _Limit:
    """How long a body may be, and whether only for those who are logged in."""

    size: int
    members: bool = True


def _limits(config: Config) -> dict[str, _Limit]:
    """By path; all others have ``FORM_BYTES``."""
    return {
        EXCHANGE: _Limit(config.max_exchange_bytes, members=False),
        LATE: _Limit(config.max_exchange_bytes, members=False),
        "/join": _Limit(MAX_JOIN_BYTES, members=False),
        "/pieces": _Limit(MAX_REQUESTS_BYTES, members=False),
        "/org/import": _Limit(TABLE_BYTES),
        "/roster/import": _Limit(TABLE_BYTES),
        "/courses/new": _Limit(config.max_upload_bytes),
        "/materials/import": _Limit(config.max_upload_bytes),
    }


def _added_here(limits: dict[str, _Limit], path: str) -> _Limit | None:
    """A file for a draft may be as long as one that is imported."""
    match = re.fullmatch(r"/authoring/[^/]+/add/[^/]+", path)
    return limits["/materials/import"] if match else None


@dataclass(frozen=True, slots=True)
class Judge:
    """What a parser needs to know of the hub: pages, settings, the door, requests that wait."""

    app: Flask
    config: Config
    door: Door
    waiting: Callable[[], int]


def parser_for(judge: Judge) -> type["Parser"]:
    """A parser of requests to this hub; its instances take the address that a request is from."""
    limits = _limits(judge.config)

    class HubParser(Parser):
        def limit(self) -> int:
            limit = limits.get(self.path) or _added_here(limits, self.path)
            if limit is None or (limit.members and not _logged_in(judge.app, self.headers)):
                return FORM_BYTES
            return limit.size

        door = judge.door
        waiting = staticmethod(judge.waiting)

    return HubParser


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """One request as it comes in; ``visit``: what the door said when all of it was here."""

    adj: Adjustments
    door: Door
    path = ""
    visit: Visit | None = None
    completed: bool
    error: Error | None
    _judged = _held = False

    def __init__(self, adj: Adjustments, source: str) -> None:
        super().__init__(adj)
        self._source = source

    def limit(self) -> int:
        """How long the body may be."""
        raise NotImplementedError

    @staticmethod
    def waiting() -> int:
        """How many requests wait for a thread."""
        raise NotImplementedError

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head; a long body is refused here if the hub is full."""
        super().parse_header(header_plus)
        if self._source == MANY:
            # The proxy adds the address that it was asked from at the end.
            named = self.headers.get("X_FORWARDED_FOR", "").rpartition(",")[2].strip()
            self._source = source_of(named) if named else MANY
        size = self.limit()
        self.adj = _with_limit(self.adj, size)
        announced = CHUNKED_BYTES if self.chunked else self.content_length
        if self._is_exchange() and SWALLOWED_BYTES < announced <= size:
            refusal = self.door.announce(self._source, announced, self.query)
            if refusal is None:
                self._held = True
            else:
                self._refuse(refusal)
                self.completed = True

    def received(self, data: bytes) -> int:
        """Take in what came; once it is all, the door is asked."""
        consumed: int = super().received(data)
        if self.completed and not self._judged and self.error is None and self._is_exchange():
            self._judged = True
            body = b"" if self.body_rcv is None else self.body_rcv.getbuf().get(ADDRESS_BYTES)
            node = claimed_node(body) if body else NOBODY
            answer = self.door.arrive(
                Sender(self._source, node),
                self.body_bytes_received,
                self.query,
                self.waiting(),
                self._held,
            )
            if isinstance(answer, Refusal):
                self._refuse(answer)
            else:
                self.visit = answer
        return consumed

    def _is_exchange(self) -> bool:
        return self.path in (EXCHANGE, LATE)

    def _refuse(self, refusal: Refusal) -> None:
        self._judged = True
        self.error = Busy(refusal)


class SettlingTask(WSGITask):  # type: ignore[misc]
    """Tells the door how a request ended: an answer is a station's, a refusal a stranger's."""

    def service(self) -> None:
        """Answer the request."""
        try:
            super().service()
        finally:
            visit = self.request.visit
            if visit is not None and self.complete and self.status[:1] in ("2", "4"):
                self.request.door.settle(visit, believed=self.status.startswith("2"))


def _logged_in(app: Flask, headers: dict[str, str]) -> bool:
    """Whether the cookie is of somebody who logged in here; the page checks who it is."""
    request = app.request_class({"HTTP_COOKIE": headers.get("COOKIE", "")})
    session = app.session_interface.open_session(app, request)
    return session is not None and "_user_id" in session


def _with_limit(adj: Adjustments, limit: int) -> Adjustments:
    # waitress refuses a body that is as long as its limit.
    narrower = copy.copy(adj)
    narrower.max_request_body_size = limit + 1
    return narrower

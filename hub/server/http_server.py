"""Serving: waitress that checks, before it reads a body, how long it may be and if it is let in.

How much is let in is decided by ``hub.server.admission``.
"""

import copy
import gc
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from waitress import create_server
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import FixedStreamReceiver
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import Error

from content.transfer.request import MAX_REQUESTS_BYTES
from hub.config import Config
from hub.context.open_hub import Hub
from hub.publishing import releases
from hub.publishing.patch_maker import PatchMaker
from hub.server.admission import AdmissionControl, Refusal
from hub.web.app import create_app
from sync.enrolment import MAX_JOIN_BYTES

log = logging.getLogger(__name__)

# The limit of a form without a file, and of any form of somebody who is not logged in.
FORM_BYTES = 2_000_000
EXCHANGE, LATE = "/x", "/x/late"
# The body of a request that is turned away. Up to this length it is read and dropped: a peer whose
# connection is closed while it sends may never read the answer. Of a longer one nothing is read.
SWALLOWED_BYTES = 65_536
# What a body of unknown length counts as; none of our programs sends one.
CHUNKED_BYTES = 100_000
# A roster of 370,000 people is 20 MB as text.
TABLE_BYTES = 60_000_000
# Seconds after which a connection that says nothing is closed.
QUIET_S = 60


def serve(hub: Hub) -> None:
    """Answer requests until the process is told to stop."""
    releases.sign_anew(hub)
    server = make_server(hub)
    maker = PatchMaker.of(hub)
    maker.start()
    rest_collector()
    log.info("listening on %s:%d", hub.config.host, hub.config.port)
    try:
        server.run()
    finally:
        maker.stop()
        server.close()


def rest_collector() -> None:
    """Let the garbage collector run seldom: facts have no reference cycles.

    By default it walks all objects of a batch of thousands of records dozens of times while the
    batch is folded, which was a fifth of the hub's work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def make_server(hub: Hub) -> BaseWSGIServer:
    """A server of ``hub`` that is bound and not yet running."""
    app = create_app(hub)
    door = AdmissionControl(hub.slots)

    def admit(n_bytes: int, credentials: str) -> Refusal | None:
        return door.admit(hub.now(), n_bytes, credentials, len(server.task_dispatcher.queue))

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = _parser(app, _limits(hub.config), admit)
        error_task_class = BusyTask

    server = create_server(
        app,
        host=hub.config.host,
        port=hub.config.port,
        threads=hub.config.threads,
        ident=None,  # the name of the software costs a station 20 bytes at every sync
        channel_timeout=QUIET_S,
        connection_limit=1_000,
        max_request_header_size=16_384,
        max_request_body_size=hub.config.max_upload_bytes,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,  # content.face.reverse_proxy does
    )
    # A host name with several addresses gives several listeners.
    for listener in (server, *getattr(server, "map", {}).values()):
        if isinstance(listener, BaseWSGIServer):
            listener.channel_class = Channel
    return server


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


class Nowhere:
    """A body that is dropped as it comes."""

    def append(self, data: bytes) -> None:
        """Drop it."""

    def close(self) -> None:
        """There is nothing to give back."""


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


def _parser(
    app: Flask, limits: dict[str, _Limit], ask: Callable[[int, str], Refusal | None]
) -> type[HTTPRequestParser]:
    """A parser that knows how long a body each path may have, and asks at the door.

    waitress spools a whole body to disk before it calls us and has one limit for all: without
    this, anyone could make the hub write 600 MB to answer "too large".
    """

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        adj: Adjustments

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            limit = limits.get(self.path) or _added_here(limits, self.path)
            if limit is None or (limit.members and not _logged_in(app, self.headers)):
                limit = _Limit(FORM_BYTES)
            self.adj = _with_limit(self.adj, limit.size)
            if self.path in (EXCHANGE, LATE) and self.content_length <= limit.size:
                self._ask()

        def _ask(self) -> None:
            length = CHUNKED_BYTES if self.chunked else self.content_length
            refusal = ask(length, self.query)
            if refusal is None:
                return
            self.error = Busy(refusal)
            if self.chunked or length > SWALLOWED_BYTES:
                self.completed = True
            elif length:
                self.body_rcv = FixedStreamReceiver(length, Nowhere())

    return Parser


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

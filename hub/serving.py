"""Serving: waitress with a limit on bodies that holds before a body is read."""

import copy
import gc
import logging
from dataclasses import dataclass

from flask import Flask
from waitress import create_server
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer

from hub.config import Config
from hub.machine import Hub
from hub.web.app import create_app
from sync.enrolment import MAX_JOIN_BYTES

log = logging.getLogger(__name__)

# What a form without a file has, and every form of somebody who is not logged in.
FORM_BYTES = 2_000_000
# A roster of 370,000 people is 20 MB as text.
TABLE_BYTES = 60_000_000
# Seconds after which a connection that says nothing is closed.
QUIET_S = 60


def serve(hub: Hub) -> None:
    """Answer requests until the process is told to stop."""
    server = make_server(hub)
    rest_collector()
    log.info("listening on %s:%d", hub.config.host, hub.config.port)
    try:
        server.run()
    finally:
        server.close()


def rest_collector() -> None:
    """Let the garbage collector look seldom: facts hold no circles.

    By default it walks all that a batch of thousands of records has made dozens of times while
    the batch is folded, which was a fifth of the hub's work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def make_server(hub: Hub) -> BaseWSGIServer:
    """A server of ``hub`` that is bound and not yet running."""
    app = create_app(hub)

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = _parser(app, _limits(hub.config))

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
    )
    # An address that means several gives several listeners.
    for listener in (server, *getattr(server, "map", {}).values()):
        if isinstance(listener, BaseWSGIServer):
            listener.channel_class = Channel
    return server


@dataclass(frozen=True, slots=True)
class _Limit:
    """How long a body may be, and whether only for those who are logged in."""

    size: int
    members: bool = True


def _limits(config: Config) -> dict[str, _Limit]:
    """By path; all others have ``FORM_BYTES``."""
    return {
        "/x": _Limit(config.max_exchange_bytes, members=False),
        "/join": _Limit(MAX_JOIN_BYTES, members=False),
        "/org/import": _Limit(TABLE_BYTES),
        "/roster/import": _Limit(TABLE_BYTES),
        "/courses/new": _Limit(config.max_upload_bytes),
    }


def _parser(app: Flask, limits: dict[str, _Limit]) -> type[HTTPRequestParser]:
    """A parser that knows how long a body each path may have.

    waitress spools a whole body to disk before it calls us and has one limit for all: without
    this, anyone could make the hub write 600 MB to answer "too large".
    """

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        adj: Adjustments

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            limit = limits.get(self.path)
            if limit is None or (limit.members and not _logged_in(app, self.headers)):
                limit = _Limit(FORM_BYTES)
            self.adj = _with_limit(self.adj, limit.size)

    return Parser


def _logged_in(app: Flask, headers: dict[str, str]) -> bool:
    """Whether the cookie is one that we gave to somebody who logged in; the page checks whom."""
    request = app.request_class({"HTTP_COOKIE": headers.get("COOKIE", "")})
    session = app.session_interface.open_session(app, request)
    return session is not None and "_user_id" in session


def _with_limit(adj: Adjustments, limit: int) -> Adjustments:
    # waitress refuses a body that is as long as its limit.
    narrower = copy.copy(adj)
    narrower.max_request_body_size = limit + 1
    return narrower

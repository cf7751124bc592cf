"""Serving: waitress with a limit on bodies that holds before a body is read."""

import copy
import gc
import logging

from waitress import create_server
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer

from hub.machine import Hub
from hub.web.app import create_app

log = logging.getLogger(__name__)

# What a form without a file has; course uploads and rosters are under these paths.
FORM_BYTES = 2_000_000
UPLOAD_PATHS = ("/courses", "/roster", "/learners", "/units", "/org")
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
    limits = {"/x": hub.config.max_exchange_bytes, "/join": 8_192}

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = _parser(limits)

    server = create_server(
        create_app(hub),
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


def _parser(limits: dict[str, int]) -> type[HTTPRequestParser]:
    """A parser that knows how long a body each path may have.

    waitress spools a whole body to disk before it calls us and has one limit for all: without
    this, anyone could make the hub write 600 MB to answer "too large".
    """

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        adj: Adjustments

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            limit = limits.get(self.path)
            if limit is None and not self.path.startswith(UPLOAD_PATHS):
                limit = FORM_BYTES
            if limit is not None:
                self.adj = _with_limit(self.adj, limit)

    return Parser


def _with_limit(adj: Adjustments, limit: int) -> Adjustments:
    # waitress refuses a body that is as long as its limit.
    narrower = copy.copy(adj)
    narrower.max_request_body_size = limit + 1
    return narrower

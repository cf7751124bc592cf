"""Serving: one waitress process, few open connections (what the settings cost: docs/decisions)."""

from __future__ import annotations

import logging

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

from node.config import Config
from sync.relay import MAX_ASK_BYTES

log = logging.getLogger(__name__)

# Browsers open six connections each; waitress's own limit is 100, ours a large station's.
MAX_CONNECTIONS = 2_000
# An idle connection costs waitress work in each round: let it go soon.
IDLE_S = 10
SWEEP_S = 5
# Far above what a page sends, so that one that is too long is refused in words.
MAX_FORM_BYTES = 1_000_000


class ClosingTask(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Answers to scripts close their connection: the next one is half a minute away."""

    def build_response_header(self) -> bytes:
        if self.request.path.startswith("/api/"):
            self.request.headers["CONNECTION"] = "close"
        header: bytes = super().build_response_header()
        return header


class ClosingChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose tasks are ours."""

    task_class = ClosingTask


def serve(app: Flask, config: Config) -> None:
    """Serve until the process is told to stop."""
    server = make_server(app, config)
    log.info("serving on port %s", config.port)
    server.run()


def make_server(app: Flask, config: Config) -> BaseWSGIServer:
    """A server that is bound and not yet running."""
    server = create_server(
        app,
        host=config.host,
        port=config.port,
        threads=config.threads,
        connection_limit=MAX_CONNECTIONS,
        channel_timeout=IDLE_S,
        cleanup_interval=SWEEP_S,
        asyncore_use_poll=True,
        ident=None,
        clear_untrusted_proxy_headers=True,
        # waitress spools a body to disk before it calls us; one as long as the limit is refused.
        max_request_body_size=(MAX_ASK_BYTES if config.relay else MAX_FORM_BYTES) + 1,
    )
    server.channel_class = ClosingChannel
    return server

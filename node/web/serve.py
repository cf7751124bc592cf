"""Serving: one waitress process, few open connections (what the settings cost: docs/decisions)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer, create_server
from waitress.task import WSGITask

from content.transfer.connections import OpenLines
from content.transfer.counted_channel import CountedChannel, close_late
from node.config import Config
from node.errors import PortTaken
from node.runtime import NodeRuntime
from node.web.current import KEY
from node.web.sending import SendingChannel, SentFile
from node.web.study.scorm_site import create_play_app
from sync.relay import MAX_ASK_BYTES

log = logging.getLogger(__name__)

# Browsers open six connections each; waitress's own limit is 100, ours a large station's. All
# telephones behind one router have its address.
MAX_CONNECTIONS, OF_ONE_SOURCE = 2_000, 300
# What waits to be closed beyond that, and the server's own sockets.
SPARE_CONNECTIONS = 100
# An idle connection costs waitress work in each round: let it go soon.
IDLE_S = 10
SWEEP_S = 5
# The thread that accepts and sends must not wait 5 ms behind each of the others.
SWITCH_S = 0.001
# The largest form has a few fields; more is not even read (pages refuse above 64 kB themselves).
MAX_BODY_BYTES = 1_000_000
# What both ports have in common.
ALIKE = {
    "connection_limit": MAX_CONNECTIONS + SPARE_CONNECTIONS,
    "channel_timeout": IDLE_S,
    "cleanup_interval": SWEEP_S,
    "asyncore_use_poll": True,
    "ident": None,
}


class ClosingTask(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Answers to scripts close their connection: the next request is half a minute away."""

    def build_response_header(self) -> bytes:
        if self.request.path.startswith("/api/"):
            self.request.headers["CONNECTION"] = "close"
        header: bytes = super().build_response_header()
        return header

    def get_environment(self) -> dict[str, object]:
        """What the application is given: files are sent our way."""
        environ: dict[str, object] = super().get_environment()
        environ["wsgi.file_wrapper"] = SentFile
        return environ


class ClosingChannel(CountedChannel, SendingChannel):
    """A connection whose tasks are ours, and that goes when it is slow or its source has many."""

    task_class = ClosingTask


def make_node_server(app: Flask, config: Config) -> TcpWSGIServer:
    """A server that is bound to its port and does not run yet.

    Raises:
        PortTaken: the port cannot be opened.
    """
    try:
        server = create_server(
            app,
            host=config.host,
            port=config.port,
            threads=config.threads,
            **ALIKE,
            clear_untrusted_proxy_headers=False,  # content.face.reverse_proxy does
            # waitress spools a body to disk before it calls us; one of this length is refused.
            max_request_body_size=(MAX_ASK_BYTES if config.relay else MAX_BODY_BYTES) + 1,
        )
    except OSError as error:
        raise PortTaken(config.port, str(error)) from error
    _guard(
        server, OpenLines[ClosingChannel](MAX_CONNECTIONS, OF_ONE_SOURCE), config.trusted_proxies
    )
    return server


def add_play_server(server: TcpWSGIServer, app: Flask, config: Config) -> int:
    """Let ``server`` answer for ``app`` on the second port too; return the port, 0 if it is taken.

    The same loop and the same threads serve both.
    """
    port = _play_port(config)
    known = set(server._map)
    try:
        play = create_server(
            app,
            map=server._map,
            _dispatcher=server.task_dispatcher,
            host=config.host,
            port=port,
            **ALIKE,
            clear_untrusted_proxy_headers=True,
            max_request_body_size=1,
        )
    except OSError as error:
        log.error("no courseware can be played: port %s: %s", port, error)
        # waitress puts a server into the map before it binds; a half-made one would end our loop.
        for half in set(server._map) - known:
            server._map.pop(half).socket.close()
        return 0
    _guard(play, *server.channel_class.args[1:])
    return int(play.effective_port)


def _play_port(config: Config) -> int:
    return config.play_port or (config.port + 1 if config.port else 0)


def _guard(
    server: TcpWSGIServer, lines: OpenLines[ClosingChannel], trusted: frozenset[str]
) -> None:
    """Let ``server`` count its connections in ``lines`` and look after them."""
    server.channel_class = partial(ClosingChannel, _new_parser, lines, trusted)
    server.handle_accept = partial(_accept_all, server, server.handle_accept)
    close_late(server)


def _new_parser(settings: Any, _source: str) -> HTTPRequestParser:
    return HTTPRequestParser(settings)


def _accept_all(server: TcpWSGIServer, accept_one: Callable[[], None]) -> None:
    """Accept all who wait, not one a round as waitress does: a whole class may come at once."""
    open_before = -1
    while open_before < len(server._map) < MAX_CONNECTIONS + SPARE_CONNECTIONS:
        open_before = len(server._map)
        accept_one()


def open_ports(app: Flask, config: Config) -> TcpWSGIServer:
    """The server of both ports; the runtime of ``app`` is told if the second is taken.

    Raises:
        PortTaken: the first cannot be opened.
    """
    server = make_node_server(app, config)
    runtime: NodeRuntime = app.extensions[KEY]
    runtime.play_port = add_play_server(server, create_play_app(runtime), config)
    if not runtime.play_port:
        runtime.port_not_served = _play_port(config)
    return server


def serve(app: Flask, config: Config) -> None:
    """Serve until the process is told to stop."""
    # Requests that wait a moment for a thread are normal, not worth a line each.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    sys.setswitchinterval(SWITCH_S)
    server = open_ports(app, config)
    runtime: NodeRuntime = app.extensions[KEY]
    log.info("serving on port %s, courseware on %s", config.port, runtime.play_port)
    server.run()

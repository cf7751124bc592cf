"""Serving: waitress with a door (``hub.server.door``, ``hub.server.request_parser``)."""

import gc
import logging

from flask import Flask
from waitress import create_server
from waitress.server import BaseWSGIServer

from content.transfer.connections import OpenLines
from hub.context.open_hub import Hub
from hub.errors import HubPortTaken
from hub.materials import uploads
from hub.publishing import releases
from hub.publishing.patch_maker import PatchMaker
from hub.server.admission import AdmissionControl
from hub.server.connections import (
    MAX_CONNECTIONS,
    OF_ONE_SOURCE,
    QUIET_S,
    SPARE_CONNECTIONS,
    SWEEP_S,
    Channel,
    guard,
)
from hub.server.door import Door
from hub.server.request_parser import Judge, parser_for
from hub.web.app import create_app
from hub.web.reports import overview_cache

log = logging.getLogger(__name__)

# Connections that the kernel keeps until they are accepted.
BACKLOG = 1_024


def serve(hub: Hub) -> None:
    """Answer requests until the process is told to stop."""
    releases.sign_anew(hub)
    uploads.forget_old(hub)
    app = create_app(hub)
    server = make_server(hub, app)
    overview_cache.warm(app, hub)
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


def make_server(hub: Hub, app: Flask | None = None) -> BaseWSGIServer:
    """A server of ``hub`` that is bound and not yet running; of ``app``, or of a new one.

    Raises:
        HubPortTaken: the port cannot be opened.
    """
    app = app or create_app(hub)
    door = Door(AdmissionControl(hub.slots), hub.now)
    judge = Judge(app, hub.config, door, lambda: len(server.task_dispatcher.queue))
    try:
        server = create_server(
            app,
            host=hub.config.host,
            port=hub.config.port,
            threads=hub.config.threads,
            ident=None,  # the name of the software costs a station 20 bytes at every sync
            channel_timeout=QUIET_S,
            cleanup_interval=SWEEP_S,
            connection_limit=MAX_CONNECTIONS + SPARE_CONNECTIONS,
            backlog=BACKLOG,
            max_request_header_size=16_384,
            max_request_body_size=hub.config.max_upload_bytes,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # content.face.reverse_proxy does
        )
    except OSError as error:
        raise HubPortTaken(hub.config.port, str(error)) from error
    parser = parser_for(judge)
    lines = OpenLines[Channel](MAX_CONNECTIONS, OF_ONE_SOURCE)
    # A host name with several addresses gives several listeners.
    for listener in (server, *getattr(server, "map", {}).values()):
        if isinstance(listener, BaseWSGIServer):
            guard(listener, parser, lines, hub.config.trusted_proxies)
    return server

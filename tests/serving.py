"""Waitress in tests: a server runs in a thread of its own while a block does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

# Longer than any request of a test takes to end.
PATIENCE_S = 30


@contextmanager
def running(server: BaseWSGIServer) -> Iterator[int]:
    """``server`` answers at the port that this gives; at the end it is fully closed."""
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        # First the worker threads: they wake the server through a descriptor that belongs to
        # something else once it is closed. Then close in the server's own thread, which would
        # otherwise sleep and not notice.
        server.task_dispatcher.shutdown(timeout=PATIENCE_S)
        server.trigger.pull_trigger(lambda: _close(server))
        thread.join(PATIENCE_S)
    assert not thread.is_alive(), "the server did not stop"


def _close(server: BaseWSGIServer) -> None:
    for channel in list(server._map.values()):
        if isinstance(channel, HTTPChannel):
            channel.handle_close()  # with the files that it still had to send
    server.close()
    server.asyncore.close_all(server._map)

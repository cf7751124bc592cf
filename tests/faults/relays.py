"""A relay at work: a real node with ``relay = true`` that answers at one port through restarts."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import replace

from install.servers import free_port
from node.config import Config
from node.exchange import lineage
from node.relay.parcel_store import ParcelStore
from node.runtime import NodeRuntime
from node.web.app import create_app
from node.web.serve import make_node_server
from tests.serving import running


class RelayAtWork:
    """A node that serves its network; ``runtime`` is its present life."""

    def __init__(self, config: Config, *, relay: bool = True) -> None:
        self.config = replace(config, relay=relay, port=free_port())
        self.url = f"http://127.0.0.1:{self.config.port}"
        self._begin()

    @property
    def shelf(self) -> ParcelStore:
        """The parcels that it keeps."""
        assert self.runtime.shelf is not None
        return self.runtime.shelf

    def _begin(self) -> None:
        self.runtime = NodeRuntime.open(self.config)
        lineage.start(self.runtime.store, self.runtime.clock.now())
        self._life = ExitStack()
        self._life.callback(self.runtime.close)
        self._life.enter_context(running(make_node_server(create_app(self.runtime), self.config)))

    def restart(self) -> None:
        """Stop it and start it again."""
        self.close()
        self._begin()

    def lose_shelf(self) -> None:
        """Its disk loses these parcels."""
        self.close()
        shutil.rmtree(self.config.data / "relay")
        self._begin()

    def close(self) -> None:
        """Stop it."""
        self._life.close()

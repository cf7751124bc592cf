"""A relay at work: a real node with ``relay = true`` that answers at one port through its lives."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import replace

from install.servers import free_port
from node.config import Config
from node.exchange import lineage
from node.relay.parcel_store import Shelf
from node.runtime import Machine
from node.web.app import create_app
from node.web.serve import make_node_server
from tests.serving import running


class RelayAtWork:
    """A node that serves its network; ``machine`` is its present life."""

    def __init__(self, config: Config, *, relay: bool = True) -> None:
        self.config = replace(config, relay=relay, port=free_port())
        self.url = f"http://127.0.0.1:{self.config.port}"
        self._begin()

    @property
    def shelf(self) -> Shelf:
        """What lies at it."""
        assert self.machine.shelf is not None
        return self.machine.shelf

    def _begin(self) -> None:
        self.machine = Machine.open(self.config)
        lineage.start(self.machine.store, self.machine.clock.now())
        self._life = ExitStack()
        self._life.callback(self.machine.close)
        self._life.enter_context(running(make_node_server(create_app(self.machine), self.config)))

    def restart(self) -> None:
        """End it and begin anew."""
        self.close()
        self._begin()

    def lose_shelf(self) -> None:
        """Its disk loses what lay there."""
        self.close()
        shutil.rmtree(self.config.data / "relay")
        self._begin()

    def close(self) -> None:
        """End it."""
        self._life.close()

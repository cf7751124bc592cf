"""Lab: a real hub and real nodes in one process, for tests, faults and benches.

The hub answers over HTTP on loopback through waitress, as in service; a node is a ``NodeRuntime``
on a folder of its own, joined through the hub's real enrolment. Only the line is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from hub.config import load
from hub.context import open_hub as hub_machine
from hub.context.open_hub import Hub
from hub.intake import stations
from hub.server.http_server import make_server
from hub.store import units
from hub.store.engine import writing
from node.config import Config
from node.exchange.joining import join
from node.runtime import NodeRuntime
from node.store import journal
from sync.records import Record
from tests.hub.believed import believe
from tests.quick import secrets_cost_little
from tests.serving import running
from tests.sync.records import LEARNERS

PARENT = "4406"
# Where nobody answers.
NOWHERE = "http://127.0.0.1:9"


def new_hub(data: Path, settings: str = "", database: str = "") -> Path:
    """The folder ``data`` with a new hub in it, which has one county; by default on SQLite."""
    data.mkdir(parents=True, exist_ok=True)
    if database:
        settings += f'database = "{database}"\n'
    if "capacity_per_s" not in settings:
        # No station is asked to come later, unless a test wants it.
        settings += "capacity_per_s = 100000\n"
    (data / "hub.toml").write_text(f"port = 0\nthreads = 4\n{settings}", "utf-8")
    with secrets_cost_little():
        hub_machine.create(load(data))
    hub = hub_machine.open_hub(data)
    with writing(hub.engine) as connection:
        root = units.root(connection)
        assert root is not None
        units.add(connection, [(PARENT, "佛山市", root)])
    hub.close()
    return data


@contextmanager
def running_hub(data: Path, settings: str = "") -> Iterator[tuple[Hub, int]]:
    """A new hub in ``data`` that answers; gives it and its port."""
    hub = hub_machine.open_hub(new_hub(data, settings))
    with answering(hub) as port:
        yield hub, port


@contextmanager
def answering(hub: Hub) -> Iterator[int]:
    """``hub`` answers at the port that this gives, and is closed afterwards."""
    try:
        with running(make_server(hub)) as port:
            yield port
    finally:
        hub.close()


def joined(data: Path, hub: Hub, hub_port: int, code: str, hub_host: str = "127.0.0.1") -> Config:
    """Settings of a new node in ``data``, joined to ``hub`` as the station ``code``.

    The learners of made-up records are believed of it, also with its number before theirs.
    """
    station = stations.add(hub, code, "test", f"第{code}所", PARENT)
    believe(hub, station.node_id, LEARNERS)
    believe(hub, station.node_id, {f"{station.node_id}-{learner}" for learner in LEARNERS})
    config = Config(data, hub_url=f"http://{hub_host}:{hub_port}", host="127.0.0.1")
    data.mkdir(parents=True, exist_ok=True)
    with secrets_cost_little():
        join(config, station.code.text)
    return config


def note(runtime: NodeRuntime, records: list[Record]) -> None:
    """Write ``records`` into the node's journal as its pages would; their ``seq`` is not used."""

    def append(conn: Connection) -> None:
        for record in records:
            journal.append(conn, **{k: v for k, v in record._asdict().items() if k != "seq"})

    runtime.store.write(append)

"""A hub of the release before: whatever a station had said of others goes on being counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, MetaData, insert

from hub.facts.belief import ALWAYS, NEVER, Belief
from hub.store import aside, batches, engine
from hub.store.engine import migrate, reading, writing
from sync.names import Names

UNITS = (
    (1, None, "0", "总局", 0, "/1/"),
    (2, 1, "a", "甲所", 1, "/1/2/"),
    (3, 1, "b", "乙所", 1, "/1/3/"),
)


@pytest.fixture
def moved(tmp_path: Path) -> Iterator[Engine]:
    """A station at 甲所 that has named its own learner, one who moved, 乙所's, and a stranger."""
    opened = engine.open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    migrate(opened, "0010")
    with writing(opened) as connection:
        _fill(connection)
    migrate(opened)
    yield opened
    opened.dispose()


def _fill(connection: Connection) -> None:
    old = MetaData()
    old.reflect(connection)
    tables = old.tables
    for at in UNITS:
        connection.execute(insert(tables["unit"]).values(at))
    for node_id, unit_id in ((7, 2), (8, 3)):
        row = {"id": node_id, "unit_id": unit_id, "name": "", "state": "active", "added_at": 1}
        connection.execute(insert(tables["node"]).values(row))
    for number, unit_id in (("own", 2), ("moved", 3), ("theirs", 3)):
        row = {"number": number, "name": "", "unit_id": unit_id, "active": True}
        connection.execute(insert(tables["learner"]).values(row))
    order = {"mark": 1, "scope": "up", "unit_id": 2, "node_id": 0, "kind": "roster"}
    connection.execute(insert(tables["orders"]).values(**order, key="moved", body=b""))
    names = Names.from_text("own\nmoved\ntheirs\n李雷-7\n\0food/video\n\0")
    for epoch, received_at in ((1, 50), (2, 90)):
        chain = {"node_id": 7, "epoch": epoch, "next_seq": 2, "hash": b"h", "base": b"b"}
        chain |= {"names": batches.pack_names(names), "public_key": b"k"}
        connection.execute(insert(tables["chain"]).values(chain))
        batch = {"node_id": 7, "epoch": epoch, "first_seq": 1, "count": 1, "hash": b"h"}
        batch |= {"previous": b"p", "bytes": b"", "received_at": received_at, "log_index": epoch}
        connection.execute(insert(tables["batch"]).values(batch))


def test_what_was_counted_before_goes_on_being_counted(moved: Engine) -> None:
    with reading(moved) as connection:
        assert aside.listed(connection, 7, aside.WAITING, 9) == []
        rows = aside.listed(connection, 7, aside.COUNTED, 9)
        since = Belief.of(connection, 7).since(["own", "moved", "theirs", "李雷-7", "newer"])
        assert Belief.of(connection, 8).since(["own"])["own"] == NEVER
    assert [row.learner for row in rows] == ["theirs", "李雷-7"]
    assert {(row.first_received, row.last_received, row.decided_by) for row in rows} == {
        (50, 90, "system")
    }
    assert {who: at for who, at in since.items() if at != ALWAYS} == {"newer": NEVER}

"""Two officers change one person at the same time, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection

from hub.context.open_hub import Hub
from hub.people import changes, roster
from hub.people.changes import Leaving
from hub.people.errors import StandingAlready
from hub.rights import Actor
from hub.store import histories
from hub.store.engine import reading
from hub.store.histories import Standing
from hub.store.learners import Learner
from tests.hub.actors import actor


def test_of_two_officers_who_let_somebody_leave_at_once_one_is_told(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r.csv").write_text("学号,姓名,单位\nA1,王桂兰,0\n", "utf-8")
    roster.import_roster(hub, tmp_path / "r.csv", actor())
    looking, second_done = Event(), Event()
    kept = changes.kept
    leaving = Leaving(Standing.RETIRED, changes.day_of(hub.now()))

    def slowly(connection: Connection, by: Actor, number: str) -> Learner:
        learner = kept(connection, by, number)
        looking.set()
        second_done.wait(1)  # the second waits for a lock of ours, or is done by then
        return learner

    monkeypatch.setattr(changes, "kept", slowly)
    with ThreadPoolExecutor(1) as beside:
        first = beside.submit(changes.leave, hub, actor(), "A1", leaving)
        assert looking.wait(20)
        monkeypatch.setattr(changes, "kept", kept)
        with pytest.raises(StandingAlready):
            changes.leave(hub, actor(), "A1", leaving)
        second_done.set()
        first.result(20)
    with reading(hub.engine) as connection:
        states = [change.state for change in histories.of(connection, "A1")]
    assert sorted(states) == ["present", "retired"]

"""A hub that is destroyed and restored elsewhere from its backup; at full size:
``tests.faults.hub_backup``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.context import open_hub
from hub.context.open_hub import Hub, unix_now
from hub.facts import rebuild
from hub.operations.backup import back_up
from hub.operations.restore import restore
from node.config import Config
from tests.faults.hub_backup import Drill, Size
from tests.faults.lives import at_hub, started, unnumbered, waiting, work
from tests.lab import answering
from tests.quick import secrets_cost_little


def test_a_destroyed_hub_comes_back_from_its_backup_with_courses_records_and_stations(
    tmp_path: Path,
) -> None:
    drill = Drill(tmp_path, Size(), lambda _line: None)
    with secrets_cost_little():
        drill.run()
    assert drill.faults == []


@pytest.mark.parametrize("starts_again", [False, True])
def test_what_a_station_sent_after_the_backup_is_sent_again_to_the_restored_hub(
    hub: Hub, config: Config, tmp_path: Path, starts_again: bool
) -> None:
    """It has receipts for it; the hub that signed them is gone."""
    runtime = started(config)
    noted = work(runtime, 1)
    runtime.courier.sync()
    back_up(hub.config.data, tmp_path / "disk", now=unix_now)
    noted += work(runtime, 2)
    runtime.courier.sync()
    if starts_again:
        runtime.close()
        runtime = started(config)
        runtime.courier.sync()
    assert waiting(runtime) == 0
    restore(tmp_path / "new", tmp_path / "disk", now=unix_now)
    again = open_hub.open_hub(tmp_path / "new")
    with answering(again) as port:
        right = runtime.courier.config
        runtime.courier.config = replace(right, hub_url=f"http://127.0.0.1:{port}")
        noted += work(runtime, 3)
        runtime.courier.sync()
        assert sorted(at_hub(again)) == sorted(unnumbered(noted))
        assert waiting(runtime) == 0
        noted += work(runtime, 4)
        runtime.courier.sync()
        assert sorted(at_hub(again)) == sorted(unnumbered(noted))
        check = rebuild.rebuild(again, "test")
        assert check.before == check.after
    runtime.close()

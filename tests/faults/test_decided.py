"""People have decided which of two copies stays: it works again and nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import stations
from hub.machine import Hub
from hub.store import audit
from hub.store.engine import reading
from node import keeper
from node.config import Config
from node.errors import HubRefused
from node.store import journal
from tests.faults.test_history import at_hub, copied, put_back, started, unnumbered, work
from tests.lab import joined, running_hub


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[Hub, Config]]:
    with running_hub(tmp_path / "hub") as (hub, port):
        yield hub, joined(tmp_path / "node", hub, port, "440604001")


@pytest.mark.parametrize("stays", ["original", "copy"])
def test_the_copy_that_stays_works_again_and_all_records_are_there_once(
    lab: tuple[Hub, Config], stays: str
) -> None:
    hub, config = lab
    original = started(config)
    before = work(original, 1)
    original.courier.sync()
    original.close()
    copy_config = copied(config, "copy")
    original, copy = started(config), started(copy_config)
    mine, theirs = work(original, 2), work(copy, 3)
    original.courier.sync()
    copy.courier.sync()
    more = work(original if stays == "original" else copy, 4)
    with pytest.raises(HubRefused, match="cloned"):
        original.courier.sync()
    said = keeper.history(original)
    assert (said.kind, said.text) == ("act", "总局发现本站有两份在运行")
    original.close()
    copy.close()

    assert stations.decide(hub, "440604001", "active", "test") == 1
    kept = started(config if stays == "original" else copy_config)
    kept.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(before, mine, theirs, more))
    assert journal.waiting(kept.store.read()).count == 0
    assert keeper.history(kept).kind == "ok"
    last = work(kept, 5)
    kept.courier.sync()
    assert sorted(at_hub(hub)) == sorted(unnumbered(before, mine, theirs, more, last))
    kept.close()
    with reading(hub.engine) as connection:
        told = [what for _at, _who, what, _detail in audit.latest(connection)]
    assert "cloned" in told
    assert "station active" in told


def test_the_keeper_reads_of_the_backup_until_the_next_sync(lab: tuple[Hub, Config]) -> None:
    _hub, config = lab
    machine = started(config)
    machine.close()
    backup = copied(config, "backup")
    machine = started(config)
    work(machine, 1)
    machine.courier.sync()
    machine.close()
    put_back(backup, config)
    machine = started(config)
    assert keeper.history(machine).text == "本机恢复了旧备份"
    machine.courier.sync()
    said = keeper.history(machine)
    assert (said.kind, "接上了总局的记录" in said.text) == ("ok", True)
    machine.close()

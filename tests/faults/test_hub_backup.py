"""A hub that is destroyed and restored elsewhere from its backup; at full size:
``tests.faults.hub_backup``."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.trust import repository
from tests.faults.hub_backup import Drill, Size
from tests.hub.postgresql import NoPostgreSQL, new_database, server, without_syncing


@pytest.fixture(autouse=True)
def _few_bins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "HEADQUARTERS_BITS", 2)


def test_a_destroyed_hub_comes_back_from_its_backup_with_courses_records_and_stations(
    tmp_path: Path,
) -> None:
    drill = Drill(tmp_path, Size(), lambda _line: None)
    drill.run()
    assert drill.faults == []


@pytest.mark.postgresql
def test_a_destroyed_hub_on_postgresql_comes_back_the_same(tmp_path: Path) -> None:
    try:
        with server() as address:
            without_syncing(address)
            drill = Drill(
                tmp_path, Size(), lambda _line: None, lambda name: new_database(address, name)
            )
            drill.run()
    except NoPostgreSQL as fault:
        pytest.skip(str(fault))
    assert drill.faults == []

from __future__ import annotations

from pathlib import Path

import pytest

from hub.facts import rebuild
from tests.faults.carriers import World

RUNS = 4


@pytest.mark.parametrize("seed", [3, 8])
def test_every_record_reaches_the_hub_once_by_any_mix_of_ways(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, seed)
    try:
        for run in range(RUNS):
            assert world.run(run) == []
        assert world.records > 0
        assert rebuild.digest(world.at.hub) == world.digest()
    finally:
        world.close()

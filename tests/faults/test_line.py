from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.line import Weather, one_run
from tests.lab import running_hub

RUNS = 8


@pytest.mark.parametrize("seed", [4, 11])
def test_every_record_reaches_the_hub_once_whatever_the_line_does(
    tmp_path: Path, seed: int
) -> None:
    with running_hub(tmp_path / "hub") as (hub, port):
        for run in range(RUNS):
            weather = Weather(random.Random(seed * 1000 + run))
            count, broken = one_run(tmp_path / f"node{run}", hub, port, weather, f"9{run:06d}")
            assert count > 0
            assert broken == []

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.kept import Verdict
from tests.faults.kill import filled, killed


def test_nothing_acknowledged_is_lost_or_doubled_when_the_node_is_killed(tmp_path: Path) -> None:
    assert killed(tmp_path, kills=5, seed=5, learners=8)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts the small disk")
def test_a_full_disk_is_said_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    assert filled(tmp_path, seed=5, learners=8, full_s=6.0)


@pytest.mark.parametrize(
    ("promised", "kept", "lost", "doubled"),
    [
        (["A", "B"], ["A", "B"], 0, 0),
        (["A", "B"], ["A"], 1, 0),
        (["A", "B"], ["A", "B", "B"], 0, 1),
        (["A", "B"], ["B", "A"], 1, 1),
        ([], ["A"], 0, 1),
    ],
)
def test_the_judge_finds_what_is_lost_and_what_is_doubled(
    promised: list[str], kept: list[str], lost: int, doubled: int
) -> None:
    verdict = Verdict()
    verdict.compare("K1001", "answers", promised, kept)
    assert (verdict.lost, verdict.doubled, verdict.good) == (lost, doubled, promised == kept)

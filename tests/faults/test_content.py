from __future__ import annotations

from pathlib import Path

from tests.faults.content import killed


def test_an_update_survives_kills_and_is_shown_whole_or_not_at_all(tmp_path: Path) -> None:
    assert killed(tmp_path, kills=2, seed=5)

"""A short run of the greedy: a few dozen sockets, a few seconds; real processes all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.faults.greed import Row, Size, run, tell

# This test may share its processors with seven others: it asks whether all were served, and the
# command with its full size how soon.
PATIENT_PING_S = 5.0


def test_a_station_syncs_and_is_answered_while_others_are_greedy(tmp_path: Path) -> None:
    rows = run(tmp_path, Size(seconds=2.5, sockets=60, heads=60, ghosts=600))
    assert [row.phase for row in rows][-1] == "all at once"
    for row in rows:
        assert row.pings
        assert row.failures == 0
        assert row.ping_p99_s < PATIENT_PING_S
    assert sum(row.syncs for row in rows) >= len(rows)
    assert max(row.slowest_sync_s for row in rows) < 10


def test_who_was_kept_out_is_told_in_the_table() -> None:
    good = Row("nobody", 100, 0.02, 0.03, 5, 0.4, 0)
    rows = [
        good,
        replace(good, ping_p99_s=0.6),
        replace(good, slowest_sync_s=11.0),
        replace(good, failures=1),
        replace(good, syncs=0),
    ]
    assert [row.missed for row in rows] == [False, True, True, True, True]
    assert tell(rows).count("missed") == 4

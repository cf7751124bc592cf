"""Figures: a timing is kept with its ratio to the machine's yardstick, others without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.figure import Figure, beside, merge, table
from tests.bench.yardstick import Yardstick, measure

START = Figure("node.start_s", 0.5, "s", 1.5, "low", "how")
RATE = Figure("hub.records_per_s", 1000, "records/s", 500, "high", "how")
SIZE = Figure("sync.bytes", 467, "B", 600, "low", "how")


def yard(whole_s: float) -> Yardstick:
    return Yardstick(whole_s / 4, whole_s / 4, whole_s / 4, whole_s / 4)


def test_a_timing_gets_the_mean_of_the_yardsticks_before_and_after() -> None:
    yards = iter([yard(1.0), yard(3.0)])
    start, rate, size = beside(lambda: [START, RATE, SIZE], lambda: next(yards))
    assert start.yardstick_s == 2.0
    assert start.per_yardstick == 0.25
    assert rate.per_yardstick == 2000
    assert size == SIZE


@pytest.mark.parametrize(("unit", "ratio"), [("ms", 0.25), ("s", 250.0), ("hours", 900_000.0)])
def test_a_time_in_any_unit_is_told_in_yardsticks(unit: str, ratio: float) -> None:
    figure = Figure("a", 500, unit, None, "low", "how", yardstick_s=2.0)
    assert figure.per_yardstick == pytest.approx(ratio)


def test_the_file_keeps_its_keys_and_the_ratio_beside_them(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    merge([START, SIZE], file)
    before = json.loads(file.read_text("utf-8"))
    timed = beside(lambda: [START], lambda: yard(2.0))
    merge(timed, file)
    after = json.loads(file.read_text("utf-8"))
    ratio = {"yardstick_s": 2.0, "per_yardstick": 0.25}
    assert after["node.start_s"] == before["node.start_s"] | ratio
    assert after["sync.bytes"] == before["sync.bytes"]


def test_the_table_shows_both() -> None:
    [start] = beside(lambda: [START], lambda: yard(2.0))
    assert table([start]).splitlines()[1].split()[:4] == ["node.start_s", "0.5", "s", "0.25"]


def test_the_yardstick_measures_each_part() -> None:
    measured = measure()
    assert min(measured.sign_s, measured.pack_s, measured.loop_s, measured.commit_s) > 0

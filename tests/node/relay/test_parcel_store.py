"""What a relay keeps for other stations: by its own count of time, and closed without harm."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.config import Config
from node.errors import DiskFault, ShelfFull
from node.relay import parcel_store, relay
from node.relay.parcel_store import MAX_AGE_S, ParcelStore
from node.runtime import NodeRuntime
from sync.parcel import HUB, parcel_name
from tests.node.conftest import FakeTime

TEN_YEARS_S = 3652 * 86_400
STATION = 7


def parcel(to: int, sender: int, number: int) -> bytes:
    return b"XZE1" + bytes([to, sender]) + b"hint" + number.to_bytes(4, "big") + bytes(200)


def fill(shelf: ParcelStore) -> None:
    shelf.take(STATION, parcel(HUB, STATION, 1))
    shelf.keep_answer(STATION, parcel(STATION, HUB, 2))


def names(shelf: ParcelStore) -> list[str]:
    return [lying.name for lying in (*shelf.to_hub(), *shelf.all_answers())]


class County:
    """A relay that is started again and again over one folder."""

    def __init__(self, config: Config, pc: FakeTime) -> None:
        self._config, self._pc = replace(config, relay=True), pc
        self._begin()

    def restart(self) -> None:
        self.runtime.mark_alive()
        self.runtime.close()
        self._begin()

    def _begin(self) -> None:
        self.runtime = NodeRuntime.open(self._config, self._pc.clock())
        assert self.runtime.shelf is not None
        self.shelf = self.runtime.shelf

    def sweep(self) -> list[str]:
        """What is left after old parcels were dropped."""
        self.shelf.drop_old()
        return names(self.shelf)


@pytest.fixture
def county(config: Config, pc: FakeTime) -> Iterator[County]:
    county = County(config, pc)
    yield county
    county.runtime.close()


@pytest.mark.parametrize("jump_s", [TEN_YEARS_S, -TEN_YEARS_S])
def test_a_clock_that_is_set_ten_years_off_neither_drops_nor_keeps_anything(
    county: County, pc: FakeTime, jump_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(county.shelf)
    before, true = names(county.shelf), time.time()
    for off_s in (jump_s, 0, -jump_s):
        pc.raw_s = true + off_s
        monkeypatch.setattr(time, "time", pc.raw)
        county.runtime.clock.recheck_clock()
        assert county.sweep() == before
        county.restart()
        assert county.sweep() == before
        assert county.shelf.waits().to_hub_s < 5
    pc.steady_s += MAX_AGE_S - 60
    assert county.sweep() == before
    county.restart()
    assert county.sweep() == before
    pc.steady_s += 120
    assert county.sweep() == []


def test_parcels_stay_in_the_order_in_which_they_came_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = 0.0
    shelf = ParcelStore(tmp_path, lambda: ran)
    parcels = [parcel(HUB, STATION, number) for number in range(5)]
    claims = iter(range(2_000_000_000, 0, -TEN_YEARS_S))
    monkeypatch.setattr(time, "time", lambda: float(next(claims, 0)))
    for raw in parcels:
        ran += 1
        shelf.take(STATION, raw)
    came = [parcel_name(raw).hex() for raw in parcels]
    assert names(shelf) == came
    shelf.close()
    again = ParcelStore(tmp_path, lambda: ran)
    assert names(again) == came
    again.close()


def test_what_an_older_version_kept_is_as_old_as_the_start(tmp_path: Path) -> None:
    shelf = ParcelStore(tmp_path, lambda: 100.0)
    fill(shelf)
    before = names(shelf)
    shelf.close()
    for path in (tmp_path / "relay").rglob("*.xze"):
        os.utime(path)
    ran = 500.0
    again = ParcelStore(tmp_path, lambda: ran)
    assert again.waits().to_hub_s == 0
    ran += MAX_AGE_S - 1
    again.drop_old()
    assert names(again) == before
    ran += 2
    again.drop_old()
    assert names(again) == []
    again.close()


def test_a_journey_that_is_under_way_writes_nowhere_once_the_shelf_is_closed(
    tmp_path: Path,
) -> None:
    shelf = ParcelStore(tmp_path / "here")
    shelf.take(STATION, parcel(HUB, STATION, 1))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    taken: list[int] = []

    class Hub:
        """Answers after the shelf was closed and its folders' descriptors belong to other files."""

        def post(self, _path: str, _raw: bytes, _most: int) -> bytes:
            shelf.close()
            taken.extend(os.open(elsewhere, os.O_RDONLY) for _ in range(40))
            return parcel(STATION, HUB, 2)

    with pytest.raises(DiskFault, match="closed"):
        relay.forward(Hub(), shelf)  # type: ignore[arg-type]
    assert list(elsewhere.iterdir()) == []
    for descriptor in taken:
        os.close(descriptor)
    again = ParcelStore(tmp_path / "here")
    assert len(again.to_hub()) == 1
    again.close()
    with pytest.raises(DiskFault, match="closed"):
        again.read_to_hub(again.to_hub()[0])
    with pytest.raises(DiskFault, match="closed"):
        again.answers(STATION, 1000)
    with pytest.raises(DiskFault, match="closed"):
        again.take(STATION, parcel(HUB, STATION, 3))


def test_a_relay_keeps_so_many_parcels_however_small_and_goes_on_when_some_have_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcel_store, "MAX_PARCELS", 3)
    shelf = ParcelStore(tmp_path)
    for node in (1, 2, 3):
        shelf.take(node, parcel(HUB, node, 1))
    with pytest.raises(ShelfFull):
        shelf.take(4, parcel(HUB, 4, 1))
    shelf.drop(shelf.to_hub()[0])
    shelf.take(4, parcel(HUB, 4, 1))
    assert [node for node, _up, _down in shelf.by_station()] == [2, 3, 4]
    shelf.close()

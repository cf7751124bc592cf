from dataclasses import dataclass, field

from hub.context.open_hub import Hub
from hub.store.engine import reading
from hub.store.scope import whole
from hub.web.reports.overview_cache import KEPT_S, LONG_S, MOST_KEPT_S, CachedFigures
from tests.hub.conftest import Clock, join_station


@dataclass
class Stopwatch:
    """A clock: each reading is ``step`` later."""

    step: float
    at: float = field(default=0.0)

    def __call__(self) -> float:
        self.at += self.step
        return self.at


def _stations(hub: Hub, cache: CachedFigures, now: int) -> int:
    with reading(hub.engine) as connection:
        return cache.of(connection, whole(connection), now).whole.stations


def test_quick_figures_are_always_counted_anew(sqlite_hub: Hub, clock: Clock) -> None:
    cache = CachedFigures(Stopwatch(LONG_S / 2))
    assert _stations(sqlite_hub, cache, clock.at) == 0
    join_station(sqlite_hub, "new")
    assert _stations(sqlite_hub, cache, clock.at) == 1


def test_slow_figures_are_shown_again_for_a_minute(sqlite_hub: Hub, clock: Clock) -> None:
    cache = CachedFigures(Stopwatch(LONG_S))
    assert _stations(sqlite_hub, cache, clock.at) == 0
    join_station(sqlite_hub, "new")
    assert _stations(sqlite_hub, cache, clock.at + KEPT_S - 1) == 0
    assert _stations(sqlite_hub, cache, clock.at + KEPT_S) == 1


def test_figures_that_took_longer_are_kept_longer_and_never_beyond_ten_minutes(
    sqlite_hub: Hub, clock: Clock
) -> None:
    for took, kept_s in ((3.0, 180), (100.0, MOST_KEPT_S)):
        cache = CachedFigures(Stopwatch(took))
        before = _stations(sqlite_hub, cache, clock.at)
        join_station(sqlite_hub, f"new{kept_s}")
        assert _stations(sqlite_hub, cache, clock.at + kept_s - 1) == before
        assert _stations(sqlite_hub, cache, clock.at + kept_s) == before + 1


def test_a_clock_that_was_set_back_does_not_keep_figures(sqlite_hub: Hub, clock: Clock) -> None:
    cache = CachedFigures(Stopwatch(LONG_S))
    assert _stations(sqlite_hub, cache, clock.at) == 0
    join_station(sqlite_hub, "new")
    assert _stations(sqlite_hub, cache, clock.at - 10) == 1

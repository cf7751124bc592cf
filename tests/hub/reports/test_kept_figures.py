import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection

from hub.context.open_hub import Hub
from hub.reports.kept_figures import (
    KEPT_S,
    LONG_S,
    MOST_KEPT_S,
    MOST_SHOWN_S,
    FigureShelf,
    KeptFigures,
)
from hub.store.engine import reading
from tests.hub.conftest import Clock


@dataclass
class Stopwatch:
    """A clock: each reading is ``step`` later."""

    step: float
    at: float = field(default=0.0)

    def __call__(self) -> float:
        self.at += self.step
        return self.at


class Counting:
    """Figures that take a while; those that are to be counted again wait in ``jobs``."""

    def __init__(self, hub: Hub, clock: Clock, took: float) -> None:
        self.hub, self.times, self.jobs = hub, 0, list[Callable[[], None]]()
        self.shelf = FigureShelf(
            lambda: reading(hub.engine), clock, Stopwatch(took), self.jobs.append
        )

    def count(self, _connection: Connection) -> int:
        self.times += 1
        return self.times

    def shown(self) -> KeptFigures[int]:
        with reading(self.hub.engine) as connection:
            return self.shelf.of("a", connection, self.count)


def test_quick_figures_are_always_counted_anew(sqlite_hub: Hub, clock: Clock) -> None:
    counting = Counting(sqlite_hub, clock, LONG_S / 2)
    assert [counting.shown().value for _time in range(3)] == [1, 2, 3]
    assert not counting.jobs


def test_slow_figures_are_shown_with_their_time_while_they_are_counted_again(
    sqlite_hub: Hub, clock: Clock
) -> None:
    counting, began = Counting(sqlite_hub, clock, LONG_S), clock.at
    assert counting.shown().value == 1
    clock.at += KEPT_S - 1
    assert counting.shown() == KeptFigures(1, began, KEPT_S)
    clock.at += 1
    for _twice in range(2):
        shown = counting.shown()
        assert (shown.value, shown.at, shown.renewing) == (1, began, True)
    [job] = counting.jobs
    job()
    shown = counting.shown()
    assert (shown.value, shown.at, shown.renewing) == (2, clock.at, False)


def test_figures_that_took_longer_are_kept_longer_and_never_beyond_ten_minutes(
    sqlite_hub: Hub, clock: Clock
) -> None:
    for took, kept_s in ((3.0, 180), (100.0, MOST_KEPT_S)):
        counting = Counting(sqlite_hub, clock, took)
        counting.shown()
        clock.at += kept_s - 1
        assert not counting.shown().renewing
        clock.at += 1
        assert counting.shown().renewing


@pytest.mark.parametrize("later_s", [MOST_SHOWN_S, -10])
def test_figures_of_another_day_or_of_a_wrong_clock_are_not_shown(
    sqlite_hub: Hub, clock: Clock, later_s: int
) -> None:
    counting = Counting(sqlite_hub, clock, LONG_S)
    counting.shown()
    clock.at += later_s
    assert counting.shown().value == 2


def test_a_count_that_failed_in_the_background_is_begun_again(
    sqlite_hub: Hub, clock: Clock
) -> None:
    counting = Counting(sqlite_hub, clock, LONG_S)
    counting.shown()
    clock.at += KEPT_S

    def broken(_connection: Connection) -> int:
        raise ValueError

    counting.shelf.renew("a", broken)
    counting.jobs.pop()()
    shown = counting.shown()
    assert (shown.value, shown.renewing, len(counting.jobs)) == (1, True, 1)


def test_two_who_ask_at_once_for_slow_figures_count_them_once(
    sqlite_hub: Hub, clock: Clock
) -> None:
    counting, values, both = Counting(sqlite_hub, clock, LONG_S), list[int](), threading.Barrier(2)

    def ask() -> None:
        both.wait()
        values.append(counting.shown().value)

    threads = [threading.Thread(target=ask) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (values, counting.times) == ([1, 1], 1)

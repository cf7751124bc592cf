"""The curve of completion, and what is out of the ordinary, as functions of numbers."""

from __future__ import annotations

from datetime import date

import pytest

from hub.reports.completion_curve import DAY_S, DAYS_SHOWN, HEIGHT, drawn
from hub.reports.figures import is_unusual

TODAY = 20_000  # days since 1970: 2024-10-04
NOON = TODAY * DAY_S + 4 * 3600  # of the offices' zone


def test_each_day_stands_with_what_was_complete_by_its_end() -> None:
    curve = drawn({TODAY - 3: 2, TODAY - 1: 5}, 20, NOON)
    assert [(day.new, day.total) for day in curve.days] == [(0, 0), (2, 2), (0, 2), (5, 7), (0, 7)]
    assert curve.days[-1].day == date(2024, 10, 4)
    assert curve.percent(curve.days[-1].total) == 35.0
    assert curve.top == 50
    assert curve.points.split()[0] == f"0.0,{HEIGHT}.0"


def test_what_came_before_the_days_that_are_shown_is_counted_all_the_same() -> None:
    curve = drawn({TODAY - 100: 9, TODAY: 1}, 10, NOON)
    assert len(curve.days) == DAYS_SHOWN
    assert (curve.days[0].total, curve.days[-1].total) == (9, 10)


def test_nothing_is_drawn_where_nothing_is_known() -> None:
    assert drawn({}, 10, NOON).days == ()
    assert drawn({TODAY: 1}, 0, NOON).days == ()


@pytest.mark.parametrize(
    ("count", "of", "whole", "whole_of", "marked"),
    [
        (203, 1288, 2558, 24000, True),  # 16 % where all have 11 %
        (69, 553, 2558, 24000, False),  # 12 %: it may be chance
        (550, 553, 23800, 24000, False),  # as bad as everywhere
        (1, 1, 1, 30, False),  # of one station
        (5, 5, 5, 5, False),  # the only part
        (0, 50, 100, 1000, False),
        (4, 0, 1, 1, False),
    ],
)
def test_only_what_is_out_of_the_ordinary_is_marked(
    count: int, of: int, whole: int, whole_of: int, marked: bool
) -> None:
    assert is_unusual(count, of, whole, whole_of) is marked

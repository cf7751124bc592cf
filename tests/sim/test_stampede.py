from xml.etree import ElementTree

import pytest

from hub.context.visit_schedule import Capacity
from tests.sim.plot import draw
from tests.sim.stampede import LEARNERS, RETURN, STATIONS, Outcome, curve, faults, naive, ours, tell

# A fifth of the country at a fifth of the capacity.
PART = 5
COUNT, PEOPLE = STATIONS // PART, LEARNERS // PART
CAPACITY = Capacity(per_s=Capacity().per_s // PART)


@pytest.fixture(scope="module")
def story() -> Outcome:
    return ours(COUNT, PEOPLE, CAPACITY)


def test_the_hub_never_takes_in_more_than_it_carries(story: Outcome) -> None:
    assert story.peak <= 1
    assert story.peak_before > 0.5  # the evening is no idle time
    assert story.longest_queue_s <= 5


def test_after_a_national_outage_all_are_done_near_the_bound_and_nobody_waits_long(
    story: Outcome,
) -> None:
    assert len(story.done_s) == COUNT
    assert faults(story) == []


def test_exam_results_come_before_the_rest(story: Outcome) -> None:
    exam = sum(story.exam_done_s) / len(story.exam_done_s)
    assert exam < 0.9 * sum(story.done_s) / COUNT


def test_a_station_is_turned_away_about_once_and_not_over_and_over(story: Outcome) -> None:
    assert story.refused < 1.5 * COUNT


@pytest.mark.parametrize("on_the_clock", [False, True])
def test_clients_with_a_fixed_interval_overrun_the_same_hub(on_the_clock: bool) -> None:
    other = naive(COUNT // 4, PEOPLE // 4, Capacity(per_s=CAPACITY.per_s // 4), on_the_clock)
    assert other.peak > 3
    assert other.drain > 2


def test_the_plot_is_small_and_whole(story: Outcome) -> None:
    svg = draw([curve(story, "#000")], story.bound_s)
    assert len(ElementTree.fromstring(svg).findall(".//{*}polyline")) == 2  # noqa: S314  our own
    assert len(svg.encode()) < 200_000
    assert tell(story).startswith("slots")
    assert RETURN % 60 == 0

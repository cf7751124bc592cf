"""A line whose capacity is shared evenly by its users, in virtual time."""

import random
from collections.abc import Callable

import pytest

from node.link.congestion import CROWDED, LEAST, CongestionControl

CAPACITY = 8_000.0  # 64 kbit/s
PIECE = 1_400


def fetch(
    congestion: CongestionControl, now: float, seconds: float, share: Callable[[float], float]
) -> tuple[float, float]:
    """Fetch for so long; returns the time then and the bytes a second."""
    end, bytes_ = now + seconds, 0
    began = now
    while now < end:
        now += PIECE / (CAPACITY * share(now))
        congestion.came(PIECE, now)
        now += congestion.bucket.take(PIECE, now)
        bytes_ += PIECE
    return now, bytes_ / (now - began)


def alone(_now: float) -> float:
    return 1.0


def beside_one(_now: float) -> float:
    return 0.5


def test_alone_all_of_the_line_is_used() -> None:
    congestion = CongestionControl()
    _, rate = fetch(congestion, 1.0, 600, alone)
    assert rate == pytest.approx(CAPACITY, rel=0.01)
    assert not congestion.slowed


def test_whoever_comes_gets_most_of_the_line_within_ten_seconds() -> None:
    congestion = CongestionControl()
    now, _ = fetch(congestion, 1.0, 120, alone)
    now, _ = fetch(congestion, now, 10, beside_one)
    assert congestion.slowed
    _, rate = fetch(congestion, now, 120, beside_one)
    assert rate < CAPACITY * 0.3


def test_when_the_others_have_gone_all_of_it_is_used_again_within_two_minutes() -> None:
    congestion = CongestionControl()
    now, _ = fetch(congestion, 1.0, 120, alone)
    now, _ = fetch(congestion, now, 60, beside_one)
    now, _ = fetch(congestion, now, 120, alone)
    _, rate = fetch(congestion, now, 60, alone)
    assert rate > CAPACITY * 0.95
    assert not congestion.slowed


def test_courses_never_starve_and_take_their_half_after_a_while() -> None:
    congestion = CongestionControl()
    now, _ = fetch(congestion, 1.0, 120, alone)
    for _ in range(6):
        now, rate = fetch(congestion, now, 60, beside_one)
        assert rate > CAPACITY * LEAST * 0.9
    now, _ = fetch(congestion, now, 1_200, beside_one)
    _, rate = fetch(congestion, now, 300, beside_one)
    assert rate > CAPACITY * 0.45


def test_a_line_that_has_become_slower_for_good_is_used_in_full_after_some_minutes() -> None:
    congestion = CongestionControl()
    now, _ = fetch(congestion, 1.0, 120, alone)
    now, _ = fetch(congestion, now, 1_500, lambda _: 0.3)
    _, rate = fetch(congestion, now, 300, lambda _: 0.3)
    assert rate > CAPACITY * 0.3 * 0.9


def test_a_line_that_only_wavers_is_not_taken_for_crowded() -> None:
    congestion, dice = CongestionControl(), random.Random(1)
    _, rate = fetch(congestion, 1.0, 900, lambda _: dice.uniform(CROWDED + 0.1, 1.0))
    assert rate > CAPACITY * 0.7


def test_what_gave_way_to_a_sync_is_not_taken_for_crowded() -> None:
    congestion = CongestionControl()
    now, _ = fetch(congestion, 1.0, 60, alone)
    for _ in range(10):
        congestion.interrupted()
        now, _ = fetch(congestion, now + 8, 12, alone)
        assert not congestion.slowed

from hypothesis import given
from hypothesis import strategies as st

from node.learning.watch_credit import (
    BACKLOG_S,
    HEARTBEAT_S,
    MAX_SPEED,
    READING_SPEED,
    SLACK_S,
    Meters,
)

claims = st.lists(
    st.tuples(
        st.floats(0, 1200),  # how long after the last claim
        st.floats(0, 5000),  # how many seconds are claimed
        st.sampled_from(["tab-1", "tab-2"]),
    ),
    max_size=40,
)


@given(claims)
def test_a_learner_is_never_granted_more_than_the_time_that_went_by_allows(
    wanted: list[tuple[float, float, str]],
) -> None:
    meters, now, granted = Meters(), 1000.0, 0.0
    meters.arrive("1001", now)
    for wait, seconds, _tab in wanted:
        now += wait
        granted += meters.grant("1001", seconds, MAX_SPEED, now)
        assert granted <= (now - 1000 + HEARTBEAT_S + SLACK_S) * MAX_SPEED + 1e-6


@given(claims)
def test_reading_is_granted_in_real_time_at_most(wanted: list[tuple[float, float, str]]) -> None:
    meters, now, granted = Meters(), 0.0, 0.0
    for wait, seconds, _tab in wanted:
        now += wait
        granted += meters.grant("1001", seconds, READING_SPEED, now)
        assert granted <= now + HEARTBEAT_S + SLACK_S + 1e-6


@given(st.lists(st.floats(0.5, HEARTBEAT_S), min_size=1, max_size=60), st.floats(0.5, MAX_SPEED))
def test_an_honest_player_is_granted_everything(beats: list[float], speed: float) -> None:
    meters, now = Meters(), 50.0
    meters.arrive("1001", now)
    for real in beats:
        now += real
        played = real * speed
        if played >= 0.5:
            assert meters.grant("1001", played, MAX_SPEED, now) == played


def test_what_was_not_granted_is_granted_later_while_playing_goes_on() -> None:
    meters = Meters()
    meters.arrive("1001", 0)
    owed = 120 - meters.grant("1001", 120, MAX_SPEED, 0)  # the node was away for two minutes
    now = 0.0
    while owed > 0:
        now += 10
        assert meters.grant("1001", 10, MAX_SPEED, now) == 10
        owed -= meters.grant("1001", owed, MAX_SPEED, now)
        assert now < 150


def test_time_long_past_cannot_be_claimed() -> None:
    meters = Meters()
    meters.arrive("1001", 0)
    day = meters.grant("1001", 100_000, MAX_SPEED, 86_400)
    assert day == (BACKLOG_S + SLACK_S) * MAX_SPEED


def test_the_tab_that_began_last_plays_and_the_other_does_not() -> None:
    meters = Meters()
    meters.take_over("1001", "office", 0)
    assert not meters.elsewhere("1001", "office", 1)
    meters.take_over("1001", "phone", 2)
    assert meters.elsewhere("1001", "office", 3)
    assert not meters.elsewhere("1001", "phone", 3)
    assert not meters.elsewhere("1002", "office", 3)


def test_a_grant_that_was_not_stored_can_be_asked_again() -> None:
    meters = Meters()
    meters.arrive("1001", 0)
    granted = meters.grant("1001", 20, MAX_SPEED, 0)
    meters.give_back("1001", granted, MAX_SPEED, 0)
    assert meters.grant("1001", 20, MAX_SPEED, 0) == granted == 20


def test_meters_of_those_who_left_are_dropped_and_the_others_kept() -> None:
    meters = Meters()
    for number in range(10_001):
        meters.arrive(f"old-{number}", 0)
    meters.arrive("new", BACKLOG_S + 60)
    meters.take_over("new", "tab", BACKLOG_S + 60)
    assert len(meters._meters) == 1

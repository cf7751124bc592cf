from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from node.clock import MAX_LEAP_S, Clock
from tests.node.conftest import START, FakeTime

YEAR_2000, YEAR_2038 = 946_684_800, 2_147_483_700


def test_a_right_clock_is_followed() -> None:
    pc = FakeTime()
    pc.raw_s = START + 3_600.0
    clock = pc.clock(floor=START)
    assert clock.now() == START + 3_600
    pc.go_on(60)
    assert clock.now() == START + 3_660
    assert not clock.state().wrong


def test_a_clock_of_the_year_2000_goes_on_from_the_last_known_time() -> None:
    pc = FakeTime()
    pc.raw_s = float(YEAR_2000)
    clock = pc.clock(floor=START)
    assert clock.now() == START
    pc.go_on(100)
    assert clock.now() == START + 100
    assert clock.state().wrong
    assert clock.state().off_s < 0


def test_a_clock_beyond_2038_is_not_believed() -> None:
    pc = FakeTime()
    pc.raw_s = float(YEAR_2038)
    clock = pc.clock(floor=START)
    pc.go_on(100)
    assert clock.now() == START + 100
    assert clock.state().off_s > 0


def test_a_pc_that_was_off_for_the_holidays_is_believed() -> None:
    pc = FakeTime()
    pc.raw_s = START + MAX_LEAP_S - 1.0
    assert pc.clock(floor=START).now() == START + MAX_LEAP_S - 1


def test_the_hubs_word_wins_over_the_pc() -> None:
    pc = FakeTime()
    pc.raw_s = float(YEAR_2038)
    clock = pc.clock(floor=START)
    skew = clock.hear((START + 5_000) * 1000)
    assert clock.now() == START + 5_000
    assert skew == YEAR_2038 - START - 5_000


def test_a_clock_that_ran_ahead_is_wrong_as_soon_as_the_hub_says_so() -> None:
    pc = FakeTime()
    pc.raw_s = START + 3 * 86_400.0
    clock = pc.clock(floor=START)
    assert not clock.state().wrong  # a PC that was off for three days claims the same
    clock.hear(START * 1000)
    assert (clock.state().wrong, clock.state().off_s) == (True, 3 * 86_400)
    pc.raw_s = float(START)
    assert not clock.state().wrong


def test_a_hub_behind_us_does_not_turn_time_back_but_slows_it() -> None:
    pc = FakeTime()
    clock = pc.clock(floor=START)
    clock.hear((START - 1_000) * 1000)
    assert clock.now() == START
    pc.go_on(100)
    assert clock.now() == START + 50
    pc.go_on(3_000)
    assert clock.now() == START + 2_100  # the true time has caught up


def test_a_correction_known_from_before_is_used_after_a_restart() -> None:
    pc = FakeTime()
    pc.raw_s = START + 86_400.0
    assert pc.clock(floor=START, skew_s=86_400).now() == START


def test_a_clock_set_right_since_makes_the_old_correction_void() -> None:
    pc = FakeTime()
    pc.raw_s = START + 600.0
    assert pc.clock(floor=START, skew_s=86_400).now() == START + 600


def test_setting_the_pc_right_is_seen_when_looked_at_again() -> None:
    pc = FakeTime()
    pc.raw_s = float(YEAR_2000)
    clock = pc.clock(floor=START)
    assert not clock.was_set()
    pc.raw_s = START + 7_200.0
    assert clock.was_set()
    clock.recheck_clock()
    assert clock.now() == START + 7_200
    assert not clock.state().wrong


def test_a_clock_moved_after_the_hub_was_heard_changes_nothing() -> None:
    pc = FakeTime()
    clock = pc.clock()
    clock.hear(START * 1000)
    pc.raw_s += 86_400
    clock.recheck_clock()
    assert clock.now() == START


def test_a_clock_that_was_moved_ahead_goes_on_and_yet_knows_the_truth() -> None:
    pc = FakeTime()
    clock = Clock(START, 0, pc.raw, pc.steady, noted=START + 40 * 86_400)
    assert (clock.now(), clock.truth()) == (START + 40 * 86_400, START)
    assert not clock.state().wrong
    pc.go_on(100)
    assert (clock.now(), clock.truth()) == (START + 40 * 86_400 + 50, START + 100)


def test_how_far_the_pc_is_ahead_is_known_from_the_hub_on_and_follows_the_keeper() -> None:
    pc = FakeTime()
    pc.raw_s += 86_400
    clock = pc.clock()
    assert clock.skew_s() is None
    clock.hear(START * 1000)
    assert clock.skew_s() == 86_400
    pc.raw_s -= 86_400
    assert clock.skew_s() == 0


@given(st.lists(st.tuples(st.integers(0, YEAR_2038 + 10**9), st.integers(0, 10**6)), max_size=20))
def test_time_never_goes_back_whatever_the_pc_and_the_hub_say(
    turns: list[tuple[int, int]],
) -> None:
    pc = FakeTime()
    clock = Clock(START, 0, pc.raw, pc.steady)
    last = clock.now()
    for n, (claim, passed) in enumerate(turns):
        pc.raw_s, pc.steady_s = float(claim), pc.steady_s + passed
        if n % 2:
            clock.hear(claim * 1000)
        else:
            clock.recheck_clock()
        assert clock.now() >= last
        last = clock.now()

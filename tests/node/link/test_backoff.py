from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from node.link.backoff import LAST_RETRY_S, LEAST_BYTES, MOST_BYTES, Pace


def test_a_term_of_a_station_fits_into_the_first_request() -> None:
    assert Pace().max_records > 5_177
    assert Pace().max_bytes > 25_000


def test_failures_wait_twice_as_long_each_up_to_half_an_hour() -> None:
    pace, waits = Pace(), []
    for _ in range(12):
        pace = pace.failed()
        waits.append(pace.wait_s(900, 0, chance=0.5))
    assert waits[:4] == [30, 60, 120, 240]
    assert waits[-1] == LAST_RETRY_S


def test_stations_that_lost_the_line_together_come_back_apart() -> None:
    pace = Pace().failed()
    waits = {pace.wait_s(900, 0, chance=n / 10) for n in range(11)}
    assert len(waits) == 11
    assert max(waits) > 1.5 * min(waits)


def test_the_hub_is_never_asked_earlier_than_it_wished() -> None:
    for chance in (0.0, 0.5, 1.0):
        assert Pace().wait_s(900, 3_600, chance) >= 3_600
        assert Pace().failed().wait_s(900, 3_600, chance) >= 3_600


def test_a_success_ends_the_waiting() -> None:
    pace = Pace().failed().failed().went_well(500, 1.0)
    assert pace.failures == 0
    assert pace.wait_s(900, 0, chance=0.5) == 900


def test_small_requests_say_nothing_about_the_speed() -> None:
    assert Pace().went_well(700, 5.0).bytes_per_s == Pace().bytes_per_s


@given(st.lists(st.one_of(st.none(), st.tuples(st.integers(1, 10**7), st.floats(0.001, 600)))))
def test_what_is_sent_at_once_stays_within_bounds(turns: list[tuple[int, float] | None]) -> None:
    pace = Pace()
    for turn in turns:
        pace = pace.failed() if turn is None else pace.went_well(*turn)
        assert LEAST_BYTES <= pace.max_bytes <= MOST_BYTES
        assert 1 <= pace.max_records <= 20_000

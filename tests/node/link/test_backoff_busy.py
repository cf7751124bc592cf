import pytest

from node.link.backoff import (
    AIM_S,
    BYTES_PER_RECORD,
    EXAM_WAITS_S,
    FIRST_RETRY_S,
    JITTER,
    LAST_RETRY_S,
    LEAST_BYTES,
    SLOT_JITTER_S,
    UNKNOWN_BYTES_PER_S,
    Pace,
)

EVERY_S = 900


def failed(times: int) -> Pace:
    pace = Pace()
    for _ in range(times):
        pace = pace.failed()
    return pace


def test_failures_in_a_row_double_the_wait_up_to_five_minutes() -> None:
    waits = [failed(n).wait_s(EVERY_S, 0, 0.5) for n in range(1, 8)]
    assert waits == [30, 60, 120, 240, 300, 300, 300]
    assert (waits[0], waits[-1]) == (FIRST_RETRY_S, LAST_RETRY_S)
    assert failed(5_000).wait_s(EVERY_S, 0, 0.5) == LAST_RETRY_S


@pytest.mark.parametrize("pace", [Pace(), failed(1), failed(9)])
def test_stations_that_fail_or_sync_together_do_not_stay_together(pace: Pace) -> None:
    middle = pace.wait_s(EVERY_S, 0, 0.5)
    assert pace.wait_s(EVERY_S, 0, 0) == pytest.approx(middle * (1 - JITTER))
    assert pace.wait_s(EVERY_S, 0, 1) == pytest.approx(middle * (1 + JITTER))


@pytest.mark.parametrize("again_s", [1, 5, 900, 5_000])
@pytest.mark.parametrize("pace", [Pace(), failed(9)])
def test_nobody_comes_before_the_time_that_the_hub_said_or_much_later(
    pace: Pace, again_s: int
) -> None:
    waits = [pace.wait_s(EVERY_S, again_s, dice / 10) for dice in range(11)]
    assert min(waits) == again_s
    assert again_s < max(waits) <= again_s + SLOT_JITTER_S


def test_to_be_turned_away_is_no_failure_of_the_line() -> None:
    pace = failed(3)
    away = pace.turned_away()
    assert (away.failures, away.bytes_per_s, away.unsure) == (0, pace.bytes_per_s, True)


def test_a_try_without_a_connection_says_nothing_of_speed_or_of_what_arrived() -> None:
    pace = Pace().failed(carried=False)
    assert (pace.failures, pace.bytes_per_s, pace.unsure) == (1, UNKNOWN_BYTES_PER_S, False)
    lost = Pace().failed()
    assert (lost.failures, lost.bytes_per_s, lost.unsure) == (1, UNKNOWN_BYTES_PER_S / 2, True)


@pytest.mark.parametrize("n_bytes", [300, 50_000])
def test_an_answer_ends_the_failures_and_the_doubt(n_bytes: int) -> None:
    pace = failed(3).went_well(n_bytes, 5)
    assert (pace.failures, pace.unsure) == (0, False)


def test_however_bad_the_line_something_is_sent() -> None:
    assert failed(100).max_bytes == LEAST_BYTES == int(failed(100).bytes_per_s * AIM_S)


def test_what_is_behind_an_exam_does_not_keep_its_result_waiting() -> None:
    pace = Pace()
    worth = int(EXAM_WAITS_S * pace.bytes_per_s / BYTES_PER_RECORD)
    assert pace.batch_records(100 + worth, 100) > 100 + worth
    assert pace.batch_records(101 + worth, 100) == 100
    assert pace.batch_records(101 + worth, 0) > 101 + worth
    far = pace.max_records + 1
    assert pace.batch_records(far + worth, far) == pace.max_records


@pytest.mark.parametrize(
    ("limit", "rate"), [(0, UNKNOWN_BYTES_PER_S), (1_000, 1_000), (9e9, 4_000)]
)
def test_no_more_is_sent_at_once_than_the_keepers_limit_carries(limit: float, rate: float) -> None:
    pace = Pace().within(limit)
    assert (pace.bytes_per_s, pace.max_bytes) == (rate, int(rate * AIM_S))

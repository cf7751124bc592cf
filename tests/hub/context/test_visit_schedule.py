from collections import Counter
from random import Random

import pytest

from hub.context.visit_schedule import (
    BEIJING_S,
    CROWDED_S,
    DAY_S,
    EVENING_SHARE,
    HORIZON_S,
    QUIET_SHARE,
    SLOT_S,
    SOONEST_S,
    TURNED_AWAY_SHARE,
    Capacity,
    Rank,
    VisitSchedule,
    work_of,
)

# Noon in Beijing.
NOON = 1_795_000_000 // DAY_S * DAY_S + 12 * 3_600 - BEIJING_S
EVENING = NOON + 7 * 3_600
CAPACITY = Capacity(per_s=10)
WHOLE = CAPACITY.per_slot


def new(capacity: Capacity = CAPACITY) -> VisitSchedule:
    return VisitSchedule(capacity, Random(7))


def test_a_quiet_station_comes_after_the_set_time_and_within_the_spread() -> None:
    slots = new()
    for node in range(100):
        assert 900 <= slots.come_back(node, NOON) <= 900 + 180


def test_quiet_stations_are_spread_by_what_is_due_and_not_only_by_chance() -> None:
    slots, chance = new(), Random(7)
    due = Counter((NOON + slots.come_back(node, NOON)) // SLOT_S for node in range(360))
    drawn = Counter((NOON + 900 + chance.randint(0, 180)) // SLOT_S for _ in range(360))
    assert max(due.values()) < max(drawn.values())


@pytest.mark.parametrize(("now", "share"), [(NOON, QUIET_SHARE), (EVENING, EVENING_SHARE)])
def test_quiet_stations_leave_room_and_more_of_it_in_the_evening(now: int, share: float) -> None:
    slots = new()
    due = Counter((now + slots.come_back(node, now)) // SLOT_S for node in range(3_000))
    assert max(due.values()) <= share * WHOLE
    assert max(due.values()) >= share * WHOLE - 1


def test_a_station_that_came_of_itself_gives_its_slot_back() -> None:
    slots = new()
    for _ in range(3):
        at = NOON + slots.come_back(1, NOON)
    assert sum(slots.promised(slot) for slot in range(NOON // SLOT_S, NOON // SLOT_S + 400)) == 1
    assert slots.promised(at // SLOT_S) == 1


def test_promises_never_sum_to_more_than_the_hub_carries_in_any_interval() -> None:
    slots, dice = new(), Random(3)
    for node in range(4_000):
        now = NOON + node // 20
        match dice.randrange(4):
            case 0:
                slots.come_back(node, now)
            case 1:
                slots.take(now, 1 + dice.random() * 20, urgent=dice.random() < 0.5)
            case _:
                slots.turn_away(now, 1 + dice.random() * 20, dice.choice(list(Rank)))
    first = NOON // SLOT_S
    sums = [slots.promised(slot) for slot in range(first, first + 2 * HORIZON_S // SLOT_S)]
    assert max(sums) <= WHOLE + 1e-6
    assert sum(sums) > 4_000


def test_those_turned_away_come_soon_and_one_after_the_other() -> None:
    slots = new()
    seconds = [slots.turn_away(NOON, 5.0, Rank.TURNED_AWAY) for _ in range(100)]
    assert seconds == sorted(seconds)
    assert seconds[0] - NOON <= SOONEST_S + SLOT_S
    # 500 units of work at 10 a second.
    assert 500 / (10 * TURNED_AWAY_SHARE) <= seconds[-1] - NOON <= 500 / 10 + 3 * SLOT_S + SOONEST_S


def test_exam_results_find_room_that_was_kept_for_them_before_the_others() -> None:
    slots = new()
    for second in range(0, 120, SLOT_S):  # a third of what comes are exam results
        for _ in range(16):
            others = slots.turn_away(NOON + second, 5.0, Rank.TURNED_AWAY)
        for _ in range(8):
            urgent = slots.turn_away(NOON + second, 5.0, Rank.URGENT)
    assert urgent - NOON < (others - NOON) / 2


def test_who_found_a_slot_full_is_told_to_come_again_at_once() -> None:
    slots = new()
    for _ in range(1_000):
        slots.turn_away(NOON, 5.0, Rank.TURNED_AWAY)
    assert slots.turn_away(NOON, 5.0, Rank.RETURNING) - NOON < 60


def test_nobody_can_fill_the_plan_for_longer_than_its_horizon() -> None:
    slots = new()
    slot_times = [slots.turn_away(NOON, 800.0, Rank.TURNED_AWAY) for _ in range(3_000)]
    assert max(slot_times) <= NOON + 2 * HORIZON_S + 2 * SLOT_S + SOONEST_S
    assert len(set(slot_times[-1_000:])) > 300  # they do not all come together then


def test_quiet_stations_stay_away_longer_while_others_are_turned_away() -> None:
    slots = new()
    slots.turn_away(NOON, 5.0, Rank.TURNED_AWAY)
    assert slots.come_back(1, NOON) >= 1_800
    assert slots.come_back(2, NOON + CROWDED_S) < 1_800


def test_work_that_an_interval_cannot_hold_is_counted_in_those_that_follow() -> None:
    slots = new()
    assert slots.take(NOON, 2.5 * WHOLE, urgent=False)
    assert [slots.promised(NOON // SLOT_S + n) for n in range(4)] == [WHOLE, WHOLE, WHOLE / 2, 0]


@pytest.mark.parametrize("step", [-3_600, 40 * 3_600, -400 * DAY_S])
def test_a_clock_that_was_set_empties_the_plan(step: int) -> None:
    slots = new()
    for _ in range(1_000):
        slots.turn_away(NOON, 5.0, Rank.TURNED_AWAY)
    assert slots.turn_away(NOON + step, 5.0, Rank.TURNED_AWAY) - (NOON + step) <= 2 * SLOT_S


def test_the_past_is_forgotten() -> None:
    slots = new()
    for node in range(2_000):
        slots.come_back(node, NOON + 2 * node)
        slots.turn_away(NOON + 2 * node, 5.0, Rank.TURNED_AWAY)
    assert len(slots._booked) + len(slots._quiet) < (HORIZON_S + 2_200) / SLOT_S


def test_a_request_with_records_is_several_times_the_work_of_one_without() -> None:
    assert work_of(260) < 1.2
    assert 4 < work_of(1_700) < 5
    assert 11 < work_of(22_000) < 12

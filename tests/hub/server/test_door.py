from __future__ import annotations

from random import Random

from hub.context.open_hub import Hub
from hub.context.visit_schedule import SLOT_S, Capacity, VisitSchedule
from hub.server.admission import AdmissionControl, Refusal
from hub.server.door import (
    MOST_CHECKS,
    NOBODY,
    STRANGERS_SHARE,
    Door,
    Sender,
    Visit,
    check_work,
    claimed_node,
)
from tests.hub.conftest import Clock, join_station

IDLE, RECORDS = 260, 1_700
CAPACITY = Capacity(per_s=10)
NODE, STRANGER = Sender("10.0.0.1", 7), Sender("10.0.0.2", 7)


def new(clock: Clock, capacity: Capacity = CAPACITY) -> Door:
    return Door(AdmissionControl(VisitSchedule(capacity, Random(5))), clock)


def let_in(door: Door, sender: Sender, n_bytes: int = IDLE, plea: str = "") -> Visit:
    answer = door.arrive(sender, n_bytes, plea)
    assert isinstance(answer, Visit)
    return answer


def believe(door: Door, sender: Sender) -> None:
    door.settle(let_in(door, sender), believed=True)


def test_what_is_only_announced_closes_the_door_to_nobody(clock: Clock) -> None:
    door = new(clock)
    for _ in range(1_000):
        assert door.announce("10.0.0.2", 2_400_000, "") is None
    let_in(door, NODE)


def test_a_long_request_is_charged_once_it_is_here(clock: Clock) -> None:
    door = new(clock)
    believe(door, NODE)
    assert door.announce("10.0.0.1", 400_000, "") is None
    assert isinstance(door.arrive(NODE, 400_000, "", held=True), Visit)
    assert isinstance(door.announce("10.0.0.1", 400_000, ""), Refusal)
    assert isinstance(door.arrive(NODE, IDLE, ""), Refusal)


def test_junk_costs_what_it_costs_to_refute_it(clock: Clock) -> None:
    door = new(clock)
    believe(door, NODE)
    for n in range(200):  # each would be ten units of work if it were a station's
        answer = door.arrive(Sender(f"10.1.0.{n}"), 20_000, "")
        if isinstance(answer, Visit):
            door.settle(answer, believed=False)
    for _ in range(5):
        door.settle(let_in(door, NODE, RECORDS), believed=True)


def test_junk_that_is_being_looked_at_closes_the_door_to_nobody(clock: Clock) -> None:
    door = new(clock, Capacity(per_s=100))
    believe(door, NODE)
    for n in range(3):  # 800 units each, of 500 in an interval, if it were a station's
        assert isinstance(door.arrive(Sender(f"10.1.0.{n}"), 2_400_000, "", held=True), Visit)
        assert isinstance(door.arrive(Sender(f"10.1.0.{n}"), 60_000, ""), Visit)
    believe(door, NODE)


def test_a_stranger_that_is_believed_pays_for_all_that_it_brought(clock: Clock) -> None:
    door = new(clock)
    door.settle(let_in(door, STRANGER, 400_000), believed=True)
    assert isinstance(door.arrive(NODE, IDLE, ""), Refusal)


def test_strangers_use_their_own_budget_up_and_a_station_goes_on(clock: Clock) -> None:
    door, spent = new(clock), 0.0
    believe(door, NODE)
    for n in range(2_000):
        answer = door.arrive(Sender(f"10.1.{n // 250}.{n % 250}", 7), IDLE, "u")
        if isinstance(answer, Visit):
            spent += check_work(IDLE)
            door.settle(answer, believed=False)
    assert spent <= STRANGERS_SHARE * CAPACITY.per_slot + check_work(IDLE)
    believe(door, NODE)


def test_one_address_of_strangers_does_not_use_up_what_is_for_all(clock: Clock) -> None:
    door = new(clock, Capacity(per_s=100))
    for _ in range(10 * MOST_CHECKS):
        answer = door.arrive(STRANGER, IDLE, "")
        if isinstance(answer, Visit):
            door.settle(answer, believed=False)
    assert door.arrive(STRANGER, IDLE, "") == Refusal(2 * SLOT_S, "")
    believe(door, NODE)


def test_a_station_behind_the_address_of_a_liar_is_heard(clock: Clock) -> None:
    door = new(clock, Capacity(per_s=100))
    believe(door, NODE)
    for _ in range(10 * MOST_CHECKS):
        answer = door.arrive(Sender(NODE.source, 8), IDLE, "")
        if isinstance(answer, Visit):
            door.settle(answer, believed=False)
    believe(door, NODE)


def test_many_stations_behind_one_address_are_all_heard(clock: Clock) -> None:
    door = new(clock, Capacity(per_s=100))
    for number in range(200):
        believe(door, Sender("10.0.0.1", number))


def test_a_refused_stranger_is_promised_no_slot_again_and_again(clock: Clock) -> None:
    door = new(clock)
    for _ in range(10_000):
        door.arrive(STRANGER, RECORDS, "")
    clock.at += 60
    believe(door, NODE)


def room_after_pleas(clock: Clock, plea: str, believed: bool) -> int:
    """How many others are let in at once after ``plea`` was made in each of ten intervals."""
    door = new(clock)
    if believed:
        believe(door, NODE)
    for _ in range(10):
        clock.at = (clock.at // SLOT_S + 1) * SLOT_S
        for _ in range(3):
            answer = door.arrive(NODE, RECORDS, plea)
            if isinstance(answer, Visit):
                door.settle(answer, believed)
    clock.at += SLOT_S
    count = 0
    while isinstance(other := door.arrive(Sender("10.2.0.1", count), IDLE, ""), Visit):
        door.settle(other, believed=True)
        count += 1
    return count


def test_a_plea_counts_only_from_a_station_that_was_believed(clock: Clock) -> None:
    """Room is kept for exam results as much as came of them lately: not for those of liars."""
    assert room_after_pleas(clock, "u", believed=False) == room_after_pleas(clock, "", False)
    assert room_after_pleas(clock, "u", believed=True) < room_after_pleas(clock, "", True)


def test_a_moment_later_the_budgets_are_full_again(clock: Clock) -> None:
    door = new(clock)
    for _ in range(MOST_CHECKS):
        door.arrive(STRANGER, IDLE, "")
    assert isinstance(door.arrive(STRANGER, IDLE, ""), Refusal)
    clock.at += SLOT_S
    believe(door, STRANGER)


def test_the_sender_stands_in_the_first_bytes(sqlite_hub: Hub) -> None:
    station = join_station(sqlite_hub, "110101001")
    raw = station.request(bytes(3_000))
    assert claimed_node(raw[:160]) == station.node
    assert claimed_node(raw[:40]) == claimed_node(b"<html>" * 40) == NOBODY

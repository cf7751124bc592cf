"""When the courier goes next: by its own rules, and over two days of a virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from node.courier.courier import Courier
from node.courier.scheduler import Timetable
from node.courier.timing import FORWARD_RETRY_S, NUDGE_S, Timing
from node.errors import HubBusy, HubFailed, HubRefused, LineError
from node.link.backoff import FIRST_RETRY_S, JITTER, LAST_RETRY_S
from node.runtime import NodeRuntime

EVERY_S, HOUR_S = 900, 3_600
MIDDLE = 0.5  # from the random source: no jitter


class VirtualTimetable(Timetable):
    """Runs jobs in the order of their times, at once; ``now`` jumps from one to the next."""

    def __init__(self) -> None:
        super().__init__(lambda: self.now)
        self.now = 0.0
        self._planned: dict[str, tuple[float, Callable[[], None]]] = {}

    def plan(self, job: Callable[[], None], wait_s: float, *, or_sooner: bool = False) -> None:
        due, planned = self.now + wait_s, self._planned.get(job.__name__)
        if not (or_sooner and planned is not None and planned[0] <= due):
            self._planned[job.__name__] = due, job

    def run_until(self, end: float) -> None:
        while self._planned:
            name, (due, job) = min(self._planned.items(), key=lambda item: item[1][0])
            if due > end:
                break
            del self._planned[name]
            self.now = due
            job()
        self.now = end


class Day:
    """A courier on a virtual clock. While ``down``, the line reaches nothing."""

    def __init__(self, courier: Courier, monkeypatch: pytest.MonkeyPatch) -> None:
        self.courier, self.timetable = courier, VirtualTimetable()
        self.down = False
        self.synced_at: list[float] = []
        self.busy: HubBusy | None = None
        monkeypatch.setattr(courier, "_timetable", self.timetable)
        monkeypatch.setattr(courier, "fetch_content", lambda ask_hours: 0)
        monkeypatch.setattr(courier.transport, "sync", self._sync)
        courier.clock_was_set()

    def run(self, hours: float) -> list[float]:
        """Let so many hours pass; returns the seconds between the syncs."""
        before = len(self.synced_at)
        self.timetable.run_until(self.timetable.now + hours * HOUR_S)
        return [after - at for at, after in pairwise(self.synced_at[before:])]

    def _sync(self) -> int:
        self.synced_at.append(self.timetable.now)
        fault = self.busy or (LineError("down") if self.down else None)
        if fault is not None:
            self.courier.timing.sync_failed(fault, reached=False)
            raise fault
        self.courier.timing.exchanged(150, 1.0, 0)
        self.courier.timing.sync_went_well()
        return 0


@pytest.fixture
def day(runtime: NodeRuntime, monkeypatch: pytest.MonkeyPatch) -> Day:
    return Day(runtime.courier, monkeypatch)


def test_two_days_with_a_night_without_a_line(day: Day) -> None:
    idle = day.run(12)
    assert all(EVERY_S * (1 - JITTER) <= gap <= EVERY_S * (1 + JITTER) for gap in idle)
    assert 12 * HOUR_S / EVERY_S / (1 + JITTER) - 2 < len(idle)
    day.down = True
    night = day.run(12)
    assert night[0] <= FIRST_RETRY_S * (1 + JITTER)
    assert all(gap <= LAST_RETRY_S * (1 + JITTER) for gap in night)
    assert min(night[5:]) >= LAST_RETRY_S * (1 - JITTER)
    day.down = False
    again = day.run(24)
    assert all(EVERY_S * (1 - JITTER) <= gap <= EVERY_S * (1 + JITTER) for gap in again)


def test_a_slot_is_kept_to_though_settings_change_and_only_the_button_is_sooner(day: Day) -> None:
    day.busy = HubBusy("status 503", 3_000, "12345")
    day.run(0.1)
    day.busy = None
    day.courier.apply_config(day.courier.config)
    day.run(0.7)
    assert len(day.synced_at) == 1
    day.run(0.1)
    assert len(day.synced_at) == 2
    assert 3_000 <= day.synced_at[1] - day.synced_at[0] <= 3_002
    day.courier.sync_now()
    day.run(0)
    assert len(day.synced_at) == 3


def test_pauses_double_up_to_five_minutes_and_end_with_the_first_answer() -> None:
    timing, waits = Timing(), []
    for _ in range(7):
        timing.sync_failed(LineError("down"), reached=False)
        waits.append(timing.next_sync_s(EVERY_S, well=False, chance=MIDDLE))
    assert waits == [30, 60, 120, 240, 300, 300, 300]
    assert not timing.may_nudge()
    timing.exchanged(150, 1.0, 0)
    timing.sync_went_well()
    assert timing.next_sync_s(EVERY_S, well=True, chance=MIDDLE) == EVERY_S
    assert timing.may_nudge()


def test_what_the_hub_says_of_the_next_contact_goes_before_the_setting() -> None:
    timing = Timing()
    timing.exchanged(150, 1.0, 2_000)
    timing.sync_went_well()
    assert timing.next_sync_s(EVERY_S, well=True, chance=0) == 2_000


def test_a_refusal_says_nothing_of_the_speed_and_an_answer_that_was_lost_does() -> None:
    timing = Timing()
    speed = timing.pace.bytes_per_s
    for fault in (HubRefused("frozen"), HubFailed("status 500")):
        timing.sync_failed(fault, reached=True)
    assert (timing.pace.bytes_per_s, timing.pace.unsure) == (speed, False)
    timing.sync_failed(LineError("cut"), reached=True)
    assert (timing.pace.bytes_per_s, timing.pace.unsure) == (speed / 2, True)


def test_the_button_counts_once_and_while_a_sync_is_under_way_for_the_next() -> None:
    timing = Timing()
    timing.ask()
    assert timing.take_ask()
    assert not timing.take_ask()
    assert timing.next_sync_s(EVERY_S, well=True, chance=MIDDLE) == EVERY_S
    timing.ask()
    assert timing.next_sync_s(EVERY_S, well=True) == NUDGE_S
    timing.sync_failed(LineError("down"), reached=False)
    assert timing.next_sync_s(EVERY_S, well=False, chance=MIDDLE) == FIRST_RETRY_S
    assert timing.take_ask()
    assert timing.next_sync_s(EVERY_S, well=True, result_waits=True) == NUDGE_S


def test_courses_pause_longer_only_while_nothing_comes_at_all() -> None:
    timing, waits = Timing(), []
    for some_came in (False, False, False, True, False):
        timing.content_failed(some_came)
        waits.append(timing.next_content_s(EVERY_S, chance=MIDDLE))
    assert waits == [30, 60, 120, 30, 60]


def test_others_parcels_go_when_the_hub_said_and_soon_otherwise() -> None:
    timing = Timing()
    assert timing.next_forward_s(100.0) == NUDGE_S
    timing.forward_refused(600, 100.0)
    assert timing.next_forward_s(100.0) == 600
    assert timing.next_forward_s(400.0) == 300
    assert timing.next_forward_s(800.0) == NUDGE_S
    timing.forward_refused(0, 800.0)
    assert timing.next_forward_s(800.0) == FIRST_RETRY_S


def test_a_relay_whose_way_is_cut_tries_again_later(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried_at: list[float] = []

    def cut() -> int:
        tried_at.append(day.timetable.now)
        raise LineError("down")

    monkeypatch.setattr(day.courier, "forward", cut)
    day.courier.forward_soon()
    day.run(0.25)
    assert [after - at for at, after in pairwise(tried_at)] == [FORWARD_RETRY_S] * 2

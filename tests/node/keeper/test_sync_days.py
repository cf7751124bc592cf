"""The last syncs, a day in one line."""

from __future__ import annotations

from flask.testing import FlaskClient

from node.keeper.sync_days import SHOWN_FAILURES, by_day
from node.runtime import NodeRuntime
from node.store import tries
from node.store.tries import Try
from tests.node.conftest import KEEPER, PASSWORD, START, FakeTime

HOUR_S = 3_600


def sync_try(at: int, outcome: str = "", sent: int = 2) -> Try:
    return Try(at, 900, outcome, 0 if outcome else sent, 100, 50)


def test_a_day_without_a_failure_is_one_line() -> None:
    (day,) = by_day(sync_try(START - n) for n in range(34))
    assert (day.tries, day.sent, day.bytes, day.last_at) == (34, 68, 34 * 150, START)
    assert day.all_went_well
    assert day.failures == ()


def test_failures_stay_single_and_the_many_of_a_bad_day_are_counted() -> None:
    bad = [sync_try(START - n, "line-down") for n in range(SHOWN_FAILURES + 3)]
    day, before = by_day([sync_try(START + 1), *bad, sync_try(START - 24 * HOUR_S)])
    assert (day.tries, day.went_well) == (SHOWN_FAILURES + 4, 1)
    assert day.failures == tuple(bad[:SHOWN_FAILURES])
    assert day.more_failures == 3
    assert before.all_went_well


def test_a_day_ends_at_midnight_in_beijing() -> None:
    midnight = START - (START + 8 * HOUR_S) % (24 * HOUR_S)
    days = by_day([sync_try(midnight), sync_try(midnight - 1)])
    assert [(day.day, day.tries) for day in days] == [("2026-11-18", 1), ("2026-11-17", 1)]


def test_the_page_says_a_day_of_good_syncs_in_one_line_and_no_number_twice(
    runtime: NodeRuntime, keeper: FlaskClient, pc: FakeTime
) -> None:
    for n in range(12):
        runtime.store.write(lambda conn, n=n: tries.add(conn, sync_try(START + n)))  # type: ignore[misc]
    runtime.store.write(lambda conn: tries.add(conn, sync_try(START + 13, "line-down")))
    page = keeper.get("/keeper/sync").text
    assert "13 次，1 次没有成" in page
    assert page.count("线路不通") == 1
    pc.go_on(24 * HOUR_S)
    runtime.store.write(lambda conn: tries.add(conn, sync_try(runtime.clock.now())))
    keeper.post("/keeper/sign-in", data={"name": KEEPER, "password": PASSWORD})
    assert "1 次，都成功" in keeper.get("/keeper/sync").text

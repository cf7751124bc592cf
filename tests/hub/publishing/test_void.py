"""A version that was published by mistake counts for nobody once somebody voids it."""

import json

import pytest

from hub.context.open_hub import Hub
from hub.errors import NotAllowed
from hub.facts import rebuild
from hub.publishing import void
from hub.publishing.errors import NotVoidable
from hub.store import audit, courses, orders, results
from hub.store.engine import reading
from sync.facts import day_of
from tests.hub.actors import actor
from tests.hub.conftest import (
    NOW,
    Clock,
    Station,
    course,
    join_station,
    publish_course,
    sitting,
    study,
)
from tests.hub.visitors import visitor

DAY_S = 86_400


def done_by(hub: Hub, learner: str) -> int | None:
    with reading(hub.engine) as connection:
        [row] = results.progress_of(connection, learner)
    return row.completed_version


@pytest.fixture
def easy(sqlite_hub: Hub, clock: Clock) -> Hub:
    """Version 2 asked for far too little, and was replaced on the same day."""
    publish_course(sqlite_hub, course(1))
    clock.at = NOW + 40 * DAY_S
    publish_course(sqlite_hub, course(2, seconds=10))
    publish_course(sqlite_hub, course(3))
    return sqlite_hub


@pytest.fixture
def station(easy: Hub) -> Station:
    return join_station(easy, "110101001")


def test_who_was_done_by_a_voided_version_is_judged_by_the_others(
    easy: Hub, station: Station, clock: Clock
) -> None:
    station.send(
        station.seal(study("L1", 0, 20), *sitting("L1"), study("L2", 0, 100), *sitting("L2"))
    )
    assert (done_by(easy, "L1"), done_by(easy, "L2")) == (2, 1)
    assert void.void(easy, "food", 2, " 少一课 ", actor("zhao")) == 1
    assert (done_by(easy, "L1"), done_by(easy, "L2")) == (None, 1)
    rebuild.rebuild(easy, "test")
    assert (done_by(easy, "L1"), done_by(easy, "L2")) == (None, 1)
    with reading(easy.engine) as connection:
        [order] = orders.of_kind(connection, "course", ["food"])
        entry = audit.latest(connection)[1]
        assert courses.voided(connection, "food")[2].why == "少一课"
    # Stations hear which versions are left, and go on with the one they have.
    body = json.loads(order.body)
    assert body["versions"] == [[1, day_of(NOW)], [3, day_of(NOW + 40 * DAY_S)]]
    assert body["version"] == 3
    assert (entry.what, entry.user) == ("course void", "zhao")


def test_the_newest_version_and_a_stranger_course_are_not_voided(easy: Hub) -> None:
    with pytest.raises(NotVoidable, match="version 3"):
        void.void(easy, "food", 3, "错", actor("zhao"))
    with pytest.raises(NotVoidable):
        void.void(easy, "food", 2, "  ", actor("zhao"))
    with pytest.raises(NotAllowed):
        void.void(easy, "none", 2, "错", actor("zhao"))
    void.void(easy, "food", 2, "错", actor("zhao"))
    with pytest.raises(NotVoidable):
        void.void(easy, "food", 2, "错", actor("zhao"))


def test_the_page_asks_for_a_reason_and_the_course_shows_it(easy: Hub) -> None:
    keeper = visitor(easy)
    assert "/courses/food/void/2" in keeper.get("/courses/food")
    assert "/courses/food/void/3" not in keeper.get("/courses/food")
    assert "有 0 人按它学完" in keeper.get("/courses/food/void/2")
    refused = keeper.post("/courses/food/void/2", why=" ")
    assert refused.status_code == 400
    assert "请写明原因" in refused.text
    assert keeper.post("/courses/food/void/2", why="少一课").status_code == 303
    page = keeper.get("/courses/food")
    assert "第 2 版已作废" in page
    assert "已作废：少一课" in page
    keeper.get("/courses/food/void/3", 409)

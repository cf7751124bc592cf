"""Two sittings that are the same try of a learner: graded apart, called alike."""

from __future__ import annotations

from hub.context.open_hub import Hub
from hub.facts import evidence, rebuild
from hub.store import results
from hub.store.engine import reading
from sync.facts import numbered_try, ordinal_of
from tests.hub.conftest import NOW, join_station, publish_course, sitting
from tests.hub.visitors import visitor

FIRST, SECOND = numbered_try(1, 65_535), numbered_try(1, 7)


def test_two_sittings_of_one_try_are_two_results_in_any_order(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    publish_course(hub)
    station = join_station(hub, "110101001")
    # A restored backup noted the second on top of a journal that knew nothing of the first.
    first, second = sitting("L1", 5, FIRST), sitting("L1", 0, SECOND, NOW + 900)
    station.send(station.seal(*second))
    station.send(station.seal(*first, *sitting("L2", 1, 2)))
    with reading(hub.engine) as connection:
        rows = results.of_learners(connection, ["L1", "L2"])
        [shown] = evidence.of_learner(hub, connection, "L1", set())
    assert {row.attempt: row.score for row in rows} == {FIRST: 0, SECOND: 100, 2: 80}
    assert [each.ordinal for each in shown.sittings] == [1, 1]
    assert rebuild.rebuild(hub, "test").after == rebuild.digest(hub)
    page = visitor(hub).get("/results")
    assert str(FIRST) not in page
    assert [ordinal_of(row.attempt) for row in rows if row.learner == "L2"] == [2]

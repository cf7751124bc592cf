"""Figures of the tree, on both databases."""

from dataclasses import replace

from hub.context.open_hub import Hub
from hub.people import roster
from hub.publishing.publish import today as calendar_day
from hub.reports import attention, learners
from hub.reports.duty import DAY_S
from hub.reports.figures import Overview, overview
from hub.store import courses, rosters, scope, units
from hub.store.courses import Class
from hub.store.engine import reading, writing
from hub.store.scope import Scope
from tests.hub.actors import actor
from tests.hub.conftest import (
    NOW,
    Clock,
    Station,
    course,
    join_station,
    practice,
    publish_course,
    sitting,
    study,
)


def _counted(hub: Hub, unit: str = "0") -> Overview:
    with reading(hub.engine) as connection:
        top_unit = units.by_code(connection, unit)
        assert top_unit is not None
        return overview(connection, Scope((top_unit,)), hub.now())


def _roster(hub: Hub, **units_of: str) -> None:
    rows = [
        "学号,姓名,单位",
        *(f"{number},学员{number},{unit}" for number, unit in units_of.items()),
    ]
    file = hub.config.data / "roster.csv"
    file.write_text("\n".join(rows), "utf-8")
    assert roster.import_roster(hub, file, actor("test")).refused == 0


def _two_stations(hub: Hub, clock: Clock) -> tuple[Station, Station]:
    """Five people at two stations; one done, one studying, one idle; the other station silent."""
    near, far = join_station(hub, "near"), join_station(hub, "far")
    _roster(hub, a1="near", a2="near", a3="near", b1="far", b2="far")
    clock.at = NOW - 10 * DAY_S
    publish_course(hub)
    clock.at = NOW - 9 * DAY_S
    far.send(far.seal(study("b1", 0, 20, clock.at)))
    near.send(near.seal(study("a3", 0, 20, clock.at)))
    clock.at = NOW
    near.send(near.seal(study("a1", 0, 100, NOW), *sitting("a1", at=NOW), study("a2", 0, 30, NOW)))
    return near, far


def test_people_are_done_studying_behind_or_unknown(hub: Hub, clock: Clock) -> None:
    _two_stations(hub, clock)
    whole = _counted(hub).whole
    assert (whole.people, whole.due) == (5, 5)
    assert (whole.done, whole.studying, whole.behind, whole.unknown) == (1, 1, 1, 2)


def test_a_silent_station_is_stuck_and_its_people_are_unknown(hub: Hub, clock: Clock) -> None:
    _two_stations(hub, clock)
    parts = {part.unit.code: part for part in _counted(hub).parts}
    assert (parts["far"].silent, parts["far"].stuck, parts["far"].unknown) == (1, 1, 2)
    assert (parts["near"].silent, parts["near"].unknown, parts["near"].behind) == (0, 0, 1)


def test_the_worst_unit_comes_first_and_one_without_people_last(hub: Hub, clock: Clock) -> None:
    _two_stations(hub, clock)
    join_station(hub, "empty")
    assert [part.unit.code for part in _counted(hub).parts] == ["far", "near", "empty"]


def test_people_and_visits_are_counted_apart(hub: Hub, clock: Clock) -> None:
    near, _far = _two_stations(hub, clock)
    near.send(near.seal(*sitting("a1", wrong=5, attempt=2, at=NOW)))
    counted = _counted(hub)
    assert (counted.sittings.sittings, counted.sittings.people) == (2, 1)
    assert counted.sittings.passed_people == 1
    assert (counted.whole.done, counted.whole.visits) == (1, 1)


def test_each_figure_says_how_old_it_is(hub: Hub, clock: Clock) -> None:
    _two_stations(hub, clock)
    counted = _counted(hub)
    assert counted.counted_at == NOW
    assert (counted.whole.newest, counted.whole.oldest) == (NOW, NOW - 9 * DAY_S)


def test_a_course_is_due_only_where_it_is_published(hub: Hub, clock: Clock) -> None:
    near = join_station(hub, "near")
    join_station(hub, "far")
    _roster(hub, a1="near", b1="far")
    publish_course(hub, unit="near")
    near.send(near.seal(study("a1", 0, 100), *sitting("a1")))
    parts = {part.unit.code: part for part in _counted(hub).parts}
    assert (parts["near"].due, parts["near"].done) == (1, 1)
    assert (parts["far"].due, parts["far"].share) == (0, 1.0)


def test_what_was_learned_elsewhere_does_not_make_a_due_course_done(hub: Hub, clock: Clock) -> None:
    far = join_station(hub, "far")
    join_station(hub, "near")
    _roster(hub, b1="far")
    publish_course(hub, unit="near")
    far.send(far.seal(study("b1", 0, 100), *sitting("b1")))
    whole = _counted(hub).whole
    assert (whole.due, whole.done, whole.visits) == (0, 0, 0)


def test_a_course_published_twice_over_one_unit_is_due_once(hub: Hub, clock: Clock) -> None:
    near = join_station(hub, "near")
    _roster(hub, a1="near")
    publish_course(hub)
    publish_course(hub, unit="near")
    near.send(near.seal(study("a1", 0, 100), *sitting("a1")))
    assert _counted(hub).whole.done == 1
    assert _listed(hub, "done") == ["a1"]


def _listed(hub: Hub, state: str = "", text: str = "") -> list[str]:
    with reading(hub.engine) as connection:
        whole = scope.whole(connection)
        wanted = learners.wanted(connection, "/1/", hub.now(), text, state)
        rows = learners.listed(connection, whole, wanted)
        total = rosters.count_learners(connection, whole, wanted)
        every = [row for part in learners.every(connection, whole, wanted) for row in part]
    assert total == len(rows)
    assert every == rows
    return [row.number for row in rows]


def test_lists_hold_the_people_that_the_figures_count(hub: Hub, clock: Clock) -> None:
    _two_stations(hub, clock)
    assert _listed(hub, "done") == ["a1"]
    assert _listed(hub, "studying") == ["a2"]
    assert _listed(hub, "behind") == ["a3"]
    assert _listed(hub, "unknown") == ["b1", "b2"]
    assert _listed(hub, "none") == []
    assert _listed(hub) == ["a1", "a2", "a3", "b1", "b2"]


def test_a_list_tells_behind_from_unknown(hub: Hub, clock: Clock) -> None:
    _near, far = _two_stations(hub, clock)
    with reading(hub.engine) as connection:
        whole = scope.whole(connection)
        rows = learners.listed(connection, whole, learners.wanted(connection, "/1/", NOW))
    assert {row.number: row.state for row in rows if row.state in ("behind", "unknown")} == {
        "a3": "behind", "b1": "unknown", "b2": "unknown",
    }  # fmt: skip
    far.send()
    assert _listed(hub, "unknown") == []
    assert _listed(hub, "behind") == ["a3", "b1", "b2"]


def test_a_unit_without_a_station_is_heard_of_through_the_one_above(hub: Hub, clock: Clock) -> None:
    county = join_station(hub, "county")
    with writing(hub.engine) as connection:
        above = units.by_code(connection, "county")
        units.add(connection, [("village", "村", above)])
    clock.at = NOW - 10 * DAY_S
    publish_course(hub)
    clock.at = NOW
    county.send()
    _roster(hub, v1="village", t1="0")
    assert _listed(hub, "behind") == ["v1"]
    assert _listed(hub, "unknown") == ["t1"]
    assert _counted(hub).whole.unknown == 1


def test_the_counties_furthest_behind_are_named_and_completions_have_their_day(
    hub: Hub, clock: Clock
) -> None:
    join_station(hub, "province")
    join_station(hub, "city", "province")
    join_station(hub, "near-county", "city")
    join_station(hub, "far-county", "city")
    near = join_station(hub, "near", "near-county")
    far = join_station(hub, "far", "far-county")
    _roster(hub, a1="near", a2="near", b1="far", b2="far")
    clock.at = NOW - 10 * DAY_S
    publish_course(hub)
    clock.at = NOW - 2 * DAY_S
    near.send(near.seal(study("a1", 0, 100, clock.at), *sitting("a1", at=clock.at)))
    clock.at = NOW
    far.send()
    near.send()
    counted = _counted(hub)
    assert [(each.unit.code, each.behind, each.due) for each in counted.counties] == [
        ("far-county", 2, 2), ("near-county", 1, 2),
    ]  # fmt: skip
    assert [day.total for day in counted.curve.days] == [0, 1, 1, 1]
    assert counted.curve.wanted == 4
    assert _counted(hub, "city").counties == []


def test_one_more_required_course_does_not_take_done_away(hub: Hub, clock: Clock) -> None:
    near = join_station(hub, "near")
    _roster(hub, a1="near", a2="near", a3="near")
    clock.at = NOW - 60 * DAY_S
    publish_course(hub)
    for who in ("a1", "a2", "a3"):
        near.send(near.seal(study(who, 0, 100, clock.at), *sitting(who, at=clock.at)))
    clock.at = NOW
    publish_course(hub, replace(course(), id="price", title="明码标价"))
    whole = _counted(hub).whole
    assert (whole.due, whole.done, _counted(hub).new_courses) == (3, 3, 1)
    assert _listed(hub, "done") == ["a1", "a2", "a3"]
    clock.at = NOW + 31 * DAY_S
    assert (_counted(hub).whole.done, _counted(hub).new_courses) == (0, 0)
    assert _listed(hub, "done") == []


def test_nobody_is_behind_on_the_first_day_of_a_term(hub: Hub, clock: Clock) -> None:
    near, _far = _two_stations(hub, clock)
    assert (_counted(hub).whole.behind, _counted(hub).whole.unknown) == (1, 2)
    with writing(hub.engine) as connection:
        at = units.by_code(connection, "near")
        assert at is not None
        opens, closes = (calendar_day(day) for day in (NOW, NOW + 19 * DAY_S))
        courses.put_class(connection, Class("t1", "第一期", at.id, opens, closes, ("food",)))
    whole = _counted(hub).whole
    assert (whole.done, whole.studying, whole.behind, whole.unknown) == (1, 2, 0, 2)
    assert _listed(hub, "studying") == ["a2", "a3"]
    assert (_listed(hub, "behind"), _listed(hub, "unknown")) == ([], ["b1", "b2"])
    clock.at = NOW + 8 * DAY_S
    near.send()
    assert (_listed(hub, "behind"), _listed(hub, "unknown")) == (["a2", "a3"], ["b1", "b2"])


def test_search_takes_percent_signs_as_they_are(hub: Hub, clock: Clock) -> None:
    _two_stations(hub, clock)
    assert _listed(hub, text="学员a") == ["a1", "a2", "a3"]
    assert _listed(hub, text="b") == ["b1", "b2"]
    assert _listed(hub, text="%") == []
    assert _listed(hub, text="_") == []


def test_pages_of_a_list_do_not_overlap(hub: Hub) -> None:
    join_station(hub, "near")
    _roster(hub, **{f"n{number:03}": "near" for number in range(7)})
    with reading(hub.engine) as connection:
        whole = scope.whole(connection)
        pages = [
            learners.listed(connection, whole, learners.wanted(connection, "/1/", NOW), 3, at)
            for at in (0, 3, 6)
        ]
    assert [[row.number[-1] for row in page] for page in pages] == [
        ["0", "1", "2"],
        ["3", "4", "5"],
        ["6"],
    ]


def test_trouble_is_named_with_its_next_step(hub: Hub, clock: Clock) -> None:
    _near, far = _two_stations(hub, clock)
    from hub.intake import stations

    stations.add(hub, "new", "test", "新所", "0")
    clock.at += 30 * DAY_S
    with reading(hub.engine) as connection:
        troubles = attention.troubles(connection, scope.whole(connection), clock.at)
    assert {trouble.tab: trouble.count for trouble in troubles} == {
        "silent": 2,
        "disk": 2,
        "behind": 1,
        "expired": 1,
    }
    assert all(trouble.todo and trouble.stations for trouble in troubles)
    silent = next(trouble for trouble in troubles if trouble.tab == "silent")
    assert silent.stations[0].id == far.node


def test_a_station_that_has_not_taken_a_course_is_named(hub: Hub) -> None:
    near = join_station(hub, "near")
    near.send()
    publish_course(hub)
    with reading(hub.engine) as connection:
        whole = scope.whole(connection)
        before = [trouble.tab for trouble in attention.troubles(connection, whole, NOW)]
    near.send()
    near.send()
    with reading(hub.engine) as connection:
        after = [trouble.tab for trouble in attention.troubles(connection, whole, NOW)]
    assert ("behind" in before, "behind" in after) == (True, False)


def test_practice_counts_as_study_of_no_course_that_is_unknown(hub: Hub) -> None:
    near = join_station(hub, "near")
    _roster(hub, a1="near")
    near.send(near.seal(practice("a1", "gone/q1", True)))
    assert _counted(hub).whole.visits == 0

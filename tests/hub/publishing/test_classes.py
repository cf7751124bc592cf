"""Classes have ids and days of their own: none overwrites another, each can be ended."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.errors import NotAllowed
from hub.people import roster, unit_tree
from hub.publishing import classes
from hub.publishing.classes import ClassPlan
from hub.publishing.errors import ClassOver, UnknownClass
from hub.rights import Role
from hub.store import class_lists, courses, marks, scope
from hub.store.engine import reading
from hub.store.marks import ResultFilter
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import NOW, Station, join_station, publish_course, sitting, study

BOSS = actor("boss")
DAY = 86_400
TERM = (date(2026, 11, 12), date(2026, 12, 1))  # NOW is the 18th


def _plan(unit: str = "0", title: str = "第三期", days: tuple[date, date] = TERM) -> ClassPlan:
    return ClassPlan(title, unit, *days, ("food",))


def _told(station: Station) -> dict[str, dict[str, object]]:
    """The orders about classes that a station gets now, by id; {} for one that is withdrawn."""
    return {
        order.key: json.loads(order.body) if order.body else {}
        for order in station.send().orders
        if order.kind == "class"
    }


@pytest.fixture
def stations(sqlite_hub: Hub, tmp_path: Path) -> dict[str, Station]:
    """A course for all, a county with a township, and a county beside it; each with a station."""
    (tmp_path / "org.csv").write_text("code,name,parent\na,甲县,\na1,甲一所,a\nb,乙县,\n", "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", BOSS)
    publish_course(sqlite_hub)
    return {code: join_station(sqlite_hub, code) for code in ("a1", "b")}


def test_two_classes_of_the_same_unit_days_and_course_are_both_kept(
    sqlite_hub: Hub, stations: dict[str, Station]
) -> None:
    ids = [classes.open_class(sqlite_hub, _plan("a", title), BOSS).id for title in ("一班", "二班")]
    told = _told(stations["a1"])
    assert {id_: told[id_]["title"] for id_ in ids} == {ids[0]: "一班", ids[1]: "二班"}
    assert _told(stations["b"]) == {}


def test_an_id_is_never_used_again_nor_one_that_was_made_by_hand(
    sqlite_hub: Hub, stations: dict[str, Station]
) -> None:
    first = classes.open_class(sqlite_hub, _plan(), BOSS).id
    by_hand = f"k{int(first[1:]) + 1}"
    classes.put(sqlite_hub, by_hand, "手编", "0", TERM, ("food",), BOSS)
    classes.cancel(sqlite_hub, first, "重复", BOSS)
    assert classes.open_class(sqlite_hub, _plan(), BOSS).id not in (first, by_hand)


def test_a_class_that_changes_its_unit_leaves_the_stations_of_the_former_one(
    sqlite_hub: Hub, stations: dict[str, Station]
) -> None:
    one = classes.open_class(sqlite_hub, _plan("a"), BOSS).id
    assert one in _told(stations["a1"])
    classes.put(sqlite_hub, one, "第三期", "b", TERM, ("food",), BOSS)
    assert _told(stations["a1"]) == {one: {}}
    assert _told(stations["b"])[one]["title"] == "第三期"
    classes.put(sqlite_hub, one, "第三期", "0", TERM, ("food",), BOSS)
    assert _told(stations["a1"])[one]["title"] == _told(stations["b"])[one]["title"] == "第三期"


def test_a_class_ends_today_and_one_that_is_cancelled_is_withdrawn(
    sqlite_hub: Hub, stations: dict[str, Station]
) -> None:
    ended, gone = (classes.open_class(sqlite_hub, _plan(), BOSS).id for _ in range(2))
    _told(stations["a1"])
    classes.end(sqlite_hub, ended, "水灾", BOSS)
    classes.cancel(sqlite_hub, gone, "重复", BOSS)
    told = _told(stations["a1"])
    assert told[ended]["closes"] == "2026-11-18"
    assert told[gone] == {}
    with reading(sqlite_hub.engine) as connection:
        known = courses.get_class(connection, gone)
        assert [each.id for each in courses.classes(connection)] == [ended]
    assert known is not None
    assert (known.state, known.over_by, known.reason) == ("cancelled", "boss", "重复")


def test_what_is_over_cannot_be_ended_cancelled_or_changed(
    sqlite_hub: Hub, stations: dict[str, Station]
) -> None:
    past = _plan(days=(date(2026, 10, 1), date(2026, 10, 20)))
    coming = _plan(days=(date(2026, 12, 1), date(2026, 12, 20)))
    over, later = (classes.open_class(sqlite_hub, plan, BOSS).id for plan in (past, coming))
    for id_ in (over, later):
        with pytest.raises(ClassOver):
            classes.end(sqlite_hub, id_, "x", BOSS)
    with pytest.raises(ClassOver):
        classes.cancel(sqlite_hub, over, "x", BOSS)
    classes.cancel(sqlite_hub, later, "x", BOSS)
    with pytest.raises(ClassOver, match="make a copy"):
        classes.put(sqlite_hub, later, "x", "0", TERM, ("food",), BOSS)
    with pytest.raises(UnknownClass):
        classes.cancel(sqlite_hub, "none", "x", BOSS)
    classes.put(sqlite_hub, over, "延长", "0", (past.opens, TERM[1]), ("food",), BOSS)
    assert _told(stations["b"])[over]["closes"] == "2026-12-01"


def test_a_county_ends_its_own_classes_and_not_those_above(
    sqlite_hub: Hub, stations: dict[str, Station]
) -> None:
    county = actor_at(sqlite_hub, "a", Role.MANAGER)
    own, above = (classes.open_class(sqlite_hub, _plan(unit), BOSS).id for unit in ("a1", "0"))
    with pytest.raises(NotAllowed):
        classes.end(sqlite_hub, above, "x", county)
    assert classes.end(sqlite_hub, own, "x", county).state == "ended"


def test_figures_of_a_class_are_of_its_people_and_its_days(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "org.csv").write_text("code,name,parent\na,甲县,\nb,乙县,\n", "utf-8")
    unit_tree.import_org(hub, tmp_path / "org.csv", BOSS)
    publish_course(hub)
    station = join_station(hub, "a1", "a")
    people = "\n".join(f"n{n},人{n},{unit}" for n, unit in enumerate(("a1", "a1", "a1", "b")))
    (tmp_path / "r.csv").write_text(f"学号,姓名,单位\n{people}\n", "utf-8")
    roster.import_roster(hub, tmp_path / "r.csv", BOSS)
    records = [
        *sitting("n0", at=NOW - 3 * DAY), *sitting("n3", at=NOW - 3 * DAY),
        *sitting("n0", attempt=2, at=NOW - 20 * DAY), study("n1", 0, 50),
        study("n0", 0, 100, at=NOW - 3 * DAY),
    ]  # fmt: skip
    station.send(station.seal(*records))
    now = (date(2026, 11, 12), date(2026, 12, 1))
    earlier = (date(2026, 10, 20), date(2026, 11, 5))
    here, before = (classes.open_class(hub, _plan("a", days=days), BOSS) for days in (now, earlier))
    with reading(hub.engine) as connection:
        everywhere = scope.whole(connection)
        path = courses.class_unit(connection, here.id)
        assert path is not None
        for one, attempts in ((here, [1]), (before, [2])):
            wanted = ResultFilter("/", class_id=one.id)
            rows = marks.page(connection, everywhere, wanted, 9, 0)
            assert [(row.learner, row.attempt) for row in rows] == [("n0", n) for n in attempts]
            assert marks.count(connection, everywhere, wanted).sittings == 1
        figures = class_lists.figures(connection, everywhere, path, here.courses, here.span[0])
        by_course = (class_lists.ClassCourse("food", begun=2, done=1),)
        assert figures == class_lists.ClassFigures(3, done=1, before=0, begun=1, courses=by_course)
        later = class_lists.figures(connection, everywhere, path, here.courses, NOW + DAY)
        assert later.before == 1
        for group, numbers in (
            ("", ["n2", "n1", "n0"]), ("done", ["n0"]), ("begun", ["n1"]), ("none", ["n2"]),
        ):  # fmt: skip
            for least_first in (True, False):
                wish = class_lists.WantedPeople(path, here.courses, "", group, least_first)
                listed = class_lists.people(connection, everywhere, wish, 9, 0)
                in_order = numbers if least_first else sorted(numbers)
                assert [each.number for each in listed] == in_order
                assert class_lists.count_people(connection, everywhere, wish) == len(numbers)
            assert figures.count_of(group) == len(numbers)
        assert class_lists.people_below(connection, everywhere, {"/1/", path}) == {
            "/1/": 4, path: 3,
        }  # fmt: skip


def test_an_exam_begun_on_the_last_evening_belongs_to_the_class(
    sqlite_hub: Hub, stations: dict[str, Station], tmp_path: Path
) -> None:
    (tmp_path / "r.csv").write_text("学号,姓名,单位\nn0,人,a1\n", "utf-8")
    roster.import_roster(sqlite_hub, tmp_path / "r.csv", BOSS)
    one = classes.open_class(sqlite_hub, _plan(days=(date(2026, 11, 1), date(2026, 11, 17))), BOSS)
    last_second = one.span[1] - 1
    station = stations["a1"]
    station.send(
        station.seal(*sitting("n0", at=last_second), *sitting("n0", attempt=2, at=last_second + 1))
    )
    with reading(sqlite_hub.engine) as connection:
        wanted = ResultFilter("/", class_id=one.id)
        rows = marks.page(connection, scope.whole(connection), wanted, 9, 0)
    assert [row.attempt for row in rows] == [1]

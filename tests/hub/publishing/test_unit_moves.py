"""Units move, merge, split, close: stations hold what their place says, nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from content.model.terms import Licence
from hub import rights
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.errors import NotAllowed, UnknownUnit
from hub.intake import station_batch, stations
from hub.people import accounts, changes, roster, unit_tree
from hub.people.accounts import NewAccount
from hub.people.changes import Leaving
from hub.publishing import classes, unit_moves
from hub.publishing.errors import CodeInUse, NotAtUnit, UnitClosed, UnitInUse, WrongPlace
from hub.reports import figures
from hub.rights import Actor, Deed, Role
from hub.store import contacts, courses, learners, marks, scope, unit_changes, unit_search, units
from hub.store.engine import reading
from hub.store.histories import Standing
from hub.store.schema import metadata
from hub.store.units import Unit
from sync.names import Names
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import Clock, Station, course, join_station, publish_course, sitting

BOSS = actor("boss")
TERM = (date(2026, 11, 12), date(2026, 12, 1))
TREE = "code,name,parent\na,甲县,\nb,乙县,\na1,甲一所,a\na2,甲二所,a\nb1,乙一所,b\n"
ROSTER = "学号,姓名,单位\nA1,赵敏,a1\nA2,钱江,a2\nB1,孙立,b1\n"


@dataclass
class Desk:
    """A station and what it holds of what it was told."""

    station: Station
    held: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def take(self) -> set[str]:
        """Ask until nothing waits; the people, classes and courses that it holds then."""
        more = True
        while more:
            answer = self.station.send()
            for order in answer.orders:
                self.held[order.kind, order.key] = order.body
            more = answer.more
        self.station.send()  # the hub learns how far it is
        kinds = ("roster", "class", "course")
        return {key for (kind, key), body in self.held.items() if body and kind in kinds}


def _tree(hub: Hub, folder: Path) -> dict[str, Desk]:
    """Two counties with townships, a station at each; a class of each county, a course of one."""
    (folder / "org.csv").write_text(TREE, "utf-8")
    unit_tree.import_org(hub, folder / "org.csv", BOSS)
    desks = {code: Desk(join_station(hub, code)) for code in ("a", "b", "a1", "a2", "b1")}
    (folder / "r.csv").write_text(ROSTER, "utf-8")
    roster.import_roster(hub, folder / "r.csv", BOSS)
    publish_course(hub)
    publish_course(hub, replace(course(), id="of-b", items=course().items[:1]), "b")
    for class_id, code in (("ka", "a"), ("kb", "b"), ("ka1", "a1")):
        classes.put(hub, class_id, class_id, code, TERM, ("food",), BOSS)
    for desk in desks.values():
        desk.take()
    return desks


@pytest.fixture(scope="module")
def prepared(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Desk]]:
    """The tree, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("tree")
    opened = open_hub.open_hub(copytree(sqlite_template, folder / "hub"), Clock())
    made = _tree(opened, folder)
    opened.close()
    return folder / "hub", made


@pytest.fixture
def desks(
    prepared: tuple[Path, dict[str, Desk]], sqlite_hub: Hub, tmp_path: Path
) -> dict[str, Desk]:
    """The tree at ``sqlite_hub``."""
    folder, made = prepared
    sqlite_hub.close()
    copytree(folder, tmp_path / "hub", dirs_exist_ok=True)
    return {
        code: Desk(replace(desk.station, hub=sqlite_hub, names=Names()), dict(desk.held))
        for code, desk in made.items()
    }


def _unit(hub: Hub, code: str) -> Unit:
    with reading(hub.engine) as connection:
        known = units.with_code(connection, code)
    assert known is not None
    return known


def _id(hub: Hub, code: str) -> int:
    return _unit(hub, code).id


def test_a_unit_that_moves_takes_along_its_people_and_its_station_gets_what_is_for_it(
    hub: Hub, tmp_path: Path
) -> None:
    desks = _tree(hub, tmp_path)
    assert desks["a1"].take() == {"A1", "food", "ka", "ka1"}
    assert desks["a"].take() == {"A1", "A2", "food", "ka"}
    unit_moves.move(hub, _id(hub, "a1"), "b", "批文 7 号", BOSS)
    assert desks["a1"].take() == {"A1", "food", "of-b", "kb", "ka1"}
    assert desks["a"].take() == {"A2", "food", "ka"}
    assert desks["b"].take() == {"A1", "B1", "food", "of-b", "kb"}
    assert desks["a2"].take() == {"A2", "food", "ka"}
    assert desks["b1"].take() == {"B1", "food", "of-b", "kb"}
    moved, above = _unit(hub, "a1"), _unit(hub, "b")
    assert (moved.parent_id, moved.path) == (above.id, f"{above.path}{moved.id}/")
    with reading(hub.engine) as connection:
        [change] = unit_changes.of_unit(connection, moved.id)
    assert (change.what, change.was, change.became, change.reason, change.by) == (
        "moved", "甲县", "乙县", "批文 7 号", "boss",
    )  # fmt: skip
    manager = {code: actor_at(hub, code, Role.MANAGER) for code in ("a", "b")}
    assert not rights.may(manager["a"], Deed.KEEP_PEOPLE, moved.path)
    assert rights.may(manager["b"], Deed.KEEP_PEOPLE, moved.path)
    unit_moves.move(hub, moved.id, "a", "退回", BOSS)
    assert desks["a1"].take() == {"A1", "food", "ka", "ka1"}
    assert desks["a"].take() == {"A1", "A2", "food", "ka"}
    assert desks["b"].take() == {"B1", "food", "of-b", "kb"}


def test_what_lies_deep_below_moves_along(sqlite_hub: Hub, desks: dict[str, Desk]) -> None:
    unit_moves.move(sqlite_hub, _id(sqlite_hub, "a"), "b", "并县", BOSS)
    top, deep = _unit(sqlite_hub, "b"), _unit(sqlite_hub, "a1")
    assert deep.path == f"{top.path}{_id(sqlite_hub, 'a')}/{deep.id}/"
    assert deep.level == 3
    assert desks["a1"].take() == {"A1", "food", "of-b", "ka", "kb", "ka1"}
    assert desks["b"].take() == {"A1", "A2", "B1", "food", "of-b", "kb"}


def test_a_withdrawal_that_a_station_has_not_taken_reaches_it_after_it_moved(
    sqlite_hub: Hub, desks: dict[str, Desk]
) -> None:
    classes.cancel(sqlite_hub, "ka", "重复", BOSS)
    classes.put(sqlite_hub, "new", "新", "a", TERM, ("food",), BOSS)
    unit_moves.move(sqlite_hub, _id(sqlite_hub, "a1"), "b", "批文", BOSS)
    assert desks["a1"].take() == {"A1", "food", "of-b", "kb", "ka1"}


def test_a_merged_unit_gives_all_it_has_and_its_code_is_never_used_again(
    hub: Hub, tmp_path: Path
) -> None:
    desks = _tree(hub, tmp_path)
    accounts.add(hub, BOSS, NewAccount("li", "long enough", Role.MANAGER, "a1"))
    desks["a1"].station.send(desks["a1"].station.seal(*sitting("A1")))
    (tmp_path / "r.csv").write_text("学号,姓名,单位\nA9,吴离,a1\n", "utf-8")
    roster.import_roster(hub, tmp_path / "r.csv", BOSS)
    _leave(hub, "A9")
    unit_moves.merge(hub, _id(hub, "a1"), "b1", "撤并", BOSS)
    assert desks["b1"].take() == {"A1", "B1", "food", "of-b", "kb", "ka1"}
    assert [key for kind, key in desks["b1"].held if kind == "result"]
    assert desks["a1"].take() == {"A1", "B1", "food", "of-b", "kb", "ka1"}
    assert json.loads(desks["a1"].held["station", "station"])["code"] == "b1"
    assert desks["a"].take() == {"A2", "food", "ka"}
    assert desks["b"].take() == {"A1", "B1", "food", "of-b", "kb"}
    with reading(hub.engine) as connection:
        one, study_class = learners.get(connection, "A1"), courses.get_class(connection, "ka1")
        left = learners.get(connection, "A9")
        told = {code: unit_changes.of_unit(connection, _id(hub, code)) for code in ("a1", "b1")}
    assert one is not None
    assert left is not None
    assert study_class is not None
    assert one.unit_id == left.unit_id == study_class.unit_id == _id(hub, "b1")
    assert [each[0].what for each in told.values()] == ["merged", "took-in"]
    assert accounts.by_name(hub, "li").roles == ()
    for deed in (
        lambda: stations.add(hub, "a1", "boss", "又一所", "a"),
        lambda: unit_moves.rename(hub, _id(hub, "a1"), "又", "x", BOSS),
    ):
        with pytest.raises(UnitClosed):
            deed()
    with pytest.raises(CodeInUse):
        unit_moves.split(hub, _id(hub, "a2"), ("a1", "又"), (), "x", BOSS)


def test_a_county_that_is_merged_brings_its_units_and_its_courses_along(
    sqlite_hub: Hub, desks: dict[str, Desk]
) -> None:
    unit_moves.merge(sqlite_hub, _id(sqlite_hub, "b"), "a", "撤并", BOSS)
    assert _unit(sqlite_hub, "b1").parent_id == _id(sqlite_hub, "a")
    assert desks["a1"].take() == {"A1", "food", "of-b", "ka", "kb", "ka1"}
    assert desks["b1"].take() == {"B1", "food", "of-b", "ka", "kb"}
    assert desks["a"].take() == {"A1", "A2", "B1", "food", "of-b", "ka", "kb"}


def test_some_people_are_split_off_into_a_unit_beside_theirs(
    sqlite_hub: Hub, desks: dict[str, Desk]
) -> None:
    with pytest.raises(NotAtUnit, match="'B1'"):
        unit_moves.split(sqlite_hub, _id(sqlite_hub, "a1"), ("a3", "三所"), ("B1",), "x", BOSS)
    came = unit_moves.split(
        sqlite_hub, _id(sqlite_hub, "a1"), ("a3", "三所"), ("A1",), "分设", BOSS
    )
    assert came.parent_id == _id(sqlite_hub, "a")
    assert "A1" not in desks["a1"].take()
    assert "A1" in desks["a"].take()
    assert "A1" in Desk(join_station(sqlite_hub, "a3")).take()


def test_a_closed_unit_counts_nowhere_and_its_results_stay(
    sqlite_hub: Hub, desks: dict[str, Desk], tmp_path: Path
) -> None:
    desks["a1"].station.send(desks["a1"].station.seal(*sitting("A1")))
    with pytest.raises(UnitInUse, match="1 people"):
        unit_moves.close(sqlite_hub, _id(sqlite_hub, "a1"), "撤", BOSS)
    _leave(sqlite_hub, "A1")
    unit_moves.close(sqlite_hub, _id(sqlite_hub, "a1"), "撤", BOSS)
    with reading(sqlite_hub.engine) as connection:
        whole = scope.whole(connection)
        counted = figures.overview(connection, scope.Scope((_unit(sqlite_hub, "a"),)), 0)
        assert [part.unit.code for part in counted.parts] == ["a2"]
        assert counted.whole.stations == 2
        found = scope.search_units(connection, whole, "a1", 9)
        assert (found[0], scope.search_units(connection, whole, "a1", 9, closed=True)[0]) == (0, 1)
        assert unit_search.find(connection, whole, "a1") == []
        assert [unit.code for unit, _ in unit_search.find(connection, whole, "a2")] == ["a2"]
        gone = contacts.list_stations(connection, whole, contacts.conditions("gone", 0, 0))
        assert [row.code for row in gone] == ["a1"]
        assert marks.count(connection, whole, marks.ResultFilter("/")).sittings == 1
    (tmp_path / "r2.csv").write_text("学号,姓名,单位\nN9,周新,a1\n", "utf-8")
    assert roster.import_roster(sqlite_hub, tmp_path / "r2.csv", BOSS).refused == 1
    (tmp_path / "s.csv").write_text("代码,名称,上级\na1,甲一所,a\n", "utf-8")
    table = station_batch.plan(sqlite_hub, BOSS, tmp_path / "s.csv")
    assert ([fault.code for fault in table.faults], table.planned) == (["unit-closed"], [])
    (tmp_path / "o2.csv").write_text("code,name,parent\na1,甲一所,a\nx,新,a1\n", "utf-8")
    report = unit_tree.import_org(sqlite_hub, tmp_path / "o2.csv", BOSS)
    assert [fault.code for fault in report.faults] == ["unit-closed", "unit-closed"]


def test_a_station_that_leaves_a_licensed_course_behind_makes_room_for_the_next(
    sqlite_hub: Hub, desks: dict[str, Desk]
) -> None:
    bought = replace(
        course(), id="bought", items=course().items[:1], licence=Licence("某社", "", 3)
    )
    publish_course(sqlite_hub, bought, "a")
    late = Desk(join_station(sqlite_hub, "a3", "a"))
    assert "bought" in desks["a1"].take()
    assert "bought" not in late.take()
    unit_moves.move(sqlite_hub, _id(sqlite_hub, "a1"), "b", "批文", BOSS)
    assert "bought" not in desks["a1"].take()
    assert "bought" in late.take()


def test_whatever_refers_to_a_unit_has_its_place_when_that_is_merged() -> None:
    refers = {
        table.name
        for table in metadata.sorted_tables
        if any(key.column.table.name == "unit" for key in table.foreign_keys)
    }
    decided = [table.name for table in (*unit_changes.THINGS, *unit_changes.APART)]
    assert sorted(decided) == sorted(refers)


@pytest.mark.parametrize(
    ("deed", "fault"),
    [
        (lambda hub, by: unit_moves.move(hub, _id(hub, "0"), "a", "x", by), WrongPlace),
        (lambda hub, by: unit_moves.move(hub, _id(hub, "a"), "a1", "x", by), WrongPlace),
        (lambda hub, by: unit_moves.move(hub, _id(hub, "a1"), "a", "x", by), WrongPlace),
        (lambda hub, by: unit_moves.merge(hub, _id(hub, "a"), "a1", "x", by), WrongPlace),
        (lambda hub, by: unit_moves.close(hub, _id(hub, "0"), "x", by), WrongPlace),
        (lambda hub, by: unit_moves.move(hub, _id(hub, "a1"), "no", "x", by), UnknownUnit),
    ],
)
def test_a_unit_cannot_go_where_no_tree_would_be(
    sqlite_hub: Hub, tmp_path: Path, deed: Callable[[Hub, Actor], object], fault: type[Exception]
) -> None:
    (tmp_path / "org.csv").write_text(TREE, "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", BOSS)
    with pytest.raises(fault):
        deed(sqlite_hub, BOSS)


def test_an_administrator_moves_only_what_and_to_where_is_his_own(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    (tmp_path / "org.csv").write_text(TREE, "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", BOSS)
    county = actor_at(sqlite_hub, "a")
    with pytest.raises(UnknownUnit):
        unit_moves.move(sqlite_hub, _id(sqlite_hub, "a1"), "b", "x", county)
    with pytest.raises(NotAllowed):
        unit_moves.move(sqlite_hub, _id(sqlite_hub, "b1"), "a", "x", county)
    assert unit_moves.merge(sqlite_hub, _id(sqlite_hub, "a1"), "a2", "x", county).code == "a2"


def test_a_name_that_an_import_changes_is_shown_before_and_told_to_the_station(
    sqlite_hub: Hub, desks: dict[str, Desk], tmp_path: Path
) -> None:
    (tmp_path / "o2.csv").write_text("code,name,parent\na1,甲街所,a\na2,甲二所,b\n", "utf-8")
    seen = unit_tree.import_org(sqlite_hub, tmp_path / "o2.csv", BOSS, dry_run=True)
    assert [(each.unit.name, each.name) for each in seen.names] == [("甲一所", "甲街所")]
    assert [fault.code for fault in seen.faults] == ["unit-moved"]
    assert _unit(sqlite_hub, "a1").name == "甲一所"
    unit_tree.import_org(sqlite_hub, tmp_path / "o2.csv", BOSS)
    desks["a1"].take()
    assert json.loads(desks["a1"].held["station", "station"])["name"] == "甲街所"
    with reading(sqlite_hub.engine) as connection:
        [change] = unit_changes.of_unit(connection, _id(sqlite_hub, "a1"))
    assert (change.what, change.was, change.became) == ("renamed", "甲一所", "甲街所")


def _leave(hub: Hub, number: str) -> None:
    changes.leave(hub, BOSS, number, Leaving(Standing.LEFT, changes.day_of(hub.now())))

"""Histories on both databases: a year of one station's people, from roster to undoing."""

from pathlib import Path

from hub.context.open_hub import Hub
from hub.people import changes, roster, roster_undo
from hub.people.changes import Leaving
from hub.store import histories, learners, marks, roster_imports, scope, units
from hub.store.engine import reading
from hub.store.histories import Standing
from hub.store.marks import ResultFilter
from tests.hub.actors import actor
from tests.hub.conftest import join_station, publish_course, sitting


def _take(hub: Hub, folder: Path, *rows: str) -> int:
    file = folder / "roster.csv"
    file.write_text("\n".join(("学号,姓名,单位", *rows)), "utf-8")
    return roster.import_roster(hub, file, actor()).number


def test_what_is_noted_of_people_is_found_again_and_taken_back(hub: Hub, tmp_path: Path) -> None:
    west, _east = join_station(hub, "w"), join_station(hub, "e")
    publish_course(hub)
    _take(hub, tmp_path, "A1,周建国,w", "A2,吴秀英,w", "A3,郑志强,w")
    west.send(west.seal(*sitting("A1")))
    moving = _take(hub, tmp_path, "a1,周建国,e", "A2,吴秀兰,e", "A4,王桂芳,e")
    leaving = _take(hub, tmp_path, "A2,吴秀兰,e")
    assert roster.leave_missing(hub, actor(), leaving, "不在名册里") == 2
    changes.come_back(hub, actor(), "A4")
    changes.leave(hub, actor(), "A3", Leaving(Standing.RETIRED, changes.day_of(hub.now())))
    with reading(hub.engine) as connection:
        at = {code: units.by_code(connection, code) for code in ("w", "e")}
        assert at["w"] is not None
        assert at["e"] is not None
        numbers = [f"A{n}" for n in range(1, 5)]
        ever = [histories.ever_of(connection, numbers, unit) for unit in (at["w"], at["e"])]
        assert ever == [{"A1", "A2", "A3"}, {"A1", "A2", "A4"}]
        states = {number: now.state for number, now in histories.last(connection, numbers).items()}
        assert states == {"A1": "left", "A2": "present", "A3": "retired", "A4": "present"}
        assert histories.later(connection, moving) == {"A1", "A4"}
        whole = scope.whole(connection)
        assert [each.id for each in roster_imports.latest(connection, whole, 2)] == [3, 2]
        seen = [
            marks.count(connection, whole, ResultFilter(unit.path, by_now=by_now)).sittings
            for unit in (at["w"], at["e"])
            for by_now in (False, True)
        ]
        assert seen == [1, 0, 0, 1]
    undone = roster_undo.undo(hub, actor(), moving)
    assert [change.learner for change in undone.free] == ["A2"]
    with reading(hub.engine) as connection:
        back = learners.get(connection, "A2")
        assert back is not None
        assert (back.name, back.unit_id) == ("吴秀英", at["w"].id)
        total, page = histories.page_of_import(connection, moving, 2, 1)
        assert (total, [change.learner for change in page]) == (3, ["A2", "A4"])

"""People have a history: leaving and coming back, another unit, and what results keep of it."""

import json
from datetime import date
from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.errors import UnknownUnit
from hub.facts import rebuild
from hub.people import changes, roster, unit_tree
from hub.people.changes import Leaving
from hub.people.errors import BadDay, StandingAlready, UnknownLearner
from hub.reports.duty import DAY_S
from hub.reports.figures import overview
from hub.rights import Role
from hub.store import audit, histories, marks, results, scope, units
from hub.store.engine import reading
from hub.store.histories import NotedChange, Standing
from hub.store.marks import ResultFilter
from sync.facts.state import Facts
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import NOW, Clock, Station, join_station, publish_course, sitting, study
from tests.hub.visitors import visitor

TODAY = changes.day_of(NOW)


@pytest.fixture
def hub(sqlite_hub: Hub) -> Hub:
    """What both databases must do alike is tried in ``tests/hub/store/test_histories.py``."""
    return sqlite_hub


@pytest.fixture
def two(hub: Hub, tmp_path: Path) -> tuple[Station, Station]:
    """Two stations of one county, with a learner at the first."""
    (tmp_path / "org.csv").write_text("code,name,parent\n43,清溪县,\n", "utf-8")
    unit_tree.import_org(hub, tmp_path / "org.csv", actor())
    west, east = join_station(hub, "w", "43", "西街所"), join_station(hub, "e", "43", "东关所")
    take(hub, tmp_path, "A1,周建国,w,科员")
    publish_course(hub)
    west.send(), east.send()
    return west, east


def take(hub: Hub, folder: Path, *rows: str) -> roster.RosterReport:
    file = folder / "roster.csv"
    file.write_text("\n".join(("学号,姓名,单位,职务", *rows)), "utf-8")
    return roster.import_roster(hub, file, actor("陈"))


def move(hub: Hub, unit: str, number: str = "A1") -> None:
    assert changes.change(hub, actor("李"), number, name="周建国", unit_code=unit, post="科员")


def noted(hub: Hub, number: str = "A1") -> list[NotedChange]:
    with reading(hub.engine) as connection:
        return histories.of(connection, number)


def seen(hub: Hub, unit: str, *, by_now: bool = False) -> list[tuple[str, str]]:
    """Results at or below a unit: the learner, and the unit that each counts for."""
    with reading(hub.engine) as connection:
        at = units.by_code(connection, unit)
        assert at is not None
        wanted = ResultFilter(at.path, by_now=by_now)
        whole = scope.whole(connection)
        rows = marks.page(connection, whole, wanted, 50, 0)
        assert marks.count(connection, whole, wanted).sittings == len(rows)
    return [(row.learner, row.unit_code) for row in rows]


def people(hub: Hub, unit: str) -> tuple[int, int]:
    """How many there are at a unit, and exams handed in there."""
    with reading(hub.engine) as connection:
        at = units.by_code(connection, unit)
        assert at is not None
        counted = overview(connection, scope.Scope((at,)), hub.now())
    return counted.whole.people, counted.sittings.sittings


def test_a_history_says_what_was_so_since_when_by_whom_and_why(
    hub: Hub, two: tuple[Station, Station], clock: Clock, tmp_path: Path
) -> None:
    clock.at += DAY_S
    take(hub, tmp_path, "A1,周建军,w,所长")
    clock.at += DAY_S
    changes.change(hub, actor("李"), "A1", name="周建军", unit_code="e", post="所长", why="轮岗")
    clock.at += 9 * DAY_S
    leaving = Leaving(Standing.RETIRED, changes.day_of(NOW + 5 * DAY_S), "到龄")
    changes.leave(hub, actor("李"), "A1", leaving)
    rows = [(c.name, c.unit_name, c.post, c.state, c.by, c.why) for c in noted(hub)]
    assert rows == [
        ("周建国", "西街所", "科员", "present", "陈", ""),
        ("周建军", "西街所", "所长", "present", "陈", ""),
        ("周建军", "东关所", "所长", "present", "李", "轮岗"),
        ("周建军", "东关所", "所长", "retired", "李", "到龄"),
    ]
    days = [changes.day_of(change.since) for change in noted(hub)]
    assert days == [changes.day_of(NOW + n * DAY_S) for n in (0, 1, 2, 5)]
    with reading(hub.engine) as connection:
        deeds = [entry.what for entry in audit.latest(connection, 3)]
    assert deeds == ["learner leave", "learner move", "roster import"]


def test_who_leaves_is_counted_no_more_and_keeps_results_and_the_way_back(
    hub: Hub, two: tuple[Station, Station]
) -> None:
    west, _east = two
    west.send(west.seal(*sitting("A1")))
    assert people(hub, "43") == (1, 1)
    changes.leave(hub, actor(), "A1", Leaving(Standing.LEFT, TODAY))
    assert people(hub, "43") == (0, 1)
    assert seen(hub, "w") == [("A1", "w")]
    withdrawn = [order for order in west.send().orders if order.kind == "roster"]
    assert [(order.key, order.body) for order in withdrawn] == [("A1", b"")]
    with pytest.raises(StandingAlready):
        changes.leave(hub, actor(), "A1", Leaving(Standing.LEFT, TODAY))
    changes.come_back(hub, actor(), "A1", "返聘")
    assert people(hub, "43") == (1, 1)
    assert [order.kind for order in west.send().orders] == ["roster", "result", "facts"]
    with pytest.raises(StandingAlready):
        changes.come_back(hub, actor(), "A1")
    assert [change.state for change in noted(hub)] == ["present", "left", "present"]


def test_a_day_of_leaving_is_not_ahead_and_not_before_the_last_change(
    hub: Hub, two: tuple[Station, Station], clock: Clock
) -> None:
    clock.at += 5 * DAY_S
    move(hub, "e")
    for offset in (4, 6):
        day = changes.day_of(NOW + offset * DAY_S)
        with pytest.raises(BadDay):
            changes.leave(hub, actor(), "A1", Leaving(Standing.LEFT, day))
    changes.leave(hub, actor(), "A1", Leaving(Standing.LEFT, changes.day_of(clock.at)))
    since = [change.since for change in noted(hub)]
    assert since == sorted(since)


def test_a_double_names_the_number_that_stays_however_it_is_spelled(
    hub: Hub, two: tuple[Station, Station], tmp_path: Path
) -> None:
    take(hub, tmp_path, "B7,周建国,w,")
    for nobody in ("nobody", "b7"):
        with pytest.raises(UnknownLearner):
            changes.leave(hub, actor(), "B7", Leaving(Standing.DUPLICATE, TODAY, other=nobody))
    changes.leave(hub, actor(), "B7", Leaving(Standing.DUPLICATE, TODAY, other="ａ1"))
    assert noted(hub, "B7")[-1].other == "A1"


def test_nobody_changes_people_of_a_sister_unit(hub: Hub, two: tuple[Station, Station]) -> None:
    east = actor_at(hub, "e", Role.MANAGER)
    with pytest.raises(UnknownLearner):
        changes.leave(hub, east, "A1", Leaving(Standing.LEFT, TODAY))
    west = actor_at(hub, "w", Role.MANAGER)
    with pytest.raises(UnknownUnit):
        changes.change(hub, west, "A1", name="周建国", unit_code="e", post="科员")
    assert len(noted(hub)) == 1


def test_results_stay_with_the_unit_where_they_were_handed_in(
    hub: Hub, two: tuple[Station, Station], clock: Clock
) -> None:
    west, east = two
    west.send(west.seal(*sitting("A1", at=NOW)))
    before = people(hub, "w")
    clock.at += DAY_S
    move(hub, "e")
    east.send(east.seal(*sitting("A1", attempt=2, at=clock.at + 600)))
    assert seen(hub, "w") == [("A1", "w")]
    assert seen(hub, "e") == [("A1", "e")]
    assert seen(hub, "e", by_now=True) == [("A1", "e"), ("A1", "e")]
    assert seen(hub, "w", by_now=True) == []
    assert people(hub, "w") == (0, before[1])


def test_an_exam_that_comes_after_the_move_counts_where_it_was_sat(
    hub: Hub, two: tuple[Station, Station], clock: Clock
) -> None:
    """The old station's line was down; a rebuild finds the same."""
    west, _east = two
    late = west.seal(*sitting("A1", at=NOW + 60))
    clock.at += 3 * DAY_S
    move(hub, "e")
    west.send(late)
    assert seen(hub, "w") == [("A1", "w")]
    rebuild.rebuild(hub, "test")
    assert seen(hub, "w") == [("A1", "w")]
    assert seen(hub, "e") == []


def test_a_result_of_a_number_that_nobody_had_counts_from_when_somebody_has_it(
    hub: Hub, two: tuple[Station, Station], tmp_path: Path
) -> None:
    west, _east = two
    west.send(west.seal(*sitting("Z9")))
    assert seen(hub, "43") == []
    take(hub, tmp_path, "Z9,吴秀英,w,")
    assert seen(hub, "43") == [("Z9", "w")]


def test_all_facts_follow_a_learner_those_that_come_late_too(
    hub: Hub, two: tuple[Station, Station]
) -> None:
    west, east = two
    west.send(west.seal(study("A1", 0, 20)))
    late = west.seal(study("A1", 20, 30))
    move(hub, "e")
    assert _studied(east) == 20
    moved = [order for order in west.send(late).orders if order.kind == "moved"]
    assert _studied(east) == 30
    assert [json.loads(order.body) for order in moved] == [{"unit": "东关所"}]


def test_records_of_ones_own_station_send_nothing_back(
    hub: Hub, two: tuple[Station, Station]
) -> None:
    west, east = two
    west.send(west.seal(study("A1", 0, 20)))
    assert west.send().orders == ()
    assert east.send().orders == ()


def _studied(station: Station) -> int:
    """How many seconds the station knows of, from the newest order of facts."""
    orders = [order for order in station.send().orders if order.kind == "facts"]
    facts = Facts.from_bytes(json.dumps(json.loads(orders[-1].body)["state"]).encode())
    return facts.seconds("food/video")


def test_whether_somebody_was_ever_of_a_unit(hub: Hub, two: tuple[Station, Station]) -> None:
    move(hub, "e")
    with reading(hub.engine) as connection:
        at = {code: units.by_code(connection, code) for code in ("w", "e", "43")}
        assert all(
            unit and histories.ever_of(connection, ["A1", "X"], unit) == {"A1"}
            for unit in at.values()
        )
    other = join_station(hub, "n", "43")
    with reading(hub.engine) as connection:
        north = units.by_code(connection, "n")
        assert north is not None
        assert histories.ever_of(connection, ["A1"], north) == set()
    assert other.node


def test_the_pages_of_a_person_show_the_history_and_ask_before_somebody_leaves(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    west = join_station(sqlite_hub, "w", name="西街所")
    join_station(sqlite_hub, "e", name="东关所")
    take(sqlite_hub, tmp_path, "A1,周建国,w,科员")
    publish_course(sqlite_hub)
    west.send(west.seal(*sitting("A1")))
    came = visitor(sqlite_hub)
    form = came.get("/learners/A1/change")
    assert 'value="周建国"' in form
    assert came.post("/learners/A1/change", name="", unit="w", post="").status_code == 400
    assert came.post("/learners/A1/change", name="周", unit="no", post="").status_code == 400
    fields = {"name": "周建国", "unit": "e", "post": "科员", "why": "轮岗"}
    assert came.post("/learners/A1/change", **fields).status_code == 303
    assert "周建国 要离开吗" in came.get("/learners/A1/leave")
    for wrong in ({"state": "left", "day": "x"}, {"state": "", "day": TODAY.isoformat()}):
        assert came.post("/learners/A1/leave", **wrong).status_code == 400
    future = {"state": "left", "day": date(2027, 1, 1).isoformat()}
    assert "之间的一天" in came.post("/learners/A1/leave", **future).text
    gone = came.post("/learners/A1/leave", state="seconded", day=TODAY.isoformat(), why="省局")
    assert gone.status_code == 303
    page = came.get("/learners/A1/history")
    for text in ("<del>西街所</del> → <ins>东关所</ins>", "轮岗", "借调出去", "省局", "boss"):
        assert text in page
    assert "让他回来" in page
    assert came.post("/learners/A1/return", why="").status_code == 303
    shown = came.get("/learners/A1")
    assert "<del>借调出去</del> → <ins>在职</ins>" in shown
    viewer = visitor(sqlite_hub, "看客", "viewer")
    assert "记为离开" not in viewer.get("/learners/A1")
    log = came.get("/audit")
    for text in ("学员离开", "学员调动", "w → e", "学员回来"):
        assert text in log


def test_results_pages_say_by_which_unit_they_count(sqlite_hub: Hub, tmp_path: Path) -> None:
    west = join_station(sqlite_hub, "w", name="西街所")
    join_station(sqlite_hub, "e", name="东关所")
    take(sqlite_hub, tmp_path, "A1,周建国,w,")
    publish_course(sqlite_hub)
    west.send(west.seal(*sitting("A1")))
    changes.change(sqlite_hub, actor(), "A1", name="周建国", unit_code="e", post="")
    with reading(sqlite_hub.engine) as connection:
        [row] = results.of_learners(connection, ["A1"])
    then = visitor(sqlite_hub, "西", "manager", "w")
    page = then.get("/results")
    assert "按交卷时的单位算" in page
    assert "周建国" in page
    assert "/learners/A1" not in page  # elsewhere now, and not this unit's to look at
    assert "交卷后调走了" in page
    assert "周建国" not in then.get("/results?by=now")
    assert "周建国" in visitor(sqlite_hub, "东", "manager", "e").get("/results?by=now")
    assert row.unit_id is not None

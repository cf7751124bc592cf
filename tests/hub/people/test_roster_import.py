"""A roster before and after it is imported: doubts, who is missing, and taking it back."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, insert, text

from hub.context.open_hub import Hub
from hub.people import changes, roster, roster_undo, unit_tree
from hub.people.changes import Leaving
from hub.people.errors import ImportUndone, ManyRenamed
from hub.people.roster import RosterReport
from hub.people.roster_plan import ChangeKind, Doubt
from hub.rights import Role
from hub.store import audit, engine, histories, learners, results
from hub.store.engine import migrate, reading, writing
from hub.store.histories import Standing
from hub.store.learners import Learner
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import join_station, publish_course, sitting, study
from tests.hub.visitors import visitor

NAMES = ("周建国", "吴秀英", "郑志强", "王桂芳", "冯明", "陈丽华")


def take(
    hub: Hub, folder: Path, *rows: str, sure: bool = False, dry_run: bool = False,
    heading: str = "学号,姓名,单位,职务",
) -> RosterReport:  # fmt: skip
    file = folder / "名册.csv"
    file.write_text("\n".join((heading, *rows)), "utf-8")
    return roster.import_roster(hub, file, actor("陈"), dry_run=dry_run, confirmed=sure)


@pytest.fixture
def hub(sqlite_hub: Hub) -> Hub:
    """What both databases must do alike is tried in ``tests/hub/store/test_histories.py``."""
    return sqlite_hub


@pytest.fixture
def six(hub: Hub, tmp_path: Path) -> Hub:
    """Six people at one of two stations."""
    (tmp_path / "org.csv").write_text("code,name,parent\nw,西街所,\ne,东关所,\n", "utf-8")
    unit_tree.import_org(hub, tmp_path / "org.csv", actor())
    take(hub, tmp_path, *(f"A{n},{name},w,科员" for n, name in enumerate(NAMES, 1)))
    return hub


def people(hub: Hub) -> dict[str, Learner]:
    with reading(hub.engine) as connection:
        return learners.among(connection, [f"A{n}" for n in range(1, 9)])


def test_each_change_is_shown_old_and_new_before_it_is_made(six: Hub, tmp_path: Path) -> None:
    rows = (
        "A1,周建国,e,科员",
        "A2,吴秀兰,w,科员",
        "A3,郑志强,w,所长",
        "A7,孙七,w,",
        "A4,王桂芳,w,科员",
    )
    before = people(six)
    plan = take(six, tmp_path, *rows, dry_run=True).plan
    shown = {
        change.after.number: (change.row, change.before and change.before.number, change.kinds)
        for change in plan.changes
    }
    assert shown == {
        "A1": (2, "A1", (ChangeKind.MOVED,)),
        "A2": (3, "A2", (ChangeKind.RENAMED,)),
        "A3": (4, "A3", (ChangeKind.POST,)),
        "A7": (5, None, (ChangeKind.NEW,)),
    }
    assert plan.same == 1
    assert [one.number for one in plan.missing] == ["A5", "A6"]
    assert people(six) == before


def test_a_sheet_that_slipped_by_a_row_must_be_confirmed(six: Hub, tmp_path: Path) -> None:
    slipped = [f"A{n},{name},w,科员" for n, name in enumerate((*NAMES[1:], "新人"), 1)]
    plan = take(six, tmp_path, *slipped, dry_run=True).plan
    assert plan.is_doubtful
    assert (plan.count(ChangeKind.RENAMED), plan.slipped) == (6, 5)
    with pytest.raises(ManyRenamed, match="6 of 6 known numbers"):
        take(six, tmp_path, *slipped)
    assert people(six)["A1"].name == "周建国"
    take(six, tmp_path, *slipped, sure=True)
    assert people(six)["A1"].name == "吴秀英"


def test_a_few_names_put_right_are_no_reason_to_ask(six: Hub, tmp_path: Path) -> None:
    rows = [f"A{n},{name},w,科员" for n, name in enumerate(("周建军", "吴秀兰", *NAMES[2:]), 1)]
    report = take(six, tmp_path, *rows)
    assert (report.plan.is_doubtful, report.plan.count(ChangeKind.RENAMED)) == (False, 2)
    assert not any(change.doubts for change in report.plan.changes)


@pytest.mark.parametrize("spelled", ["a1", "Ａ1", "ａ１"])
def test_another_spelling_of_a_number_makes_no_second_person(
    six: Hub, tmp_path: Path, spelled: str
) -> None:
    report = take(six, tmp_path, f"{spelled},周建国,w,科员")
    assert (report.added, report.changed, report.same) == (0, 0, 1)
    with reading(six.engine) as connection:
        assert learners.count(connection) == 6
    doubts = [doubt for change in report.plan.changes for doubt in change.doubts]
    assert doubts == ([Doubt.SPELLING] if spelled != "Ａ1" else [])
    assert take(six, tmp_path, "a2,吴秀英,w,科员", "A2,吴秀英,w,科员").refused == 1


def test_two_people_whose_numbers_look_alike_are_told_apart_by_the_exact_one(
    six: Hub, tmp_path: Path
) -> None:
    with writing(six.engine) as connection:
        unit = learners.get(connection, "A1")
        assert unit is not None
        learners.put(connection, [Learner("AB1", "甲", unit.unit_id, "", True)])
        learners.put(connection, [Learner("ab1", "乙", unit.unit_id, "", True)])
    assert [f.code for f in take(six, tmp_path, "Ab1,甲,w,").faults] == ["number-ambiguous"]
    assert take(six, tmp_path, "ab1,乙,w,").same == 1


def test_a_new_number_for_a_name_that_is_missing_is_doubted(six: Hub, tmp_path: Path) -> None:
    [change] = take(six, tmp_path, "A8,周建国,w,", dry_run=True).plan.changes
    assert (change.doubts, change.near) == ((Doubt.TWIN,), "A1")


def test_a_file_without_posts_takes_none_away(six: Hub, tmp_path: Path) -> None:
    assert take(six, tmp_path, "A1,周建国,w", heading="学号,姓名,单位").same == 1
    assert people(six)["A1"].post == "科员"


def test_who_is_not_in_the_file_leaves_when_asked_and_with_the_import_comes_back(
    six: Hub, tmp_path: Path
) -> None:
    done = take(six, tmp_path, "A1,周建国,w,科员", "A2,吴秀英,no,")
    assert all(one.active for one in people(six).values())
    gone = roster.leave_missing(six, actor("李"), done.number, "不在名册里")
    assert gone == 4  # a row that could not be taken is no reason to leave
    assert [one.active for one in people(six).values()] == [True, True, False, False, False, False]
    assert roster.leave_missing(six, actor("李"), done.number, "") == 0
    roster_undo.undo(six, actor("李"), done.number)
    assert all(one.active for one in people(six).values())


def test_an_import_taken_back_leaves_everybody_as_they_were(six: Hub, tmp_path: Path) -> None:
    before = people(six)
    done = take(six, tmp_path, "A1,周建军,e,所长", "A2,吴秀英,e,科员", "A7,孙七,e,")
    undone = roster_undo.undo(six, actor("李"), done.number)
    assert (len(undone.free), undone.followed) == (3, [])
    now = people(six)
    assert not now.pop("A7").active
    assert now == before
    with reading(six.engine) as connection:
        [made, taken] = histories.of(connection, "A2")
        assert (made.undone_at, bool(taken.undone_at)) == (None, True)
        assert audit.latest(connection, 1)[0].what == "roster undo"
    with pytest.raises(ImportUndone):
        roster_undo.undo(six, actor("李"), done.number)


def test_who_changed_or_studied_since_stays_when_an_import_is_taken_back(
    six: Hub, tmp_path: Path
) -> None:
    publish_course(six)
    north = join_station(six, "n", name="北关所")
    done = take(six, tmp_path, "A1,周建国,e,科员", "A2,吴秀英,n,科员", "A7,孙七,n,", "A8,钱八,n,")
    changes.change(six, actor("李"), "A1", name="周建国", unit_code="n", post="科员")
    north.send(north.seal(study("A7", 0, 10), *sitting("A2")))
    undone = roster_undo.undo(six, actor("李"), done.number)
    assert sorted(change.learner for change in undone.followed) == ["A1", "A7"]
    assert [people(six)[number].active for number in ("A1", "A2", "A7", "A8")] == [
        True, True, True, False,
    ]  # fmt: skip
    with reading(six.engine) as connection:
        [row] = results.of_learners(connection, ["A2"])
        assert row.unit_id == people(six)["A2"].unit_id  # as if never moved


def test_an_import_is_taken_back_by_those_who_keep_its_people_only(
    six: Hub, tmp_path: Path
) -> None:
    done = take(six, tmp_path, "A1,周建国,e,科员")
    with pytest.raises(ImportUndone):
        roster_undo.undo(six, actor_at(six, "w", Role.MANAGER), done.number)


def test_the_pages_of_an_import_ask_show_and_take_back(sqlite_hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "org.csv").write_text("code,name,parent\nw,西街所,\ne,东关所,\n", "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", actor())
    take(sqlite_hub, tmp_path, *(f"A{n},{name},w,科员" for n, name in enumerate(NAMES, 1)))
    came = visitor(sqlite_hub)
    slipped = "\n".join(f"A{n},{name},e,科员" for n, name in enumerate(NAMES[1:], 1))
    table = f"学号,姓名,单位,职务\n{slipped}\nB1,坏,no,\na6,陈丽华,w,科员\n".encode()
    where = came.hand_in("/roster/import", "名册.csv", table).location
    page = came.get(where)
    assert "5 个学号要换成别的姓名" in page
    assert "<del>周建国</del> → <ins>吴秀英</ins>" in page
    assert "新姓名是上一行或下一行的人" in came.get(f"{where}?show=doubtful")
    assert "表里写作 a6" in came.get(f"{where}?show=doubtful")
    assert "找不到单位“no”" in came.get(f"{where}?show=refused")
    assert "西街所" in came.get(f"{where}?show=moved&page=1")
    visitor(sqlite_hub, "别人", "manager").get(where, 404)
    asked = came.post(where)
    assert asked.location == f"{where}?show=renamed"
    assert "没有写入" in came.get(asked.location)
    done = came.post(where, sure="yes").location
    page = came.get(done)
    assert re.search(r"<dt>改名</dt><dd>5 人</dd>", page)
    assert "陈" in came.get("/roster/import")
    assert came.post(f"{done}/undo").status_code == 303
    assert people(sqlite_hub)["A1"].name == "周建国"
    page = came.get(done)
    assert "撤销" in page
    assert came.post(f"{done}/undo").status_code == 303  # pressed twice
    came.get("/roster/imports/99", 404)
    came.get("/roster/imports/99/undo", 404)
    # Somebody is not in the file.
    where = came.hand_in(
        "/roster/import", "二.csv", "学号,姓名,单位\nA1,周建国,w\n".encode()
    ).location
    assert "吴秀英" in came.get(f"{where}?show=missing")
    done = came.post(where).location
    assert "表里没有的 5 人" in came.get(done)
    assert "把这 5 人记为离开" in came.get(f"{done}/missing")
    came.post(f"{done}/missing", why="年底清理")
    assert "年底清理" in came.get("/learners/A2/history")
    assert "没有这样的人" in came.get(f"{done}/missing")


@pytest.fixture
def older(tmp_path: Path) -> Engine:
    """The tables before people had a history, with people and results."""
    opened = engine.open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    migrate(opened, "0010")
    with writing(opened) as connection:
        old = MetaData()
        old.reflect(connection)
        tables = old.tables
        for row in ((1, None, "0", "总局", 0, "/1/"), (2, 1, "w", "西街所", 1, "/1/2/")):
            connection.execute(insert(tables["unit"]).values(row))
        for number, active in (("Ａb1", True), ("L2", False)):
            person = {"number": number, "name": "甲", "unit_id": 2, "post": "", "active": active}
            connection.execute(insert(tables["learner"]).values(person))
        for number in ("L2", "nobody"):
            connection.execute(
                insert(tables["result"]).values(
                    learner=number, exam="food/exam", attempt=1, node_id=1, right=4, total=5,
                    score=80, passed=True, began=1, submitted_at=2, version=1, receipt_seq=3,
                )
            )  # fmt: skip
    return opened


def test_histories_begin_with_what_people_are_and_old_results_get_their_unit(
    older: Engine,
) -> None:
    migrate(older)
    with reading(older) as connection:
        states = {number: histories.of(connection, number)[0].state for number in ("Ａb1", "L2")}
        folded = set(connection.execute(text("SELECT folded FROM learner")).scalars())
        placed = {
            row.learner: row.unit_id for row in results.of_learners(connection, ["L2", "nobody"])
        }
    older.dispose()
    assert states == {"Ａb1": "present", "L2": "left"}
    assert folded == {"ab1", "l2"}
    assert placed == {"L2": 2, "nobody": None}


def test_the_unit_of_somebody_who_left_elsewhere_is_not_named(six: Hub, tmp_path: Path) -> None:
    changes.leave(six, actor(), "A1", Leaving(Standing.LEFT, changes.day_of(six.now())))
    east = visitor(six, "东", "manager", "e")
    table = "学号,姓名,单位\nA1,周建国,e\nA2,吴秀英,e\n".encode()
    page = east.get(east.hand_in("/roster/import", "名册.csv", table).location)
    assert "回来、调动" in page
    assert "<del>" in page
    assert "西街所" not in page

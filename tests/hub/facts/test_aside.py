"""A station's key speaks for its own learners: all else is kept, named, and waits for people."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest

from hub import orders
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.errors import NotAllowed, NotSetAside
from hub.facts import aside as domain
from hub.facts import evidence, merge, rebuild
from hub.intake import node_request
from hub.people import changes, roster, unit_tree
from hub.people.changes import Leaving
from hub.rights import Role
from hub.store import aside, audit, batches, facts, results
from hub.store import evidence as stored_evidence
from hub.store import orders as stored_orders
from hub.store.engine import reading, writing
from hub.store.histories import Standing
from hub.store.orders import Placed
from sync.exchange import Order
from sync.facts import Facts
from sync.records import Kind, Record
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import (
    NOW,
    Clock,
    Station,
    join_station,
    practice,
    publish_course,
    sitting,
    study,
)

DAY = 86_400
FAR = 2**53 - 1
TREE = "code,name,parent\na,甲县,\nb,乙县,\na1,城关所,a\nb1,东关所,b\n"


def tree(hub: Hub, tmp_path: Path) -> tuple[Station, Station]:
    """A station in each of two counties, believed about their own learners only."""
    (tmp_path / "org.csv").write_text(TREE, "utf-8")
    unit_tree.import_org(hub, tmp_path / "org.csv", actor())
    return join_station(hub, "a1", believed=False), join_station(hub, "b1", believed=False)


def enrol(hub: Hub, tmp_path: Path, **units: str) -> None:
    """A roster: who is at which unit."""
    rows = "".join(f"{number},学员{number},{unit}\n" for number, unit in units.items())
    (tmp_path / "roster.csv").write_text(f"学号,姓名,单位\n{rows}", "utf-8")
    assert not roster.import_roster(hub, tmp_path / "roster.csv", actor()).refused


def facts_of(hub: Hub, learner: str) -> Facts:
    with reading(hub.engine) as connection:
        return merge.of_learner(connection, learner)


def seconds_of(hub: Hub, learner: str) -> int:
    return facts_of(hub, learner).seconds("food/video")


def known(hub: Hub) -> list[str]:
    """Of whom there are facts."""
    with reading(hub.engine) as connection:
        return [learner for rows in facts.every(connection) for learner, _ in rows]


def row_of(hub: Hub, station: Station, learner: str) -> aside.KeptApart | None:
    with reading(hub.engine) as connection:
        return aside.get(connection, station.node, learner)


def records_held(hub: Hub, station: Station) -> int:
    with reading(hub.engine) as connection:
        return batches.records_of(connection, station.node)


def same_when_rebuilt(hub: Hub) -> str:
    """The digest, which a rebuild must end with too."""
    done = rebuild.rebuild(hub, "test")
    assert done.before == done.after
    return done.after


# Times


def test_a_time_far_ahead_wins_no_longer_than_the_day_after_its_receipt(
    hub: Hub, station: Station, clock: Clock
) -> None:
    def vote(value: int, at: int) -> Record:
        return Record(0, at, Kind.SURVEY, "L1", "food/s1", numbers=(value,))

    lies = [study("L1", 0, 5, FAR), practice("L1", "food/p1", False, FAR), vote(1, FAR)]
    station.send(station.seal(*lies))
    with reading(hub.engine) as connection:
        assert evidence.check(hub, connection, "L1").agrees
    clock.at += 2 * DAY
    true = [study("L1", 5, 50, clock.at), practice("L1", "food/p1", True, clock.at)]
    station.send(station.seal(*true, vote(5, clock.at)))
    now = facts_of(hub, "L1")
    assert (now.position("food/video"), now.mistakes()) == (50, [])
    assert now.votes["food/s1"].value == 5
    assert now.seconds("food/video") == 50
    same_when_rebuilt(hub)


def test_what_a_clock_a_few_hours_ahead_says_stays_as_it_was_said(
    sqlite_hub: Hub,
) -> None:
    station = join_station(sqlite_hub, "110101001")
    station.send(station.seal(study("L1", 0, 5, NOW + DAY), study("L1", 5, 9, NOW + DAY + 1)))
    assert facts_of(sqlite_hub, "L1").places["food/video"].at == NOW + DAY
    station.send(station.seal(study("L2", 0, 5, NOW + DAY - 1)))
    assert facts_of(sqlite_hub, "L2").places["food/video"].at == NOW + DAY - 1


# Learners


def test_learners_of_another_station_and_unknown_ones_wait(hub: Hub, tmp_path: Path) -> None:
    publish_course(hub)
    ours, theirs = tree(hub, tmp_path)
    enrol(hub, tmp_path, x="b1", y="a1")
    told = [*sitting("x"), study("ghost", 0, 90), study("y", 0, 40)]
    assert ours.send(ours.seal(*told)).held == len(told)
    assert known(hub) == ["y"]
    assert records_held(hub, ours) == len(told)
    for learner, many in (("x", 7), ("ghost", 1)):
        row = row_of(hub, ours, learner)
        assert row is not None
        assert (row.state, row.records, row.first_received) == (aside.WAITING, many, NOW)
    theirs.send(theirs.seal(study("x", 0, 70)))
    ours.send(ours.seal(study("x", 70, 90)))
    row = row_of(hub, ours, "x")
    assert row is not None
    assert (row.records, seconds_of(hub, "x"), row_of(hub, theirs, "x")) == (8, 70, None)
    with reading(hub.engine) as connection:
        assert results.of_learners(connection, ["x"]) == []
        checked = evidence.check(hub, connection, "x")
    assert (checked.agrees, checked.total, len(checked.aside)) == (True, 9, 8)
    same_when_rebuilt(hub)


def test_thousands_of_invented_learners_make_few_rows_and_no_facts(sqlite_hub: Hub) -> None:
    station = join_station(sqlite_hub, "110101001", believed=False)
    invented = [study(f"ghost-{number}", 0, 90) for number in range(1_000)]
    station.send(station.seal(*invented))
    station.send(station.seal(study("one-more", 0, 9), study("ghost-0", 0, 9)))
    with reading(sqlite_hub.engine) as connection:
        assert aside.count(connection, station.node, aside.WAITING) == aside.MAX_WAITING
        beyond = aside.beyond(connection, station.node)
    assert beyond is not None
    assert beyond.records == 1_001 - aside.MAX_WAITING
    assert (known(sqlite_hub), records_held(sqlite_hub, station)) == ([], 1_002)


def test_a_learner_who_moved_while_the_line_was_down_keeps_what_came_late(
    hub: Hub, tmp_path: Path
) -> None:
    ours, theirs = tree(hub, tmp_path)
    county = join_station(hub, "a", believed=False)
    enrol(hub, tmp_path, x="a1")
    enrol(hub, tmp_path, x="b1")
    ours.send(ours.seal(study("x", 0, 30)))
    theirs.send(theirs.seal(study("x", 30, 50)))
    county.send(county.seal(study("x", 50, 60)))  # it serves the units below it, too
    assert seconds_of(hub, "x") == 60
    leaving = Leaving(Standing.LEFT, changes.day_of(hub.now()))
    changes.leave(hub, actor(), "x", leaving)
    theirs.send(theirs.seal(study("x", 60, 70)))
    assert seconds_of(hub, "x") == 70
    same_when_rebuilt(hub)


def test_a_learner_whom_an_order_names_to_the_station_counts(hub: Hub, tmp_path: Path) -> None:
    ours, _theirs = tree(hub, tmp_path)
    enrol(hub, tmp_path, x="b1", y="b1")
    ours.send(ours.seal(study("y", 0, 20)))
    assert seconds_of(hub, "y") == 0
    named = [
        orders.facts(ours.node, "x", Facts().to_bytes()),
        Placed("node", 0, ours.node, "roster", "y", b"{}"),
    ]
    with writing(hub.engine) as connection:
        stored_orders.put(connection, named)
    ours.send(ours.seal(study("x", 0, 30), study("y", 20, 30)))
    assert (seconds_of(hub, "x"), seconds_of(hub, "y")) == (30, 30)
    assert row_of(hub, ours, "y") is None
    same_when_rebuilt(hub)


def test_a_roster_that_comes_after_the_records_counts_them_by_itself(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "MAX_WAITING", 1)
    publish_course(hub)
    ours, _theirs = tree(hub, tmp_path)
    ours.send(ours.seal(study("x", 0, 30), *sitting("x"), study("y", 0, 60)))
    assert known(hub) == []  # of y nobody even has a row
    enrol(hub, tmp_path, x="a1", y="a1")
    assert (seconds_of(hub, "x"), seconds_of(hub, "y")) == (30, 60)
    assert row_of(hub, ours, "x") is None
    result = [order for order in ours.send().orders if order.kind == "result"]
    assert [order.key for order in result] == [f"x|food/exam|1|{ours.node}"]
    same_when_rebuilt(hub)


@pytest.mark.parametrize("direct", [True, False], ids=["line", "stick or relay"])
def test_a_restored_backup_of_a_station_counts_whatever_carries_it(
    sqlite_hub: Hub, tmp_path: Path, direct: bool
) -> None:
    ours, _theirs = tree(sqlite_hub, tmp_path)
    enrol(sqlite_hub, tmp_path, x="a1")
    ours.send(ours.seal(study("x", 0, 30)))
    again = Station(
        sqlite_hub, ours.node, ours.key, 2, previous=ours.previous, boots=(b"boot0002",),
        believed=False,
    )  # fmt: skip
    raw = again.request(again.seal(study("x", 30, 60)))
    assert again.open(node_request.exchange(sqlite_hub, raw, direct)).held == 1
    assert seconds_of(sqlite_hub, "x") == 60


def test_two_stations_batches_give_the_same_facts_in_any_order(
    sqlite_template: Path, tmp_path: Path
) -> None:
    digests = []
    for turn in ("ours first", "theirs first", "mixed"):
        hub = open_hub.open_hub(copytree(sqlite_template, tmp_path / turn), Clock())
        ours, theirs = tree(hub, tmp_path)
        mine = [study("x", 0, 30, FAR), study("x", 5, 9, FAR - 1), study("y", 0, 9)]
        other = [study("x", 30, 60, FAR), study("y", 9, 12), practice("x", "food/p", True, FAR)]
        parts = {
            "ours first": [(ours, mine), (theirs, other)],
            "theirs first": [(theirs, other), (ours, mine)],
            "mixed": [(theirs, other[:1]), (ours, mine[:2]), (theirs, other[1:]), (ours, mine[2:])],
        }[turn]
        enrol(hub, tmp_path, x="a1", **({"y": "b1"} if turn == "mixed" else {}))
        for station, records in parts:
            station.send(station.seal(*records))
        enrol(hub, tmp_path, x="b1", y="b1")
        digests.append(same_when_rebuilt(hub))
        assert known(hub) == ["x", "y"]
        hub.close()
    assert len(set(digests)) == 1


# Decisions


def orders_of(answer_orders: tuple[Order, ...]) -> dict[str, bytes]:
    return {order.key: order.body for order in answer_orders if order.kind == "result"}


def test_a_decision_counts_the_records_and_another_takes_them_out_again(
    hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    publish_course(hub)
    ours, theirs = tree(hub, tmp_path)
    enrol(hub, tmp_path, x="b1")
    theirs.send(theirs.seal(study("x", 0, 30)))
    ours.send(ours.seal(study("x", 20, 100), *sitting("x")))
    without = same_when_rebuilt(hub)
    key = f"x|food/exam|1|{ours.node}"
    for _turn in range(2):
        clock.at += 9
        domain.decide(hub, actor("boss"), ours.node, "x", aside.COUNTED, "借调")
        assert seconds_of(hub, "x") == 100
        counted = same_when_rebuilt(hub)
        for station in (ours, theirs):
            assert json.loads(orders_of(station.send().orders)[key])["score"] == 100
        clock.at += 9
        domain.decide(hub, actor("boss"), ours.node, "x", aside.LEFT)
        assert (same_when_rebuilt(hub), seconds_of(hub, "x")) == (without, 30)
        for station in (ours, theirs):
            assert orders_of(station.send().orders)[key] == b""
        row = row_of(hub, ours, "x")
        assert row is not None
        assert (row.state, row.records, row.decided_by) == (aside.LEFT, 8, "boss")
    assert counted != without
    with reading(hub.engine) as connection:
        assert results.of_learners(connection, ["x"]) == []
        [progress] = results.progress_of(connection, "x")
        noted = [entry.what for entry in audit.latest(connection, 9) if "aside" in entry.what]
    assert (progress.percent, progress.done) == (15, 0)
    assert noted == ["aside leave", "aside count"] * 2
    ours.send(ours.seal(study("x", 0, 90)))
    assert seconds_of(hub, "x") == 30
    same_when_rebuilt(hub)


def test_what_was_left_out_of_an_unknown_learner_stays_out_when_the_roster_names_him(
    sqlite_hub: Hub, tmp_path: Path, clock: Clock
) -> None:
    publish_course(sqlite_hub)
    ours, _theirs = tree(sqlite_hub, tmp_path)
    ours.send(ours.seal(study("x", 0, 90)))
    domain.decide(sqlite_hub, actor(), ours.node, "x", aside.COUNTED)
    clock.at += 60
    domain.decide(sqlite_hub, actor(), ours.node, "x", aside.LEFT)
    assert known(sqlite_hub) == []
    with reading(sqlite_hub.engine) as connection:
        assert results.progress_of(connection, "x") == []
    clock.at += 60
    enrol(sqlite_hub, tmp_path, x="a1")
    ours.send(ours.seal(study("x", 90, 100)))
    assert facts_of(sqlite_hub, "x").watched("food/video") == [(90, 100)]
    same_when_rebuilt(sqlite_hub)
    domain.decide(sqlite_hub, actor(), ours.node, "x", aside.COUNTED)
    assert seconds_of(sqlite_hub, "x") == 100


def test_a_learner_is_folded_from_the_stations_that_named_him_and_not_one_like_him(
    hub: Hub, tmp_path: Path
) -> None:
    ours, theirs = tree(hub, tmp_path)
    ours.send(ours.seal(study("1", 0, 9), study("", 0, 9)))
    theirs.send(theirs.seal(study("21", 0, 9), study("12", 0, 9)))
    with reading(hub.engine) as connection:
        named = {who: stored_evidence.nodes_naming(connection, who) for who in ("1", "", "21", "2")}
    assert named == {"1": [ours.node], "": [ours.node], "21": [theirs.node], "2": []}
    domain.decide(hub, actor(), ours.node, "1", aside.COUNTED)
    assert known(hub) == ["1"]


def test_who_decides_holds_the_station_and_the_learners_own_unit(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    ours, _theirs = tree(sqlite_hub, tmp_path)
    enrol(sqlite_hub, tmp_path, x="b1")
    ours.send(ours.seal(study("x", 0, 30), study("ghost", 0, 30)))
    manager = actor_at(sqlite_hub, "a", Role.MANAGER)
    others = (actor_at(sqlite_hub, "b", Role.MANAGER), actor_at(sqlite_hub, "a", Role.AUTHOR))
    for who, learner in ((manager, "x"), *((other, "ghost") for other in others)):
        with pytest.raises(NotAllowed):
            domain.decide(sqlite_hub, who, ours.node, learner, aside.COUNTED)
    assert known(sqlite_hub) == []
    with pytest.raises(NotSetAside):
        domain.decide(sqlite_hub, manager, ours.node, "nobody", aside.COUNTED)
    domain.decide(sqlite_hub, manager, ours.node, "ghost", aside.COUNTED)
    domain.decide(sqlite_hub, actor_at(sqlite_hub, "0"), ours.node, "x", aside.COUNTED)
    assert known(sqlite_hub) == ["ghost", "x"]


def test_a_rebuild_counts_anew_what_waits_and_keeps_decisions(
    sqlite_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "MAX_WAITING", 2)
    ours, _theirs = tree(sqlite_hub, tmp_path)
    ghosts = [study(who, 0, 30) for who in ("g1", "g2", "g3", "g3")]
    ours.send(ours.seal(*ghosts))
    domain.decide(sqlite_hub, actor(), ours.node, "g1", aside.LEFT)
    same_when_rebuilt(sqlite_hub)
    rows = {who: row_of(sqlite_hub, ours, who) for who in ("g1", "g2", "g3")}
    shown = {who: (row.state, row.records) for who, row in rows.items() if row is not None}
    assert shown == {"g1": ("left", 1), "g2": ("waiting", 1), "g3": ("waiting", 2)}
    with reading(sqlite_hub.engine) as connection:
        assert aside.beyond(connection, ours.node) is None

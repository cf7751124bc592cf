"""Orders: each node gets its own, once, in order, in pieces that fit a slow line."""

import json
from datetime import date
from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.errors import UnknownUnit
from hub.orders import MAX_ANSWER_ORDERS_BYTES, MAX_OVERTAKING_BYTES
from hub.people import roster, unit_tree
from hub.publishing import classes, publish
from hub.publishing.errors import BadDates, OlderVersion, UnknownCourse, VersionTaken
from hub.store import nodes, orders
from hub.store.engine import reading, writing
from hub.store.orders import Placed
from sync.facts import day_of
from tests.hub.actors import actor
from tests.hub.conftest import (
    NOW,
    Station,
    course,
    join_station,
    publish_course,
    sitting,
    study,
)

TERM = (date(2026, 11, 21), date(2026, 12, 10))


@pytest.fixture
def tree(hub: Hub, tmp_path: Path) -> dict[str, Station]:
    """A county with two stations, and a station elsewhere; each with its node."""
    file = tmp_path / "org.csv"
    file.write_text("code,name,parent\na,甲县,\na1,一所,a\na2,二所,a\nb,乙县,\nb1,三所,b\n")
    unit_tree.import_org(hub, file, actor("test"))
    return {code: join_station(hub, code) for code in ("a", "a1", "a2", "b1")}


def kinds(station: Station) -> list[tuple[str, str]]:
    known = ("station", "trust")
    return [(o.kind, o.key) for o in station.send().orders if o.kind not in known]


def test_a_nodes_first_order_is_its_station(hub: Hub, tree: dict[str, Station]) -> None:
    [order] = tree["a1"].send().orders
    assert (order.kind, order.key) == ("station", "station")
    assert json.loads(order.body) == {"code": "a1", "name": "一所"}


def test_a_course_goes_down_the_tree(hub: Hub, tree: dict[str, Station]) -> None:
    pack = publish_course(hub, unit="a")
    for code in ("a", "a1", "a2"):
        assert kinds(tree[code]) == [("course", "food")]
    assert kinds(tree["b1"]) == []
    with reading(hub.engine) as connection:
        [order] = orders.of_kind(connection, "course", ["food"])
    assert json.loads(order.body) == {
        "version": 1,
        "manifest": pack.manifest_sha,
        "size": pack.size,
        "title": "食品经营现场检查",
        "versions": [[1, day_of(NOW)]],
    }


def test_a_learner_goes_to_the_station_and_those_above(
    hub: Hub, tree: dict[str, Station], tmp_path: Path
) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("学号,姓名,单位\n1,甲,a1\n", "utf-8")
    roster.import_roster(hub, file, actor("test"))
    assert kinds(tree["a1"]) == kinds(tree["a"]) == [("roster", "1")]
    assert kinds(tree["a2"]) == kinds(tree["b1"]) == []


def test_an_order_for_one_node_reaches_only_that_node(hub: Hub, tree: dict[str, Station]) -> None:
    with writing(hub.engine) as connection:
        orders.put(connection, [Placed("node", 0, tree["a1"].node, "note", "n", b"{}")])
    assert kinds(tree["a1"]) == [("note", "n")]
    assert kinds(tree["a2"]) == []


def test_the_newest_of_a_key_holds_and_is_sent_once(hub: Hub, tree: dict[str, Station]) -> None:
    station = tree["a1"]
    publish_course(hub)
    assert kinds(station) == [("course", "food")]
    publish_course(hub, course(version=2))
    assert kinds(station) == [("course", "food")]
    assert kinds(station) == []


def test_an_answer_that_was_lost_is_given_again(hub: Hub, tree: dict[str, Station]) -> None:
    publish_course(hub)
    station = tree["a1"]
    station.send()
    station.mark = 0
    assert kinds(station) == [("course", "food")]


def test_many_orders_come_in_pieces_and_none_is_missed(hub: Hub, station: Station) -> None:
    with writing(hub.engine) as connection:
        home = nodes_unit(hub, station)
        placed = [Placed("up", home, 0, "roster", f"n{n}", b"x" * 200) for n in range(4_000)]
        orders.put(connection, placed)
    got: list[str] = []
    while True:
        answer = station.send()
        got += [order.key for order in answer.orders if order.kind == "roster"]
        assert sum(len(order.body) for order in answer.orders) <= MAX_ANSWER_ORDERS_BYTES
        if not answer.more:
            break
    assert got == [f"n{n}" for n in range(4_000)]


def test_a_result_just_graded_does_not_wait_for_a_long_roster(hub: Hub, station: Station) -> None:
    publish_course(hub)
    with writing(hub.engine) as connection:
        home = nodes_unit(hub, station)
        placed = [Placed("up", home, 0, "roster", f"n{n}", b"x" * 200) for n in range(1_500)]
        orders.put(connection, placed)
    assert "result" not in {order.kind for order in station.send().orders}
    station.mark = 0
    answer = station.send(station.seal(*sitting("L1")))
    assert [order.kind for order in answer.orders].count("result") == 1
    assert answer.orders[0].kind == "result"
    assert answer.orders[-1].kind == "roster"
    got = [(order.kind, order.key) for order in answer.orders[1:]]
    while answer.more:
        answer = station.send()
        got += [(order.kind, order.key) for order in answer.orders]
    assert [key for kind, key in got if kind == "roster"] == [f"n{n}" for n in range(1_500)]
    # Once more in its turn; a node that brings nothing need not read it twice before that.
    assert [kind for kind, _ in got].count("result") == 1


def test_results_that_overtake_are_bounded_and_the_newest(hub: Hub, station: Station) -> None:
    with writing(hub.engine) as connection:
        home = nodes_unit(hub, station)
        roster_ = [Placed("up", home, 0, "roster", f"n{n}", b"x" * 200) for n in range(1_500)]
        graded = [Placed("up", home, 0, "result", f"r{n}", b"x" * 400) for n in range(100)]
        orders.put(connection, [*roster_, *graded])
    answer = station.send(station.seal(study("L1", 0, 9)))
    ahead = [order.key for order in answer.orders if order.kind == "result"]
    assert ahead == [f"r{n}" for n in range(100 - len(ahead), 100)]
    assert 0.9 * MAX_OVERTAKING_BYTES < len(ahead) * 426 <= MAX_OVERTAKING_BYTES


def nodes_unit(hub: Hub, station: Station) -> int:
    with reading(hub.engine) as connection:
        node = nodes.get(connection, station.node)
    assert node is not None
    return node.unit_id


def test_an_order_larger_than_an_answer_is_still_sent(hub: Hub, station: Station) -> None:
    with writing(hub.engine) as connection:
        large = b"x" * (MAX_ANSWER_ORDERS_BYTES + 1)
        orders.put(connection, [Placed("node", 0, station.node, "note", "n", large)])
    assert [order.kind for order in station.send().orders] == ["station"]
    assert [len(order.body) for order in station.send().orders] == [len(large)]


def test_a_class_goes_down_with_its_dates_and_courses(hub: Hub, tree: dict[str, Station]) -> None:
    publish_course(hub)
    classes.put(hub, "c1", "第一期", "a", TERM, ("food",), actor("test"))
    [order] = [o for o in tree["a1"].send().orders if o.kind == "class"]
    assert json.loads(order.body) == {
        "title": "第一期",
        "opens": "2026-11-21",
        "closes": "2026-12-10",
        "courses": ["food"],
    }
    assert [o for o in tree["b1"].send().orders if o.kind == "class"] == []


def test_a_class_needs_a_unit_courses_and_dates(hub: Hub) -> None:
    with pytest.raises(UnknownUnit, match="'x'"):
        classes.put(hub, "c1", "一", "x", TERM, (), actor("test"))
    with pytest.raises(UnknownCourse, match="'food'"):
        classes.put(hub, "c1", "一", "0", TERM, ("food",), actor("test"))
    with pytest.raises(BadDates, match="open on 2026-12-10 and close on 2026-11-21"):
        classes.put(hub, "c1", "一", "0", (TERM[1], TERM[0]), (), actor("test"))


def test_publishing_again_adds_a_unit_and_changes_nothing_else(hub: Hub) -> None:
    pack = publish_course(hub)
    assert publish.publish_pack(hub, pack, "0", "test").again


def test_a_version_is_never_replaced_nor_taken_back(hub: Hub) -> None:
    publish_course(hub, course(version=2))
    with pytest.raises(VersionTaken, match="raise the version"):
        publish_course(hub, course(version=2, seconds=7))
    with pytest.raises(OlderVersion, match="published as version 2; this is 1"):
        publish_course(hub, course(version=1))
    with pytest.raises(UnknownUnit):
        publish_course(hub, course(version=3), unit="nowhere")

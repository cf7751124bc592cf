from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from content.packs.pack import seal_manifest
from content.transfer.blobs import BlobStore
from node.config import Config
from node.errors import (
    BadContent,
    ForeignReceipt,
    HubRefused,
    LineError,
    NotJoined,
    NotTheHub,
    OutboxMoved,
)
from node.exchange.node_keys import make_key
from node.link.throttle import MOST_PIECE_BYTES
from node.runtime import NodeRuntime
from node.store import classes, courses, journal, learners, meta, orders, outbox, results, tries
from sync.exchange import Order
from sync.records import Kind
from tests.node.conftest import HUB_KEY, LEARNER, FakeTime, populate, small_course
from tests.node.small_hub import SmallHub, serving


@pytest.fixture
def hub(config: Config, tmp_path: Path) -> Iterator[SmallHub]:
    key = make_key(config.data)
    with serving(SmallHub(HUB_KEY, key, BlobStore(tmp_path / "hub"))) as hub:
        yield hub


@pytest.fixture
def station(config: Config, hub: SmallHub, pc: FakeTime) -> Iterator[NodeRuntime]:
    """A joined machine whose hub answers."""
    runtime = NodeRuntime.open(replace(config, hub_url=hub.url), pc.clock())
    populate(runtime)
    yield runtime
    runtime.close()


def note(runtime: NodeRuntime, count: int = 1, start: int = 0) -> None:
    def store(conn: sqlite3.Connection) -> None:
        for n in range(start, start + count):
            journal.append(
                conn,
                at=runtime.clock.now(),
                kind=Kind.PRACTICE,
                learner=LEARNER,
                object=f"food/q{n}",
                response="ABCD"[n * n % 7 % 4],
                numbers=(n % 3 % 2, 5 + n * n % 61),
            )

    runtime.store.write(store)


def held(hub: SmallHub) -> list[str]:
    return [record.object for batch in hub.batches for record in batch.records]


def order(mark: int, kind: str, key: str, body: object = None) -> Order:
    raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    return Order(mark, kind, key, raw)


def test_records_reach_the_hub_in_one_request(station: NodeRuntime, hub: SmallHub) -> None:
    note(station, 20)
    assert station.courier.sync() == 20
    assert held(hub) == [f"food/q{n}" for n in range(20)]
    assert len(hub.requests) == 1
    assert station.line().waiting_count == 0


def test_an_idle_sync_is_one_small_request(station: NodeRuntime, hub: SmallHub) -> None:
    station.courier.sync()
    ((path, size),) = hub.requests
    assert path == "/x"
    assert size < 160
    assert set(hub.headers[0]) == {"Host", "Content-Length"}


def test_what_is_receipted_is_not_sent_again(station: NodeRuntime, hub: SmallHub) -> None:
    note(station, 3)
    station.courier.sync()
    note(station, 2, start=3)
    station.courier.sync()
    assert [len(batch.records) for batch in hub.batches] == [3, 2]
    assert len(hub.sent) == 2


def test_a_lost_answer_makes_the_same_bytes_go_again(station: NodeRuntime, hub: SmallHub) -> None:
    note(station, 3)
    hub.losses = 1
    with pytest.raises(LineError, match="POST /x"):
        station.courier.sync()
    note(station, 1, start=3)
    assert station.courier.sync() == 4
    assert hub.sent[0] == hub.sent[1]
    assert held(hub) == [f"food/q{n}" for n in range(4)]


def test_a_large_batch_whose_answer_was_lost_is_asked_for_before_it_is_sent_again(
    station: NodeRuntime, hub: SmallHub
) -> None:
    note(station, 3_000)
    hub.losses = 1
    with pytest.raises(LineError, match="POST /x"):
        station.courier.sync()
    assert station.courier.sync() == 3_000
    assert len(hub.sent) == 1
    assert hub.requests[1][1] < 160


def test_a_portals_page_is_not_the_hub_and_nothing_is_lost(
    station: NodeRuntime, hub: SmallHub
) -> None:
    note(station, 5)
    hub.portals = 1
    with pytest.raises(NotTheHub, match="malformed"):
        station.courier.sync()
    line = station.line()
    assert (line.ok, line.code, line.waiting_count) == (False, "not-the-hub", 5)
    assert "登录页" in line.words
    assert station.courier.sync() == 5
    assert station.line().ok


def test_a_hub_that_is_gone_is_a_line_that_is_down(station: NodeRuntime, config: Config) -> None:
    station.courier.config = replace(config, hub_url="http://127.0.0.1:9")
    note(station)
    with pytest.raises(LineError, match="ConnectionError"):
        station.courier.sync()
    assert tries.newest(station.store.read(), 1)[0].outcome == "line-down"


def test_a_refusal_is_told_and_the_records_stay(station: NodeRuntime, hub: SmallHub) -> None:
    note(station)
    hub.refusal = "frozen"
    with pytest.raises(HubRefused, match="frozen"):
        station.courier.sync()
    assert "frozen" in station.line().words
    assert station.line().waiting_count == 1


def test_a_hub_that_holds_what_we_never_sent_is_not_believed(
    station: NodeRuntime, hub: SmallHub
) -> None:
    note(station)
    hub.seq, hub.hash = 99, bytes([1] * 32)
    with pytest.raises(ForeignReceipt, match="99"):
        station.courier.sync()
    assert station.line().waiting_count == 1


def test_a_backlog_larger_than_a_request_goes_in_several(
    station: NodeRuntime, hub: SmallHub
) -> None:
    for _ in range(4):  # a line that kept failing
        station.courier.timing.pace = station.courier.timing.pace.failed()
    station.courier.timing.pace = replace(
        station.courier.timing.pace, bytes_per_s=100.0, failures=0
    )
    note(station, 5_000)
    assert station.courier.sync() == 5_000
    assert len(hub.batches) > 1
    assert held(hub) == [f"food/q{n}" for n in range(5_000)]


def test_an_exam_in_a_backlog_goes_ahead_of_what_was_noted_after_it(
    station: NodeRuntime, hub: SmallHub
) -> None:
    note(station, 500)
    station.store.write(
        lambda conn: journal.append(
            conn, at=station.clock.now(), kind=Kind.EXAM_SUBMIT, learner=LEARNER,
            object="food/final", numbers=(1, station.clock.now(), -1, 0),
        )
    )  # fmt: skip
    note(station, 6_000, start=500)
    assert station.courier.sync() == 6_501
    assert [len(batch.records) for batch in hub.batches] == [501, 6_000]
    assert hub.batches[0].records[-1].kind is Kind.EXAM_SUBMIT
    assert len(hub.requests) == 2


def test_an_order_that_overtakes_others_lets_none_be_missed(
    station: NodeRuntime, hub: SmallHub
) -> None:
    graded = {
        "learner": LEARNER, "exam": "food/final", "attempt": 1, "node": 7, "right": 3,
        "total": 4, "score": 75, "passed": True, "submitted_at": 5, "receipt_seq": 9,
    }  # fmt: skip
    result = order(90, "result", f"{LEARNER}|food/final|1|7", graded)
    hub.orders = [result, order(3, "roster", "B7", {"number": "B7", "name": "新人"})]
    station.courier.sync()
    assert results.passed_exams(station.store.read(), LEARNER) == {"food/final"}
    assert orders.mark(station.store.read()) == 3
    hub.orders = [order(4, "roster", "B8", {"number": "B8", "name": "又一人"}), result]
    station.courier.sync()
    assert learners.find(station.store.read(), "B8") is not None
    assert orders.mark(station.store.read()) == 90


def test_orders_are_applied_with_their_mark(station: NodeRuntime, hub: SmallHub) -> None:
    hub.orders = [
        order(
            3, "roster", "B7", {"number": "B7", "name": "新人", "post": "科员", "unit": "红旗所"}
        ),
        order(
            4,
            "class",
            "k9",
            {
                "title": "春季班",
                "opens": "2027-03-01",
                "closes": "2027-03-20",
                "courses": ["law", "food"],
            },
        ),
        order(
            5,
            "result",
            "A1001|food/final|1|7",
            {
                "learner": "A1001",
                "exam": "food/final",
                "attempt": 1,
                "node": 7,
                "right": 3,
                "total": 4,
                "score": 75,
                "passed": True,
                "submitted_at": 5,
                "receipt_seq": 9,
            },
        ),
        order(6, "station", "station", {"code": "610102009", "name": "新名所"}),
        order(7, "from-the-future", "x", {"a": 1}),
    ]
    station.courier.sync()
    conn = station.store.read()
    new = learners.find(conn, "B7")
    assert new is not None
    assert new.name == "新人"
    assert [class_.courses for class_ in classes.all(conn) if class_.id == "k9"] == [
        ("law", "food")
    ]
    assert results.passed_exams(conn, "A1001") == {"food/final"}
    assert meta.get(conn, meta.STATION_NAME) == "新名所"
    assert orders.mark(conn) == 7


def test_a_withdrawn_order_takes_back_what_it_gave(station: NodeRuntime, hub: SmallHub) -> None:
    hub.orders = [order(1, "roster", LEARNER), order(2, "class", "k1")]
    station.courier.sync()
    conn = station.store.read()
    assert learners.find(conn, LEARNER) is None
    assert classes.all(conn) == []


def test_an_order_that_makes_no_sense_does_not_stop_the_others(
    station: NodeRuntime, hub: SmallHub
) -> None:
    hub.orders = [
        order(1, "course", "food", {"version": "not a number"}),
        Order(2, "roster", "B8", b"[1, 2"),
        order(3, "roster", "B7", {"name": "新人"}),
    ]
    station.courier.sync()
    assert learners.find(station.store.read(), "B7") is not None
    assert orders.mark(station.store.read()) == 3


def publish(hub: SmallHub, station: NodeRuntime, version: int = 1, manifest_of: int = 1) -> None:
    film, page = station.config.data / "film.mp4", station.config.data / "notes.html"
    film.write_bytes(bytes(range(256)) * 4_000)
    page.write_text(f"<h1>检查要点 {version}</h1>", "utf-8")
    refs = hub.blobs.add_file(film, "film.mp4"), hub.blobs.add_file(page, "notes.html")
    sha = hub.blobs.add_bytes(seal_manifest(small_course(*refs, manifest_of), HUB_KEY))
    size = sum(ref.size for ref in refs)
    body = {"version": version, "manifest": sha, "size": size, "title": "食品安全日常检查"}
    hub.orders.append(order(100 + version, "course", "food", body))


def test_a_course_is_fetched_and_installed(station: NodeRuntime, hub: SmallHub) -> None:
    publish(hub, station)
    station.courier.sync()
    assert station.courier.fetch_content() == 1
    (course,) = courses.installed(station.store.read())
    assert all(station.blobs.has(ref.sha256) for ref in course.files())
    assert courses.missing(station.store.read()) == []


def test_courses_come_no_faster_than_the_keeper_allows(station: NodeRuntime, hub: SmallHub) -> None:
    publish(hub, station)
    station.courier.apply_config(replace(station.config, content_kbit_s=16_000))
    station.courier.sync()
    began = time.monotonic()
    assert station.courier.fetch_content() == 1
    assert time.monotonic() - began > (1_024_000 - 2 * MOST_PIECE_BYTES) / 2_000_000


def test_a_cut_fetch_goes_on_where_it_stopped(station: NodeRuntime, hub: SmallHub) -> None:
    publish(hub, station)
    station.courier.sync()
    hub.cut_pieces_after = 400_000
    cuts = 0
    for _ in range(9):
        try:
            station.courier.fetch_content()
            break
        except LineError:
            cuts += 1
            assert courses.installed(station.store.read()) == []
    assert cuts == 2
    assert len(courses.installed(station.store.read())) == 1


def test_a_portals_page_in_place_of_a_film_is_not_installed(
    station: NodeRuntime, hub: SmallHub
) -> None:
    publish(hub, station)
    station.courier.sync()
    hub.portals = 1
    with pytest.raises(LineError):
        station.courier.fetch_content()
    assert courses.installed(station.store.read()) == []
    assert station.courier.fetch_content() == 1


def test_a_manifest_of_another_version_than_ordered_is_refused(
    station: NodeRuntime, hub: SmallHub
) -> None:
    publish(hub, station, version=2, manifest_of=1)
    station.courier.sync()
    with pytest.raises(BadContent, match="ordered food version 2, got food version 1"):
        station.courier.fetch_content()


def test_a_new_version_replaces_the_old_and_leaves_it_readable(
    station: NodeRuntime, hub: SmallHub
) -> None:
    for version in (1, 2):
        publish(hub, station, version, version)
        station.courier.sync()
        station.courier.fetch_content()
    conn = station.store.read()
    assert [course.version for course in courses.installed(conn)] == [2]
    assert courses.course(conn, "food", 1).version == 1


def test_two_processes_do_not_seal_the_same_records_twice(station: NodeRuntime) -> None:
    note(station, 2)
    identity = meta.identity(station.store.read())
    assert identity is not None
    key = make_key(station.config.data)
    first = outbox.draft(station.store.read(), identity, key, 10)
    second = outbox.draft(station.store.read(), identity, key, 10)
    assert first is not None
    assert second is not None
    station.store.write(lambda conn: outbox.keep(conn, 1, first, 0))
    with pytest.raises(OutboxMoved, match="chain no longer ends at 0"):
        station.store.write(lambda conn: outbox.keep(conn, 1, second, 0))


def test_a_sync_that_breaks_as_nobody_foresaw_is_no_good_one_and_is_over(
    station: NodeRuntime, hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("node.exchange.exchange.Exchange.run", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            station.courier.sync()
    assert tries.newest(station.store.read(), 1)[0].outcome == "node-error"
    assert not station.line().ok
    assert not station.courier.state.running
    station.courier.sync()
    assert station.line().ok
    assert len(hub.requests) == 1


def test_a_machine_that_has_not_joined_does_not_sync(config: Config, pc: FakeTime) -> None:
    runtime = NodeRuntime.open(config, pc.clock())
    with pytest.raises(NotJoined):
        runtime.courier.sync()
    runtime.close()


def test_the_hubs_time_corrects_the_clock(
    station: NodeRuntime, hub: SmallHub, pc: FakeTime
) -> None:
    hub.ahead_ms = int((pc.raw_s + 7_200) * 1000) - hub.now_ms()
    before = station.clock.now()
    station.courier.sync()
    assert abs(station.clock.now() - before - 7_200) < 60
    assert station.clock.state().wrong
    assert abs(meta.number(station.store.read(), meta.SKEW) + 7_200) < 60


def test_a_sync_by_the_command_line_is_seen_by_the_running_node(
    station: NodeRuntime, hub: SmallHub
) -> None:
    hub.portals = 1
    with pytest.raises(NotTheHub):
        station.courier.sync()
    assert not station.line().ok
    beside = NodeRuntime.open(station.config)
    beside.courier.sync()
    beside.close()
    assert station.line().ok
    assert station.line().words == ""

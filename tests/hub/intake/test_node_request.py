"""One request of a node: verified, stored, folded, graded and answered in one transaction."""

import json
import threading
from dataclasses import replace

import pytest

from hub.context.open_hub import Hub
from hub.errors import UnknownStation
from hub.facts import merge
from hub.intake import node_request, stations
from hub.store import batches, evidence, facts, nodes, results
from hub.store.engine import reading, writing
from sync.batch import GENESIS, batch_hash
from sync.errors import BadSignature, MalformedBytes, PeerError
from sync.exchange import Answer, Request, seal_request
from sync.facts import day_of, starts_at
from sync.parcel import parcel_name
from sync.receipt import unseal_receipt
from sync.signing import SigningKey
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


def seconds_of(hub: Hub, learner: str) -> int:
    with reading(hub.engine) as connection:
        return merge.of_learner(connection, learner).seconds("food/video")


def held(hub: Hub) -> tuple[int, int]:
    with reading(hub.engine) as connection:
        batches_held, records, _ = batches.count(connection)
    return batches_held, records


def test_a_batch_is_stored_as_it_came_and_receipted(hub: Hub, station: Station) -> None:
    raw = station.seal(study("L1", 0, 30), study("L1", 20, 50))
    answer = station.send(raw)
    receipt = unseal_receipt(answer.receipt, hub.key.public)
    assert (answer.held, answer.held_hash, answer.refusal) == (2, batch_hash(raw), "")
    assert (receipt.node, receipt.epoch, receipt.seq) == (station.node, 1, 2)
    assert (receipt.hash, receipt.at) == (batch_hash(raw), NOW * 1000)
    with reading(hub.engine) as connection:
        [stored] = batches.in_chain_order(connection, station.node)
    assert stored.bytes == raw
    assert seconds_of(hub, "L1") == 50


def test_an_idle_request_gets_no_receipt_and_says_what_is_held(
    hub: Hub, station: Station, clock: Clock
) -> None:
    station.send(station.seal(study("L1", 0, 30)))
    clock.at += 60
    answer = station.send()
    assert (answer.receipt, answer.held, answer.orders) == (b"", 1, ())
    with reading(hub.engine) as connection:
        node = nodes.get(connection, station.node)
    assert node is not None
    assert (node.last_seen_at, node.head_seq, node.held_seq) == (clock.at, 1, 1)


def test_a_parcel_that_was_overtaken_tells_nothing_of_the_station_but_what_it_brings(
    hub: Hub, station: Station, clock: Clock
) -> None:
    old = station.request(station.seal(study("L1", 0, 30)))
    station.mark, clock.at = 40, clock.at + 60
    station.seal(study("L1", 30, 60))
    station.send()
    with reading(hub.engine) as connection:
        before = nodes.get(connection, station.node)
    clock.at += 90 * 86_400
    answer = station.open(node_request.exchange(hub, old, direct=False))
    assert (answer.held, answer.refusal) == (1, "")
    with reading(hub.engine) as connection:
        after = nodes.get(connection, station.node)
    assert before is not None
    assert after == replace(before, held_seq=1)
    assert (after.head_seq, after.orders_mark) == (2, 40)


@pytest.mark.parametrize("times", [1, 20])
def test_a_repeated_batch_counts_once_and_gets_its_receipt_again(
    hub: Hub, station: Station, times: int
) -> None:
    raw = station.seal(study("L1", 0, 30))
    first = station.send(raw)
    for _ in range(times):
        again = station.send(raw)
        assert (again.receipt, again.held, again.refusal) == (first.receipt, 1, "")
    assert held(hub) == (1, 1)


def test_a_repeated_batch_may_come_with_new_ones(hub: Hub, station: Station) -> None:
    first, second = station.seal(study("L1", 0, 30)), station.seal(study("L1", 30, 60))
    station.send(first)
    assert station.send(first, second).held == 2
    assert station.send(first, second, first).held == 2
    assert held(hub) == (2, 2)


def test_a_gap_is_refused_and_the_node_told_where_to_go_on(hub: Hub, station: Station) -> None:
    first, lost = station.seal(study("L1", 0, 30)), station.seal(study("L1", 30, 60))
    late = station.seal(study("L1", 60, 90))
    station.send(first)
    answer = station.send(late)
    assert (answer.refusal, answer.held) == ("sequence-gap", 1)
    assert station.send(lost, late).held == 3
    assert seconds_of(hub, "L1") == 90


def test_what_came_before_a_refused_batch_is_kept_and_receipted(hub: Hub, station: Station) -> None:
    first, broken = station.seal(study("L1", 0, 30)), bytearray(station.seal(study("L1", 30, 60)))
    broken[-1] ^= 1
    answer = station.send(first, bytes(broken))
    assert (answer.refusal, answer.held) == ("bad-signature", 1)
    assert unseal_receipt(answer.receipt, hub.key.public).seq == 1
    assert held(hub) == (1, 1)


def test_other_bytes_at_a_used_number_are_a_fork_and_kept_as_evidence(
    hub: Hub, station: Station
) -> None:
    clone = Station(hub, station.node, station.key)
    station.send(station.seal(study("L1", 0, 30)))
    other = clone.seal(study("L1", 50, 90))
    answer = clone.send(other)
    assert (answer.refusal, answer.held, answer.receipt) == ("cloned", 1, b"")
    assert clone.send(other).refusal == "frozen"
    with reading(hub.engine) as connection:
        assert batches.forks(connection, station.node) == [(1, 1, NOW)]
        node = nodes.get(connection, station.node)
    assert node is not None
    assert (node.state, node.refusal, node.refusal_at) == ("frozen", "frozen", NOW)
    assert seconds_of(hub, "L1") == 30


def test_a_batch_on_another_history_is_a_fork(hub: Hub, station: Station) -> None:
    clone = Station(hub, station.node, station.key)
    station.send(station.seal(study("L1", 0, 30)))
    clone.seal(study("L1", 50, 90))
    assert clone.send(clone.seal(study("L1", 90, 99))).refusal == "cloned"
    assert seconds_of(hub, "L1") == 30


@pytest.mark.parametrize(
    ("starts", "refusal"),
    [((b"boot0001",), "cloned"), ((b"boot0001", b"boot0002"), "other-history")],
)
def test_nothing_else_is_taken_of_a_request_that_holds_a_fork(
    hub: Hub, station: Station, starts: tuple[bytes, ...], refusal: str
) -> None:
    clone = Station(hub, station.node, station.key)
    station.send(station.seal(study("L1", 0, 30)))
    fork, follows = clone.seal(study("L1", 50, 90)), station.seal(study("L1", 30, 60))
    station.boots = starts
    answer = station.send(follows, fork)
    assert (answer.refusal, answer.held, answer.receipt) == (refusal, 1, b"")
    assert held(hub) == (1, 1)


def test_who_sent_a_fork_goes_on_on_top_of_what_it_is_told(hub: Hub, station: Station) -> None:
    clone = Station(hub, station.node, station.key)
    station.send(station.seal(study("L1", 0, 30)))
    fork, follows = clone.seal(study("L1", 50, 90)), station.seal(study("L1", 30, 60))
    station.boots = (b"boot0001", b"boot0002")
    fork_answer = station.send(follows, fork)
    after = Station(
        hub, station.node, station.key, fork_answer.epoch + 1, previous=fork_answer.held_hash
    )
    answer = after.send(after.seal(study("L1", 30, 60)))
    assert (answer.refusal, answer.held) == ("", 1)
    assert seconds_of(hub, "L1") == 60


def test_forged_evidence_is_not_kept(hub: Hub, station: Station) -> None:
    station.send(station.seal(study("L1", 0, 30)))
    forger = Station(hub, station.node, SigningKey.generate())
    forged = forger.seal(study("L1", 50, 90))
    assert station.send(forged).refusal == "bad-signature"
    with reading(hub.engine) as connection:
        assert batches.forks(connection, station.node) == []


def test_another_stations_batch_is_refused(hub: Hub, station: Station) -> None:
    other = join_station(hub, "110101002")
    theirs = other.seal(study("L1", 0, 30))
    assert station.send(theirs).refusal == "bad-signature"
    named = Station(hub, other.node, station.key).seal(study("L1", 0, 30))
    assert station.send(named).refusal == "wrong-node"
    assert held(hub) == (0, 0)


def test_a_request_not_signed_by_its_node_is_refused(hub: Hub, station: Station) -> None:
    request = Request(station.node, 1, NOW * 1000, 0, 0, 9)
    with pytest.raises(BadSignature, match="not signed for request"):
        node_request.exchange(hub, seal_request(request, SigningKey.generate(), hub.ring.identity))


def test_a_node_that_never_joined_is_refused(hub: Hub) -> None:
    for number in (7, 2**40):
        raw = seal_request(
            Request(number, 1, NOW * 1000, 0, 0, 9), SigningKey.generate(), hub.ring.identity
        )
        with pytest.raises(UnknownStation, match=f"no station '{number}'"):
            node_request.exchange(hub, raw)


def test_garbage_is_answered_with_peer_errors_only(hub: Hub, station: Station) -> None:
    raw = station.request(station.seal(study("L1", 0, 30)))
    for bad in (b"", b"XZR1", raw[:80], raw[:-1], b"<html>" * 40, raw + b"x"):
        with pytest.raises(PeerError):
            node_request.exchange(hub, bad)
    assert held(hub) == (0, 0)


def test_an_epoch_beyond_all_use_is_refused(hub: Hub, station: Station) -> None:
    station.epoch = 2**31
    with pytest.raises(MalformedBytes, match="epoch"):
        node_request.exchange(hub, station.request())


def test_more_records_than_a_request_may_bring_are_refused_before_they_are_unpacked(
    hub: Hub, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal records pack into almost no bytes; unpacking them takes memory and time."""
    monkeypatch.setattr("hub.intake.node_request.MAX_REQUEST_RECORDS", 3)
    raw = station.seal(*[study("L1", 0, 30)] * 4)
    with pytest.raises(PeerError, match="larger than the limit of 3"):
        station.send(raw)
    assert held(hub) == (0, 0)


def test_a_new_epoch_begins_at_one_and_closes_the_old_one(hub: Hub, station: Station) -> None:
    station.send(station.seal(study("L1", 0, 30)))
    restored = Station(hub, station.node, station.key, epoch=2, previous=station.previous)
    restored.boots = (b"boot0002",)
    assert restored.send(restored.seal(study("L1", 30, 60))).held == 1
    assert station.send(station.seal(study("L1", 60, 90))).refusal == "cloned"
    assert seconds_of(hub, "L1") == 60


@pytest.mark.parametrize("state", ["frozen", "revoked"])
def test_a_node_that_may_not_work_is_told_so_and_nothing_is_taken(
    hub: Hub, station: Station, state: str
) -> None:
    stations.set_state(hub, station.node, state, "test")
    assert station.send(station.seal(study("L1", 0, 30))).refusal == state
    assert held(hub) == (0, 0)


def test_the_result_comes_in_the_answer_to_the_hand_in(hub: Hub, station: Station) -> None:
    publish_course(hub)
    answer = station.send(station.seal(*sitting("L1", wrong=1)))
    [order] = [order for order in answer.orders if order.kind == "result"]
    result = json.loads(order.body)
    assert order.key == f"L1|food/exam|1|{station.node}"
    assert (result["right"], result["total"], result["score"], result["passed"]) == (4, 5, 80, True)
    assert (result["receipt_seq"], result["submitted_at"]) == (7, NOW + 60)


def test_the_nodes_claimed_score_is_never_believed(hub: Hub, station: Station) -> None:
    publish_course(hub)
    station.send(station.seal(*sitting("L1", wrong=5)))
    with reading(hub.engine) as connection:
        [row] = results.of_learners(connection, ["L1"])
    assert (row.score, row.passed) == (0, False)


def test_progress_follows_study_and_exam(hub: Hub, station: Station, clock: Clock) -> None:
    publish_course(hub)
    station.send(station.seal(study("L1", 0, 50)))
    with reading(hub.engine) as connection:
        [half] = results.progress_of(connection, "L1")
    assert (half.done, half.total, half.percent, half.completed_at) == (0, 2, 25, None)
    station.send(station.seal(study("L1", 50, 100), *sitting("L1")))
    clock.at += 9
    station.send(station.seal(study("L1", 0, 10)))
    with reading(hub.engine) as connection:
        [whole] = results.progress_of(connection, "L1")
    assert (whole.done, whole.percent, whole.seconds) == (2, 100, 100)
    assert whole.completed_at == starts_at(day_of(NOW))
    assert whole.completed_version == 1


def test_a_replayed_request_changes_nothing_and_its_answer_fits_only_it(
    hub: Hub, station: Station
) -> None:
    raw = station.request(station.seal(study("L1", 0, 30)))
    first, second = node_request.exchange(hub, raw), node_request.exchange(hub, raw)
    assert station.open(first).held == 1
    assert station.open(second).held == 1
    assert station.open(first).asked == parcel_name(raw) != parcel_name(station.request())
    assert held(hub) == (1, 1)


def test_two_requests_of_one_node_at_once_count_once(hub: Hub, station: Station) -> None:
    raw = station.request(station.seal(*(study("L1", n, n + 1) for n in range(50))))
    answers: list[Answer] = []

    def ask() -> None:
        answers.append(station.open(node_request.exchange(hub, raw)))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(answer.held, answer.refusal) for answer in answers] == [(50, "")] * 6
    assert held(hub) == (1, 50)


def test_two_nodes_at_once_lose_nothing_of_a_learner_of_both(hub: Hub, station: Station) -> None:
    other = join_station(hub, "110101002")
    people = [f"L{n}" for n in range(8)]

    def work(node: Station, first: int, order: int) -> None:
        for step in range(6):
            at = first + step
            records = [study(who, at, at + 1) for who in people[::order]]
            node.send(node.seal(*records))

    threads = [
        threading.Thread(target=work, args=(station, 0, 1)),
        threading.Thread(target=work, args=(other, 100, -1)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [seconds_of(hub, who) for who in people] == [12] * 8


def test_facts_are_one_row_a_learner_and_batches_one_a_batch(hub: Hub, station: Station) -> None:
    many = [practice(f"L{n % 3}", f"food/p{n}", n % 2 == 0) for n in range(300)]
    station.send(station.seal(*many))
    with reading(hub.engine) as connection:
        states = [row for rows in facts.every(connection) for row in rows]
    assert [learner for learner, _ in states] == ["L0", "L1", "L2"]
    assert held(hub) == (1, 300)


def test_nothing_of_a_request_stays_when_it_fails_inside(
    hub: Hub, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = station.request(station.seal(study("L1", 0, 30)))
    with monkeypatch.context() as patch:
        patch.setattr("hub.store.results.put_progress", _disk_full)
        with pytest.raises(OSError, match="disk full"):
            node_request.exchange(hub, raw)
    assert held(hub) == (0, 0)
    assert station.open(node_request.exchange(hub, raw)).held == 1


def _disk_full(*_args: object) -> None:
    raise OSError("disk full")


def test_the_clock_of_a_node_is_noted_and_not_believed(hub: Hub, station: Station) -> None:
    for contact, year_2000_or_2038 in enumerate((946_684_800, 2_147_483_648), 1):
        at = year_2000_or_2038 * 1000
        request = Request(station.node, 1, at, 0, 0, 9, contact=contact)
        raw = seal_request(request, station.key, hub.ring.identity)
        answer = station.open(node_request.exchange(hub, raw))
        assert answer.at == NOW * 1000
        assert answer.held_hash == GENESIS
        with reading(hub.engine) as connection:
            node = nodes.get(connection, station.node)
        assert node is not None
        assert node.clock_skew_s == year_2000_or_2038 - NOW


def test_names_are_kept_small_and_those_kept_as_text_are_read(hub: Hub, station: Station) -> None:
    many = [practice("L1", f"food/p{n:03d}", True) for n in range(300)]
    station.send(station.seal(*many[:200]))
    with writing(hub.engine) as connection:
        end = batches.newest(connection, station.node)
        assert end is not None
        text = station.names.to_text().encode()
        assert batches.unpack_names(end.names) == station.names
        assert len(end.names) < len(text) / 3
        batches.move_end(connection, replace(end, names=text))
    assert station.send(station.seal(*many[200:])).held == 300
    with reading(hub.engine) as connection:
        assert evidence.nodes_naming(connection, "L1") == [station.node]
        assert evidence.nodes_naming(connection, "L2") == []

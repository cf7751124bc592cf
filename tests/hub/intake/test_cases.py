"""Every case of a request: the table of sync/SPEC.md §11.6, row by row, against a real hub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.context.open_hub import Hub
from hub.intake import node_request
from hub.intake.classify import Classification, classify, look_up
from hub.intake.history import Received, Verdict
from hub.store import batches, boots, nodes, orders
from hub.store.engine import reading
from hub.store.nodes import Node
from sync.exchange import Answer, unseal_request
from sync.parcel import parcel_name
from tests.hub.conftest import Clock, Station
from tests.hub.intake.cases import CASES, Scene

SPEC = Path(__file__).parents[3] / "sync" / "SPEC.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    case: str
    known: str
    verdict: str
    takes: str
    answers: frozenset[str]
    changes: frozenset[str]


def _words(cell: str, none: str) -> frozenset[str]:
    words = frozenset(cell.replace("`", "").split(", "))
    assert none not in words or len(words) == 1, cell
    return words - {none}


def _rows() -> Iterator[Row]:
    section = SPEC.read_text("utf-8").partition("## §11")[2].partition("\n## ")[0]
    head, line, *rows = re.findall(r"^\|(.+)\|$", section, re.MULTILINE)
    assert [head.count("|"), line.count("|")] == [5, 5]
    for row in rows:
        case, known, verdict, takes, answers, changes = (cell.strip() for cell in row.split("|"))
        answered, changed = _words(answers, "–"), _words(changes, "nothing")
        yield Row(case, known, verdict, takes, answered, changed)


ROWS = {row.case: row for row in _rows()}


@dataclass(frozen=True, slots=True)
class Shown:
    """A station's state in the hub's database."""

    node: Node
    records: int
    starts: tuple[int, object]
    forks: int
    mark: int  # of the newest order


def shown(hub: Hub, number: int) -> Shown:
    """Look at a station."""
    with reading(hub.engine) as connection:
        node = nodes.get(connection, number)
        assert node is not None
        return Shown(
            node,
            batches.records_of(connection, number),
            (boots.count(connection, number), boots.last(connection, number)),
            len(batches.forks(connection, number)),
            orders.last_mark(connection),
        )


def differences(before: Shown, after: Shown, answer: Answer, at: int) -> set[str]:
    """What has changed, in the words of the table."""
    was, now = before.node, after.node
    ordered = {order.kind for order in answer.orders if order.mark > before.mark}
    ended = max(was.epoch, was.ended_epoch)
    changed = {
        "records": before.records < after.records,
        "starts": before.starts != after.starts,
        "count": was.contact != now.contact,
        "heard": now.last_seen_at == at,
        "over": was.ended_epoch < now.ended_epoch == ended,
        "apart": was.parted_epoch < now.parted_epoch,
        "frozen": was.state == "active" and now.state == "frozen",
        "evidence": before.forks < after.forks,
        "facts": "facts" in ordered,
    }
    return {word for word, is_so in changed.items() if is_so}


def taken(before: Shown, after: Shown, answer: Answer) -> str:
    """What the hub took, in the words of the table."""
    if before.records < after.records:
        return "batches"
    return "repeats" if answer.receipt else "nothing"


def classified(hub: Hub, raw: bytes, direct: bool, station: Station) -> Classification:
    """What the hub would do with a parcel; on PostgreSQL, the transaction is read-only."""
    with reading(hub.engine) as connection:
        node = nodes.get(connection, station.node)
        assert node is not None
        assert node.identity is not None
        box = hub.ring.box(hub.ring.identity.hint)
        request, sender = unseal_request(raw, box, node.identity)
        received = Received(parcel_name(raw), request, sender, direct, hub.now())
        return classify(connection, look_up(connection, node, received), received)


def test_every_row_has_a_case_and_every_case_a_row() -> None:
    assert sorted(ROWS) == sorted(CASES)
    assert {row.verdict for row in ROWS.values()} == {verdict.value for verdict in Verdict}


@pytest.mark.parametrize("name", ROWS)
def test_the_hub_does_what_the_row_says(hub: Hub, clock: Clock, name: str) -> None:
    row, scene = ROWS[name], Scene(hub, clock)
    raw, direct = CASES[name](scene)
    clock.at += 60
    before = shown(hub, scene.it.node)
    foreseen = classified(hub, raw, direct, scene.it)
    assert shown(hub, scene.it.node) == before
    answer = scene.it.open(node_request.exchange(hub, raw, direct))
    after = shown(hub, scene.it.node)
    answered = {answer.refusal, "receipt" if answer.receipt else ""} - {""}
    assert foreseen.verdict.value == row.verdict
    assert answered == set(row.answers)
    assert foreseen.refusal == answer.refusal
    assert taken(before, after, answer) == row.takes
    assert differences(before, after, answer, clock.at) == set(row.changes)

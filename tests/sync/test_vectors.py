"""The vectors of ``sync/vectors`` as another implementation would read them.

``python -m tests.sync.test_vectors`` writes them anew (only for a new protocol version).
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from sync.batch import GENESIS, Batch, batch_hash, seal_batch, unseal_batch
from sync.enrolment import Code, JoinRequest, seal_join, unseal_join
from sync.errors import PeerError
from sync.exchange import (
    Answer,
    Order,
    Request,
    seal_answer,
    seal_request,
    unseal_answer,
    unseal_request,
)
from sync.facts import ExamRule, Facts, paper
from sync.identity import Identity
from sync.merkle import Frontier
from sync.names import Names
from sync.parcel import parcel_name
from sync.receipt import Receipt, seal_receipt, unseal_receipt
from sync.records import Kind, Record
from sync.sealing import BoxKey
from sync.signing import SigningKey
from tests.sync.conftest import HUB_KEY, NODE_KEY
from tests.sync.records import some_records

VECTORS = Path(__file__).parents[2] / "sync" / "vectors"
NODE, HUB = Identity.of(NODE_KEY), Identity.of(HUB_KEY)
CODE = Code("K7QF", "9M2PT4XW3HDN")
RULE = ExamRule("c/exam", tuple(f"c/q{n}" for n in range(20)), 10, 15, 60, 2, "salt")


def records_of(name: str) -> tuple[Record, ...]:
    rows = json.loads((VECTORS / f"{name}.json").read_text())
    return tuple(
        Record(seq, at, Kind(kind), learner, thing, response, exam, tuple(numbers))
        for seq, at, kind, learner, thing, response, exam, numbers in rows
    )


def read(name: str) -> bytes:
    return (VECTORS / f"{name}.bin").read_bytes()


def facts_of(records: tuple[Record, ...]) -> dict[str, Facts]:
    facts: dict[str, Facts] = {}
    for record in records:
        facts.setdefault(record.learner, Facts()).add(7, 1, record)
    return dict(sorted(facts.items()))


def digests(facts: dict[str, Facts], days: bool = True) -> dict[str, str]:
    return {learner: state.digest(days).hex() for learner, state in facts.items()}


def read_undated(facts: dict[str, Facts]) -> dict[str, Facts]:
    """The same as a release without days gives them."""
    return {who: Facts.from_bytes(state.to_bytes(days=False)) for who, state in facts.items()}


@pytest.mark.parametrize("name", ["batch-joined", "batch-apart"])
def test_a_batch_of_the_vectors_gives_its_records(name: str) -> None:
    batch = unseal_batch(read(name), 7, NODE_KEY.public, Names(), 1, GENESIS)
    assert batch.records == records_of(name)


def test_the_second_batch_of_the_vectors_continues_the_first() -> None:
    names, first = Names(), read("batch-joined")
    unseal_batch(first, 7, NODE_KEY.public, names, 1, GENESIS)
    previous = batch_hash(first)
    batch = unseal_batch(read("batch-second"), 7, NODE_KEY.public, names, 121, previous)
    assert batch.records == records_of("batch-second")


def test_messages_of_the_vectors_say_what_stands_beside_them() -> None:
    expected: dict[str, Any] = json.loads((VECTORS / "messages.json").read_text())
    request, _ = unseal_request(read("request"), BoxKey.of(HUB_KEY), NODE)
    assert [request.node, request.epoch, request.at, request.head] == expected["request"]
    answer, _ = unseal_answer(read("answer"), BoxKey.of(NODE_KEY), HUB)
    assert answer.asked == parcel_name(read("request"))
    assert [answer.at, answer.held, answer.refusal, answer.again_s] == expected["answer"]
    no, _ = unseal_answer(read("answer-refused"), BoxKey.of(NODE_KEY), HUB)
    assert no.asked == answer.asked
    assert [no.epoch, no.held, no.refusal, no.known_boots, no.held_asked] == expected[
        "answer-refused"
    ]
    receipt = unseal_receipt(read("receipt"), HUB_KEY.public)
    assert [receipt.node, receipt.epoch, receipt.seq, receipt.at] == expected["receipt"]
    assert unseal_join(read("join"), CODE).software == expected["join"]


def test_facts_and_papers_of_the_vectors_come_out_the_same() -> None:
    expected: dict[str, Any] = json.loads((VECTORS / "facts.json").read_text())
    facts = facts_of(records_of("batch-apart"))
    assert digests(facts) == expected["digests"]
    assert digests(facts, days=False) == expected["undated"], "as before there were days"
    assert digests(read_undated(facts)) == expected["read_undated"]
    assert list(paper(RULE, "440604001", 1)) == expected["paper"]


@pytest.mark.parametrize("path", sorted((VECTORS / "bad").glob("*.bin")), ids=lambda p: p.stem)
def test_a_bad_batch_of_the_vectors_is_refused_by_its_name(path: Path) -> None:
    code = path.stem.split("--")[0]
    with pytest.raises(PeerError) as caught:
        unseal_batch(path.read_bytes(), 7, NODE_KEY.public, Names(), 1, GENESIS)
    assert caught.value.code == code


def _write() -> None:
    joined = tuple(some_records(random.Random(7), 120))
    apart = tuple(some_records(random.Random(3), 4000))
    second = tuple(some_records(random.Random(9), 15, first=121))
    names = Names()
    first = seal_batch(Batch(7, 1, GENESIS, joined), names, NODE_KEY)
    asked = Request(7, 1, 1_780_272_000_123, 135, 12, 5_000, 0, 9, (b"bootone!",), (first,))
    request = seal_request(asked, NODE_KEY, HUB)
    order = Order(13, "class", "2", '{"title":"食品"}'.encode())
    log = Frontier().append(batch_hash(first))
    receipt = Receipt(7, 1, 120, batch_hash(first), 1_780_272_000_456, log.size, log.root())
    sealed_receipt = seal_receipt(receipt, HUB_KEY)
    asked_name = parcel_name(request)
    answer = Answer(
        asked_name, receipt.at, 1, 120, receipt.hash, again_s=90, since=12,
        receipt=sealed_receipt, orders=(order,),
    )  # fmt: skip
    refused = Answer(asked_name, receipt.at, 2, 30, receipt.hash, "other-history", 1, 120, 90)
    good = {
        "batch-joined": first,
        "batch-second": seal_batch(Batch(7, 1, batch_hash(first), second), names, NODE_KEY),
        "batch-apart": seal_batch(Batch(7, 1, GENESIS, apart), Names(), NODE_KEY),
        "request": request,
        "answer": seal_answer(answer, 7, NODE, HUB_KEY),
        "answer-refused": seal_answer(refused, 7, NODE, HUB_KEY),
        "receipt": sealed_receipt,
        "join": seal_join(JoinRequest(CODE.id, NODE, "0.1.0"), CODE, NODE_KEY),
    }
    other = SigningKey.from_bytes(bytes(32))
    known = Names()
    seal_batch(Batch(7, 1, GENESIS, joined), known, NODE_KEY)
    bad = {
        "malformed--cut": first[:50],
        "malformed--magic": b"XZB2" + first[4:],
        "bad-signature--flipped": first[:-1] + bytes([first[-1] ^ 1]),
        "bad-signature--other-key": seal_batch(Batch(7, 1, GENESIS, joined), Names(), other),
        "wrong-node--8": seal_batch(Batch(8, 1, GENESIS, joined), Names(), NODE_KEY),
        "sequence-gap--6": seal_batch(Batch(7, 1, GENESIS, joined[5:]), Names(), NODE_KEY),
        "broken-chain": seal_batch(Batch(7, 1, b"x" * 32, joined), Names(), NODE_KEY),
        "unknown-name": seal_batch(Batch(7, 1, GENESIS, joined), known, NODE_KEY),
    }
    (VECTORS / "bad").mkdir(parents=True, exist_ok=True)
    for name, raw in good.items():
        (VECTORS / f"{name}.bin").write_bytes(raw)
    for name, raw in bad.items():
        (VECTORS / "bad" / f"{name}.bin").write_bytes(raw)
    rows = {"batch-joined": joined, "batch-second": second, "batch-apart": apart}
    for name, records in rows.items():
        text = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
        (VECTORS / f"{name}.json").write_text(f"[{text}]\n")
    messages = {
        "request": [7, 1, 1_780_272_000_123, 135],
        "answer": [receipt.at, 120, "", 90],
        "answer-refused": [2, 30, "other-history", 1, 120],
        "receipt": [7, 1, 120, receipt.at],
        "join": "0.1.0",
    }
    (VECTORS / "messages.json").write_text(json.dumps(messages, indent=1) + "\n")
    _write_facts(apart)


def _write_facts(records: tuple[Record, ...]) -> None:
    facts = facts_of(records)
    whole = {
        "digests": digests(facts),
        "undated": digests(facts, days=False),
        "read_undated": digests(read_undated(facts)),
        "paper": paper(RULE, "440604001", 1),
    }
    (VECTORS / "facts.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    _write()

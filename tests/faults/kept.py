"""Kept: what was promised to learners, compared with what the node and the hub have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hub.context.open_hub import Hub
from hub.facts import merge
from hub.store.engine import reading
from node.runtime import NodeRuntime
from node.store import journal, meta
from sync.facts import Facts
from sync.facts.spans import Spans, add, pairs
from sync.records import Kind, Record
from tests.faults.sitter import Promises, Sitter

# A sitting is recorded in whole seconds: its ends may lie half a second inside what was granted.
ROUNDING_S = 1


@dataclass
class Verdict:
    """How many promises were broken, and which."""

    lost: int = 0
    doubled: int = 0
    lost_s: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.doubled or self.lost_s or self.broken)

    def compare(
        self, who: str, subject: str, promised: Sequence[object], held: Sequence[object]
    ) -> None:
        """Count what is missing in ``held`` and what is there too often."""
        if list(promised) == list(held):
            return
        common = _common(promised, held)
        self.lost += len(promised) - common
        self.doubled += len(held) - common
        self.broken.append(f"{who} {subject}: promised {list(promised)}, kept {list(held)}")


def at_the_node(runtime: NodeRuntime, people: Iterable[Sitter]) -> Verdict:
    """The journal and the facts at the node."""
    verdict = Verdict()
    conn = runtime.store.read()
    (sound,) = conn.execute("PRAGMA integrity_check").fetchone()
    if sound != "ok":
        verdict.broken.append(f"database: {sound}")
    node = meta.number(conn, meta.NODE)
    for person in people:
        records = journal.of_learner(conn, person.number)
        _compare_records(verdict, person.number, person.promises, records)
        facts = runtime.facts.of(person.number)
        _compare_facts(verdict, person.number, person.promises, facts, node)
    return verdict


def at_the_hub(hub: Hub, runtime: NodeRuntime, people: Iterable[Sitter]) -> Verdict:
    """The facts at the hub, and whether they are the node's own to the last byte."""
    verdict = Verdict()
    node = meta.number(runtime.store.read(), meta.NODE)
    with reading(hub.engine) as connection:
        for person in people:
            facts = merge.of_learner(connection, person.number)
            _compare_facts(verdict, person.number, person.promises, facts, node)
            if facts.digest() != runtime.facts.of(person.number).digest():
                verdict.broken.append(f"{person.number}: facts differ between node and hub")
    return verdict


def _compare_records(verdict: Verdict, who: str, promises: Promises, records: list[Record]) -> None:
    responses: dict[tuple[int, str], list[str]] = {}
    for record in records:
        if record.kind == Kind.EXAM_ANSWER:
            responses.setdefault((record.numbers[0], record.object), []).append(record.response)
    for key in sorted(set(responses) | set(promises.answers)):
        held = responses.get(key, [])
        verdict.compare(who, f"answers to {key}", promises.answers.get(key, []), held)
    begun = [record.numbers[0] for record in records if record.kind == Kind.EXAM_START]
    verdict.compare(who, "attempts begun", promises.begun, begun)
    ended = [record.numbers[0] for record in records if record.kind == Kind.EXAM_SUBMIT]
    verdict.compare(who, "attempts handed in", promises.handed_in, ended)


def _compare_facts(verdict: Verdict, who: str, promises: Promises, facts: Facts, node: int) -> None:
    exams = {exam for exam, _, _ in facts.attempts}
    for (number, question), promised in sorted(promises.answers.items()):
        attempts = [facts.attempts.get((exam, number, node)) for exam in exams]
        responses = [
            answer.response
            for attempt in attempts
            if attempt is not None
            for answer in attempt.answers.get(question, [])
        ]
        verdict.compare(who, f"facts of {number} {question}", promised, responses)
    ended = sorted(n for (_, n, _), attempt in facts.attempts.items() if attempt.submission)
    verdict.compare(who, "facts of hand-ins", sorted(promises.handed_in), ended)
    studied: Spans = []
    for spans in facts.studied.values():
        for start, end in pairs(spans):
            add(studied, start, end, 0)
    missing = _missing(promises.read, studied)
    if missing:
        verdict.lost_s += len(missing)
        verdict.broken.append(f"{who}: seconds {missing[:5]} … were read and are not kept")


def _missing(read: list[tuple[float, float]], studied: Spans) -> list[int]:
    """The whole seconds that were granted and are not among the facts."""
    has = {second for start, end in pairs(studied) for second in range(start, end)}
    return [
        second
        for begin, end in _joined(read)
        for second in range(int(begin) + 1, int(end) - ROUNDING_S)
        if second not in has
    ]


def _joined(read: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(read):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _common(promised: Sequence[object], held: Sequence[object]) -> int:
    """How many of ``promised`` are in ``held``, in this order (longest common subsequence)."""
    row = [0] * (len(held) + 1)
    for wanted in promised:
        before = 0
        for place, other in enumerate(held, 1):
            above = row[place]
            row[place] = before + 1 if wanted == other else max(above, row[place - 1])
            before = above
    return row[-1]

"""Folding: from the records of accepted batches to facts, results and progress.

The rules are ``sync.facts``; here is which states are loaded, judged and stored. ``hub.intake``
calls it with what one request brought, ``hub.rebuild`` with everything there is.
"""

import sys
from collections.abc import Iterable, Mapping
from itertools import chain

from sqlalchemy import Connection

from hub.machine import Hub
from hub.store import facts as stored
from hub.store import results
from hub.store.results import ProgressRow, ResultRow
from sync.batch import Batch
from sync.facts import Facts, grade, progress
from sync.facts.attempts import Attempt
from sync.records import Record

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# The fastest is also the smallest here: 37 bytes a record become 9.
PACK_LEVEL = 1
# A hostile node can name any attempt; the column holds 31 bits.
MAX_ATTEMPT = 2**31 - 1

AttemptName = tuple[str, str, int, int]  # learner, exam, attempt, node
Learned = dict[str, Facts]  # by learner number


def fold(new: Learned, batch: Batch) -> None:
    """Add what the records of ``batch`` say to ``new``."""
    by_learner: dict[str, list[Record]] = {}
    for record in batch.records:
        by_learner.setdefault(record.learner, []).append(record)
    for learner, records in by_learner.items():
        facts = new.get(learner)
        if facts is None:
            facts = new[learner] = Facts()
        facts.add_all(batch.node, batch.epoch, records)


def course_of(thing: str) -> str:
    """The course of ``course/item`` or ``course/question``."""
    return thing.partition("/")[0]


def settle(hub: Hub, connection: Connection, new: Learned) -> list[ResultRow]:
    """Merge ``new`` into the stored facts; return the results that are new or changed."""
    attempts, courses = _about(new)  # before merging: only these can have changed
    return _judge(hub, connection, merge(connection, new), attempts, courses)


def merge(connection: Connection, new: Learned) -> Learned:
    """Merge ``new`` into the stored facts and return them; nothing is judged yet."""
    merged = {
        learner: _joined(unpack(packed), new[learner]) if packed else new[learner]
        for learner, packed in stored.lock(connection, list(new)).items()
    }
    stored.put(connection, {learner: pack(facts) for learner, facts in merged.items()})
    return merged


def judge_again(hub: Hub, connection: Connection, facts: Learned) -> None:
    """Grade every attempt and count every course of these learners, from facts as they are."""
    _judge(hub, connection, facts, *_about(facts))


def count_again(hub: Hub, connection: Connection, learners: list[str], course: str) -> None:
    """Count progress in ``course`` by the rules that hold now, from facts as they are."""
    packed = stored.lock(connection, learners)
    facts = {learner: unpack(state) for learner, state in packed.items() if state}
    _, passed = _grade(hub, connection, (), facts)
    pairs = [(learner, course) for learner in facts]
    results.put_progress(connection, _progress(hub, connection, pairs, facts, passed))


def pack(facts: Facts) -> bytes:
    """Facts as they are stored."""
    return zstd.compress(facts.to_bytes(), PACK_LEVEL)


def unpack(packed: bytes) -> Facts:
    """Facts as they were stored."""
    return Facts.from_bytes(zstd.decompress(packed))


def of_learner(connection: Connection, learner: str) -> Facts:
    """All that is known of a learner."""
    packed = stored.get(connection, learner)
    return unpack(packed) if packed else Facts()


def _about(facts: Learned) -> tuple[set[AttemptName], set[tuple[str, str]]]:
    """Which attempts were handed in, and which courses of which learners these facts touch."""
    attempts: set[AttemptName] = set()
    courses: set[tuple[str, str]] = set()
    for learner, known in facts.items():
        exams = {exam for exam, _, _ in known.attempts}
        things = chain(known.studied, known.practised, known.votes, exams)
        courses.update((learner, course) for course in set(map(course_of, things)))
        attempts.update(
            (learner, *name) for name, attempt in known.attempts.items() if attempt.submission
        )
    return attempts, courses


def _judge(
    hub: Hub,
    connection: Connection,
    facts: Learned,
    attempts: Iterable[AttemptName],
    courses: Iterable[tuple[str, str]],
) -> list[ResultRow]:
    """Store what follows from ``facts``; return the results that are new or changed."""
    changed, passed = _grade(hub, connection, attempts, facts)
    results.put_results(connection, changed)
    results.put_progress(connection, _progress(hub, connection, courses, facts, passed))
    return changed


def _joined(known: Facts, new: Facts) -> Facts:
    known.merge(new)
    return known


def _grade(
    hub: Hub, connection: Connection, attempts: Iterable[AttemptName], facts: Learned
) -> tuple[list[ResultRow], dict[str, set[str]]]:
    """Results that are new or changed, and the exams that each learner has passed."""
    known = {row.key: row for row in results.of_learners(connection, facts)}
    changed = []
    for learner, exam, number, node in sorted(attempts):
        attempt = facts[learner].attempts[(exam, number, node)]
        row = _result(hub, connection, (learner, exam, number, node), attempt)
        if row is not None and known.get(row.key) != row:
            known[row.key] = row
            changed.append(row)
    passed: dict[str, set[str]] = {}
    for row in known.values():
        if row.passed:
            passed.setdefault(row.learner, set()).add(row.exam)
    return changed, passed


def _result(
    hub: Hub, connection: Connection, name: AttemptName, attempt: Attempt
) -> ResultRow | None:
    """What one attempt is worth; None while its paper is not known here."""
    learner, exam, number, node = name
    submission, start = attempt.submission, attempt.start
    if submission is None or not 0 <= number <= MAX_ATTEMPT:
        return None
    course = course_of(exam)
    if start is None:  # no node of ours leaves it out
        rules = hub.rules.newest(connection, course)
    else:
        rules = hub.rules.version(connection, course, start.version)
    if rules is None or exam not in rules.exams:
        return None
    got = grade(attempt, number, rules.exams[exam], rules.exam_key, learner)
    if got is None:
        return None
    return ResultRow(
        learner, exam, number, node, got.right, got.total, got.score, got.passed,
        got.began, got.submitted_at, rules.course.version, submission.seq,
    )  # fmt: skip


def _progress(
    hub: Hub,
    connection: Connection,
    courses: Iterable[tuple[str, str]],
    facts: Learned,
    passed: Mapping[str, set[str]],
) -> list[ProgressRow]:
    rows = []
    rules = {
        course: hub.rules.newest(connection, course) for course in {name for _, name in courses}
    }
    for learner, course in sorted(courses):
        rule = rules[course]
        if rule is None:
            continue
        got = progress(facts[learner], rule.course, passed.get(learner, ()))
        rows.append(
            ProgressRow(
                learner,
                course,
                rule.course.version,
                got.done,
                got.total,
                got.percent,
                hub.now() if got.completed else None,
                got.seconds,
                got.last_at,
            )  # fmt: skip
        )
    return rows

"""A learner's facts, and under each the records and receipts that it follows from.

The facts shown were folded when the batches came; ``check`` folds the learner again from the stored
batches, so that anyone can see that the two agree.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from content.model.course import Course, Item, Question
from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.pack import open_manifest
from hub.context.open_hub import Hub
from hub.facts import merge, replay
from hub.facts.belief import Belief, timely
from hub.store import courses, evidence, results
from hub.store import facts as facts_store
from hub.store.evidence import AcceptedBatch
from hub.store.results import ProgressRow, ResultRow
from sync.facts import Attempt, Facts, ordinal_of, paper, right, share
from sync.records import Record, item_of

# Shown at once; a term of one learner has about 430 records.
MAX_RECORDS = 2_000


@dataclass(frozen=True, slots=True)
class RecordSource:
    """The record that a fact follows from, and the batch that brought it."""

    node_id: int
    station: str
    epoch: int
    seq: int
    batch: AcceptedBatch | None


@dataclass(frozen=True, slots=True)
class Answered:
    """One question of a paper, as it was handed in and graded."""

    question: Question | None
    name: str
    response: str
    answer: str
    right: bool
    source: RecordSource | None


@dataclass(frozen=True, slots=True)
class AttemptEvidence:
    """One attempt at an exam."""

    exam: str
    title: str
    number: int
    station: str
    attempt: Attempt
    result: ResultRow | None
    answers: list[Answered]
    source: RecordSource | None

    @property
    def ordinal(self) -> int:
        """Which of the learner's tries it is."""
        return ordinal_of(self.number)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item of a course: how much of it is done, which parts, and the last record of it."""

    item: Item
    share: float
    spans: list[tuple[int, int]]
    seconds: int
    answered: int
    wrong: int
    source: RecordSource | None
    earlier: bool  # another content that the item showed was studied


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """One course: progress as counted, and its items; ``course`` None when never published."""

    id: str
    course: Course | None
    progress: ProgressRow | None
    items: list[ItemFacts]
    sittings: list[AttemptEvidence]


@dataclass(slots=True)
class _Sources:
    """Looks up which batch brought a record; each node's batches are read once."""

    connection: Connection
    stations: dict[int, str]
    known: dict[int, list[AcceptedBatch]] = field(default_factory=dict)

    def of(self, node_id: int, epoch: int, seq: int) -> RecordSource:
        if node_id not in self.known:
            self.known[node_id] = evidence.arrivals(self.connection, node_id)[::-1]
        arrivals = self.known[node_id]
        at = bisect_right(arrivals, (epoch, seq), key=lambda held: (held.epoch, held.first_seq)) - 1
        batch = arrivals[at] if at >= 0 and arrivals[at].epoch == epoch else None
        if batch is not None and batch.last_seq < seq:
            batch = None
        return RecordSource(node_id, self.stations.get(node_id, ""), epoch, seq, batch)


@dataclass(frozen=True, slots=True)
class Thing:
    """What a record is about: an item, or a question of one."""

    course: str
    item: str
    question: Question | None


@dataclass(frozen=True, slots=True)
class RefoldedLearner:
    """A learner folded again from the stored batches; ``aside``: what of it does not count."""

    agrees: bool
    digest: str
    records: list[tuple[int, int, Record]]  # node, epoch, record
    total: int
    stations: dict[int, str]
    aside: frozenset[tuple[int, int, int]]  # node, epoch, number of the record


def of_learner(hub: Hub, connection: Connection, learner: str, due: set[str]) -> list[CourseFacts]:
    """Everything that is known of a learner, course by course, required ones first."""
    facts = merge.of_learner(connection, learner)
    progress = {row.course: row for row in results.progress_of(connection, learner)}
    graded = {
        (row.exam, row.attempt, row.node_id): row
        for row in results.of_learners(connection, [learner])
    }
    passed = {row.exam for row in graded.values() if row.passed}
    seen = {_course_of(thing) for thing in (*facts.studied, *facts.practised)}
    seen |= {_course_of(exam) for exam, _number, _node in facts.attempts}
    sources = _Sources(connection, evidence.names_of(connection, _nodes(facts)))
    course_facts = []
    for course_id in sorted(due | seen | set(progress), key=lambda each: (each not in due, each)):
        course = opened(hub, connection, course_id)
        items = (
            [_item(course, item, facts, passed, sources) for item in course.items] if course else []
        )
        sittings = [
            _sitting(hub, learner, key, attempt, graded.get(key), sources)
            for key, attempt in sorted(facts.attempts.items())
            if _course_of(key[0]) == course_id
        ]
        course_facts.append(
            CourseFacts(course_id, course, progress.get(course_id), items, sittings)
        )
    return course_facts


def opened(
    hub: Hub, connection: Connection, course_id: str, version: int | None = None
) -> Course | None:
    """A version of a course as stations see it, the newest by default."""
    if version is None:
        head = courses.newest_head(connection, course_id)
        sha = head[1] if head else None
    else:
        sha = courses.manifest_of(connection, course_id, version)
    if sha is None:
        return None
    return open_manifest(hub.blobs.read(sha, MAX_MANIFEST_BYTES), *hub.ring.publics)


def things(hub: Hub, connection: Connection, names: Collection[str]) -> dict[str, Thing]:
    """What ``course/item`` and ``course/question`` are called in the newest version; by name."""
    by_name = dict[str, Thing]()
    for course_id in {_course_of(name) for name in names}:
        course = opened(hub, connection, course_id)
        if course is None:
            continue
        for item in course.items:
            by_name[f"{course_id}/{item.id}"] = Thing(course.title, item.title, None)
            for question in item.questions:
                by_name[f"{course_id}/{question.id}"] = Thing(course.title, item.title, question)
    return {name: by_name[item_of(name)] for name in names if item_of(name) in by_name}


def check(hub: Hub, connection: Connection, learner: str) -> RefoldedLearner:
    """Fold the learner again from the batches as far as they count, verifying each; compare.

    Raises:
        PeerError: a stored batch is not what was accepted.
    """
    again, records, aside = Facts(), list[tuple[int, int, Record]](), set[tuple[int, int, int]]()
    naming = evidence.nodes_naming(connection, learner)
    for node_id in naming:
        since = Belief.of(connection, node_id).since([learner])[learner]
        for received_at, epoch, run in _runs(connection, node_id, learner):
            records += [(node_id, epoch, record) for record in run]
            if since < received_at:
                again.add_all(node_id, epoch, timely(run, received_at))
            else:
                aside.update((node_id, epoch, record.seq) for record in run)
    stored, days = merge.of_learner(connection, learner), not facts_store.undated(connection)
    records.sort(key=lambda each: (each[2].at, each[0], each[1], each[2].seq), reverse=True)
    return RefoldedLearner(
        agrees=again.digest(days) == stored.digest(days),
        digest=again.digest().hex(),
        records=records[:MAX_RECORDS],
        total=len(records),
        stations=evidence.names_of(connection, naming),
        aside=frozenset(aside),
    )


def _runs(
    connection: Connection, node_id: int, learner: str
) -> Iterator[tuple[int, int, list[Record]]]:
    """What a node has sent of a learner: when it was received, its epoch, the records."""
    for received_at, batch in replay.received(connection, node_id):
        for run in batch.runs:
            if run[0].learner == learner:
                yield received_at, batch.epoch, run


def _course_of(thing: str) -> str:
    """The course of ``course/item`` or ``course/question``."""
    return thing.partition("/")[0]


def _nodes(facts: Facts) -> set[int]:
    node_ids = {node for _exam, _number, node in facts.attempts}
    node_ids |= {place.node for place in facts.places.values()}
    return node_ids | {mark.node for mark in facts.practised.values()}


def _item(
    course: Course, item: Item, facts: Facts, passed: set[str], sources: _Sources
) -> ItemFacts:
    name, own = course.named(item), f"{course.id}/{item.id}"
    rule = next(item_rule for item_rule in course.rule().items if item_rule.item == name)
    marks = [
        facts.practised[question] for question in rule.questions if question in facts.practised
    ]
    place = facts.places.get(name)
    last = (place.node, place.epoch, place.seq) if place else None
    if marks:
        newest = max(marks)
        last = (newest.node, newest.epoch, newest.seq)
    return ItemFacts(
        item=item,
        share=share(facts, rule, passed),
        spans=facts.watched(name),
        seconds=facts.seconds(name, item.seconds),
        answered=len(marks),
        wrong=sum(not mark.correct for mark in marks),
        source=sources.of(*last) if last else None,
        earlier=any(other != name and item_of(other) == own for other in facts.studied),
    )


def _sitting(
    hub: Hub,
    learner: str,
    key: tuple[str, int, int],
    attempt: Attempt,
    result: ResultRow | None,
    sources: _Sources,
) -> AttemptEvidence:
    exam, number, node_id = key
    course_id, _slash, item_id = exam.partition("/")
    version = attempt.start.version if attempt.start else None
    course = opened(hub, sources.connection, course_id, version)
    item = next((each for each in course.items if each.id == item_id), None) if course else None
    answers: list[Answered] = []
    if course is not None and item is not None and item.exam is not None:
        published = courses.version(sources.connection, course_id, course.version)
        asked = paper(course.exam_rule(item_id), learner, number)
        right_answers = published.exam_key if published else {}
        answers = _answers(item, asked, attempt, right_answers, node_id, sources)
    handed = attempt.submission
    source = sources.of(node_id, handed.epoch, handed.seq) if handed else None
    title = item.title if item else exam
    station = sources.stations.get(node_id, "")
    return AttemptEvidence(exam, title, number, station, attempt, result, answers, source)


def _answers(
    item: Item,
    asked: tuple[str, ...],
    attempt: Attempt,
    key: Mapping[str, str],
    node_id: int,
    sources: _Sources,
) -> list[Answered]:
    questions = {question.id: question for question in item.questions}
    responses = attempt.responses()
    answered = []
    for name in asked:
        response, answer = responses.get(name, ""), key.get(name, "")
        matching = [given for given in attempt.answers.get(name, ()) if given.response == response]
        source = sources.of(node_id, matching[-1].epoch, matching[-1].seq) if matching else None
        good = bool(response and answer) and right(response, answer)
        question = questions.get(name.partition("/")[2])
        answered.append(Answered(question, name, response, answer, good, source))
    return answered

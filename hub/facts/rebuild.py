"""Rebuild: fold all facts, results and progress again from the stored batches.

Every batch is verified as it was when it came, and counts as far as ``belief`` says. The rebuild
must end with the digest it began with: that proves that all facts follow from the batches. The
first one after an upgrade from a release without days finds the days, and with them completions
that a later version had taken away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection

from hub.context.open_hub import Hub
from hub.facts import codec, derive, merge, replay
from hub.facts.belief import Belief
from hub.facts.merge import Learned
from hub.store import aside, audit, ledger, nodes, results
from hub.store import facts as stored
from hub.store.engine import reading, writing

# Learners held in memory between two merges: about 30 kB each.
MAX_LEARNERS = 2_000


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did; the two digests must be equal."""

    records: int
    before: str
    after: str


def digest(hub: Hub) -> str:
    """The digest of all facts: equal for equal facts, whatever the database."""
    with reading(hub.engine) as connection:
        return _digest(connection, days=True)


def rebuild(hub: Hub, by: str, tell: Callable[[int], None] = lambda _records: None) -> Rebuilt:
    """Fold everything again, in one transaction and bounded memory; stations wait meanwhile.

    Raises:
        PeerError: a stored batch is not what was accepted; nothing is changed.
    """
    records = 0
    with writing(hub.engine) as connection:
        ledger.hold(connection)
        # Facts of an older release lack their days; in all else they must be the same.
        days = not stored.undated(connection)
        before = _digest(connection, days)
        stored.forget_all(connection)
        results.forget_results(connection)
        aside.forget_counts(connection)
        for node in nodes.every(connection):
            records += _fold_node(connection, node.id)
            tell(records)
        # Only now: half-way through, a completed course would look incomplete.
        for rows in stored.every(connection):
            facts = {learner: codec.unpack(packed) for learner, packed in rows}
            derive.judge(hub, connection, facts, *derive.about(facts))
        results.forget_progress_without_facts(connection)
        after = _digest(connection, days)
        stored.note_dated(connection)
        audit.note(connection, hub.now(), by, "facts rebuild", records=records, digest=after[:16])
    return Rebuilt(records, before, after)


def _fold_node(connection: Connection, node_id: int) -> int:
    new: Learned = {}
    records, belief = 0, Belief.of(connection, node_id)
    for received_at, batch in replay.received(connection, node_id):
        counted, kept_apart = belief.sort(batch, received_at)
        merge.fold(new, counted, received_at)
        aside.note(connection, node_id, kept_apart, received_at)
        records += sum(len(run) for run in batch.runs)
        if len(new) > MAX_LEARNERS:
            merge.merge(connection, new)
            new = {}
    merge.merge(connection, new)
    return records


def _digest(connection: Connection, days: bool) -> str:
    whole = sha256()
    for rows in stored.every(connection):
        for learner, packed in rows:
            learner_digest = codec.unpack(packed).digest(days)
            whole.update(learner.encode() + b"\0" + learner_digest)
    return whole.hexdigest()

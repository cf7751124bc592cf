"""Merge: from the records of accepted batches to the facts that are stored.

The rules are in ``sync.facts``. This module loads, merges and stores the states; their form is
``hub.facts.codec``, and ``hub.facts.derive`` says what follows from them.
"""

from sqlalchemy import Connection

from hub.facts.belief import timely
from hub.facts.codec import pack, unpack
from hub.store import facts as stored
from sync.batch import Runs
from sync.facts import Facts

Learned = dict[str, Facts]  # by learner number


def fold(new: Learned, batch: Runs, received_at: int) -> None:
    """Add what the records of ``batch``, which was received then, say to ``new``."""
    for run in batch.runs:
        learner = run[0].learner
        facts = new.get(learner)
        if facts is None:
            facts = new[learner] = Facts()
        facts.add_all(batch.node, batch.epoch, timely(run, received_at))


def course_of(thing: str) -> str:
    """The course of ``course/item`` or ``course/question``."""
    return thing.partition("/")[0]


def merge(connection: Connection, new: Learned) -> Learned:
    """Merge ``new`` into the stored facts and return them; the caller holds the log."""
    merged = {
        learner: _joined(unpack(packed), new[learner]) if packed else new[learner]
        for learner, packed in stored.among(connection, list(new)).items()
    }
    stored.put(connection, {learner: pack(facts) for learner, facts in merged.items()})
    return merged


def of_learners(connection: Connection, learners: list[str]) -> Learned:
    """All that is known of these learners."""
    packed = stored.among(connection, learners)
    return {learner: unpack(state) for learner, state in packed.items() if state}


def of_learner(connection: Connection, learner: str) -> Facts:
    """All that is known of a learner."""
    packed = stored.get(connection, learner)
    return unpack(packed) if packed else Facts()


def _joined(known: Facts, new: Facts) -> Facts:
    known.merge(new)
    return known

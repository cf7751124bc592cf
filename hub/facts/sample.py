"""Sample: a few learners folded again from their batches, to see that facts and batches agree.

``hub.facts.rebuild`` does it for all of them, ``hub.facts.evidence`` for one, with the records.
"""

from sqlalchemy import Connection

from hub.facts import merge, replay
from hub.facts.merge import Learned
from hub.store import evidence
from hub.store import facts as stored
from sync.facts import Facts


def differing(connection: Connection, count: int) -> tuple[int, list[str]]:
    """How many of up to ``count`` learners were folded again, and who came out otherwise.

    Raises:
        PeerError: a stored batch is not what was accepted.
    """
    chosen = stored.sample(connection, count)
    again: Learned = {number: Facts() for number in chosen}
    nodes = {node for number in chosen for node in evidence.nodes_naming(connection, number)}
    for node_id in sorted(nodes):
        for batch in replay.replay(connection, node_id):
            for run in batch.runs:
                if run[0].learner in again:
                    again[run[0].learner].add_all(batch.node, batch.epoch, run)
    known = merge.of_learners(connection, chosen)
    return len(chosen), [
        number for number in chosen if known[number].digest() != again[number].digest()
    ]

"""Stations whose learners stand on no roster, for tests of something else: headquarters counts what
they say of these learners, as it can decide for any.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.context.open_hub import Hub
from hub.store.aside import COUNTED
from hub.store.dialect import insert
from hub.store.engine import writing
from hub.store.schema import aside


def believe(hub: Hub, node_id: int, learners: Iterable[str]) -> None:
    """Count whatever this node says of these learners."""
    rows = [
        {
            "node_id": node_id, "learner": learner, "state": COUNTED, "first_received": 0,
            "last_received": 0, "records": 0, "decided_at": 0, "decided_by": "test", "reason": "",
        }
        for learner in sorted(learners)
    ]  # fmt: skip
    if rows:
        with writing(hub.engine) as connection:
            connection.execute(insert(connection, aside).on_conflict_do_nothing(), rows)

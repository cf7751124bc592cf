"""Belief: what counts of what a node says, and of whom (sync/SPEC.md §8.11).

A batch is evidence and stays as it came. What is folded of it follows from the batch, from when it
was received first, and from dated decisions: folded again, or in another order, it is the same.

- A time counts as no later than a day after its batch was received.
- A learner counts who is at or below the station's unit or ever was, or whom an order has named to
  the node. All others wait until people decide (``hub.facts.aside``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from operator import itemgetter

from sqlalchemy import Connection

from hub.errors import UnknownStation
from hub.store import aside, learners, nodes, orders, units
from hub.store.aside import KeptApart
from hub.store.units import Unit
from sync.batch import Runs
from sync.records import Kind, Record

# As much as a clock can be off and still say something, and more than a batch is under way.
AHEAD_S = 86_400
# By the greatest time of these the last place, mark or vote wins. What an exam's records say of
# time stands beside the time that it is corrected to (``clock_skew``): there the journal orders.
_GREATEST_WINS = frozenset({Kind.STUDY, Kind.PRACTICE, Kind.SURVEY})
_at_of = itemgetter(Record._fields.index("at"))

# Received after this: everything, and nothing.
ALWAYS, NEVER = -1, 2**62


class Belief:
    """Whom one node is believed about, as one transaction sees it; each learner is asked once."""

    def __init__(self, connection: Connection, node_id: int, unit: Unit) -> None:
        self._connection = connection
        self.node_id = node_id
        self._unit = unit
        self._since: dict[str, int] = {}
        self._rows: dict[str, KeptApart] = {}

    @classmethod
    def of(cls, connection: Connection, node_id: int) -> "Belief":
        """That of a node by its number.

        Raises:
            UnknownStation: there is no such node.
        """
        node = nodes.get(connection, node_id)
        unit = units.get(connection, node.unit_id) if node else None
        if unit is None:
            raise UnknownStation(str(node_id))
        return cls(connection, node_id, unit)

    def since(self, numbers: Iterable[str]) -> Mapping[str, int]:
        """After which receipt the records of each learner count: ``ALWAYS``, ``NEVER``, or the
        time when people decided to leave out what had come of one who is the station's own now."""
        new = [number for number in numbers if number not in self._since]
        if new:
            own = _own(self._connection, self.node_id, self._unit, new)
            rows = aside.among(self._connection, self.node_id, new)
            self._rows |= rows
            self._since |= {number: _since(number in own, rows.get(number)) for number in new}
        return self._since

    def late(self, numbers: Iterable[str]) -> list[str]:
        """Those who are believed while earlier records of them wait."""
        since = self.since(numbers)
        return [
            number
            for number in numbers
            if since[number] == ALWAYS
            and number in self._rows
            and self._rows[number].state == aside.WAITING
        ]

    def sort(self, batch: Runs, received_at: int) -> tuple[Runs, dict[str, int]]:
        """The part of a batch that counts, and how many records of whom do not."""
        since = self.since({run[0].learner for run in batch.runs})
        counted = [run for run in batch.runs if since[run[0].learner] < received_at]
        if len(counted) == len(batch.runs):
            return batch, {}
        kept_apart: dict[str, int] = {}
        for run in batch.runs:
            if since[run[0].learner] >= received_at:
                learner = run[0].learner
                kept_apart[learner] = kept_apart.get(learner, 0) + len(run)
        return replace(batch, runs=counted), kept_apart


def timely(run: list[Record], received_at: int) -> list[Record]:
    """``run`` with no time later than a day after it was received, where the greatest time wins."""
    latest = received_at + AHEAD_S
    if max(map(_at_of, run)) <= latest:
        return run
    return [
        record._replace(at=latest)
        if record.at > latest and record.kind in _GREATEST_WINS
        else record
        for record in run
    ]


def _own(connection: Connection, node_id: int, unit: Unit, numbers: list[str]) -> set[str]:
    """Those whom the node may speak of without being asked."""
    own = learners.ever_under(connection, unit, numbers)
    return own | orders.naming(connection, node_id, [each for each in numbers if each not in own])


def _since(is_own: bool, row: KeptApart | None) -> int:
    if row is not None and row.state == aside.COUNTED:
        return ALWAYS
    if not is_own:
        return NEVER
    left = row is not None and row.state == aside.LEFT
    return row.decided_at or 0 if row is not None and left else ALWAYS

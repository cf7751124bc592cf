"""Facts of each learner, folded from the journal with the rules of ``sync.facts``.

Cached and brought up to date by record number: asking again costs two indexed queries. What is
handed out is never changed afterwards, so requests may read it while others add records.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from sqlite3 import Connection
from threading import Lock

from node.store import inherited, journal, meta, sittings
from node.store.db import Store
from sync.facts.state import Facts
from sync.records import Kind, Record

# A large station's learners; each takes some ten kilobytes.
MAX_CACHED = 300
# An open sitting comes after all noted records, also within the same second.
AFTER_ALL_EPOCHS = 2**31


@dataclass(slots=True)
class _Folded:
    """Facts of the journal up to (epoch, seq), and the same with the sittings still open."""

    through: tuple[int, int]
    epoch: int
    inherited: tuple[int, int]
    noted: Facts
    open: tuple[sittings.StudySpan, ...]
    shown: Facts


class FactsOf:
    """The facts of this node's learners."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._cache: OrderedDict[str, _Folded] = OrderedDict()
        self._node = 0

    def of(self, learner: str) -> Facts:
        """The learner's facts as of now, open sittings included."""
        conn = self._store.read()
        if not self._node:
            self._node = meta.number(conn, meta.NODE)
        with self._lock:
            folded = self._known(conn, learner)
            new = journal.noted_of(conn, learner, folded.through)
            still_open = tuple(sittings.open_of(conn, learner))
            if new:
                folded.noted = _copy(folded.noted)
                for noted in new:
                    folded.noted.add(self._node, noted.epoch, noted.record)
                folded.through = (new[-1].epoch, new[-1].record.seq)
            if new or still_open != folded.open:
                folded.open = still_open
                folded.shown = self._with_open(learner, folded.noted, still_open)
            self._cache[learner] = folded
            if len(self._cache) > MAX_CACHED:
                self._cache.popitem(last=False)
            return folded.shown

    def _known(self, conn: Connection, learner: str) -> _Folded:
        """What is cached, unless the history has changed since (``node.exchange.lineage``)."""
        epoch, given = meta.number(conn, meta.EPOCH, 1), inherited.version(conn, learner)
        folded = self._cache.pop(learner, None)
        if folded is None or (folded.epoch, folded.inherited) != (epoch, given):
            inherited_facts, _ = inherited.of(conn, learner)
            folded = _Folded((0, 0), epoch, given, inherited_facts, (), inherited_facts)
        return folded

    def forget(self, learner: str) -> None:
        """Fold again from the start next time."""
        with self._lock:
            self._cache.pop(learner, None)

    def _with_open(
        self, learner: str, noted: Facts, still_open: tuple[sittings.StudySpan, ...]
    ) -> Facts:
        shown = _copy(noted) if still_open else noted
        for sitting in still_open:
            begin, end = sitting.numbers()
            if begin < end:
                at, item = sitting.touched_at, sitting.item
                study = Record(1, at, Kind.STUDY, learner, item, numbers=(begin, end))
                shown.add(self._node, AFTER_ALL_EPOCHS, study)
        return shown


def _copy(facts: Facts) -> Facts:
    copy = Facts()
    copy.merge(facts)
    return copy

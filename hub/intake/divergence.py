"""Divergence: which of a node's records are held, whichever of its lives brought them.

Two lives of a node (a restored backup, a copy) share what was noted before they parted. They may
cut it into different batches, and what one had to note again is in a later epoch, from its start
on. So records are compared, not the hashes of batches. This runs only when lives have parted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.facts import replay
from hub.store import batches
from sync.batch import batch_hash, read_header, unseal_runs
from sync.errors import PeerError
from sync.names import Names
from sync.records import Record
from sync.signing import VerifyKey


@dataclass(frozen=True, slots=True)
class Shared:
    """``through``: up to this record of the epoch, all that was brought is held; ``whole``: that is
    everything that was brought; ``more``: how many other held records further ones may match."""

    through: int
    whole: bool
    more: int


def compare(
    connection: Connection, node_id: int, key: VerifyKey, epoch: int, brought: Sequence[bytes]
) -> Shared:
    """Compare the batches that a node brings of ``epoch`` with all that is held of it.

    ``key``: what the batches are signed with if nothing of their epoch is held.
    """
    end = batches.end(connection, node_id, epoch)
    there = end.next_seq - 1 if end else 0
    further = batches.records_of(connection, node_id, epoch + 1)
    through = 0
    for place, raw in enumerate(brought):
        try:
            header = read_header(raw)
        except PeerError:
            return Shared(through, False, 0)
        if header.first > there + 1:
            # §11.7  What came before is not held any more: the hub was restored from a backup.
            return Shared(there, False, 0)
        if batches.hash_at(connection, node_id, epoch, header.first) != batch_hash(raw):
            key = VerifyKey.from_bytes(end.public_key) if end else key
            mine = _Mine(node_id, key, header.first, brought[place:])
            return _compared(connection, epoch, mine, there + further)
        through = header.first + header.count - 1
    through = through or there  # a node that brings nothing has nothing waiting
    return Shared(through, True, there - through + further)


@dataclass(frozen=True, slots=True)
class _Mine:
    """Batches of a node, from the first that is not held byte for byte."""

    node_id: int
    key: VerifyKey
    first: int
    brought: Sequence[bytes]

    def records(self, names: Names) -> Iterator[Record | None]:
        """What is in them, one batch in memory; None where one cannot be read."""
        seq = self.first
        for raw in self.brought:
            try:
                previous = read_header(raw).previous
                batch = unseal_runs(raw, self.node_id, self.key, names, seq, previous)
            except PeerError:
                yield None
                return
            yield from (record._replace(seq=0) for record in batch.records)
            seq = batch.last + 1


def _compared(connection: Connection, epoch: int, mine: _Mine, held: int) -> Shared:
    names = replay.names_before(connection, mine.node_id, epoch, mine.first)
    waits = mine.records(names) if names is not None else iter([None])
    through, done = mine.first - 1, object()
    waiting = next(waits, done)
    for theirs in _by_epoch(connection, mine.node_id, epoch, mine.first):
        for record in theirs:
            if record._replace(seq=0) != waiting:
                break
            through += 1
            waiting = next(waits, done)
    whole = waiting is done
    return Shared(through, whole, held - through if whole else 0)


def _by_epoch(
    connection: Connection, node_id: int, epoch: int, first: int
) -> Iterator[Iterator[Record]]:
    """The records held from ``first`` on, and those of each later epoch from its start."""
    end = batches.end(connection, node_id, epoch)
    ends_before = end is None or end.next_seq <= first
    for number in batches.epochs_since(connection, node_id, epoch + ends_before):
        start = first if number == epoch else 1
        yield (
            record
            for batch in replay.replay(connection, node_id, number)
            for record in batch.records
            if record.seq >= start
        )

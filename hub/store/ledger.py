"""The log of accepted batches (SPEC.md §10): its frontier, and its leaves in their order."""

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, func, select

from hub.store import counters
from hub.store.batches import StoredBatch
from hub.store.dialect import upsert
from hub.store.schema import batch, setting
from sync.merkle import Frontier

KEY = "log"

# Built once: every sync runs it, and building it takes longer than running it.
_FRONTIER = select(setting.c.value).where(setting.c.key == KEY)


def append(connection: Connection, hashes: Sequence[bytes]) -> tuple[int, Frontier]:
    """Grow the log by ``hashes``; return the index of the first, and the log after them.

    The log is held until the transaction ends, so that it grows in the order of commits.
    """
    first = counters.take(connection, KEY, len(hashes)) - 1
    log = frontier(connection)
    for leaf in hashes:
        log = log.append(leaf)
    text = json.dumps([log.size, [peak.hex() for peak in log.peaks]])
    keep = upsert(connection.dialect.name, setting, ("key",), ("value",))
    connection.execute(keep, {"key": KEY, "value": text})
    return first, log


def hold(connection: Connection) -> None:
    """Let nobody append until this transaction ends: no batch is accepted meanwhile."""
    counters.hold(connection, KEY)


def frontier(connection: Connection) -> Frontier:
    """The log as it is."""
    text = connection.execute(_FRONTIER).scalar()
    if text is None:
        return Frontier()
    size, peaks = json.loads(text)
    return Frontier(size, tuple(bytes.fromhex(peak) for peak in peaks))


def leaves(connection: Connection, size: int | None = None) -> list[bytes]:
    """The first ``size`` leaves (all, if not given): the hashes of batches in their order."""
    query = select(batch.c.hash).order_by(batch.c.log_index)
    if size is not None:
        query = query.where(batch.c.log_index < size)
    return list(connection.execute(query).scalars())


def place_of(connection: Connection, log_index: int) -> int:
    """How many leaves are before the one with this index: as many, while none is missing."""
    query = select(func.count()).select_from(batch).where(batch.c.log_index < log_index)
    return connection.execute(query).scalar_one()


def in_order(connection: Connection) -> Iterator[StoredBatch]:
    """Every batch as the log has them; one is held in memory at a time."""
    for index in (
        connection.execute(select(batch.c.log_index).order_by(batch.c.log_index)).scalars().all()
    ):
        yield StoredBatch(
            *connection.execute(select(batch).where(batch.c.log_index == index)).one()
        )

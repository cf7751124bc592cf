"""Batches as they came, the chains they form, and forks (tables ``batch``, ``chain``, ``fork``)."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, func, insert, select

from hub.store.dialect import upsert, values_of
from hub.store.schema import batch, chain, fork
from sync.names import Names

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# What a packed table begins with; a text never begins so.
_ZSTD = b"\x28\xb5\x2f\xfd"
_CHAIN_KEY = ("node_id", "epoch")
_CHAIN_VALUES = ("next_seq", "hash", "names")


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """One accepted batch."""

    node_id: int
    epoch: int
    first_seq: int
    count: int
    hash: bytes
    previous: bytes
    bytes: bytes
    received_at: int
    log_index: int = -1  # given when it is kept
    clock_skew_s: int = 0


@dataclass(frozen=True, slots=True)
class Came:
    """When a batch came, and how far ahead the clock was that noted its records."""

    received_at: int
    clock_skew_s: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """Records ``first_seq`` … ``last_seq`` of a chain and when they came."""

    first_seq: int
    last_seq: int
    came: Came


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the chain of (node, epoch) ends. ``names``: as ``pack_names`` made them; ``base``: what
    its first batch names as predecessor; ``public_key``: what its batches are signed with."""

    node_id: int
    epoch: int
    next_seq: int
    hash: bytes
    names: bytes
    base: bytes
    public_key: bytes


def pack_names(names: Names) -> bytes:
    """``names`` as stored: the learners' as text, to be searched; the rest compressed."""
    learners, nul, rest = names.to_text().encode().partition(b"\0")
    return learners + nul + zstd.compress(rest)


def unpack_names(packed: bytes) -> Names:
    """The names that ``pack_names`` was given, or that were stored as plain text."""
    learners, nul, rest = packed.partition(b"\0")
    text = zstd.decompress(rest) if rest.startswith(_ZSTD) else rest
    return Names.from_text((learners + nul + text).decode())


# Built once: every sync runs them, and building them takes longer than running them.
_OF_NODE = chain.c.node_id == bindparam("number")
_END = select(chain).where(_OF_NODE, chain.c.epoch == bindparam("epoch_"))
_NEWEST = select(chain).where(_OF_NODE).order_by(chain.c.epoch.desc()).limit(1)
_IN_CHAIN = and_(batch.c.node_id == bindparam("number"), batch.c.epoch == bindparam("epoch_"))
_ARRIVAL = (
    select(batch.c.first_seq, batch.c.count, batch.c.received_at, batch.c.clock_skew_s)
    .where(_IN_CHAIN, batch.c.first_seq <= bindparam("seq"))
    .order_by(batch.c.first_seq.desc())
    .limit(1)
)
_ADD = insert(batch)
_AT = select(batch).where(_IN_CHAIN, batch.c.first_seq == bindparam("seq"))
_HASH_AT = select(batch.c.hash).where(_IN_CHAIN, batch.c.first_seq == bindparam("seq"))


def end(connection: Connection, node_id: int, epoch: int) -> Chain | None:
    """The end of one chain."""
    row = connection.execute(_END, {"number": node_id, "epoch_": epoch}).first()
    return Chain(*row) if row else None


def newest(connection: Connection, node_id: int) -> Chain | None:
    """The end of the node's newest chain."""
    row = connection.execute(_NEWEST, {"number": node_id}).first()
    return Chain(*row) if row else None


def move_end(connection: Connection, to: Chain) -> None:
    """Note where the chain ends now."""
    keep = upsert(connection.dialect.name, chain, _CHAIN_KEY, _CHAIN_VALUES)
    connection.execute(keep, values_of(to))


def add(connection: Connection, accepted: Sequence[StoredBatch], first_index: int) -> None:
    """Keep accepted batches, whose leaves in the log begin at ``first_index``."""
    rows = [
        values_of(stored) | {"log_index": at} for at, stored in enumerate(accepted, first_index)
    ]
    connection.execute(_ADD, rows)


def hash_at(connection: Connection, node_id: int, epoch: int, first_seq: int) -> bytes | None:
    """The hash of the batch that begins there."""
    values = {"number": node_id, "epoch_": epoch, "seq": first_seq}
    return connection.execute(_HASH_AT, values).scalar()


def holding(connection: Connection, node_id: int, epoch: int, seq: int) -> StoredBatch | None:
    """The batch that holds record ``seq``."""
    query = (
        select(batch)
        .where(batch.c.node_id == node_id, batch.c.epoch == epoch, batch.c.first_seq <= seq)
        .order_by(batch.c.first_seq.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    stored = StoredBatch(*row) if row else None
    return stored if stored and seq < stored.first_seq + stored.count else None


def came_with(connection: Connection, node_id: int, epoch: int, seq: int) -> Came | None:
    """When record ``seq`` came."""
    arrived = arrival(connection, node_id, epoch, seq)
    return arrived.came if arrived else None


def arrival(connection: Connection, node_id: int, epoch: int, seq: int) -> Arrival | None:
    """The batch that holds record ``seq``, or the last before it, and when it came."""
    row = connection.execute(_ARRIVAL, {"number": node_id, "epoch_": epoch, "seq": seq}).first()
    if row is None:
        return None
    last = row.first_seq + row.count - 1
    return Arrival(row.first_seq, last, Came(row.received_at, row.clock_skew_s))


def in_chain_order(
    connection: Connection, node_id: int, only: int | None = None
) -> Iterator[StoredBatch]:
    """Every batch of a node, or of one epoch of it, as its chains go; one at a time in memory."""
    wanted = select(batch.c.epoch, batch.c.first_seq).where(batch.c.node_id == node_id)
    if only is not None:
        wanted = wanted.where(batch.c.epoch == only)
    keys = connection.execute(wanted.order_by(batch.c.epoch, batch.c.first_seq)).all()
    for epoch, first_seq in keys:
        values = {"number": node_id, "epoch_": epoch, "seq": first_seq}
        yield StoredBatch(*connection.execute(_AT, values).one())


def count(connection: Connection) -> tuple[int, int, int]:
    """How many batches, records and bytes are held."""
    query = select(func.count(), func.sum(batch.c.count), func.sum(func.length(batch.c.bytes)))
    batches, records, size = connection.execute(query).one()
    return batches, int(records or 0), int(size or 0)


def records_of(connection: Connection, node_id: int, since: int = 0) -> int:
    """How many records of a node are held, over all its epochs or over those from ``since`` on."""
    query = select(func.coalesce(func.sum(chain.c.next_seq - 1), 0))
    query = query.where(chain.c.node_id == node_id, chain.c.epoch >= since)
    return int(connection.execute(query).scalar_one())


def epochs_since(connection: Connection, node_id: int, first: int) -> list[int]:
    """The epochs from ``first`` on of which batches are held, in order."""
    query = select(chain.c.epoch).where(chain.c.node_id == node_id, chain.c.epoch >= first)
    return list(connection.execute(query.order_by(chain.c.epoch)).scalars())


def keep_fork(
    connection: Connection,
    node_id: int,
    epoch: int,
    first_seq: int,
    hash_: bytes,
    raw: bytes,
    at: int,
    most: int,
) -> bool:
    """Keep a batch that contradicts an accepted one, as evidence; at most ``most`` of a node.

    Returns whether it was not kept before.
    """
    mine = fork.c.node_id == node_id
    kept = connection.execute(select(func.count()).select_from(fork).where(mine)).scalar_one()
    known = connection.execute(select(fork.c.hash).where(mine, fork.c.hash == hash_)).first()
    if known is not None or kept >= most:
        return False
    connection.execute(
        insert(fork).values(
            node_id=node_id, hash=hash_, epoch=epoch, first_seq=first_seq, bytes=raw, received_at=at
        )
    )
    return True


def forks(connection: Connection, node_id: int) -> list[tuple[int, int, int]]:
    """The forks of a node as (epoch, first sequence number, received at)."""
    columns = select(fork.c.epoch, fork.c.first_seq, fork.c.received_at)
    rows = connection.execute(columns.where(fork.c.node_id == node_id).order_by(fork.c.received_at))
    return [(row.epoch, row.first_seq, row.received_at) for row in rows]

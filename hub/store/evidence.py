"""Which batches and nodes the facts of a learner came from."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, literal, select

from hub.store.lists import DAY_S, ZONE_S
from hub.store.schema import batch, chain, node, unit

# A node's names are some ten thousand bytes.
NAMES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """An accepted batch: what a fact can be traced to."""

    node_id: int
    epoch: int
    first_seq: int
    count: int
    hash: bytes
    size: int
    received_at: int
    clock_skew_s: int

    @property
    def last_seq(self) -> int:
        return self.first_seq + self.count - 1


def arrivals(connection: Connection, node_id: int, limit: int | None = None) -> list[AcceptedBatch]:
    """The batches of a node, the last received first."""
    query = (
        select(
            batch.c.node_id,
            batch.c.epoch,
            batch.c.first_seq,
            batch.c.count,
            batch.c.hash,
            func.length(batch.c.bytes),
            batch.c.received_at,
            batch.c.clock_skew_s,
        )
        .where(batch.c.node_id == node_id)
        .order_by(batch.c.epoch.desc(), batch.c.first_seq.desc())
        .limit(limit)
    )
    return [AcceptedBatch(*row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class ArrivalDay:
    """What came from a node on one day of the offices' zone."""

    latest_at: int
    batches: int
    records: int
    clock_skew_s: int  # the furthest that its clock was ahead or behind


def arrival_days(connection: Connection, node_id: int, limit: int) -> list[ArrivalDay]:
    """The last days on which batches of a node came, the latest first."""
    day = (batch.c.received_at + ZONE_S) // DAY_S
    fastest, slowest = func.max(batch.c.clock_skew_s), func.min(batch.c.clock_skew_s)
    query = (
        select(
            func.max(batch.c.received_at), func.count(), func.sum(batch.c.count),
            case((fastest >= -slowest, fastest), else_=slowest),
        )
        .where(batch.c.node_id == node_id)
        .group_by(day)
        .order_by(func.max(batch.c.received_at).desc())
        .limit(limit)
    )  # fmt: skip
    return [
        ArrivalDay(latest, batches, int(records), skew)
        for latest, batches, records, skew in connection.execute(query)
    ]


def nodes_naming(connection: Connection, learner: str) -> list[int]:
    """Nodes that have sent records of a learner: all whose names hold the number."""
    number = learner.encode() + b"\n"
    if connection.dialect.name == "postgresql":
        is_named = func.position(literal(number).op("IN")(chain.c.names)) > 0
    else:
        is_named = func.instr(chain.c.names, number) > 0
    query = select(chain.c.node_id, chain.c.names).where(is_named)
    rows = connection.execute(query.execution_options(yield_per=NAMES_AT_ONCE))
    return sorted({row.node_id for row in rows if _holds(bytes(row.names), number)})


def _holds(names: bytes, number: bytes) -> bool:
    """Whether the learners among packed names have this one and not only one that ends so."""
    return b"\n" + number in b"\n" + names.partition(b"\0")[0]


def names_of(connection: Connection, nodes: Iterable[int]) -> dict[int, str]:
    """The stations' names of these nodes."""
    query = (
        select(node.c.id, unit.c.name)
        .join(unit, unit.c.id == node.c.unit_id)
        .where(node.c.id.in_(sorted(set(nodes))))
    )
    return {row.id: row.name for row in connection.execute(query)}

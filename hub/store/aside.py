"""Of whom a node speaks without being believed (tables ``aside``, ``aside_beyond``).

Who is believed, and what a decision changes, is ``hub.facts.belief`` and ``hub.facts.aside``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, Insert, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.store.dialect import MAX_IN
from hub.store.schema import aside, aside_beyond

WAITING, COUNTED, LEFT = "waiting", "counted", "left"
STATES = (WAITING, COUNTED, LEFT)
# Learners of one node who wait for people. Beyond it records are counted and nobody is named: who
# holds a station's key could otherwise fill the table with names.
MAX_WAITING = 500


@dataclass(frozen=True, slots=True)
class KeptApart:
    """A learner whose records from one node are kept apart; ``decided_at`` None while it waits.

    ``records``: how many are, or were when it was decided to count them.
    """

    node_id: int
    learner: str
    state: str
    first_received: int
    last_received: int
    records: int
    decided_at: int | None
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """Records of learners whom nobody lists, because too many of the node wait already."""

    records: int
    last_received: int


# Built once: every sync runs it, and building it takes longer than running it.
_AMONG = select(aside).where(
    aside.c.node_id == bindparam("node"), aside.c.learner.in_(bindparam("wanted", expanding=True))
)


def get(connection: Connection, node_id: int, learner: str) -> KeptApart | None:
    """What is kept apart of one learner from one node."""
    return among(connection, node_id, [learner]).get(learner)


def among(connection: Connection, node_id: int, learners: Iterable[str]) -> dict[str, KeptApart]:
    """Those of ``learners`` of whom something of this node is, or was, kept apart."""
    wanted, found = list(learners), dict[str, KeptApart]()
    for at in range(0, len(wanted), MAX_IN):
        rows = connection.execute(_AMONG, {"node": node_id, "wanted": wanted[at : at + MAX_IN]})
        found.update((row.learner, KeptApart(*row)) for row in rows)
    return found


def note(connection: Connection, node_id: int, records: Mapping[str, int], at: int) -> None:
    """Count ``records`` by learner that came from a node at ``at`` and are kept apart."""
    if not records:
        return
    known = among(connection, node_id, records)
    room = max(0, MAX_WAITING - count(connection, node_id, WAITING))
    new = [learner for learner in records if learner not in known]
    rows = [(learner, known[learner].state) for learner in records if learner in known]
    rows += [(learner, WAITING) for learner in new[:room]]
    if rows:
        connection.execute(
            _noted(connection.dialect.name),
            [
                {
                    "node_id": node_id, "learner": learner, "state": state, "first_received": at,
                    "last_received": at, "records": records[learner], "decided_by": "",
                    "reason": "",
                }
                for learner, state in rows
            ],
        )  # fmt: skip
    if more := sum(records[learner] for learner in new[room:]):
        values = {"node_id": node_id, "records": more, "last_received": at}
        connection.execute(_beyond(connection.dialect.name), values)


@cache
def _noted(dialect: str) -> Insert:
    statement = postgresql.insert(aside) if dialect == "postgresql" else sqlite.insert(aside)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["node_id", "learner"],
        set_={"records": aside.c.records + new.records, "last_received": new.last_received},
    )


@cache
def _beyond(dialect: str) -> Insert:
    table = aside_beyond
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["node_id"],
        set_={"records": table.c.records + new.records, "last_received": new.last_received},
    )


def beyond(connection: Connection, node_id: int) -> Beyond | None:
    """What a node sent of learners whom nobody lists."""
    query = select(aside_beyond.c.records, aside_beyond.c.last_received)
    row = connection.execute(query.where(aside_beyond.c.node_id == node_id)).first()
    return Beyond(*row) if row else None


def nodes_beyond(connection: Connection) -> list[int]:
    """The nodes with records of learners whom nobody lists."""
    query = select(aside_beyond.c.node_id).order_by(aside_beyond.c.node_id)
    return list(connection.execute(query).scalars())


def nodes_waiting(connection: Connection, learners: Iterable[str]) -> list[int]:
    """The nodes from which records of these learners wait."""
    wanted, found = list(learners), set[int]()
    for at in range(0, len(wanted), MAX_IN):
        these = aside.c.learner.in_(wanted[at : at + MAX_IN])
        query = select(aside.c.node_id).distinct().where(these, aside.c.state == WAITING)
        found.update(connection.execute(query).scalars())
    return sorted(found)


def waiting_of(connection: Connection, learner: str) -> list[KeptApart]:
    """What waits of one learner, by station."""
    query = select(aside).where(aside.c.learner == learner, aside.c.state == WAITING)
    return [KeptApart(*row) for row in connection.execute(query.order_by(aside.c.node_id))]


def count(connection: Connection, node_id: int, state: str) -> int:
    """How many learners of a node are in this state."""
    query = select(func.count()).select_from(aside)
    query = query.where(aside.c.node_id == node_id, aside.c.state == state)
    return connection.execute(query).scalar_one()


def listed(
    connection: Connection, node_id: int, state: str, limit: int, offset: int = 0
) -> list[KeptApart]:
    """One page of a node's learners in this state: the last who were spoken of first."""
    query = select(aside).where(aside.c.node_id == node_id, aside.c.state == state)
    query = query.order_by(aside.c.last_received.desc(), aside.c.learner)
    return [KeptApart(*row) for row in connection.execute(query.limit(limit).offset(offset))]


def decide(
    connection: Connection, row: KeptApart, state: str, at: int, by: str, reason: str
) -> None:
    """Note what people decided, and how many records of this learner the decision is about."""
    connection.execute(
        update(aside)
        .where(aside.c.node_id == row.node_id, aside.c.learner == row.learner)
        .values(state=state, records=row.records, decided_at=at, decided_by=by, reason=reason)
    )


def drop_waiting(connection: Connection, node_id: int, learners: Iterable[str]) -> None:
    """Let these learners of a node wait no longer: they are believed."""
    connection.execute(
        delete(aside).where(
            aside.c.node_id == node_id, aside.c.learner == bindparam("who"),
            aside.c.state == WAITING,
        ),
        [{"who": learner} for learner in learners],
    )  # fmt: skip


def forget_counts(connection: Connection) -> None:
    """Drop what only counts, before all batches are read again; decisions stay."""
    connection.execute(delete(aside_beyond))
    connection.execute(delete(aside).where(aside.c.state == WAITING))
    connection.execute(update(aside).where(aside.c.state == LEFT).values(records=0))

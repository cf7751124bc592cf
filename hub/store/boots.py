"""Starts of nodes' programs that the hub has confirmed (table ``boot``, SPEC.md §11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from hub.store.dialect import upsert
from hub.store.schema import answered as told
from hub.store.schema import boot


@dataclass(frozen=True, slots=True)
class Last:
    """The last start of a node, the contact with which it was first heard of, and its place."""

    boot: bytes
    contact: int
    place: int


# Built once: every sync runs them, and building them takes longer than running them.
_OF_NODE = boot.c.node_id == bindparam("number")
_LAST = (
    select(boot.c.boot, boot.c.contact, boot.c.place)
    .where(_OF_NODE)
    .order_by(boot.c.place.desc())
    .limit(1)
)
_KNOWN = select(boot.c.boot).where(_OF_NODE, boot.c.boot.in_(bindparam("named", expanding=True)))
_ANSWERED = select(told.c.contact).where(
    told.c.node_id == bindparam("number"), told.c.boot == bindparam("start")
)


def last(connection: Connection, node_id: int) -> Last | None:
    """The last start that was confirmed."""
    row = connection.execute(_LAST, {"number": node_id}).first()
    return Last(*row) if row else None


def count(connection: Connection, node_id: int) -> int:
    """How many starts were confirmed."""
    query = select(func.count()).select_from(boot).where(boot.c.node_id == node_id)
    return connection.execute(query).scalar_one()


def known(connection: Connection, node_id: int, named: Sequence[bytes]) -> set[bytes]:
    """Which of ``named`` were confirmed."""
    return set(connection.execute(_KNOWN, {"number": node_id, "named": named}).scalars())


def answered(connection: Connection, node_id: int, start: bytes) -> int:
    """The greatest contact with which a start was told ``other-history``; 0 if it was not."""
    return int(connection.execute(_ANSWERED, {"number": node_id, "start": start}).scalar() or 0)


def note_answered(connection: Connection, node_id: int, start: bytes, contact: int) -> None:
    """Note that a start was told ``other-history``."""
    keep = upsert(connection.dialect.name, told, ("node_id", "boot"), ("contact",))
    connection.execute(keep, {"node_id": node_id, "boot": start, "contact": contact})


def add(
    connection: Connection, node_id: int, new: Sequence[bytes], contact: int, after: int
) -> None:
    """Confirm starts, in their order behind the place ``after``; one that was confirmed before
    becomes the last again."""
    rows = [
        {"node_id": node_id, "boot": start, "place": place, "contact": contact}
        for place, start in enumerate(new, after + 1)
    ]
    if rows:
        keep = upsert(connection.dialect.name, boot, ("node_id", "boot"), ("place", "contact"))
        connection.execute(keep, rows)

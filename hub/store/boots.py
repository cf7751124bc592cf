"""Starts of nodes' programs that the hub has confirmed (table ``boot``, SPEC.md §11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from hub.store.schema import boot


@dataclass(frozen=True, slots=True)
class Last:
    """The last start of a node, and the contact with which it was first heard of."""

    boot: bytes
    contact: int


def last(connection: Connection, node_id: int) -> Last | None:
    """The last start that was confirmed."""
    query = select(boot.c.boot, boot.c.contact).where(boot.c.node_id == node_id)
    row = connection.execute(query.order_by(boot.c.place.desc()).limit(1)).first()
    return Last(row.boot, row.contact) if row else None


def count(connection: Connection, node_id: int) -> int:
    """How many starts were confirmed."""
    query = select(func.count()).select_from(boot).where(boot.c.node_id == node_id)
    return connection.execute(query).scalar_one()


def known(connection: Connection, node_id: int, named: Sequence[bytes]) -> set[bytes]:
    """Which of ``named`` were confirmed."""
    query = select(boot.c.boot).where(boot.c.node_id == node_id, boot.c.boot.in_(named))
    return set(connection.execute(query).scalars())


def add(connection: Connection, node_id: int, new: Sequence[bytes], contact: int) -> None:
    """Confirm starts, in their order; one that was confirmed before becomes the last again."""
    connection.execute(delete(boot).where(boot.c.node_id == node_id, boot.c.boot.in_(new)))
    query = select(boot.c.place).where(boot.c.node_id == node_id)
    top = connection.execute(query.order_by(boot.c.place.desc()).limit(1)).scalar() or 0
    rows = [
        {"node_id": node_id, "boot": one, "place": place, "contact": contact}
        for place, one in enumerate(new, top + 1)
    ]
    if rows:
        connection.execute(insert(boot), rows)

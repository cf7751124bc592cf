"""Station nodes (table ``node``): which exist, whose key is whose, when each was last heard."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from hub.store import counters
from hub.store.schema import node
from sync.identity import Identity
from sync.signing import VerifyKey


@dataclass(frozen=True, slots=True)
class Node:
    """One node. ``state``: waiting (for its code to be used), active, frozen or revoked."""

    id: int
    unit_id: int
    name: str
    public_key: bytes | None
    box_key: bytes | None
    generation: int
    state: str
    added_at: int
    joined_at: int | None
    last_seen_at: int | None
    clock_skew_s: int | None
    epoch: int
    head_seq: int
    held_seq: int
    orders_mark: int
    contact: int
    disk_free_mb: int | None
    software: str
    refusal: str
    refusal_at: int | None
    ended_epoch: int
    parted_epoch: int

    @property
    def identity(self) -> Identity | None:
        """The keys that the node is known by; None before it joined."""
        if self.public_key is None or self.box_key is None:
            return None
        return Identity(self.generation, VerifyKey.from_bytes(self.public_key), self.box_key)


@dataclass(frozen=True, slots=True)
class NodeClaims:
    """What a node said of itself in a request."""

    at: int
    clock_skew_s: int | None
    epoch: int
    head_seq: int
    held_seq: int
    orders_mark: int
    contact: int
    disk_free_mb: int
    refusal: str


_ONE = select(node).where(node.c.id == bindparam("number"))
# Rows that name the node, a new code for one, may still be written by others.
_LOCKED = _ONE.with_for_update(key_share=True)


_HEARD = update(node).where(node.c.id == bindparam("number"))


def get(connection: Connection, node_id: int) -> Node | None:
    """The node with this number."""
    row = connection.execute(_ONE, {"number": node_id}).first()
    return _node(row) if row else None


def lock(connection: Connection, node_id: int) -> Node | None:
    """The node with this number; another request of it waits until this transaction ends."""
    row = connection.execute(_LOCKED, {"number": node_id}).first()
    return _node(row) if row else None


def hold_at(connection: Connection, unit_id: int, *, at_work: bool = False) -> None:
    """Requests of the nodes of a unit wait until this transaction ends; before the log is held.

    ``at_work``: not of those that wait to join: a join holds its code first.
    """
    query = select(node.c.id).where(node.c.unit_id == unit_id)
    if at_work:
        query = query.where(node.c.state.in_(("active", "frozen")))
    connection.execute(query.order_by(node.c.id).with_for_update(key_share=True)).all()


def of_unit(connection: Connection, unit_id: int) -> list[Node]:
    """The nodes of one unit, oldest first; replaced ones are among them."""
    query = select(node).where(node.c.unit_id == unit_id).order_by(node.c.id)
    return [_node(row) for row in connection.execute(query)]


def every(connection: Connection) -> list[Node]:
    """All nodes by number."""
    return [_node(row) for row in connection.execute(select(node).order_by(node.c.id))]


def add(connection: Connection, unit_id: int, name: str, at: int) -> int:
    """Make a waiting node and return its number."""
    number = counters.take(connection, "node")
    connection.execute(
        insert(node).values(id=number, unit_id=unit_id, name=name, state="waiting", added_at=at)
    )
    return number


def with_key(connection: Connection, public_key: bytes) -> int | None:
    """The node that holds this key."""
    query = select(node.c.id).where(node.c.public_key == public_key)
    return connection.execute(query).scalar()


def join(connection: Connection, node_id: int, identity: Identity, software: str, at: int) -> None:
    """Note the keys with which the node joined: from now on it is active."""
    values = {"software": software, "joined_at": at, "state": "active"} | _keys(identity)
    connection.execute(update(node).where(node.c.id == node_id).values(values))


def set_identity(connection: Connection, node_id: int, identity: Identity) -> None:
    """Note the keys that the node has now; an older generation changes nothing."""
    older = (node.c.id == node_id) & (node.c.generation < identity.generation)
    connection.execute(update(node).where(older).values(_keys(identity)))


def _keys(identity: Identity) -> dict[str, bytes | int]:
    return {
        "public_key": identity.key.to_bytes(),
        "box_key": identity.box,
        "generation": identity.generation,
    }


def set_state(connection: Connection, node_id: int, state: str) -> None:
    """Freeze, revoke, or let it work again."""
    connection.execute(update(node).where(node.c.id == node_id).values(state=state))


def end_epoch(connection: Connection, node_id: int, epoch: int) -> None:
    """From now on ``epoch`` and those before it take nothing new."""
    connection.execute(update(node).where(node.c.id == node_id).values(ended_epoch=epoch))


def part(connection: Connection, node_id: int, epoch: int) -> None:
    """From now on a node that contradicts ``epoch`` goes on in another one and is no copy."""
    older = (node.c.id == node_id) & (node.c.parted_epoch < epoch)
    connection.execute(update(node).where(older).values(parted_epoch=epoch))


def heard(connection: Connection, node_id: int, claims: NodeClaims) -> None:
    """Note what the node said; a refusal stays visible until the next request without one."""
    values = {
        "number": node_id,
        "last_seen_at": claims.at,
        "clock_skew_s": claims.clock_skew_s,
        "epoch": claims.epoch,
        "head_seq": claims.head_seq,
        "held_seq": claims.held_seq,
        "orders_mark": claims.orders_mark,
        "contact": claims.contact,
        "disk_free_mb": claims.disk_free_mb,
        "refusal": claims.refusal,
    }
    if claims.refusal:
        values["refusal_at"] = claims.at
    connection.execute(_HEARD, values)


def _node(row: Row[Any]) -> Node:
    return Node(*tuple(row))

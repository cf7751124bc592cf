"""Orders to nodes (table ``orders``): the newest of (place, kind, key) is in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Text,
    bindparam,
    delete,
    select,
    union_all,
)

from hub.store import counters
from hub.store.dialect import MAX_IN, range_end, upsert
from hub.store.schema import orders, unit
from hub.store.units import Unit
from sync.exchange import MAX_ORDERS_BYTES, Order
from sync.wire import compress_each, decompress

# What a packed body begins with.
_FRAME = b"\x28\xb5\x2f\xfd"
# Published to a unit, and ordered station by station (``hub.store.seats``).
LICENSED = "licensed"
# The kinds of orders whose key is a learner.
OF_LEARNER = ("roster", "facts")
# The scopes of rows that say which units a course is published to.
PLACES = ("down", LICENSED)
# More orders than any node has.
_EVERY = 2**31 - 1
_KEY = ("scope", "unit_id", "node_id", "kind", "key")


@dataclass(frozen=True, slots=True)
class Placed:
    """An order and whom it is for; ``body`` b"" withdraws.

    ``scope``: "down" for nodes at or below the unit, "up" for nodes at or above it, "node" for
    one node; "licensed" for no node by itself.
    """

    scope: str
    unit_id: int
    node_id: int
    kind: str
    key: str
    body: bytes


def put(connection: Connection, placed: Iterable[Placed]) -> None:
    """Give the orders their marks, in this order.

    Last in a transaction, because everyone else who gives orders waits until it ends.
    """
    new = list(placed)
    if not new:
        return
    first = counters.take(connection, "orders", len(new))
    # To a third: bodies are as alike as the dictionary's samples. No body, no frame.
    kept = iter(compress_each((each.body for each in new if each.body), with_dictionary=True))
    connection.execute(
        upsert(connection.dialect.name, orders, _KEY, ("mark", "body")),
        [
            {
                "mark": mark,
                "scope": order.scope,
                "unit_id": order.unit_id,
                "node_id": order.node_id,
                "kind": order.kind,
                "key": order.key,
                "body": next(kept) if order.body else b"",
            }
            for mark, order in enumerate(new, first)
        ],
    )


def hold(connection: Connection) -> None:
    """Let nobody else give orders until this transaction ends."""
    counters.hold(connection, "orders")


def after(connection: Connection, node_id: int, at: Unit, mark: int, limit: int) -> list[Order]:
    """Up to ``limit`` orders beyond ``mark`` for a node of unit ``at``, by mark."""
    values = {
        "mark": mark,
        "most": limit,
        "above": at.ancestors,
        "node": node_id,
        "top": at.path,
        "end": range_end(at.path),
    }
    return _read(connection, _WAITING, values)


def newest(
    connection: Connection, node_id: int, at: Unit, mark: int, kind: str, limit: int
) -> list[Order]:
    """Up to ``limit`` orders of ``kind`` beyond ``mark`` for a node of ``at``, newest first."""
    values = {
        "mark": mark,
        "kind": kind,
        "most": limit,
        "above": at.ancestors,
        "node": node_id,
        "top": at.path,
        "end": range_end(at.path),
    }
    return _read(connection, _NEWEST, values)


def last_mark(connection: Connection) -> int:
    """The mark of the newest order."""
    return counters.last(connection, "orders")


def of_kind(connection: Connection, kind: str, keys: Iterable[str]) -> list[Placed]:
    """The orders of ``kind`` with these keys, wherever they are placed."""
    query = select(orders).where(orders.c.kind == kind, orders.c.key.in_(list(keys)))
    return [
        Placed(row.scope, row.unit_id, row.node_id, row.kind, row.key, _unpacked(row.body))
        for row in connection.execute(query)
    ]


def naming(connection: Connection, node_id: int, learners: Iterable[str]) -> set[str]:
    """Those of ``learners`` whom an order to this node alone has named, withdrawn or not."""
    wanted, named = list(learners), set[str]()
    for at in range(0, len(wanted), MAX_IN):
        values = {"node": node_id, "wanted": wanted[at : at + MAX_IN]}
        named.update(connection.execute(_NAMING, values).scalars())
    return named


def _read(
    connection: Connection, query: CompoundSelect[Any], values: dict[str, object]
) -> list[Order]:
    rows = connection.execute(query, values)
    return [Order(row.mark, row.kind, row.key, _unpacked(row.body)) for row in rows]


def _unpacked(kept: bytes) -> bytes:
    """The body, also one that was stored as it is: no JSON object begins like a frame."""
    if not kept.startswith(_FRAME):
        return kept
    return decompress(kept, MAX_ORDERS_BYTES, with_dictionary=True)


# Built once: every sync runs them, and building them takes longer than running them.
_NAMING = select(orders.c.key).where(
    orders.c.scope == "node",
    orders.c.unit_id == 0,
    orders.c.node_id == bindparam("node"),
    orders.c.kind.in_(OF_LEARNER),
    orders.c.key.in_(bindparam("wanted", expanding=True)),
)
_BELOW = select(unit.c.id).where(
    unit.c.path >= bindparam("top", type_=Text), unit.c.path < bindparam("end", type_=Text)
)
_PLACED = orders.c.node_id == 0
# Where the orders for a node may be placed: above it, below it, at it alone.
_WHERE: tuple[tuple[ColumnElement[bool], ...], ...] = (
    (
        orders.c.scope == "down",
        orders.c.unit_id.in_(bindparam("above", expanding=True)),
        _PLACED,
    ),
    (orders.c.scope == "up", orders.c.unit_id.in_(_BELOW), _PLACED),
    (orders.c.scope == "node", orders.c.unit_id == 0, orders.c.node_id == bindparam("node")),
)


def _first(*conditions: ColumnElement[bool], last: bool = False) -> CompoundSelect[Any]:
    """The first orders beyond the mark that are for a node, or the last; each place has an index
    of its own."""
    columns = select(orders.c.mark, orders.c.kind, orders.c.key, orders.c.body)
    columns = columns.where(orders.c.mark > bindparam("mark"), *conditions)
    columns = columns.order_by(orders.c.mark.desc() if last else orders.c.mark)
    placed = [columns.where(*where).limit(bindparam("most")) for where in _WHERE]
    whole = union_all(*(select(query.subquery()) for query in placed))
    by = whole.selected_columns["mark"]
    return whole.order_by(by.desc() if last else by).limit(bindparam("most"))


_WAITING = _first()
_NEWEST = _first(orders.c.kind == bindparam("kind"), last=True)


def seen_from(
    connection: Connection, node_id: int, at: Unit
) -> dict[tuple[str, str], tuple[int, bytes]]:
    """Of each (kind, key) the newest order for a node of unit ``at``: mark and body."""
    rows = after(connection, node_id, at, 0, _EVERY)
    return {(row.kind, row.key): (row.mark, row.body) for row in rows}


def placed_for(connection: Connection, at: Unit) -> dict[tuple[str, str], tuple[int, Placed]]:
    """The orders in force for all nodes of unit ``at`` by its place alone, with their marks."""
    values = {"above": at.ancestors, "top": at.path, "end": range_end(at.path)}
    found: dict[tuple[str, str], tuple[int, Placed]] = {}
    for where in _WHERE[:2]:
        query = select(orders).where(orders.c.body != b"", *where)
        for row in connection.execute(query, values):
            if row.mark > found.get((row.kind, row.key), (0,))[0]:
                body = _unpacked(row.body)
                placed = Placed(row.scope, row.unit_id, 0, row.kind, row.key, body)
                found[row.kind, row.key] = row.mark, placed
    return found


def of_node(connection: Connection, node_id: int, kind: str) -> dict[str, bytes]:
    """The orders of ``kind`` that are in force for this one node, by key."""
    query = select(orders.c.key, orders.c.body).where(
        orders.c.scope == "node", orders.c.unit_id == 0, orders.c.node_id == node_id,
        orders.c.kind == kind, orders.c.body != b"",
    )  # fmt: skip
    return {row.key: _unpacked(row.body) for row in connection.execute(query)}


def of_place(connection: Connection, scope: str, unit_id: int) -> list[Placed]:
    """The orders in force that are placed at a unit itself."""
    query = select(orders).where(
        orders.c.scope == scope, orders.c.unit_id == unit_id, orders.c.body != b""
    )
    return [
        Placed(row.scope, row.unit_id, row.node_id, row.kind, row.key, _unpacked(row.body))
        for row in connection.execute(query.order_by(orders.c.mark))
    ]


def leave_place(connection: Connection, scope: str, unit_id: int) -> None:
    """Forget the orders in force placed at a unit itself: they are placed elsewhere now."""
    at = (orders.c.scope == scope) & (orders.c.unit_id == unit_id) & (orders.c.body != b"")
    connection.execute(delete(orders).where(at))

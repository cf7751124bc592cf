"""Orders: what the hub tells the nodes, and how much of it fits one answer (SPEC.md §5).

Bodies are JSON objects; each kind has its function here. The rows are in ``hub.store.orders``.
"""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from hub.store import orders
from hub.store.courses import Class, DatedVersion, Published
from hub.store.learners import Learner
from hub.store.nodes import Node
from hub.store.orders import Placed
from hub.store.results import ResultRow
from hub.store.units import Unit
from sync.exchange import Order
from sync.facts.attempts import ordinal_of
from sync.facts.spans import day_of

# Before compression to a tenth, which takes two seconds on a line of 64 kbit/s.
MAX_ANSWER_ORDERS_BYTES = 120_000
# Rows read for one answer; an order has this overhead besides its body.
MAX_ANSWER_ORDERS = 1_500
ORDER_OVERHEAD_BYTES = 24

# Results that overtake other orders: a class that handed in together, half a second on that line.
MAX_OVERTAKING_BYTES, MAX_OVERTAKING = 20_000, 200
OVERTAKING = "result"

WITHDRAWN = b""
TRUST = "trust"


def for_node(
    connection: Connection, node: Node, at: Unit, mark: int, *, results_first: bool = False
) -> tuple[list[Order], bool]:
    """The next orders of a node that holds all up to ``mark``, and whether more wait.

    ``results_first``: the newest exam results that would have to wait for a later answer come
    before them, beyond the limit; the last order is always one of the next ones (SPEC.md §5.6).
    """
    taken, more = _next(connection, node, at, mark)
    if not (more and results_first):
        return taken, more
    size, ahead = 0, list[Order]()
    for order in orders.newest(connection, node.id, at, taken[-1].mark, OVERTAKING, MAX_OVERTAKING):
        size += _size(order)
        if size > MAX_OVERTAKING_BYTES:
            break
        ahead.append(order)
    return [*reversed(ahead), *taken], True


def _next(connection: Connection, node: Node, at: Unit, mark: int) -> tuple[list[Order], bool]:
    """The orders that follow ``mark``, as many as fit an answer, and whether more wait."""
    waiting = orders.after(connection, node.id, at, mark, MAX_ANSWER_ORDERS)
    taken: list[Order] = []
    size = 0
    for order in waiting:
        size += _size(order)
        if taken and size > MAX_ANSWER_ORDERS_BYTES:
            return taken, True
        taken.append(order)
    return taken, len(waiting) == MAX_ANSWER_ORDERS


def _size(order: Order) -> int:
    return len(order.body) + len(order.key.encode()) + ORDER_OVERHEAD_BYTES


def roster(learner: Learner, unit: Unit) -> Placed:
    """A learner for the nodes at and above the unit; one who left is withdrawn."""
    body = _body(number=learner.number, name=learner.name, post=learner.post, unit=unit.name)
    return Placed("up", unit.id, 0, "roster", learner.number, body if learner.active else WITHDRAWN)


def no_roster(number: str, unit_id: int) -> Placed:
    """Withdraw a learner from a unit that the learner left."""
    return Placed("up", unit_id, 0, "roster", number, WITHDRAWN)


def moved(number: str, unit_id: int, to: Unit | None) -> Placed:
    """Say at a unit that a learner left where to; nowhere, if to none of ours."""
    body = _body(unit=to.name) if to else WITHDRAWN
    return Placed("up", unit_id, 0, "moved", number, body)


def course(published: Published, versions: Sequence[DatedVersion], unit: Unit) -> Placed:
    """A course for all nodes at and below the unit; ``versions``: all there ever were of it."""
    return Placed("down", unit.id, 0, "course", published.id, _course(published, versions))


def seat(published: Published, versions: Sequence[DatedVersion], node_id: int) -> Placed:
    """A course for one node, because its licence is for a number of stations."""
    return Placed("node", 0, node_id, "course", published.id, _course(published, versions))


def licensed(published: Published, unit: Unit, stations: int) -> Placed:
    """Note that such a course is published to the unit; it reaches no node by itself."""
    body = _body(stations=stations)
    return Placed(orders.LICENSED, unit.id, 0, "course", published.id, body)


def trust(top: Unit, root: bytes) -> Placed:
    """The root of trust of releases, for all nodes; a node keeps the first that it gets."""
    return Placed("down", top.id, 0, TRUST, "root", root)


def class_(study_class: Class) -> Placed:
    """A class for all nodes at and below its unit."""
    body = _body(
        title=study_class.title,
        opens=study_class.opens,
        closes=study_class.closes,
        courses=list(study_class.courses),
    )
    return Placed("down", study_class.unit_id, 0, "class", study_class.id, body)


def no_class(class_id: str, unit_id: int) -> Placed:
    """Withdraw a class from the nodes at and below a unit."""
    return Placed("down", unit_id, 0, "class", class_id, WITHDRAWN)


def station(node_id: int, unit: Unit) -> Placed:
    """What a node's station is called."""
    body = _body(code=unit.code, name=unit.name)
    return Placed("node", 0, node_id, "station", "station", body)


def keeper(node_id: int, secret: str, at: int) -> Placed:
    """Another password for a node's keepers, for one sign-in; ``secret`` is its Argon2id hash."""
    body = _body(secret=secret, at=at)
    return Placed("node", 0, node_id, "keeper", "reset", body)


def facts(node_id: int, learner: str, state: bytes) -> Placed:
    """What is known of a learner, for a node that has lost it; ``state`` is canonical JSON."""
    body = b'{"state":' + state + b"}"
    return Placed("node", 0, node_id, "facts", learner, body)


def facts_at(unit_id: int, learner: str, state: bytes) -> Placed:
    """The same for the nodes at and above the unit to which the learner came."""
    return Placed("up", unit_id, 0, "facts", learner, b'{"state":' + state + b"}")


def result(row: ResultRow, home: Unit | None, at: Unit | None) -> list[Placed]:
    """A result for the stations at ``home``, the learner's unit, and above; and for the node that
    sent it, when its unit ``at`` is none of these."""
    body = _body(
        learner=row.learner,
        exam=row.exam,
        attempt=ordinal_of(row.attempt),
        node=row.node_id,
        right=row.right,
        total=row.total,
        score=row.score,
        passed=row.passed,
        submitted_at=row.submitted_at,
        receipt_seq=row.receipt_seq,
        **({} if row.attempt == ordinal_of(row.attempt) else {"sitting": row.attempt}),
    )
    placed = []
    if home is not None:
        placed.append(Placed("up", home.id, 0, "result", row.key, body))
    if at is not None and (home is None or at.id not in home.ancestors):
        placed.append(Placed("node", 0, row.node_id, "result", row.key, body))
    return placed


def _course(published: Published, versions: Sequence[DatedVersion]) -> bytes:
    return _body(
        version=published.version,
        manifest=published.manifest_sha,
        size=published.size,
        title=published.title,
        # The day on which each version came into force (SPEC.md §8.10).
        versions=days_of(versions),
    )


def days_of(versions: Sequence[DatedVersion]) -> list[list[int]]:
    """Versions with their days, as the order of a course names them."""
    return [[each.version, day_of(each.since)] for each in versions]


def body_of(values: Mapping[str, object]) -> bytes:
    """The body of an order that says this."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _body(**values: object) -> bytes:
    return body_of(values)

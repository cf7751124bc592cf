"""One-time codes with which nodes join (table ``join_code``)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from hub.store.schema import join_code, node, unit
from hub.store.scope import Scope, named


@dataclass(frozen=True, slots=True)
class JoinCode:
    """One code. ``secret`` is empty once it was used; then ``answer`` is what was answered."""

    id: str
    node_id: int
    secret: str
    made_at: int
    expires_at: int
    used_at: int | None
    used_key: bytes | None
    used_request: bytes | None
    answer: bytes | None


def lock(connection: Connection, code_id: str) -> JoinCode | None:
    """The code; nobody else uses it until this transaction ends."""
    query = select(join_code).where(join_code.c.id == code_id).with_for_update()
    row = connection.execute(query).first()
    return JoinCode(*row) if row else None


def of_node(connection: Connection, node_id: int) -> JoinCode | None:
    """The newest code of a node."""
    query = select(join_code).where(join_code.c.node_id == node_id)
    row = connection.execute(query.order_by(join_code.c.made_at.desc()).limit(1)).first()
    return JoinCode(*row) if row else None


@dataclass(frozen=True, slots=True)
class LiveCode:
    """A code that can still be used, of the station ``node_id``."""

    node_id: int
    id: str
    secret: str
    expires_at: int


def live(
    connection: Connection, scope: Scope, now: int, limit: int, *, text: str = "",
    node_ids: Iterable[int] = (), made_at: int | None = None,
) -> list[LiveCode]:  # fmt: skip
    """The codes of waiting stations that can be used now, by the place of the station.

    ``text``: of stations found by name or code; ``node_ids``: of these only; ``made_at``: that
    were made then.
    """
    query = (
        select(join_code.c.node_id, join_code.c.id, join_code.c.secret, join_code.c.expires_at)
        .join(node, node.c.id == join_code.c.node_id)
        .join(unit, unit.c.id == node.c.unit_id)
        .where(
            scope.units(), node.c.state == "waiting", join_code.c.used_at.is_(None),
            join_code.c.expires_at >= now, unit.c.closed_at.is_(None),
        )
    )  # fmt: skip
    if text:
        query = query.where(named(text))
    if chosen := list(node_ids):
        query = query.where(node.c.id.in_(chosen))
    if made_at is not None:
        query = query.where(join_code.c.made_at == made_at)
    rows = connection.execute(query.order_by(unit.c.path, join_code.c.made_at).limit(limit))
    return [LiveCode(*row) for row in rows]


def exists(connection: Connection, code_id: str) -> bool:
    """Whether this id is taken, by a used code too."""
    query = select(join_code.c.id).where(join_code.c.id == code_id)
    return connection.execute(query).first() is not None


def add(
    connection: Connection, code_id: str, secret: str, node_id: int, at: int, expires_at: int
) -> None:
    """Keep a new code; unused ones of the same node are void."""
    unused = join_code.c.used_at.is_(None)
    connection.execute(delete(join_code).where(join_code.c.node_id == node_id, unused))
    connection.execute(
        insert(join_code).values(
            id=code_id, node_id=node_id, secret=secret, made_at=at, expires_at=expires_at
        )
    )


def use(
    connection: Connection, code_id: str, key: bytes, request: bytes, answer: bytes, at: int
) -> None:
    """Note that the code was used and erase its secret."""
    connection.execute(
        update(join_code)
        .where(join_code.c.id == code_id)
        .values(secret="", used_at=at, used_key=key, used_request=request, answer=answer)
    )

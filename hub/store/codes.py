"""One-time codes with which nodes join (table ``join_code``)."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from hub.store.schema import join_code


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

"""Counters that survive and are never given out twice (table ``counter``)."""

from sqlalchemy import Connection, bindparam, select, update

from hub.store.dialect import insert
from hub.store.schema import counter

# Built once: every sync runs them, and building them takes longer than running them.
_ONE = select(counter.c.value).where(counter.c.name == bindparam("wanted"))
_LOCKED = _ONE.with_for_update()
_BUMP = (
    update(counter)
    .where(counter.c.name == bindparam("wanted"))
    .values(value=counter.c.value + bindparam("more"))
    .returning(counter.c.value)
)


def take(connection: Connection, name: str, count: int = 1) -> int:
    """The first of ``count`` numbers, starting at 1, that nobody else gets.

    The row stays locked until the transaction ends: numbers become visible in their order.
    """
    bump = {"wanted": name, "more": count}
    last = connection.execute(_BUMP, bump).scalar()
    if last is None:
        _begin(connection, name)
        last = connection.execute(_BUMP, bump).scalar_one()
    return int(last) - count + 1


def hold(connection: Connection, name: str) -> None:
    """Let nobody take a number until this transaction ends."""
    _begin(connection, name)
    connection.execute(_LOCKED, {"wanted": name})


def last(connection: Connection, name: str) -> int:
    """The last number given out; 0 if none was."""
    value = connection.execute(_ONE, {"wanted": name}).scalar()
    return int(value or 0)


def _begin(connection: Connection, name: str) -> None:
    """Make the counter if there is none."""
    statement = insert(connection, counter).values(name=name, value=0)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))

"""Counters that survive and are never given out twice (table ``counter``)."""

from sqlalchemy import Connection, select, update

from hub.store.dialect import insert
from hub.store.schema import counter


def take(connection: Connection, name: str, count: int = 1) -> int:
    """The first of ``count`` numbers, starting at 1, that nobody else gets.

    The row stays locked until the transaction ends: numbers become visible in their order.
    """
    bump = (
        update(counter)
        .where(counter.c.name == name)
        .values(value=counter.c.value + count)
        .returning(counter.c.value)
    )
    last = connection.execute(bump).scalar()
    if last is None:
        connection.execute(
            insert(connection, counter)
            .values(name=name, value=0)
            .on_conflict_do_nothing(index_elements=["name"])
        )
        last = connection.execute(bump).scalar_one()
    return int(last) - count + 1


def last(connection: Connection, name: str) -> int:
    """The last number given out; 0 if none was."""
    value = connection.execute(select(counter.c.value).where(counter.c.name == name)).scalar()
    return int(value or 0)

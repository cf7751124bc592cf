"""Brakes: how often one source may try within a window (table ``brake``); survives a restart."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select, update

from hub.store.dialect import insert
from hub.store.schema import brake


def tried(connection: Connection, key: str, now: int, window_s: int) -> int:
    """Count one more try of ``key`` and return how many there were within the window."""
    row = connection.execute(select(brake).where(brake.c.key == key).with_for_update()).first()
    fresh = row is not None and 0 <= now - row.since < window_s
    tries, since = (row.tries + 1, row.since) if row is not None and fresh else (1, now)
    connection.execute(
        insert(connection, brake)
        .values(key=key, tries=tries, since=since)
        .on_conflict_do_update(index_elements=["key"], set_={"tries": tries, "since": since})
    )
    return tries


def again_s(connection: Connection, key: str, now: int, window_s: int, limit: int) -> int:
    """Seconds until ``key`` may try again; 0 if it may now."""
    row = connection.execute(select(brake).where(brake.c.key == key)).first()
    if row is None or row.tries < limit or not 0 <= now - row.since < window_s:
        return 0
    return int(row.since + window_s - now)


def forget_before(connection: Connection, at: int) -> None:
    """Drop windows that began before ``at``."""
    connection.execute(delete(brake).where(brake.c.since < at))


def release(connection: Connection, keys: Iterable[str]) -> None:
    """Forget the tries of these keys: the right one has come."""
    connection.execute(delete(brake).where(brake.c.key.in_(list(keys))))


def forgive(connection: Connection, keys: Iterable[str]) -> None:
    """Take one try of each of these keys back: it was the right one."""
    counted = brake.c.key.in_(list(keys)) & (brake.c.tries > 0)
    connection.execute(update(brake).where(counted).values(tries=brake.c.tries - 1))

"""Who is logged in at the hub's pages (table ``session``), under the hash of the cookie's secret.

The cookie alone opens nothing: a log-out ends it for all copies of it, in every process.
"""

import hashlib

from sqlalchemy import Connection, delete, select

from hub.store import users
from hub.store.dialect import insert
from hub.store.schema import session
from hub.store.users import User


def begin(connection: Connection, token: str, user_id: int, now: int) -> None:
    """Log somebody in under ``token``, a new secret."""
    connection.execute(
        insert(connection, session).values(id=_id(token), user_id=user_id, began_at=now)
    )


def user_of(connection: Connection, token: str, since: int) -> User | None:
    """Whose session this is, if it began after ``since`` and was not ended."""
    query = select(session.c.user_id).where(session.c.id == _id(token), session.c.began_at > since)
    user_id = connection.scalar(query)
    return None if user_id is None else users.get(connection, user_id)


def end(connection: Connection, token: str) -> None:
    """Log out; nothing happens when it was ended before."""
    connection.execute(delete(session).where(session.c.id == _id(token)))


def end_all(connection: Connection, user_id: int) -> None:
    """End all sessions of an account."""
    connection.execute(delete(session).where(session.c.user_id == user_id))


def forget_before(connection: Connection, at: int) -> None:
    """Drop those that began before ``at``."""
    connection.execute(delete(session).where(session.c.began_at <= at))


def _id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

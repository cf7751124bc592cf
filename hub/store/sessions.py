"""Who is logged in at the hub's pages (table ``session``), under the hash of the cookie's secret.

The cookie alone opens nothing: a log-out ends it for all copies of it, in every process.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from hub.store import users
from hub.store.dialect import insert
from hub.store.schema import session
from hub.store.users import User


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A log-in that was not ended. ``id`` is the hash of its secret, and opens nothing."""

    id: str
    user_id: int
    began_at: int
    source: str
    agent: str


def begin(
    connection: Connection, token: str, user_id: int, now: int, source: str = "", agent: str = ""
) -> None:
    """Log somebody in under ``token``, a new secret."""
    values = {"user_id": user_id, "began_at": now, "source": source, "agent": agent}
    connection.execute(insert(connection, session).values(id=session_id(token), **values))


def of_user(connection: Connection, user_id: int, since: int) -> list[OpenSession]:
    """The log-ins of an account that began after ``since``, newest first."""
    query = select(session).where(session.c.user_id == user_id, session.c.began_at > since)
    rows = connection.execute(query.order_by(session.c.began_at.desc(), session.c.id))
    return [OpenSession(row.id, row.user_id, row.began_at, row.source, row.agent) for row in rows]


def end_one(connection: Connection, user_id: int, number: str) -> bool:
    """End the log-in with this id, if it is this account's; False when it was ended before."""
    where = (session.c.id == number) & (session.c.user_id == user_id)
    return connection.execute(delete(session).where(where)).rowcount == 1


def user_of(connection: Connection, token: str, since: int) -> User | None:
    """Whose session this is, if it began after ``since`` and was not ended."""
    known = (session.c.id == session_id(token)) & (session.c.began_at > since)
    user_id = connection.scalar(select(session.c.user_id).where(known))
    return None if user_id is None else users.get(connection, user_id)


def end(connection: Connection, token: str) -> None:
    """Log out; nothing happens when it was ended before."""
    connection.execute(delete(session).where(session.c.id == session_id(token)))


def end_all(connection: Connection, user_id: int) -> None:
    """End all sessions of an account."""
    connection.execute(delete(session).where(session.c.user_id == user_id))


def forget_before(connection: Connection, at: int) -> None:
    """Drop those that began before ``at``."""
    connection.execute(delete(session).where(session.c.began_at <= at))


def session_id(token: str) -> str:
    """Under what the log-in with this secret is kept."""
    return hashlib.sha256(token.encode()).hexdigest()

"""Sign-ins: who is signed in, under the hash of the cookie's secret.

A cache in memory answers each request; the table makes sign-ins outlive a power cut. When a
session was last seen is written at most every few minutes: it only serves to end idle sessions.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass, replace
from threading import Lock

from node.store.db import Store

# A learner who asked for nothing so long may have gone, and the next one sits at the shared PC.
DOUBT_S = 600
# Writing "seen" for each request would be a disk write a request.
SEEN_EVERY_S = 300


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in; exactly one of ``learner`` and ``keeper`` is set."""

    id: str
    learner: str
    keeper: str
    began: int
    seen: int
    source: str

    def is_in_doubt(self, now: int) -> bool:
        """Whether it may be another learner who asks now: then ``seen`` waits for ``confirm``."""
        return bool(self.learner) and self.seen < now - DOUBT_S


class Sessions:
    """All sign-ins of this node."""

    def __init__(self, store: Store, idle_s: int) -> None:
        self._store = store
        self._idle_s = idle_s
        self._lock = Lock()
        rows = store.read().execute("SELECT * FROM session")
        self._open = {row["id"]: Session(**dict(row)) for row in rows}
        self._written = {session.id: session.seen for session in self._open.values()}

    def begin(
        self, token: str, now: int, learner: str = "", keeper: str = "", source: str = ""
    ) -> Session:
        """Sign somebody in under ``token``, a new secret; those idle for too long are ended."""
        session = Session(id_of(token), learner, keeper, now, now, source)

        def store(conn: sqlite3.Connection) -> None:
            conn.execute("DELETE FROM session WHERE seen < ?", (now - self._idle_s - SEEN_EVERY_S,))
            conn.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)",
                (session.id, learner, keeper, now, now, source),
            )

        self._store.write(store)
        with self._lock:
            old = [s.id for s in self._open.values() if s.seen < now - self._idle_s]
            for id_ in old:
                self._forget(id_)
            self._open[session.id] = session
            self._written[session.id] = now
        return session

    def find(self, token: str, now: int, by_itself: bool = False) -> Session | None:
        """The session of ``token``, seen ``now``; None when there is none or it idled too long.

        One in doubt stays as it was; so does one for which a page asks ``by_itself``.
        """
        id_ = id_of(token)
        with self._lock:
            session = self._open.get(id_)
            if session is None:
                return None
            if session.seen < now - self._idle_s:
                return None
            if by_itself or session.is_in_doubt(now):
                return session
        return self._see(session, now)

    def confirm(self, session: Session, now: int) -> Session:
        """It is still the same learner who asks."""
        return self._see(session, now)

    def _see(self, session: Session, now: int) -> Session:
        id_ = session.id
        with self._lock:
            session = replace(session, seen=max(now, session.seen))
            if id_ in self._open:
                self._open[id_] = session
            due = self._written.get(id_, 0) + SEEN_EVERY_S < now
            if due:
                self._written[id_] = now
        if due:
            self._store.write(
                lambda conn: conn.execute("UPDATE session SET seen = ? WHERE id = ?", (now, id_))
            )
        return session

    def end(self, session: Session) -> None:
        """Sign out."""
        self._store.write(
            lambda conn: conn.execute("DELETE FROM session WHERE id = ?", (session.id,))
        )
        with self._lock:
            self._forget(session.id)

    def end_all(self, learner: str = "", keeper: str = "", but: str = "") -> None:
        """Sign somebody out everywhere, except in session ``but``."""
        self._store.write(
            lambda conn: conn.execute(
                "DELETE FROM session WHERE learner = ? AND keeper = ? AND id <> ?",
                (learner, keeper, but),
            )
        )
        with self._lock:
            for session in list(self._open.values()):
                if (session.learner, session.keeper) == (learner, keeper) and session.id != but:
                    self._forget(session.id)

    def seen_since(self, since: int) -> list[Session]:
        """Learners' sessions in use since then, latest first."""
        with self._lock:
            sessions = [s for s in self._open.values() if s.learner and s.seen >= since]
        return sorted(sessions, key=lambda session: session.seen, reverse=True)

    def _forget(self, id_: str) -> None:
        self._open.pop(id_, None)
        self._written.pop(id_, None)


def id_of(token: str) -> str:
    """What is stored of a cookie's secret."""
    return hashlib.sha256(token.encode()).hexdigest()

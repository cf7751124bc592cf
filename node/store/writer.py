"""The one writer: many requests share one disk sync (group commit).

Requests hand closures to :meth:`GroupWriter.run`. The thread takes all that wait, runs each in a
savepoint of one IMMEDIATE transaction, commits with ``synchronous=FULL`` and only then wakes
them. On a hard disk a sync costs 10-30 ms for any number: thirty learners cost no more than one.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from node.errors import DiskFault, DiskFull, MachineError, StoreBusy
from node.threads import ThreadFault, ThreadState

log = logging.getLogger(__name__)
T = TypeVar("T")
Job = tuple[Callable[[sqlite3.Connection], Any], "Future[Any]"]

# More jobs than this in one transaction would let the first wait long for the last.
MAX_GROUP = 200
# Far more than a node's threads can ask for; beyond it something hangs, and jobs are refused.
MAX_WAITING = 2_000
# A slow disk syncs in 100 ms, a stuck one not in ten seconds: then say no instead of hanging.
PATIENCE_S = 10.0
# A group that takes longer hangs at the disk; who asks meanwhile is told that nothing is stored.
LONGEST_GROUP_S = 60.0

_DISK_FAULTS = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN}
)


class GroupWriter:
    """Runs closures against the database, each wholly or not at all."""

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], path: Path, patience_s: float = PATIENCE_S
    ) -> None:
        self._connect = connect
        self._conn: sqlite3.Connection | None = connect()
        self._jobs: queue.Queue[Job | None] = queue.Queue(MAX_WAITING)
        self._patience_s = patience_s
        self._closed = False
        self._group_since: float | None = None  # monotonic s, while a group is written
        self.fault: MachineError | None = None  # why the newest group was not stored
        self._thread = threading.Thread(target=self._work, name=f"writer {path.name}", daemon=True)
        self._thread.start()

    def run(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``fn`` in the group transaction; when this returns, its work is on disk.

        Raises:
            StoreBusy: the writer did not begin with it in time; nothing was stored.
            DiskFull, DiskFault: the disk refused; nothing was stored.
            MachineError: the writer failed unexpectedly; nothing was stored.
            Exception: whatever ``fn`` raised; only its own work was undone.
        """
        future: Future[T] = Future()
        if self._closed:
            raise StoreBusy("the node is stopping")
        try:
            self._jobs.put_nowait((fn, future))
        except queue.Full:
            raise StoreBusy("writer queue is full") from None
        try:
            return future.result(self._patience_s)
        except TimeoutError:
            if future.cancel():
                raise StoreBusy(f"writer did not begin in {self._patience_s} s") from None
        # It has begun: only the disk can say how it ends, and the caller must get the true answer.
        return future.result()

    def close(self) -> None:
        """Finish what waits and stop."""
        self._closed = True
        self._jobs.put(None)
        self._thread.join()

    def state(self) -> ThreadState:
        """Whether the thread lives, and gets on with the group that it writes."""
        since = self._group_since
        if not self._closed and not self._thread.is_alive():
            return ThreadState("writer", ThreadFault.ENDED)
        if since is not None and time.monotonic() - since > LONGEST_GROUP_S:
            return ThreadState("writer", ThreadFault.STUCK)
        return ThreadState("writer")

    def _work(self) -> None:
        open_for_jobs = True
        while open_for_jobs:
            group: list[Job] = []
            job = self._jobs.get()
            while job is not None and len(group) < MAX_GROUP:
                group.append(job)
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
            else:
                if job is None:
                    open_for_jobs = False
                else:
                    group.append(job)
            self._group_since = time.monotonic()
            self._commit([job for job in group if job[1].set_running_or_notify_cancel()])
            self._group_since = None
        if self._conn is not None:
            self._conn.close()

    def _commit(self, group: list[Job]) -> None:
        """Run ``group`` as one transaction and tell each caller how it went."""
        if not group:
            return
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            conn = self._conn = self._conn or self._connect()
            conn.execute("BEGIN IMMEDIATE")
            for fn, future in group:
                answers.append((future, *_apart(conn, fn)))
            conn.execute("COMMIT")
        except sqlite3.Error as error:
            self._refuse(group, disk_error(error))
            return
        except BaseException as error:
            # All writing is on this thread: without it every caller would wait for ever.
            log.exception("%s jobs not stored", len(group))
            self._refuse(group, MachineError(repr(error)))
            return
        self.fault = None
        for future, value, raised in answers:
            if raised is None:
                future.set_result(value)
            else:
                future.set_exception(raised)

    def _refuse(self, group: list[Job], fault: MachineError) -> None:
        """Throw the connection away, and tell everybody that nothing was stored.

        After a failed write its idea of the file may be wrong.
        """
        self.fault = fault
        conn, self._conn = self._conn, None
        if conn is not None:
            with suppress(sqlite3.Error):
                conn.close()  # rolls back what was open
        for _, future in group:
            future.set_exception(fault)


def _apart(
    conn: sqlite3.Connection, fn: Callable[[sqlite3.Connection], Any]
) -> tuple[Any, BaseException | None]:
    """Run ``fn`` in a savepoint: its value, or what it raised after its work was undone."""
    conn.execute("SAVEPOINT job")
    try:
        value = fn(conn)
    except Exception as error:
        if isinstance(error, sqlite3.Error) and _primary(error) in _DISK_FAULTS | {
            sqlite3.SQLITE_FULL
        }:
            raise
        conn.execute("ROLLBACK TO job")
        conn.execute("RELEASE job")
        return None, error
    conn.execute("RELEASE job")
    return value, None


def disk_error(error: sqlite3.Error) -> MachineError:
    """What an SQLite error means to people."""
    primary = _primary(error)
    if primary == sqlite3.SQLITE_FULL:
        return DiskFull(str(error))
    if primary == sqlite3.SQLITE_BUSY:
        return StoreBusy(str(error))
    return DiskFault(str(error))


def _primary(error: sqlite3.Error) -> int:
    """The primary result code: extended codes carry it in their low byte."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF

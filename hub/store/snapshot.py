"""Snapshot: the hub's database at one moment as one SQLite file, whatever it is kept in.

SQLite's own backup copies the pages of one read transaction. Of PostgreSQL all rows are read in one
REPEATABLE READ transaction and written into tables that the same migrations made: nothing has to be
installed, and one format serves both. ``load`` brings such a file into a PostgreSQL database.
"""

import errno
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    TableClause,
    column,
    create_engine,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema

from hub.errors import StoreUnavailable
from hub.store.engine import (
    BUSY_MS,
    migrate,
    migrate_within,
    open_engine,
    reading,
    writing,
)

# How much is done, of how much: bytes, or rows.
Tell = Callable[[int, int], None]

VERSION = "alembic_version"
# Copied between two looks at the progress: 8 MB of pages, a few thousand rows.
PAGES_AT_ONCE, ROWS_AT_ONCE = 2_000, 5_000


@dataclass(slots=True)
class Tally:
    """What rows there are, whatever their order: their number, and the sum of their hashes."""

    rows: int = 0
    sum: int = 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Count rows; yes and no are one and nought, as SQLite keeps them."""
        for row in rows:
            plain = tuple(int(value) if isinstance(value, bool) else value for value in row)
            digest = blake2b(repr(plain).encode("utf-8", "surrogatepass"), digest_size=8).digest()
            self.sum = (self.sum + int.from_bytes(digest)) % 2**64
            self.rows += 1


def take(engine: Engine, revision: str, target: Path, tell: Tell) -> None:
    """Copy the database as it is now into the new file ``target``; others go on writing.

    Raises:
        OSError: there is no room for it.
        StoreUnavailable: the database is not there, or the copy is not what was read.
    """
    try:
        if engine.dialect.name == "postgresql":
            _of_postgresql(engine, revision, target, tell)
        else:
            _of_sqlite(Path(str(engine.url.database)), target, tell)
    except sqlite3.Error as fault:
        if "full" in str(fault):
            raise OSError(errno.ENOSPC, str(fault), str(target)) from fault
        raise StoreUnavailable(str(fault)) from fault


def open_copy(file: Path) -> Engine:
    """A copy to be read: nothing of it, and nothing beside it, is ever written."""
    address = f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1&uri=true"
    return create_engine(f"sqlite+pysqlite:///{address}", poolclass=NullPool)


def unsound(file: Path) -> str:
    """What SQLite finds wrong with a copy; "" if it is whole."""
    try:
        with closing(_bare(file)) as copy:
            (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as fault:
        return str(fault)
    return "" if verdict == "ok" else str(verdict)


def revision_of(file: Path) -> str:
    """The release of the tables in a copy."""
    with closing(_bare(file)) as copy:
        (number,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(number)


def load(
    engine: Engine,
    file: Path,
    revision: str,
    aside: str,
    finish: Callable[[Connection], None],
    tell: Tell,
) -> None:
    """Bring a copy into a PostgreSQL database in one transaction, compared row by row.

    Tables that are there go to a schema called ``aside``, unless that is "". ``finish`` is called
    last in the transaction.

    Raises:
        StoreUnavailable: the database did not take it, or not as it was; nothing is changed.
    """
    copy = open_copy(file)
    try:
        with writing(engine) as connection, copy.connect() as source:
            if aside:
                _set_aside(connection, aside)
            migrate_within(connection, revision)
            tables = MetaData()
            tables.reflect(connection)
            wanted = [each for each in tables.sorted_tables if each.name != VERSION]
            for each in reversed(wanted):
                connection.execute(each.delete())  # a step may have written rows
            total, done = sum(_count(source, each) for each in wanted), 0
            for each in wanted:
                for count in _copy_in(connection, source, each):
                    done += count
                    tell(done, total)
            finish(connection)
    except psycopg.Error as fault:
        raise StoreUnavailable(str(fault)) from fault
    finally:
        copy.dispose()


def _bare(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1", uri=True)


def _of_sqlite(source: Path, target: Path, tell: Tell) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.isolation_level = None
        live.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        (size,) = live.execute("PRAGMA page_size").fetchone()
        # Held to the end: without it the copy would begin anew at each commit of somebody else.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(
            copy,
            pages=PAGES_AT_ONCE,
            progress=lambda _status, left, pages: tell((pages - left) * size, pages * size),
        )
        live.execute("ROLLBACK")
        _one_file(copy)


def _one_file(copy: sqlite3.Connection) -> None:
    """Leave nothing beside the file: no log of what was written."""
    copy.execute("PRAGMA journal_mode=DELETE")


def _of_postgresql(engine: Engine, revision: str, target: Path, tell: Tell) -> None:
    address = f"sqlite+pysqlite:///{target}"
    prepared = open_engine(address)
    migrate(prepared, revision)
    prepared.dispose()
    # As SQLite is by itself: rows may come before those that they point to.
    copy = create_engine(address, poolclass=NullPool)
    tables = _tables(copy)
    read = {}
    with reading(engine) as source, copy.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")  # the caller puts it on disk
        total, done = sum(_count(source, each) for each in tables), 0
        for each in tables:
            connection.execute(each.delete())
            tally = read[each.name] = Tally()
            for rows in _rows(source, each):
                tally.add(rows)
                names = [one.name for one in each.columns]
                connection.execute(
                    insert(each), [dict(zip(names, row, strict=True)) for row in rows]
                )
                done += len(rows)
                tell(done, total)
        connection.commit()
    copy.dispose()
    with closing(sqlite3.connect(target)) as bare:
        _one_file(bare)
    _compare(target, tables, read)


def _compare(target: Path, tables: Sequence[TableClause], read: dict[str, Tally]) -> None:
    copy = open_copy(target)
    with copy.connect() as connection:
        for each in tables:
            written = _tally(connection, each)
            if written != read[each.name]:
                raise StoreUnavailable(f"table {each.name}: {written} is not {read[each.name]}")


def _tables(engine: Engine) -> list[TableClause]:
    """All tables but the one that names the release, with bare columns: values as they are kept."""
    looked = inspect(engine)
    return [
        table(name, *(column(one["name"]) for one in looked.get_columns(name)))
        for name in sorted(looked.get_table_names())
        if name != VERSION
    ]


def _rows(connection: Connection, each: TableClause) -> Iterator[list[tuple[Any, ...]]]:
    query = select(*each.columns)
    options = {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}
    for part in connection.execute(query, execution_options=options).partitions(ROWS_AT_ONCE):
        yield [tuple(row) for row in part]


def _count(connection: Connection, each: TableClause | Table) -> int:
    bare = table(each.name)
    return int(connection.execute(select(func.count()).select_from(bare)).scalar_one())


def _tally(connection: Connection, each: TableClause) -> Tally:
    tally = Tally()
    for rows in _rows(connection, each):
        tally.add(rows)
    return tally


def _set_aside(connection: Connection, schema: str) -> None:
    """Put the tables that are there into a schema of their own, with all that belongs to them."""
    names = inspect(connection).get_table_names()
    if not names:
        return
    connection.execute(CreateSchema(schema))
    quoted = connection.dialect.identifier_preparer.quote
    for name in names:
        connection.execute(text(f"ALTER TABLE {quoted(name)} SET SCHEMA {quoted(schema)}"))


def _copy_in(connection: Connection, source: Connection, each: Table) -> Iterator[int]:
    """Copy one table; gives how many rows went in at once."""
    bare = table(each.name, *(column(one.name) for one in each.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(each.name), sql.SQL(", ").join(sql.Identifier(c.name) for c in each.columns)
    )
    driver: Any = connection.connection.driver_connection
    read = Tally()
    with driver.cursor() as cursor, cursor.copy(statement) as out:
        for rows in _rows(source, bare):
            read.add(rows)
            for row in rows:
                out.write_row(row)
            yield len(rows)
    _go_on_counting(connection, each)
    written = _tally(connection, bare)
    if written != read:
        raise StoreUnavailable(f"table {each.name}: {written} is not {read}")


def _go_on_counting(connection: Connection, each: Table) -> None:
    """Let the database number the next row after those that are there."""
    counted = each.autoincrement_column
    if counted is None:
        return
    quoted = connection.dialect.identifier_preparer.quote(each.name)
    name = connection.execute(
        text("SELECT pg_get_serial_sequence(:name, :column)"),
        {"name": quoted, "column": counted.name},
    ).scalar()
    if name:
        last = connection.execute(select(func.coalesce(func.max(counted), 0))).scalar_one()
        connection.execute(
            text("SELECT setval(:name, :next, false)"), {"name": name, "next": int(last) + 1}
        )

"""Library index: which documents are here and which words stand where (content/SPEC.md §7).

A database of its own, ``library.db``: all of it can be made again from the volumes, so it is
neither backed up nor written with care for each record. One full-text table a volume, without
the text: a volume that is replaced is dropped whole.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from content.model.volume import DocumentLine
from content.text.asides import apart
from content.text.search_fold import fold

# The form of the tables; an index of another form is made again.
VERSION = 2
CACHE_KIB = 2_048
_HAN = re.compile("([\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_SEAM = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
# A hit in the title says more than one in the text.
TITLE_WEIGHT = 8.0

_TABLES = """
CREATE TABLE volume (
    id INTEGER PRIMARY KEY, sha TEXT NOT NULL UNIQUE, course TEXT NOT NULL, name TEXT NOT NULL,
    title TEXT NOT NULL, documents INTEGER NOT NULL, characters INTEGER NOT NULL,
    place INTEGER NOT NULL DEFAULT 0, expires TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE document (
    id INTEGER PRIMARY KEY, volume INTEGER NOT NULL, key TEXT NOT NULL, title TEXT NOT NULL,
    number TEXT NOT NULL, issued TEXT NOT NULL, source TEXT NOT NULL,
    offset INTEGER NOT NULL, length INTEGER NOT NULL, UNIQUE (volume, key)
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class IndexedVolume:
    """A volume that can be searched."""

    id: int
    sha: str
    course: str
    name: str
    title: str
    documents: int
    characters: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of a shelf: what a list shows, and where its text stands in the volume."""

    id: int
    shelf: IndexedVolume
    key: str
    title: str
    number: str
    issued: str
    source: str
    offset: int
    length: int


def words(text: str) -> str:
    """Text as it is compared: folded, each hanzi apart, letters apart from digits."""
    return _spaced(fold(text))


def indexed(text: str) -> str:
    """Text as it is indexed: asides stand at its end, so that 学（xué）分 has 学分."""
    folded, heard = apart(text)
    return _spaced(f"{folded} {heard}" if heard else folded)


def _spaced(folded: str) -> str:
    return _HAN.sub(r" \1 ", _SEAM.sub(" ", folded))


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The index; made again where it is missing or of another form."""
    conn = _connect(path)
    try:
        if conn.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            conn.close()
            forget(path)
            conn = _connect(path)
            conn.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
        yield conn
    finally:
        conn.close()


def forget(path: Path) -> None:
    """Drop the index: it is made again from the volumes."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def shelves(conn: sqlite3.Connection, today: str = "") -> list[IndexedVolume]:
    """The volumes that can be searched, in the order of their courses.

    With a day, an ISO date, those whose licence is over on it are left out.
    """
    rows = conn.execute(
        "SELECT id, sha, course, name, title, documents, characters FROM volume"
        " WHERE expires = '' OR expires >= ? ORDER BY place, id",
        (today,),
    )
    return [IndexedVolume(**dict(row)) for row in rows]


def add(conn: sqlite3.Connection, shelf: IndexedVolume, lines: Iterable[DocumentLine]) -> None:
    """Index a volume, wholly or not at all; its number is given here, not by ``shelf.id``."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        cursor = conn.execute(
            "INSERT INTO volume (sha, course, name, title, documents, characters)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(shelf.sha, shelf.course, shelf.name, shelf.title),
                *(shelf.documents, shelf.characters),
            ),
        )
        number = int(cursor.lastrowid or 0)
        table = _table(number)
        conn.execute(f"CREATE VIRTUAL TABLE {table} USING fts5 (title, text, content = '')")
        for line in lines:
            document = line.document
            row = conn.execute(
                "INSERT INTO document (volume, key, title, number, issued, source, offset, length)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(number, document.id, document.title, document.number, document.issued),
                    *(document.source, line.offset, line.length),
                ),
            ).lastrowid
            conn.execute(
                f"INSERT INTO {table} (rowid, title, text) VALUES (?, ?, ?)",  # noqa: S608
                (row, indexed(f"{document.title} {document.number}"), indexed(document.text)),
            )
        conn.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608
    except BaseException:
        conn.rollback()
        raise
    conn.commit()


def arrange(conn: sqlite3.Connection, ends: Iterable[tuple[str, str]]) -> None:
    """Put the volumes in this order; each has the last day of its licence beside it, or ""."""
    conn.executemany(
        "UPDATE volume SET place = ?, expires = ? WHERE sha = ?",
        [(place, expires, sha) for place, (sha, expires) in enumerate(ends)],
    )


def newest(conn: sqlite3.Connection, count: int, today: str) -> list[Entry]:
    """The documents with the latest dates, the latest first; ``today`` as of ``shelves``."""
    on = {shelf.id: shelf for shelf in shelves(conn, today)}
    rows = conn.execute(
        "SELECT d.* FROM document d JOIN volume v ON v.id = d.volume WHERE issued != ''"
        " AND (v.expires = '' OR v.expires >= ?) ORDER BY issued DESC, d.id LIMIT ?",
        (today, count),
    )
    return [_entry(row, on) for row in rows]


def drop(conn: sqlite3.Connection, shelf: IndexedVolume) -> None:
    """Take a volume out of the index."""
    conn.execute("BEGIN IMMEDIATE")
    conn.execute(f"DROP TABLE {_table(shelf.id)}")
    conn.execute("DELETE FROM document WHERE volume = ?", (shelf.id,))
    conn.execute("DELETE FROM volume WHERE id = ?", (shelf.id,))
    conn.commit()


def hits(conn: sqlite3.Connection, shelf: IndexedVolume, query: str) -> list[tuple[float, int]]:
    """The documents of a shelf that match, with their marks: the lowest fits best."""
    table = _table(shelf.id)
    rows = conn.execute(
        f"SELECT bm25({table}, {TITLE_WEIGHT}, 1.0) AS mark, rowid FROM {table}"  # noqa: S608
        f" WHERE {table} MATCH ?",
        (query,),
    )
    return [(row["mark"], row["rowid"]) for row in rows]


def entries(conn: sqlite3.Connection, ids: Iterable[int]) -> list[Entry]:
    """The documents with these numbers, in this order."""
    on = {shelf.id: shelf for shelf in shelves(conn)}
    return [
        _entry(conn.execute("SELECT * FROM document WHERE id = ?", (number,)).fetchone(), on)
        for number in ids
    ]


def entry(conn: sqlite3.Connection, shelf: IndexedVolume, key: str) -> Entry | None:
    """The document of a shelf with this key."""
    row = conn.execute(
        "SELECT * FROM document WHERE volume = ? AND key = ?", (shelf.id, key)
    ).fetchone()
    return _entry(row, {shelf.id: shelf}) if row else None


def page(conn: sqlite3.Connection, shelf: IndexedVolume, size: int, offset: int) -> list[Entry]:
    """Some documents of a shelf, in the order of the volume."""
    rows = conn.execute(
        "SELECT * FROM document WHERE volume = ? ORDER BY id LIMIT ? OFFSET ?",
        (shelf.id, size, offset),
    )
    return [_entry(row, {shelf.id: shelf}) for row in rows]


def _entry(row: sqlite3.Row, on: dict[int, IndexedVolume]) -> Entry:
    values = dict(row)
    return Entry(shelf=on[values.pop("volume")], **values)


def _table(number: int) -> str:
    return f"text_{int(number)}"


def _connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = NORMAL")
    conn.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    conn.execute("PRAGMA busy_timeout = 5000")
    return conn

"""Courses: what the hub wants here, and what is installed here.

A manifest was checked against the hub's key when it was installed (``node.courses.fetch``); it is
kept in the database as it came, and opened once for each version.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from content.model.course import Course
from content.packs.pack import open_manifest
from node.errors import NotFound
from node.store import meta
from sync.facts.completion import InForce
from sync.facts.spans import day_of
from sync.signing import VerifyKey


@dataclass(frozen=True, slots=True)
class WantedCourse:
    """A version of a course that the hub ordered."""

    course: str
    version: int
    manifest: str  # sha256 of the signed manifest
    size: int
    title: str
    since: int


def want(conn: sqlite3.Connection, wanted: WantedCourse) -> None:
    """The hub ordered this version."""
    conn.execute(
        "INSERT OR REPLACE INTO wanted VALUES (?, ?, ?, ?, ?, ?)",
        (wanted.course, wanted.version, wanted.manifest, wanted.size, wanted.title, wanted.since),
    )


def unwant(conn: sqlite3.Connection, course: str) -> None:
    """The hub withdrew the course: it is no longer offered; its versions stay readable."""
    conn.execute("DELETE FROM wanted WHERE course = ?", (course,))
    withdraw(conn, course)


def wanted(conn: sqlite3.Connection) -> list[WantedCourse]:
    """All that the hub ordered."""
    return [
        WantedCourse(**dict(row)) for row in conn.execute("SELECT * FROM wanted ORDER BY course")
    ]


def missing(conn: sqlite3.Connection) -> list[WantedCourse]:
    """What the hub ordered and is not installed as current, smallest first.

    What gave way to other courses (``node.courses.disk_space``) does not count as missing.
    """
    gone: dict[str, int] = json.loads(meta.get(conn, meta.GONE) or "{}")
    rows = conn.execute(
        "SELECT * FROM wanted w WHERE NOT EXISTS (SELECT 1 FROM installed i"
        " WHERE i.course = w.course AND i.version = w.version AND i.manifest_sha = w.manifest"
        " AND i.current = 1) ORDER BY size, course"
    )
    return [WantedCourse(**dict(row)) for row in rows if gone.get(row["course"]) != row["version"]]


def install(conn: sqlite3.Connection, wanted: WantedCourse, manifest: bytes, at: int) -> None:
    """Make a version whose files are all here the one that is offered."""
    conn.execute("UPDATE installed SET current = 0 WHERE course = ?", (wanted.course,))
    conn.execute(
        "INSERT OR REPLACE INTO installed VALUES (?, ?, ?, ?, ?, 1)",
        (wanted.course, wanted.version, wanted.manifest, manifest, at),
    )


def installed(conn: sqlite3.Connection) -> list[Course]:
    """The courses offered here, in their current versions, by id."""
    rows = conn.execute("SELECT * FROM installed WHERE current = 1 ORDER BY course")
    return [_open(conn, row) for row in rows.fetchall()]


@dataclass(frozen=True, slots=True)
class CurrentVersion:
    """The version of a course that is shown now, and its manifest's name."""

    course: Course
    manifest: str


def held(conn: sqlite3.Connection, id: str) -> CurrentVersion | None:
    """What is shown of a course; None before anything is."""
    query = "SELECT * FROM installed WHERE course = ? AND current = 1"
    row = conn.execute(query, (id,)).fetchone()
    return None if row is None else CurrentVersion(_open(conn, row), row["manifest_sha"])


@dataclass(frozen=True, slots=True)
class Version:
    """A version that was ever installed: ``since`` it came, shown ``until`` another came."""

    course: Course
    manifest: str
    current: bool
    until: int
    since: int


def versions(conn: sqlite3.Connection) -> list[Version]:
    """All versions, with when each was superseded; a withdrawn one counts from when it came."""
    rows = conn.execute("SELECT * FROM installed ORDER BY course, at DESC").fetchall()
    history: list[Version] = []
    for row in rows:
        later = history[-1] if history and history[-1].course.id == row["course"] else None
        until = later.since if later else row["at"]
        history.append(
            Version(_open(conn, row), row["manifest_sha"], bool(row["current"]), until, row["at"])
        )
    return history


def put_days(conn: sqlite3.Connection, course: str, days: Mapping[int, int]) -> None:
    """On which day each version came into force, by the hub's newest word."""
    conn.execute("DELETE FROM version_day WHERE course = ?", (course,))
    rows = [(course, version, day) for version, day in days.items()]
    conn.executemany("INSERT INTO version_day VALUES (?, ?, ?)", rows)


def in_force(conn: sqlite3.Connection, course: str) -> tuple[InForce, ...]:
    """The versions that were ever installed here, each with the days on which it was in force.

    A hub of before versions had days tells none; then each counts from when it came here.
    """
    query = "SELECT * FROM installed WHERE course = ? ORDER BY version"
    here = {row["version"]: row for row in conn.execute(query, (course,)).fetchall()}
    query = "SELECT version, day FROM version_day WHERE course = ?"
    days = {row["version"]: row["day"] for row in conn.execute(query, (course,))}
    days = days or {version: day_of(row["at"]) for version, row in here.items()}
    every = sorted(days)
    until = dict(zip(every, every[1:], strict=False))
    return tuple(
        InForce(
            _open(conn, here[version]).rule(),
            days[version],
            days[until[version]] if version in until else None,
        )
        for version in every
        if version in here
    )


def withdraw(conn: sqlite3.Connection, id: str) -> None:
    """A course is not shown any more; what records say of it can still be read."""
    conn.execute("UPDATE installed SET current = 0 WHERE course = ?", (id,))


def every_version(conn: sqlite3.Connection) -> list[Course]:
    """All versions that were ever installed, those that are shown first."""
    rows = conn.execute("SELECT * FROM installed ORDER BY current DESC, at DESC").fetchall()
    return [_open(conn, row) for row in rows]


def course(conn: sqlite3.Connection, id: str, version: int | None = None) -> Course:
    """A course in its current version, or in the one asked for.

    Raises:
        NotFound: it is not installed here.
    """
    row = conn.execute(
        "SELECT * FROM installed WHERE course = ? AND (version = ? OR (? IS NULL AND current = 1))",
        (id, version, version),
    ).fetchone()
    if row is None:
        raise NotFound(f"course {id} version {version or 'current'}")
    return _open(conn, row)


def offered(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """The courses offered here and the hashes of their manifests: cheap to compare."""
    rows = conn.execute("SELECT course, manifest_sha FROM installed WHERE current = 1 ORDER BY 1")
    return [(row["course"], row["manifest_sha"]) for row in rows]


def count(conn: sqlite3.Connection) -> int:
    """How many courses are offered here."""
    row = conn.execute("SELECT count(*) AS n FROM installed WHERE current = 1").fetchone()
    return int(row["n"])


def newest_at(conn: sqlite3.Connection) -> int:
    """When a course was last installed; 0: never."""
    return int(conn.execute("SELECT coalesce(max(at), 0) AS at FROM installed").fetchone()["at"])


def _open(conn: sqlite3.Connection, row: sqlite3.Row) -> Course:
    identity = meta.identity(conn)
    if identity is None:
        raise NotFound("courses before joining")
    return _opened(bytes(row["manifest"]), identity.publishers)


@lru_cache(maxsize=64)
def _opened(manifest: bytes, publishers: tuple[VerifyKey, ...]) -> Course:
    return open_manifest(manifest, *publishers)

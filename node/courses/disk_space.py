"""Disk space: how much of this disk courses may take, and what may go when it is needed.

What is in use never goes: what is shown now or was until yesterday, what is being fetched, what
somebody studies or sits. The rest may go in this order: leftovers of fetching; files that only
superseded versions have; whole courses whose classes all ended more than a month ago. A course
that went comes back by itself when a class has it again.
"""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from content.model.course import Course
from content.model.errors import ContentError
from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.pack import open_manifest
from content.transfer.blobs import BlobStore
from node import calendar
from node.clock import Clock
from node.errors import DiskFull
from node.store import attempts, classes, courses, meta, sittings
from node.store.classes import Class
from node.store.courses import WantedCourse
from node.store.db import Store
from sync.errors import PeerError

log = logging.getLogger(__name__)

# What records and answers need must stay free, whatever courses take.
RESERVE_BYTES = 200_000_000
# Somebody may still watch a film of the version before, or read one of its PDFs.
KEPT_S = 86_400
# After a class, make-up exams go on for a while, and learners still look things up.
OVER_DAYS = 30


class CourseStorage:
    """The disk space of ``blobs``. ``most_mb``: the keeper's limit; 0: all that is free."""

    def __init__(self, store: Store, clock: Clock, blobs: BlobStore, most_mb: int = 0) -> None:
        self._store, self._clock, self._blobs = store, clock, blobs
        self.set_limit(most_mb)

    def set_limit(self, most_mb: int) -> None:
        """Keep to another limit from now on; nothing is dropped before room is needed."""
        self.most_bytes = most_mb * 1_000_000

    def used(self) -> int:
        """How many bytes courses take now."""
        return sum(self._blobs.size(sha) or 0 for sha in self._blobs.names())

    def tidy(self) -> None:
        """Drop leftovers and what only superseded versions have; want again what a class needs."""
        there = self._blobs.names()  # first, so that nothing is dropped that comes meanwhile
        conn = self._store.read()
        gone = gone_from(conn)
        today, every = calendar.day(self._clock.truth()), classes.all(conn)
        back = {
            id
            for id in gone
            if any(id in class_.courses and class_.closes >= today for class_ in every)
        }
        if back:
            self._note({id: version for id, version in gone.items() if id not in back})
        wanted = [course.manifest for course in courses.missing(conn)]
        keep = self._kept(conn, wanted)
        self._blobs.sweep({*wanted, *keep})
        for sha in there - keep:
            log.info("no version needs blob %s any more", sha)
            self._blobs.drop(sha)

    def make(self, need: int) -> None:
        """Have ``need`` bytes free for courses.

        Raises:
            DiskFull: there is nothing more that may go.
        """
        for course in self._may_go() if self._lack(need) > 0 else ():
            log.warning("%s gives way to other courses", course.id)
            self._evict(course)
            if self._lack(need) <= 0:
                break
        lack = self._lack(need)
        if lack > 0:
            raise DiskFull(f"content needs {need} bytes, {lack} more than there is room for")

    def _lack(self, need: int) -> int:
        free = shutil.disk_usage(self._store.path.parent).free
        lack = need + RESERVE_BYTES - free
        return max(lack, self.used() + need - self.most_bytes) if self.most_bytes else lack

    def _may_go(self) -> Iterator[Course]:
        """The courses that nobody needs, the longest over first."""
        conn = self._store.read()
        day = date.fromisoformat(calendar.day(self._clock.truth()))
        over = (day - timedelta(days=OVER_DAYS)).isoformat()
        every, busy = classes.all(conn), in_use(conn, self._clock.now())
        ended = []
        for course in courses.installed(conn):
            closes = [class_.closes for class_ in every if course.id in class_.courses]
            if closes and max(closes) < over and course.id not in busy:
                ended.append((max(closes), course.id, course))
        yield from (course for _, _, course in sorted(ended, key=lambda row: row[:2]))

    def _evict(self, course: Course) -> None:
        self._note(gone_from(self._store.read()) | {course.id: course.version})
        self._store.write(lambda conn: courses.withdraw(conn, course.id))
        conn = self._store.read()
        for sha in _names(course) - self._kept(
            conn, [wanted.manifest for wanted in courses.missing(conn)]
        ):
            self._blobs.drop(sha)

    def _note(self, gone: dict[str, int]) -> None:
        self._store.write(lambda conn: meta.put(conn, meta.GONE, json.dumps(gone)))

    def _kept(self, conn: sqlite3.Connection, wanted: Iterable[str]) -> set[str]:
        """The blobs that must stay."""
        keep: set[str] = set()
        now = self._clock.now()
        busy, gone = in_use(conn, now), gone_from(conn)
        for version in courses.versions(conn):
            if gone.get(version.course.id) == version.course.version:
                continue
            if version.current or now - version.until < KEPT_S or version.course.id in busy:
                keep |= {version.manifest, *_names(version.course)}
        for sha in wanted:
            keep.add(sha)
            if self._blobs.has(sha):
                keep |= self._coming(conn, sha)
        return keep

    def _coming(self, conn: sqlite3.Connection, sha: str) -> set[str]:
        identity = meta.identity(conn)
        try:
            raw = self._blobs.read(sha, MAX_MANIFEST_BYTES + 1)
            return _names(open_manifest(raw, *identity.publishers)) if identity else set()
        except (ContentError, PeerError, FileNotFoundError):
            return set()


def in_need(
    missing: Iterable[WantedCourse], every: Iterable[Class], today: str
) -> list[WantedCourse]:
    """The missing courses, those needed soonest first: of the open class that closes first, then
    of the class that opens next, then all others; small before large."""
    classes_ = list(every)

    def key(wanted: WantedCourse) -> tuple[int, str, int, str]:
        having = [
            class_
            for class_ in classes_
            if wanted.course in class_.courses and class_.closes >= today
        ]
        begun = [class_.closes for class_ in having if class_.opens <= today]
        to_come = [class_.opens for class_ in having if class_.opens > today]
        when = (0, min(begun)) if begun else (1, min(to_come)) if to_come else (2, "")
        return (*when, wanted.size, wanted.course)

    return sorted(missing, key=key)


def in_use(conn: sqlite3.Connection, now: int) -> set[str]:
    """The courses that somebody studies or sits at this moment."""
    studied = (sitting.item for sitting in sittings.touched_since(conn, now - KEPT_S))
    sat = (attempt.exam for attempt in attempts.all_open(conn))
    return {item.partition("/")[0] for item in (*studied, *sat)}


def gone_from(conn: sqlite3.Connection) -> dict[str, int]:
    """The courses that gave way here, with their versions."""
    return dict(json.loads(meta.get(conn, meta.GONE) or "{}"))


def _names(course: Course) -> set[str]:
    return {sha for ref in course.files() for sha in (ref.sha256, ref.recipe) if sha}

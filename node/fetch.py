"""Fetch: brings ordered courses here, piece by piece, and installs each atomically.

A cut transfer goes on from the byte where it stopped. A manifest is checked against the hub's
key, a file against its hash; learners see the new version when all of it is here, not before.
"""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable, Iterator
from typing import Protocol

from content.blobs import BlobStore
from content.course import Course, FileRef
from content.errors import ContentError, WrongHash
from content.limits import MAX_MANIFEST_BYTES
from content.pack import open_manifest
from node.clock import Clock
from node.errors import BadContent, DiskFault, DiskFull, LineError, NotJoined
from node.progress import Progress
from node.store import courses, meta
from node.store.courses import Wanted
from node.store.db import Store
from node.trust import Trust
from sync.errors import PeerError

log = logging.getLogger(__name__)

# What records and answers need must stay free, whatever courses take.
RESERVE_BYTES = 200_000_000


class Source(Protocol):
    """Where blobs come from: the line to the hub, a relay, a stick."""

    def get(self, path: str, first: int) -> tuple[int, int, Iterator[bytes]]:
        """What follows byte ``first``: where it begins, how long the whole is, the bytes."""


class Fetch:
    """Fetches what was ordered and is missing."""

    def __init__(
        self, store: Store, clock: Clock, blobs: BlobStore, progress: Progress, trust: Trust
    ) -> None:
        self._trust = trust
        self._store = store
        self._clock = clock
        self._blobs = blobs
        self._progress = progress

    def run(self, line: Source, give_way: Callable[[], None]) -> int:
        """Install all that is missing, smallest first; how many courses that were.

        ``give_way`` is called between pieces, so that a sync of records goes first; it may raise.

        Raises:
            LineError: the line was cut; what came is kept.
            BadContent: what came is not what was ordered.
            UntrustedRelease: some are not what headquarters releases now; the others are here.
            DiskFull: there is no room for it.
        """
        done = 0
        missing = courses.missing(self._store.read())
        refused = self._trust.refused(missing, line)
        for wanted in missing:
            if wanted.manifest not in refused:
                self._install(line, wanted, give_way)
                done += 1
        for fault in refused.values():
            raise fault
        return done

    def run_what_is_there(self, source: Source, give_way: Callable[[], None] = lambda: None) -> int:
        """As ``run``, from where not all may be: what is not complete waits for other ways.

        Raises:
            DiskFull, DiskFault: this computer cannot take it.
        """
        done = 0
        missing = courses.missing(self._store.read())
        refused = self._trust.refused(missing, source)
        for wanted in missing:
            if wanted.manifest in refused:
                log.warning("%s not taken: %s", wanted.course, refused[wanted.manifest])
                continue
            try:
                self._install(source, wanted, give_way)
            except LineError as error:
                log.info("%s is not complete there: %s", wanted.course, error)
            else:
                done += 1
        return done

    def lacking(self) -> list[str]:
        """The blobs that the missing courses still need, as far as is known here."""
        found: dict[str, None] = {}
        for wanted in courses.missing(self._store.read()):
            if not self._blobs.has(wanted.manifest):
                found[wanted.manifest] = None
                continue
            manifest = self._blobs.read(wanted.manifest, MAX_MANIFEST_BYTES + 1)
            try:
                files = self._open(wanted, manifest).files()
            except BadContent:
                continue
            found.update((ref.sha256, None) for ref in self._blobs.missing(files))
        return list(found)

    def _install(self, line: Source, wanted: Wanted, give_way: Callable[[], None]) -> None:
        self._progress.begin("content", wanted.size, what=wanted.title)
        self._bring(line, wanted.manifest, MAX_MANIFEST_BYTES, give_way)
        manifest = self._blobs.read(wanted.manifest, MAX_MANIFEST_BYTES + 1)
        course = self._open(wanted, manifest)
        missing = self._blobs.missing(course.files())
        here = sum(ref.size for ref in course.files()) - sum(ref.size for ref in missing)
        self._progress.begin("content", wanted.size, len(manifest) + here, wanted.title)
        self._make_room(missing)
        for ref in missing:
            self._bring(line, ref.sha256, ref.size, give_way)
        now = self._clock.now()
        self._store.write(lambda conn: courses.install(conn, wanted, manifest, now))
        log.info("installed %s version %s", wanted.course, wanted.version)

    def _open(self, wanted: Wanted, manifest: bytes) -> Course:
        identity = meta.identity(self._store.read())
        if identity is None:
            raise NotJoined(str(self._store.path.parent))
        try:
            course = open_manifest(manifest, *identity.publishers)
        except (ContentError, PeerError) as error:
            self._blobs.drop(wanted.manifest)
            raise BadContent(f"manifest of {wanted.course}: {error}") from error
        if (course.id, course.version) != (wanted.course, wanted.version):
            raise BadContent(
                f"ordered {wanted.course} version {wanted.version},"
                f" got {course.id} version {course.version}"
            )
        return course

    def _make_room(self, missing: tuple[FileRef, ...]) -> None:
        need = sum(ref.size - self._blobs.part_size(ref.sha256) for ref in missing)
        free = shutil.disk_usage(self._store.path.parent).free
        if need + RESERVE_BYTES > free:
            raise DiskFull(f"content needs {need} bytes, {free} are free")

    def _bring(self, line: Source, sha: str, size: int, give_way: Callable[[], None]) -> None:
        """Have the blob ``sha`` of at most ``size`` bytes here, whole and verified."""
        if self._blobs.has(sha):
            return
        had = min(self._blobs.part_size(sha), size)
        self._progress.more(had)
        if had < size:
            give_way()
            begins, total, pieces = line.get(f"/blob/{sha}", had)
            if total > size:
                raise BadContent(f"blob {sha}: {total} bytes, expected {size}")
            self._append(sha, begins, pieces, give_way)
        try:
            self._blobs.finish(sha)
        except WrongHash as error:
            raise BadContent(str(error)) from error

    def _append(
        self, sha: str, begins: int, pieces: Iterator[bytes], give_way: Callable[[], None]
    ) -> None:
        """Write ``pieces`` into the part from byte ``begins`` on, as they come."""
        part = self._blobs.part(sha)
        part.touch()
        try:
            with part.open("r+b") as out:
                out.truncate(begins)
                out.seek(begins)
                for piece in pieces:
                    out.write(piece)
                    self._progress.more(len(piece), bytes_down=len(piece))
                    give_way()
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull(f"blob {sha}") from error
            raise DiskFault(f"blob {sha}: {error}") from error

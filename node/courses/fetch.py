"""Fetch: brings ordered courses here and installs each atomically.

Here: which course comes first, whether there is room, and what to do if one cannot be had. How its
blobs come is ``node.courses.download``. A manifest is checked against the hub's key. Learners see
the old version until all of the new one is here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from content.model.course import Course
from content.model.errors import ContentError
from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.pack import open_manifest
from content.transfer.blobs import BlobStore
from node import calendar
from node.clock import Clock
from node.courses import film_size
from node.courses.disk_space import CourseStorage, in_need
from node.courses.download import Delivery, PartialBlobs
from node.courses.release_trust import Trust
from node.courses.sources import Aside, BlobSource
from node.courses.trust_errors import UntrustedRelease
from node.errors import BadContent, BadSource, LineError, NodeError, NotJoined
from node.link.progress import SyncProgress
from node.store import classes, courses, meta
from node.store.courses import WantedCourse
from node.store.db import Store
from sync.errors import PeerError

log = logging.getLogger(__name__)


class Fetch:
    """Fetches what was ordered and is missing."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        blobs: BlobStore,
        progress: SyncProgress,
        trust: Trust,
        room: CourseStorage,
        wants_large: Callable[[], bool],
    ) -> None:
        self._trust, self._room = trust, room
        self._wants_large = wants_large
        self._store = store
        self._clock = clock
        self._blobs = blobs
        self._progress = progress
        self._parts = PartialBlobs(blobs, progress.more)
        self._aside = Aside()

    def run(self, sources: Sequence[BlobSource], give_way: Callable[[], None]) -> int:
        """Install all missing courses; return how many.

        ``give_way`` is called between pieces, so that a sync of records goes first; it may raise.

        Raises:
            LineError: some could not be had; what came is kept, the others are installed.
            BadContent: what came is not what was ordered.
            UntrustedRelease: some are not what headquarters releases now; the others are here.
            DiskFull: there is no room for it.
        """
        done, fault = self._all(self._aside.without(sources, time.monotonic()), give_way)
        if fault is not None:
            raise fault
        return done

    def run_what_is_there(self, source: BlobSource) -> int:
        """As ``run``, from a source that may lack some: a course that is incomplete there waits.

        The source is asked even if it was put aside: somebody has plugged in this stick.

        Raises:
            DiskFull, DiskFault: this computer cannot take it.
        """
        return self._all([source], lambda: None)[0]

    def _all(
        self, usable: list[BlobSource], give_way: Callable[[], None]
    ) -> tuple[int, NodeError | None]:
        self._room.tidy()
        conn, done = self._store.read(), 0
        today = calendar.day(self._clock.truth())
        missing = in_need(courses.missing(conn), classes.all(conn), today)
        refused = self._refused(missing, usable)
        faults: list[NodeError] = list(refused.values())
        for wanted in missing:
            if wanted.manifest in refused:
                log.warning("%s not taken: %s", wanted.course, refused[wanted.manifest])
                continue
            delivery = Delivery(
                self._blobs, self._parts, self._progress, usable, give_way, self._put_aside
            )
            try:
                self._install(delivery, wanted)
            except LineError as error:
                log.info("%s version %s: %s", wanted.course, wanted.version, error)
                faults.append(error)
            else:
                done += 1
        # A wrong course matters more than a cut line.
        faults.sort(key=lambda fault: not isinstance(fault, (BadContent, UntrustedRelease)))
        return done, faults[0] if faults else None

    def _refused(
        self, missing: Sequence[WantedCourse], usable: list[BlobSource]
    ) -> dict[str, NodeError]:
        """What must not be fetched from anywhere, as far as any source tells of releases."""
        refused: dict[str, NodeError] = {
            wanted.manifest: LineError("no source") for wanted in missing
        }
        for source in [candidate for candidate in usable if candidate.tells_releases]:
            refused = self._trust.refused(missing, source)
            if not refused:
                break
            if all(type(fault) is LineError for fault in refused.values()):
                usable.remove(source)  # it cannot be reached: do not try again
        return refused

    def lacking(self) -> list[str]:
        """The blobs that the missing courses still need, as far as is known here."""
        shas: dict[str, None] = {}
        for wanted in courses.missing(self._store.read()):
            if not self._blobs.has(wanted.manifest):
                shas[wanted.manifest] = None
                continue
            manifest = self._blobs.read(wanted.manifest, MAX_MANIFEST_BYTES + 1)
            try:
                files = self._opened(wanted, manifest).files()
            except BadContent:
                continue
            for ref in self._blobs.missing(files):
                # A stick answers by the recipe, so it has to carry it even if it is here.
                shas.update((sha, None) for sha in (ref.recipe, ref.sha256) if sha)
        return list(shas)

    def _install(self, delivery: Delivery, wanted: WantedCourse) -> None:
        conn = self._store.read()
        old = courses.held(conn, wanted.course)
        self._progress.begin("content", wanted.size, what=wanted.title)
        manifest = delivery.manifest(wanted.manifest, old.manifest if old else "")
        course = self._opened(wanted, manifest)
        delivery.prepare(course, old.course if old else None)
        missing = delivery.missing_bytes(course)
        self._progress.begin("content", wanted.size, wanted.size - missing, wanted.title)
        self._room.make(missing)
        delivery.large(course, old.course if old else None, courses.every_version(conn))
        if self._blobs.missing(course.files()):
            raise LineError("another process took a file away meanwhile")
        now = self._clock.now()
        self._store.write(lambda conn: courses.install(conn, wanted, manifest, now))
        log.info("installed %s version %s", wanted.course, wanted.version)

    def _opened(self, wanted: WantedCourse, manifest: bytes) -> Course:
        """The course as this station has it: one version of each film."""
        course = self._open(wanted, manifest)
        return film_size.of_station(course, self._blobs, self._wants_large())

    def _open(self, wanted: WantedCourse, manifest: bytes) -> Course:
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

    def _put_aside(self, bad: BadSource) -> None:
        """Do not ask this source for a while, and let the keeper know its name."""
        log.warning("put aside: %s", bad)
        self._aside.put(bad.source, time.monotonic())
        now = self._clock.now()
        self._store.write(lambda conn: meta.put(conn, meta.BAD_SOURCE, f"{now} {bad.source}"))

"""Patch maker: patches between versions of courses, made before stations ask (content/SPEC.md §5).

A background thread makes them: from the versions that stations may have to the newest version of
each course, and for requests that found no patch. Until a patch is made, the hub sends chunks.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

from sqlalchemy import Engine

from content.model.course import Course, FileRef
from content.model.errors import ContentError
from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.pack import open_manifest
from content.transfer.blobs import BlobStore
from content.transfer.delta.patch import Blob
from content.transfer.delta.recipe import MAX_RECIPE_BYTES, read_recipe, whole
from content.transfer.delta.similar import alike
from content.transfer.request import BlobRequest
from hub.context.content_source import ContentSource
from hub.context.open_hub import Hub
from hub.errors import HubError
from hub.store import courses
from hub.store.engine import reading
from sync.errors import PeerError
from sync.signing import VerifyKey

log = logging.getLogger(__name__)

# Stations that were off for longer get chunks, and a patch after the first of them has asked.
VERSIONS_BACK = 3
LOOK_EVERY_S = 30


@dataclass(slots=True)
class PatchMaker:
    """Makes the patches of ``source`` from the blobs of published courses.

    ``publics``: all keys that the hub ever had; a manifest that none of them signed is skipped.
    """

    engine: Engine
    blobs: BlobStore
    source: ContentSource
    publics: Sequence[VerifyKey]
    _done: set[tuple[str, ...]] = field(default_factory=set)
    _stop: Event = field(default_factory=Event)

    @classmethod
    def of(cls, hub: Hub) -> Self:
        """The patch maker of an open hub."""
        return cls(hub.engine, hub.blobs, hub.delivery, hub.ring.publics)

    def start(self) -> None:
        """Start in a thread of its own."""
        Thread(target=self._run, name="patches", daemon=True).start()

    def stop(self) -> None:
        """End after the current patch."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                count = self.make_patches()
            except (HubError, OSError) as fault:
                log.warning("patches: %s", fault)
            else:
                if count:
                    log.info("made %d patches", count)

    def make_patches(self) -> int:
        """Make the missing patches; returns how many."""
        asked = self.source.take_unmade()
        with reading(self.engine) as connection:
            versions = courses.manifests(connection)
        count = 0
        for newest, *olds in versions:
            known = (newest, *olds[:VERSIONS_BACK])
            if known not in self._done:
                count += self.make_for(*known)
                self._done.add(known)
            # Only within a course: a request must not choose any work for the hub.
            for old in olds[VERSIONS_BACK:] if asked else ():
                if (newest, old) in asked:
                    count += self.make_for(newest, old)
        return count

    def make_for(self, manifest: str, *olds: str) -> int:
        """Make the patches of one version, alone and against older ones; returns how many."""
        new = self._opened(manifest)
        if new is None:
            return 0
        count = int(self._make(BlobRequest(manifest)))
        for ref in new.files():
            count += self._make(BlobRequest(ref.sha256, ref.recipe))
        for sha in olds:
            old = self._opened(sha)
            for request, base_recipe in _pairs(manifest, new, sha, old) if old else ():
                count += self._make(request, base_recipe)
        return count

    def _make(self, request: BlobRequest, base_recipe: str = "") -> bool:
        if self.source.patches.has(request.blob, request.recipe, request.base):
            return False
        try:
            old = self._blob(request.base, base_recipe) if request.base else None
            self.source.patches.make(self._blob(request.blob, request.recipe), old)
        except (ContentError, OSError) as fault:
            log.warning("no patch of %s from %s: %s", request.blob, request.base, fault)
            return False
        return True

    def _blob(self, name: str, recipe: str) -> Blob:
        size = self.blobs.path(name).stat().st_size
        chunks = (
            read_recipe(self.blobs.read(recipe, MAX_RECIPE_BYTES + 1))
            if recipe
            else whole(name, size)
        )
        return Blob(name, recipe, chunks, self.blobs.path(name))

    def _opened(self, sha: str) -> Course | None:
        try:
            raw = self.blobs.read(sha, MAX_MANIFEST_BYTES + 1)
            return open_manifest(raw, *self.publics)
        except (ContentError, PeerError, OSError):
            return None


def _pairs(
    new_sha: str, new: Course, old_sha: str, old: Course
) -> Iterator[tuple[BlobRequest, str]]:
    """What a node that has ``old`` may ask for as a patch, each with the base's recipe."""
    yield BlobRequest(new_sha, base=old_sha), ""
    files: dict[str, FileRef] = {ref.sha256: ref for ref in new.files()}
    for sha, before in alike(new, old).items():
        ref = files[sha]
        yield BlobRequest(sha, ref.recipe, before.sha256), before.recipe
        if ref.recipe and before.recipe:
            yield BlobRequest(ref.recipe, base=before.recipe), ""

"""Delivery: the hub as a source of content, and the patches that it makes beforehand.

What nodes ask and how they are answered is ``content.transfer.serve`` (content/SPEC.md §5). Patches
are made by one quiet thread beside the server, for the newest version of each course against the
ones before it that stations may have, and for what was asked for in vain; until then chunks go out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from content.model.course import Course, FileRef
from content.model.errors import ContentError
from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.pack import open_manifest
from content.transfer.blobs import BlobStore
from content.transfer.delta.patch import Blob, PatchStore
from content.transfer.delta.recipe import MAX_RECIPE_BYTES, read_recipe, whole
from content.transfer.delta.similar import alike
from content.transfer.request import Wish
from content.transfer.serve import Doors, Outgoing
from hub.errors import HubError
from hub.store import courses
from hub.store.engine import reading
from sync.errors import PeerError

if TYPE_CHECKING:
    from hub.context.open_hub import Hub

log = logging.getLogger(__name__)

# Stations that were off for longer get chunks, and a patch when the first of them has asked.
VERSIONS_BACK = 3
LOOK_EVERY_S = 30
# Answers that go out at once. Each is an open connection and nothing more.
MOST_ANSWERS = 400
# Remembered of what was asked for in vain.
MOST_UNMADE = 200


class Delivery:
    """What of courses goes out, from ``blobs``."""

    def __init__(self, blobs: BlobStore, patches: PatchStore) -> None:
        self.doors = Doors(MOST_ANSWERS)
        self.patches = patches
        self._blobs = blobs
        self._unmade: set[tuple[str, str]] = set()
        self._done: set[tuple[str, ...]] = set()
        self._lock = Lock()

    def answer(self, wishes: Sequence[Wish], closed: Callable[[], None]) -> Outgoing:
        """The answer to a node's wishes."""
        answer = Outgoing(self._blobs, wishes, self.patches, closed)
        with self._lock:
            for wish in answer.unmade:
                if len(self._unmade) < MOST_UNMADE:
                    self._unmade.add((wish.blob, wish.base))
        return answer

    def make_patches(self, hub: Hub) -> int:
        """Make those that lack; how many that were."""
        with self._lock:
            asked, self._unmade = self._unmade, set()
        with reading(hub.engine) as connection:
            versions = courses.manifests(connection)
        made = 0
        for newest, *olds in versions:
            known = (newest, *olds[:VERSIONS_BACK])
            if known not in self._done:
                made += self.make_for(hub, *known)
                self._done.add(known)
            # Only within a course: nobody may set us any work he likes.
            for old in olds[VERSIONS_BACK:] if asked else ():
                if (newest, old) in asked:
                    made += self.make_for(hub, newest, old)
        return made

    def make_for(self, hub: Hub, manifest: str, *olds: str) -> int:
        """Make the patches of one version, alone and against older ones; how many that were."""
        new = _opened(hub, manifest)
        if new is None:
            return 0
        made = int(self._make(Wish(manifest)))
        for ref in new.files():
            made += self._make(Wish(ref.sha256, ref.recipe))
        for sha in olds:
            old = _opened(hub, sha)
            for wish, base_recipe in _pairs(manifest, new, sha, old) if old else ():
                made += self._make(wish, base_recipe)
        return made

    def _make(self, wish: Wish, base_recipe: str = "") -> bool:
        if self.patches.has(wish.blob, wish.recipe, wish.base):
            return False
        try:
            old = self._blob(wish.base, base_recipe) if wish.base else None
            self.patches.make(self._blob(wish.blob, wish.recipe), old)
        except (ContentError, OSError) as fault:
            log.warning("no patch of %s from %s: %s", wish.blob, wish.base, fault)
            return False
        return True

    def _blob(self, name: str, recipe: str) -> Blob:
        size = self._blobs.path(name).stat().st_size
        chunks = (
            read_recipe(self._blobs.read(recipe, MAX_RECIPE_BYTES + 1))
            if recipe
            else whole(name, size)
        )
        return Blob(name, recipe, chunks, self._blobs.path(name))


class Maker:
    """The thread that makes patches while the hub serves."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._stop = Event()
        self._thread = Thread(target=self._run, name="patches", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the patch at hand."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                made = self._hub.delivery.make_patches(self._hub)
            except (HubError, OSError) as fault:
                log.warning("patches: %s", fault)
            else:
                if made:
                    log.info("made %d patches", made)


def _pairs(new_sha: str, new: Course, old_sha: str, old: Course) -> Iterator[tuple[Wish, str]]:
    """What a node that has ``old`` asks for, as far as a patch may help, and the base's recipe."""
    yield Wish(new_sha, base=old_sha), ""
    files: dict[str, FileRef] = {ref.sha256: ref for ref in new.files()}
    for sha, before in alike(new, old).items():
        ref = files[sha]
        yield Wish(sha, ref.recipe, before.sha256), before.recipe
        if ref.recipe and before.recipe:
            yield Wish(ref.recipe, base=before.recipe), ""


def _opened(hub: Hub, sha: str) -> Course | None:
    try:
        raw = hub.blobs.read(sha, MAX_MANIFEST_BYTES + 1)
        return open_manifest(raw, *hub.ring.publics)
    except (ContentError, PeerError, OSError):
        return None

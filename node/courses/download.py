"""Download: brings the blobs of one version of one course here, from any mix of sources.

At most three requests if nothing is cut: the manifest, the recipes and small files, the chunks
that are not on this disk already (content/SPEC.md §5). ``node.courses.fetch`` says which course
comes when.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial

from content.model.checks.paths import sha256_of
from content.model.course import Course, FileRef
from content.model.errors import (
    AnswerEnded,
    BadChunk,
    MalformedAnswer,
    MalformedRecipe,
    NotABlobName,
    WrongHash,
)
from content.model.limits import MAX_MANIFEST_BYTES
from content.transfer.blobs import BlobStore
from content.transfer.delta.patch import Reading
from content.transfer.delta.recipe import MAX_RECIPE_BYTES, Recipe, read_recipe, size_of, whole
from content.transfer.delta.similar import alike
from content.transfer.partial_blob import PartialBlob
from content.transfer.receive import receive
from content.transfer.request import MAX_RUNS, BlobRequest, runs_of, write_requests
from node.courses.sources import HUB, BlobSource
from node.errors import BadContent, BadSource, DiskFault, DiskFull, LineError
from node.link.progress import SyncProgress

log = logging.getLogger(__name__)

# Blobs in one request: the request stays small compared with the answer.
MOST_AT_ONCE = 2_000


class PartialBlobs:
    """The growing parts, remembered while the node runs: what is in place is not read twice."""

    def __init__(self, blobs: BlobStore, came: Callable[[int], object]) -> None:
        self._blobs, self._came = blobs, came
        self._parts: dict[str, PartialBlob] = {}

    def of(self, sha: str, recipe: Recipe, *, loose: bool = False) -> PartialBlob:
        """The part of a blob."""
        part = self._parts.get(sha)
        if part is None or not (loose or part.recipe == recipe):
            part = PartialBlob(self._blobs.part(sha), recipe, loose=loose, came=self._came)
            self._parts[sha] = part
        return part

    def finish(self, sha: str) -> None:
        """A part is whole: make it the blob. Raises ``WrongHash``."""
        self._parts.pop(sha, None)
        self._blobs.finish(sha)

    def forget(self) -> None:
        """Forget all parts; what is in place is found again."""
        self._parts.clear()


class Delivery:
    """What one course needs, asked for from ``sources`` in turn.

    A source that fails is not asked again; ``blame`` is told of one that gave wrong bytes.
    """

    def __init__(
        self,
        blobs: BlobStore,
        parts: PartialBlobs,
        progress: SyncProgress,
        sources: list[BlobSource],
        give_way: Callable[[], None],
        blame: Callable[[BadSource], None],
    ) -> None:
        self._blobs, self._parts, self._progress = blobs, parts, progress
        self._sources, self._give_way, self._blame = sources, give_way, blame
        self._recipes: dict[str, Recipe] = {}
        self._spoilt: set[str] = set()  # blobs that this disk has damaged
        self._loose: set[str] = set()  # manifests and recipes: their size is not known

    def manifest(self, sha: str, old: str) -> bytes:
        """Bring the manifest ``sha`` here; ``old``: that of the version before, or "".

        Raises:
            LineError: no source could give it.
        """
        base = old if old and self._blobs.has(old) else ""
        self._expect(sha, MAX_MANIFEST_BYTES)
        self._bring(lambda: self._left([BlobRequest(sha, base=base)]))
        return self._blobs.read(sha, MAX_MANIFEST_BYTES + 1)

    def prepare(self, new: Course, old: Course | None) -> None:
        """Bring the recipes and the small files of ``new`` here.

        Raises:
            LineError: no source could give all.
            BadContent: a recipe is not that of its file.
        """
        like = alike(new, old) if old else {}
        wanted: list[BlobRequest] = []
        for ref in self._blobs.missing(new.files()):
            before = like.get(ref.sha256)
            if not ref.recipe:
                self._recipes[ref.sha256] = whole(ref.sha256, ref.size)
                wanted.append(self._against(BlobRequest(ref.sha256), before))
            else:
                self._expect(ref.recipe, MAX_RECIPE_BYTES)
                base = before.recipe if before and self._has(before.recipe) else ""
                wanted.append(BlobRequest(ref.recipe, base=base))
        self._bring(lambda: self._left(wanted))
        for ref in self._blobs.missing(new.files()):
            self._recipes[ref.sha256] = recipe_here(self._blobs, ref)

    def missing_bytes(self, new: Course) -> int:
        """How many bytes still need room, after ``prepare``."""
        return sum(
            ref.size - self._part(ref.sha256).bytes_here for ref in self._blobs.missing(new.files())
        )

    def large(self, new: Course, old: Course | None, installed: Iterable[Course]) -> None:
        """Bring the large files of ``new`` here: first from files on this disk, then from sources.

        Raises:
            LineError: no source could give all.
        """
        self._from_own_disk(new, installed)
        like = alike(new, old) if old else {}

        wanted = [
            self._against(BlobRequest(ref.sha256, ref.recipe), like.get(ref.sha256))
            for ref in self._blobs.missing(new.files())
        ]
        self._bring(lambda: self._left(wanted))

    def _left(self, requests: Iterable[BlobRequest]) -> list[BlobRequest]:
        """Those of ``requests`` that are not here; of a blob that is partly here, the rest."""
        left = []
        for request in requests:
            if self._blobs.has(request.blob):
                continue
            part = self._part(request.blob)
            if not part.missing:
                self._finish(request.blob)
                continue
            runs = runs_of(part.missing)[:MAX_RUNS]
            if request.base in self._spoilt:
                request = replace(request, base="")
            left.append(replace(request, runs=runs, skip=part.skip(runs[0][0])))
        return left

    def _from_own_disk(self, new: Course, installed: Iterable[Course]) -> None:
        """Copy the chunks that files of other versions and courses have, each checked."""
        needed: dict[bytes, list[tuple[PartialBlob, int]]] = {}
        for ref in self._blobs.missing(new.files()):
            part = self._part(ref.sha256)
            for index in part.missing:
                needed.setdefault(part.recipe[index].hash, []).append((part, index))
        seen: set[str] = set()
        for course in installed:
            for ref in course.files():
                if not needed or not ref.recipe or ref.sha256 in seen:
                    continue
                seen.add(ref.sha256)
                if self._has(ref.sha256) and self._has(ref.recipe):
                    self._copy(ref, needed)

    def _copy(self, ref: FileRef, needed: dict[bytes, list[tuple[PartialBlob, int]]]) -> None:
        for chunk in recipe_here(self._blobs, ref):
            places = needed.get(chunk.hash)
            if not places:
                continue
            chunk_bytes = self._blobs.read_at(ref.sha256, chunk.first, chunk.size)
            try:
                with _disk(ref.sha256):
                    for part, index in places:
                        with part:
                            part.put(index, chunk_bytes)
            except BadChunk as error:  # this disk has damaged it: it is fetched
                log.warning("on this disk: %s", error)
                continue
            del needed[chunk.hash]

    def _bring(self, requests: Callable[[], Sequence[BlobRequest]]) -> None:
        """Ask one source after the other until nothing is missing."""
        fault: LineError | None = None
        for source in list(self._sources):
            while asked := requests()[:MOST_AT_ONCE]:
                try:
                    absent = self._ask(source, asked)
                except BadSource as error:
                    self._blame(error)
                    self._sources.remove(source)
                    fault = fault or error
                    break
                except LineError as error:
                    log.info("%s: %s", source.name, error)
                    self._sources.remove(source)
                    fault = error if source.name == HUB or fault is None else fault
                    break
                # The part that was here may have been wrong: ask once more, for all of it.
                if absent and not any(request.skip for request in asked):
                    break
        if requests():
            raise fault or LineError("no source has all of it")

    def _ask(self, source: BlobSource, requests: Sequence[BlobRequest]) -> int:
        """Take what one source has of ``requests``; return how many it does not have.

        Raises:
            BadSource: what it sent is not what was asked for.
            LineError: it cannot be reached, or was cut; what came is in place.
        """
        self._give_way()
        try:
            with closing(self._counted(source.pieces(write_requests(requests)))) as pieces:
                with _disk(source.name):
                    absent = receive(
                        pieces,
                        requests,
                        lambda request: self._part(request.blob),
                        self._base,
                        lambda request: self._filled(request.blob),
                    )
                next(pieces, None)  # so that the connection can be used again
                return absent
        except AnswerEnded as error:
            raise LineError(str(error)) from error
        except BadChunk as error:
            if not any(request.skip for request in requests) and not self._is_spoilt(error.base):
                raise BadSource(source.name, str(error)) from error
            return 0  # the base or the part that was here may be wrong: once more without it
        except MalformedAnswer as error:
            raise BadSource(source.name, str(error)) from error

    def _is_spoilt(self, base: str) -> bool:
        """Whether a blob that was named as base is damaged; then it is not named again."""
        if not base or base in self._spoilt or sha256_of(self._blobs.path(base)) == base:
            return False
        log.warning("on this disk: blob %s is spoilt", base)
        self._spoilt.add(base)
        return True

    def _counted(self, pieces: Generator[bytes]) -> Generator[bytes]:
        with closing(pieces):
            for piece in pieces:
                self._progress.more(0, bytes_down=len(piece))
                yield piece
                self._give_way()

    def _filled(self, sha: str) -> None:
        if not self._part(sha).missing:
            self._finish(sha)

    def _finish(self, sha: str) -> None:
        try:
            self._parts.finish(sha)
        except WrongHash as error:  # all its chunks fit: the signed recipe itself is wrong
            raise BadContent(str(error)) from error

    def _part(self, sha: str) -> PartialBlob:
        return self._parts.of(sha, self._recipes[sha], loose=sha in self._loose)

    def _expect(self, sha: str, most: int) -> None:
        self._recipes[sha] = whole(sha, most)
        self._loose.add(sha)

    def _base(self, sha: str) -> tuple[int, Reading]:
        return self._blobs.size(sha) or 0, partial(self._blobs.read_at, sha)

    def _against(self, request: BlobRequest, before: FileRef | None) -> BlobRequest:
        """The request, with a similar older file as its base if one is here."""
        known = before is not None and self._has(before.sha256)
        return replace(request, base=before.sha256) if before and known else request

    def _has(self, sha: str) -> bool:
        return bool(sha) and self._blobs.has(sha)


def recipe_here(blobs: BlobStore, ref: FileRef) -> Recipe:
    """Read the recipe of a file; it must be on this disk.

    Raises:
        BadContent: it is not that of this file.
    """
    try:
        recipe = read_recipe(blobs.read(ref.recipe, MAX_RECIPE_BYTES + 1))
    except (MalformedRecipe, NotABlobName) as error:
        raise BadContent(f"recipe {ref.recipe}: {error}") from error
    if size_of(recipe) != ref.size:
        raise BadContent(f"recipe {ref.recipe}: {size_of(recipe)} bytes, the file has {ref.size}")
    return recipe


@contextmanager
def _disk(what: str) -> Iterator[None]:
    """A fault while writing is a fault of this computer's disk."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(what) from error
        raise DiskFault(f"{what}: {error}") from error

"""Library: the documents that headquarters sent, found by any words in them.

Volumes come as blobs of installed courses (content/SPEC.md §7). Here they are indexed as they
come and go, and searched; hits are marked in the text. SQL is ``node.store.library``.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread

from content.model.course import Course, Volume
from content.model.errors import ContentError
from content.model.volume import Document, read_document, read_volume
from content.text.asides import BETWEEN, apart
from content.text.search_fold import fold
from content.transfer.blobs import BlobStore
from node.errors import NotFound
from node.store import courses
from node.store import library as index
from node.store.db import Store
from node.store.library import Entry, IndexedVolume
from node.threads import ThreadFault, ThreadState

log = logging.getLogger(__name__)

MAX_QUERY_CHARACTERS = 80
MAX_TERMS = 8
# Characters of a document in a list of hits: before the first hit, and in all.
BEFORE, AROUND = 24, 120
# What could not be indexed (no space, a fault of the disk) is tried again after so long.
RETRY_S = 600.0
# A large library takes an old PC minutes; indexing that takes longer fails again or hangs.
BEHIND_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text; ``hit`` when it is what was looked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One hit of a search, with the place in its text."""

    entry: Entry
    title: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """One page of what was found, and how much there is on each shelf."""

    total: int
    found: tuple[SearchHit, ...]
    counts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for: for the index, and as a pattern over folded text."""

    text: str
    match: str
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, text: str) -> Query | None:
        """Read what was typed; None when there is no word in it."""
        text = " ".join(text[:MAX_QUERY_CHARACTERS].split())
        phrases = []
        for term in apart(text)[0].split()[:MAX_TERMS]:
            words = re.findall(r"[^\W_]+", index.words(term))
            if words:
                phrases.append(words)
        if not phrases:
            return None
        match = " ".join('"' + " ".join(words) + '"' for words in phrases)
        patterns = [BETWEEN.join(map(re.escape, words)) for words in phrases]
        return cls(text, match, re.compile("|".join(sorted(patterns, key=len, reverse=True))))

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """The text in pieces, with the hits marked."""
        pieces, last = [], 0
        for match in self.pattern.finditer(fold(text)):
            pieces += [Piece(text[last : match.start()], False)]
            pieces += [Piece(text[match.start() : match.end()], True)]
            last = match.end()
        return tuple(piece for piece in (*pieces, Piece(text[last:], False)) if piece.text)

    def excerpt(self, text: str) -> tuple[Piece, ...]:
        """The text around the first hit; the beginning, when only the title fits."""
        flat = text.replace("\n# ", "　").replace("\n", "　").removeprefix("# ")
        match = self.pattern.search(fold(flat))
        begin = max(0, match.start() - BEFORE) if match else 0
        end = begin + AROUND
        part = ("…" if begin else "") + flat[begin:end] + ("…" if end < len(flat) else "")
        return self.pieces(part)


class Library:
    """All volumes at this node."""

    def __init__(
        self,
        data: Path,
        store: Store,
        blobs: BlobStore,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = data / "library.db"
        self._store = store
        self._blobs = blobs
        self._monotonic = monotonic
        self._lock = Lock()
        self._seen: list[tuple[str, str]] | None = None
        self._not_before = 0.0  # monotonic s: the pause after a failure
        self._behind_since: float | None = None
        self._thread: Thread | None = None
        self.is_empty = True  # until the first look

    def shelves(self, today: str = "") -> list[IndexedVolume]:
        """The volumes that can be searched; with a day, those that may be used on it."""
        with index.opened(self._path) as conn:
            return index.shelves(conn, today)

    def shelf(self, course: str, name: str, today: str = "") -> IndexedVolume:
        """A volume by its name; with a day, one that may be used on it. Raises ``NotFound``."""
        for shelf in self.shelves(today):
            if (shelf.course, shelf.name) == (course, name):
                return shelf
        raise NotFound(f"volume {course}/{name}")

    def index_if_changed(self) -> None:
        """Catch up in a thread of its own: a library takes seconds, on an old PC a minute.

        After a failure there is a pause first.
        """
        now = self._monotonic()
        if now < self._not_before or (self._thread is not None and self._thread.is_alive()):
            return
        if courses.offered(self._store.read()) == self._seen:
            self._behind_since = None
            return
        if self._behind_since is None:
            self._behind_since = now
        self._thread = Thread(target=self._catch_up_or_pause, name="library", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return when nothing is being indexed."""
        if self._thread is not None:
            self._thread.join()

    def state(self) -> ThreadState:
        """Whether new volumes are indexed, or have waited too long."""
        since = self._behind_since
        late = since is not None and self._monotonic() - since > BEHIND_S
        return ThreadState("library", ThreadFault.FAILING if late else None)

    def _catch_up_or_pause(self) -> None:
        try:
            self.catch_up()
            return
        except sqlite3.Error as error:
            log.warning("the library is not indexed: %r", error)
        except Exception:
            log.exception("the library is not indexed")
        self._not_before = self._monotonic() + RETRY_S

    def catch_up(self) -> None:
        """Index the volumes that came, drop those that went. Cheap when nothing changed.

        Raises:
            sqlite3.Error: it could not be done now.
        """
        with self._lock:
            conn = self._store.read()
            offered = courses.offered(conn)
            if offered == self._seen:
                return
            wanted = {
                volume.file.sha256: (course, volume)
                for course in courses.installed(conn)
                for volume in course.volumes
            }
            if wanted or self._path.exists():
                self._index(wanted)
                self.is_empty = not self.shelves()
            self._seen, self._behind_since = offered, None

    def _index(self, wanted: Mapping[str, tuple[Course, Volume]]) -> None:
        """Make the index hold what is wanted. A volume that breaks a rule is left out."""
        try:
            with index.opened(self._path) as conn:
                here = {shelf.sha: shelf for shelf in index.shelves(conn)}
                for sha, (course, volume) in wanted.items():
                    if sha not in here:
                        self._add(conn, sha, course.id, volume)
                for sha, shelf in here.items():
                    if sha not in wanted:
                        index.drop(conn, shelf)
                ends = [(sha, course.licence.expires) for sha, (course, _) in wanted.items()]
                index.arrange(conn, ends)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # damaged: it is made again
            index.forget(self._path)
            raise

    def _add(self, conn: sqlite3.Connection, sha: str, course: str, volume: Volume) -> None:
        shelf = IndexedVolume(
            0, sha, course, volume.id, volume.title, volume.documents, volume.characters
        )
        try:
            index.add(conn, shelf, read_volume(self._blobs.path(sha)))
        except (ContentError, OSError) as error:
            log.error("volume %s of %s is left out: %s", volume.id, course, error)

    def search(
        self,
        query: Query,
        shelf: IndexedVolume | None,
        size: int,
        offset: int,
        shelves: Sequence[IndexedVolume],
    ) -> Findings:
        """One page of the documents that hold all that was looked for, the best first."""
        with index.opened(self._path) as conn:
            every = {volume.id: index.hits(conn, volume, query.match) for volume in shelves}
            counts = {number: len(hits) for number, hits in every.items()}
            chosen = every[shelf.id] if shelf else [hit for hits in every.values() for hit in hits]
            chosen.sort()
            entries = index.entries(conn, [number for _, number in chosen[offset:][:size]])
        return Findings(len(chosen), tuple(self._found(query, entry) for entry in entries), counts)

    def listing(self, shelf: IndexedVolume, size: int, offset: int) -> list[Entry]:
        """Some documents of a shelf, in their order."""
        with index.opened(self._path) as conn:
            return index.page(conn, shelf, size, offset)

    def newest(self, count: int, today: str = "") -> list[Entry]:
        """The documents that came out last, of the volumes that may be used on a day."""
        with index.opened(self._path) as conn:
            return index.newest(conn, count, today)

    def document(self, shelf: IndexedVolume, key: str) -> tuple[Entry, Document]:
        """A document with its text. Raises ``NotFound``."""
        with index.opened(self._path) as conn:
            entry = index.entry(conn, shelf, key)
        if entry is None:
            raise NotFound(f"document {key} of {shelf.name}")
        return entry, self._read(entry)

    def _found(self, query: Query, entry: Entry) -> SearchHit:
        text = self._read(entry).text
        return SearchHit(entry, query.pieces(entry.title), query.excerpt(text))

    def _read(self, entry: Entry) -> Document:
        return read_document(self._blobs.path(entry.shelf.sha), entry.offset, entry.length)

"""Content source: what nodes get of courses, and which patches they asked for in vain.

Requests are answered by ``content.transfer.serve`` (content/SPEC.md §5). Patches are made by
``hub.publishing.patch_maker``.
"""

from collections.abc import Callable, Sequence
from threading import Lock

from content.transfer.blobs import BlobStore
from content.transfer.delta.patch import PatchStore
from content.transfer.request import BlobRequest
from content.transfer.serve import ConcurrencyLimit, PieceResponse

# Answers sent at the same time. Each costs an open connection and nothing more.
MOST_ANSWERS = 400
# Missing patches that are remembered.
MOST_UNMADE = 200


class ContentSource:
    """Serves pieces of courses from ``blobs`` and ``patches``."""

    def __init__(self, blobs: BlobStore, patches: PatchStore) -> None:
        self.doors = ConcurrencyLimit(MOST_ANSWERS)
        self.patches = patches
        self._blobs = blobs
        self._unmade: set[tuple[str, str]] = set()
        self._lock = Lock()

    def answer(self, requests: Sequence[BlobRequest], closed: Callable[[], None]) -> PieceResponse:
        """The answer to a node's requests."""
        answer = PieceResponse(self._blobs, requests, self.patches, closed)
        with self._lock:
            for request in answer.unmade:
                if len(self._unmade) < MOST_UNMADE:
                    self._unmade.add((request.blob, request.base))
        return answer

    def take_unmade(self) -> set[tuple[str, str]]:
        """The missing patches asked for since the last call, as (blob, base)."""
        with self._lock:
            unmade, self._unmade = self._unmade, set()
        return unmade

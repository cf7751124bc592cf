"""Film size: which version of a film this station fetches, and which one it shows.

A course may have a film twice, of one length: for an office's network and, lighter, for a slow
line. One of both comes here: what is here or on its way already, else what the keeper chose, else
what the line carries.
"""

from __future__ import annotations

from dataclasses import replace

from content.model.course import Course, FileRef, Item
from content.transfer.blobs import BlobStore
from node.config import Config
from node.store import meta
from node.store.db import Store

LARGE, SMALL = "large", "small"
# An hour in 720p is at most 700 MB: about half an hour of such a line.
LARGE_KBIT_S = 4_000


def wants_large(config: Config, store: Store) -> bool:
    """Whether films that are still to come are fetched in their large version.

    A line of which nobody has said how fast it is counts as slow.
    """
    if config.films:
        return config.films == LARGE
    said = meta.number(store.read(), meta.LINE_SPEED)
    known = [rate for rate in (said, config.line_kbit_s, config.content_kbit_s) if rate]
    return min(known, default=0) >= LARGE_KBIT_S


def of_station(course: Course, blobs: BlobStore, large: bool) -> Course:
    """Return the course with one version of each film, the one for this station."""
    if not any(item.lighter for item in course.items):
        return course
    items = (replace(item, file=_chosen(item, blobs, large), lighter=None) for item in course.items)
    return replace(course, items=tuple(items))


def shown(item: Item, blobs: BlobStore) -> FileRef | None:
    """Return the file of an item that is here to be shown."""
    return _chosen(item, blobs, True)


def _chosen(item: Item, blobs: BlobStore, large: bool) -> FileRef | None:
    if item.lighter is None or item.file is None:
        return item.file
    both = (item.file, item.lighter) if large else (item.lighter, item.file)
    here = (ref for ref in both if blobs.has(ref.sha256))
    begun = (ref for ref in both if blobs.part(ref.sha256).exists())
    return next(here, None) or next(begun, None) or both[0]

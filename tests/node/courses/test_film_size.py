"""node.courses.film_size: one version of each film comes, and what is here is shown."""

from dataclasses import replace
from pathlib import Path

import pytest

from content.model.course import Course, FileRef, Item
from content.transfer.blobs import BlobStore
from node.config import Config
from node.courses import film_size
from node.store import meta
from node.store.db import Store

LARGE, SMALL = FileRef("film.mp4", 900, "a" * 64), FileRef("film-small.mp4", 200, "b" * 64)
FILM = Item("film", "video", "看课", seconds=60, file=LARGE, lighter=SMALL)
COURSE = Course("food", 1, "食品", items=(FILM, Item("page", "page", "读", file=LARGE)))


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def _chosen(blobs: BlobStore, *, large: bool) -> FileRef | None:
    return film_size.of_station(COURSE, blobs, large).item("film").file


def _here(blobs: BlobStore, ref: FileRef) -> None:
    blobs.path(ref.sha256).parent.mkdir(parents=True, exist_ok=True)
    blobs.path(ref.sha256).write_bytes(b"film")


def test_a_station_has_one_version_of_each_film(blobs: BlobStore) -> None:
    for large, ref in ((True, LARGE), (False, SMALL)):
        assert _chosen(blobs, large=large) == ref
        fetched = film_size.of_station(COURSE, blobs, large)
        assert {file.sha256 for file in fetched.item("film").files()} == {ref.sha256}
    single = replace(COURSE, items=COURSE.items[1:])
    assert film_size.of_station(single, blobs, False) is single


@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize("ref", [LARGE, SMALL])
def test_what_is_here_or_on_its_way_is_not_fetched_again_in_another_size(
    blobs: BlobStore, large: bool, ref: FileRef
) -> None:
    blobs.part(ref.sha256).write_bytes(b"fi")
    assert _chosen(blobs, large=large) == ref
    other = SMALL if ref is LARGE else LARGE
    _here(blobs, other)
    assert _chosen(blobs, large=large) == other


def test_the_version_that_is_here_is_shown_the_large_one_before_the_other(blobs: BlobStore) -> None:
    _here(blobs, SMALL)
    assert film_size.shown(FILM, blobs) == SMALL
    _here(blobs, LARGE)
    assert film_size.shown(FILM, blobs) == LARGE
    assert film_size.shown(COURSE.item("page"), blobs) == LARGE


@pytest.mark.parametrize(
    ("films", "said", "line", "courses", "large"),
    [
        ("", 0, 0, 0, False),  # nobody knows
        ("", 10_000, 0, 0, True),
        ("", 2_000, 0, 0, False),
        ("", 10_000, 0, 1_000, False),
        ("", 0, 8_000, 6_000, True),
        ("large", 64, 0, 0, True),
        ("small", 100_000, 0, 0, False),
    ],
)
def test_the_keeper_or_the_line_decides(
    tmp_path: Path, films: str, said: int, line: int, courses: int, large: bool
) -> None:
    store = Store.open(tmp_path)
    try:
        store.write(lambda conn: meta.put(conn, meta.LINE_SPEED, str(said or "")))
        config = Config(tmp_path, films=films, line_kbit_s=line, content_kbit_s=courses)
        assert film_size.wants_large(config, store) is large
    finally:
        store.close()

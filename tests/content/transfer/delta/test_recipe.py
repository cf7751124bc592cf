"""How a blob is cut, and which part of an old blob a patch refers to (§5.2, §5.4)."""

import random
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.model.errors import MalformedRecipe
from content.transfer.blobs import BlobStore
from content.transfer.delta.alignment import windows
from content.transfer.delta.chunking import add_recipe, recipe_of
from content.transfer.delta.recipe import (
    MAGIC,
    MAX_CHUNK_BYTES,
    MAX_RECIPE_BYTES,
    MAX_WINDOW_BYTES,
    MIN_CHUNK_BYTES,
    Recipe,
    read_recipe,
    size_of,
    whole,
    write_recipe,
)

NOISE = random.Random(4).randbytes(1_500_000)


def cut(data: bytes, place: Path) -> Recipe:
    place.write_bytes(data)
    return read_recipe(recipe_of(place))


def test_a_recipe_lists_the_chunks_that_make_the_file(tmp_path: Path) -> None:
    recipe = cut(NOISE, tmp_path / "film")
    assert size_of(recipe) == len(NOISE)
    for chunk in recipe:
        assert sha256(NOISE[chunk.first : chunk.end]).digest() == chunk.hash
        assert chunk.size <= MAX_CHUNK_BYTES
    assert all(chunk.size >= MIN_CHUNK_BYTES for chunk in recipe[:-1])
    assert 32_000 < len(NOISE) / len(recipe) < 130_000


def test_a_change_moves_no_border_but_those_beside_it(tmp_path: Path) -> None:
    old = {chunk.hash for chunk in cut(NOISE, tmp_path / "old")}
    new = cut(NOISE[:700_000] + b"a new sentence" + NOISE[700_000:], tmp_path / "new")
    assert sum(chunk.hash not in old for chunk in new) <= 2


def test_a_small_file_is_its_only_chunk(blobs: BlobStore) -> None:
    assert add_recipe(blobs, "ab" * 32, MAX_CHUNK_BYTES) == ""
    (only,) = whole("ab" * 32, 9)
    assert (only.first, only.size, only.hash.hex()) == (0, 9, "ab" * 32)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        MAGIC,
        b"XZR2" + b"\x05" + bytes(32),
        MAGIC + b"\x00" + bytes(32),
        MAGIC + b"\x05" + bytes(31),
        MAGIC + b"\x85\x00" + bytes(32),
        write_recipe([(MAX_CHUNK_BYTES + 1, bytes(32))]),
        MAGIC + bytes(MAX_RECIPE_BYTES),
    ],
    ids=["empty", "no chunk", "magic", "no size", "cut", "long number", "large", "huge"],
)
def test_what_is_no_recipe_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedRecipe):
        read_recipe(raw)


@given(st.binary(max_size=200))
def test_garbage_is_a_malformed_recipe_and_nothing_else(garbage: bytes) -> None:
    for raw in (garbage, MAGIC + garbage):
        try:
            recipe = read_recipe(raw)
        except MalformedRecipe:
            continue
        assert write_recipe([(chunk.size, chunk.hash) for chunk in recipe]) == raw


@pytest.mark.parametrize("size", [1, 300, 70_000, 900_000])
def test_a_window_is_within_the_old_file_and_never_too_large(tmp_path: Path, size: int) -> None:
    recipe = cut(NOISE, tmp_path / "new")
    (tmp_path / "old").write_bytes(NOISE[:size])
    ranges = windows(tmp_path / "new", recipe, tmp_path / "old")
    assert len(ranges) == len(recipe)
    for first, length in ranges:
        assert 0 <= first < first + length <= size
        assert length <= MAX_WINDOW_BYTES


def test_a_window_is_where_the_old_bytes_are(tmp_path: Path) -> None:
    moved = NOISE[700_000:] + bytes(50_000) + NOISE[:600_000]
    recipe = cut(moved, tmp_path / "new")
    cut(NOISE, tmp_path / "old")
    ranges = windows(tmp_path / "new", recipe, tmp_path / "old")
    for chunk, (first, length) in zip(recipe, ranges, strict=True):
        if chunk.end < 800_000:
            assert first <= chunk.first + 700_000 < chunk.end + 700_000 <= first + length
        if chunk.first > 850_000:
            assert first <= chunk.first - 850_000 < chunk.end - 850_000 <= first + length
        assert length < 4 * MAX_CHUNK_BYTES


def test_a_single_chunk_is_held_against_all_of_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(NOISE[:500])
    (tmp_path / "old").write_bytes(NOISE)
    only = whole("ab" * 32, 500)
    assert windows(tmp_path / "new", only, tmp_path / "old") == [(0, len(NOISE))]

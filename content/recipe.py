"""Recipe: the chunks of one blob, in order (SPEC.md §5.2).

Values and bytes only. Who cuts blobs is ``content.chunking`` (at a hub), who puts them together
from chunks ``content.part``; how a chunk travels is ``content.patch``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from content.errors import MalformedRecipe
from sync.errors import MalformedBytes
from sync.wire import Reader, Writer

# §5.2  Layout:  magic "XZR1" (4 bytes) | of each chunk: size (varint) | SHA-256 (32 bytes)
MAGIC = b"XZR1"
HASH_BYTES = 32

# What a cut line may cost: half a minute at 64 kbit/s. A blob up to there is its only chunk.
MAX_CHUNK_BYTES = 262_144
MIN_CHUNK_BYTES = 16_384
# 36 bytes of recipe for each of these; smaller ones find more that is the same, and cost more.
AVERAGE_CHUNK_BYTES = 65_536
# What a hub is believed of the smallest file that has a recipe, and the largest: 1 GB.
MAX_CHUNKS = 65_536
MAX_RECIPE_BYTES = len(MAGIC) + MAX_CHUNKS * (HASH_BYTES + 3)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of bytes of a blob: where it begins, how long it is, what it hashes to."""

    first: int
    size: int
    hash: bytes

    @property
    def end(self) -> int:
        """The byte behind it."""
        return self.first + self.size


Recipe = tuple[Chunk, ...]


def whole(name: str, size: int) -> Recipe:
    """The recipe of a blob that has none: it is its only chunk."""
    return (Chunk(0, size, bytes.fromhex(name)),)


def write_recipe(sizes_and_hashes: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the bytes of a recipe."""
    out = Writer()
    out.raw(MAGIC)
    for size, digest in sizes_and_hashes:
        out.varint(size)
        out.raw(digest)
    return out.done()


def read_recipe(raw: bytes) -> Recipe:
    """Return the chunks that ``raw`` lists; that it is the right recipe its name has shown.

    Raises:
        MalformedRecipe: it breaks a rule of §5.2.
    """
    if not raw.startswith(MAGIC) or len(raw) > MAX_RECIPE_BYTES:
        raise MalformedRecipe(f"not a recipe: {len(raw)} bytes starting {raw[:4]!r}")
    reader, sizes, hashes = Reader(raw), [], []
    reader.raw(len(MAGIC))
    try:
        while reader.at < len(raw):
            sizes.append(reader.varint())
            hashes.append(reader.raw(HASH_BYTES))
    except MalformedBytes as error:
        raise MalformedRecipe(f"chunk {len(hashes)}: {error}") from error
    if not sizes or len(sizes) > MAX_CHUNKS or not all(0 < n <= MAX_CHUNK_BYTES for n in sizes):
        raise MalformedRecipe(f"{len(sizes)} chunks, or one of no possible size")
    starts = accumulate(sizes, initial=0)
    return tuple(Chunk(*one) for one in zip(starts, sizes, hashes, strict=False))


def size_of(recipe: Recipe) -> int:
    """How many bytes the blob has."""
    return recipe[-1].end


# §5.4  What of an old blob is held against one chunk of the new: as much as the smallest PC
# spares, in memory and in time. MARGIN: a change moves what is beside it.
WINDOW_BYTES = 1_048_576
MARGIN_BYTES = 131_072
# What is one chunk (a manifest, a recipe, a small file) is held against all of the old one.
MAX_WHOLE_BYTES = 4_000_000
# The chunks before in the same blob, which the receiver has by then.
BEFORE_BYTES = 262_144


class Windows:
    """For each chunk of ``new``, which bytes of the blob of ``old`` a patch refers to (§5.4).

    Both ends work it out from the two recipes; it never travels.
    """

    def __init__(self, new: Recipe, old: Recipe) -> None:
        self._new, self._old_size = new, size_of(old)
        places: dict[bytes, Chunk] = {}
        for chunk in old:
            places.setdefault(chunk.hash, chunk)
        same = [places.get(chunk.hash) for chunk in new]
        # Of the last same chunk before each, and of the first behind it: (index, old byte).
        self._left = _nearest(
            [None if one is None else one.end for one in same], (-1, 0), range(len(new))
        )
        self._right = _nearest(
            [None if one is None else one.first for one in same],
            (len(new), self._old_size),
            range(len(new) - 1, -1, -1),
        )

    def of(self, index: int) -> tuple[int, int]:
        """First byte and end of the window for one chunk."""
        (before, low), (behind, high) = self._left[index], self._right[index]
        if high < low:  # parts have changed places: what follows the left one is as good
            high = self._old_size
        first, end = max(0, low - MARGIN_BYTES), min(self._old_size, high + MARGIN_BYTES)
        if end - first <= (WINDOW_BYTES if len(self._new) > 1 else MAX_WHOLE_BYTES):
            return first, end
        # The gap is too long: the part of it that stands where the chunk stands in the new run.
        begins = self._new[before].end if before >= 0 else 0
        ends = self._new[behind].first if behind < len(self._new) else size_of(self._new)
        middle = self._new[index].first + self._new[index].size // 2 - begins
        at = low + (high - low) * middle // max(1, ends - begins)
        first = min(max(0, at - WINDOW_BYTES // 2), max(0, self._old_size - WINDOW_BYTES))
        return first, min(self._old_size, first + WINDOW_BYTES)


def _nearest(
    places: Sequence[int | None], start: tuple[int, int], order: Sequence[int]
) -> list[tuple[int, int]]:
    """For each index the last one met in ``order`` before it that has a place."""
    found, last = [start] * len(places), start
    for index in order:
        found[index] = last
        place = places[index]
        if place is not None:
            last = (index, place)
    return found

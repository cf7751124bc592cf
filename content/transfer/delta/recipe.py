"""Recipe: the chunks of one blob, in order (SPEC.md §5.2).

Values and bytes only. ``content.transfer.delta.chunking`` cuts blobs (at a hub),
``content.transfer.partial_blob`` puts them together from chunks; how a chunk travels is in
``content.transfer.delta.patch``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from content.model.errors import MalformedRecipe
from sync.errors import MalformedBytes
from sync.wire import Reader, Writer

# §5.2  Layout:  magic "XZR1" (4 bytes) | of each chunk: size (varint) | SHA-256 (32 bytes)
MAGIC = b"XZR1"
HASH_BYTES = 32

# What a broken line may cost: half a minute at 64 kbit/s. A blob up to this size is one chunk.
MAX_CHUNK_BYTES = 262_144
MIN_CHUNK_BYTES = 16_384
# Each costs 36 bytes of recipe; smaller ones find more that is the same, and cost more.
AVERAGE_CHUNK_BYTES = 65_536
# Enough for 1 GB in the smallest chunks, more than the largest file has.
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
    """Return the chunks that ``raw`` lists; its name has shown that it is the right recipe.

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
    return tuple(Chunk(*row) for row in zip(starts, sizes, hashes, strict=False))


def size_of(recipe: Recipe) -> int:
    """How many bytes the blob has."""
    return recipe[-1].end


# §5.4  The part of an old blob that one chunk is compared with: what the smallest PC can spare.
MAX_WINDOW_BYTES = 1_048_576
# A blob of one chunk (a manifest, a recipe, a small file) is compared with all of the old one.
MAX_WHOLE_BYTES = 4_000_000
# The bytes before a chunk in its own blob, which the receiver has by then.
BEFORE_BYTES = 262_144

"""Chunking: cuts a blob where its content says (SPEC.md §5.2). Only a hub does this.

FastCDC: a change moves the borders near it and no others. Only the hub decides where they
fall: a node trusts a recipe by its name and checks only hashes.
"""

from hashlib import sha256
from pathlib import Path

from pyfastcdc import FastCDC, NormalizedChunking

from content.transfer.blobs import BlobStore
from content.transfer.delta.recipe import (
    AVERAGE_CHUNK_BYTES,
    MAX_CHUNK_BYTES,
    MIN_CHUNK_BYTES,
    write_recipe,
)

# Two bits of the mask on either side of the average: sizes stay closer to it.
_NORMALIZED: NormalizedChunking = 2


def recipe_of(path: Path) -> bytes:
    """Cut a file and return its recipe."""
    cutter = FastCDC(
        AVERAGE_CHUNK_BYTES,
        min_size=MIN_CHUNK_BYTES,
        max_size=MAX_CHUNK_BYTES,
        normalized_chunking=_NORMALIZED,
    )
    return write_recipe(
        [(chunk.length, sha256(chunk.data).digest()) for chunk in cutter.cut_file(path)]
    )


def add_recipe(blobs: BlobStore, sha: str, size: int) -> str:
    """Put the recipe of a blob beside it and return its name; "" where a blob needs none."""
    return blobs.add_bytes(recipe_of(blobs.path(sha))) if size > MAX_CHUNK_BYTES else ""

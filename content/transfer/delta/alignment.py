"""Alignment: where in an old blob the bytes of a new one's chunks stood (SPEC.md §5.4). Hub only.

Both are cut finely, and pieces that both have vote for a place: so a film that was trimmed and
interleaved anew is found although none of its chunks stayed whole. A wrong guess costs only bytes.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pyfastcdc import FastCDC

from content.transfer.delta.recipe import MAX_WHOLE_BYTES, MAX_WINDOW_BYTES, Recipe, size_of

# Sentences of a text, samples of a film.
_FINE = FastCDC(512, min_size=128, max_size=4_096)
# A change moves what is beside it: a window is longer by this much at both ends.
MARGIN_BYTES = 16_384
# Votes farther from each other than this belong to different places.
_APART_BYTES = 131_072

Window = tuple[int, int]  # first byte and length


def windows(new: Path, recipe: Recipe, old: Path) -> list[Window]:
    """For each chunk of ``new``, the bytes of ``old`` to compare it with."""
    old_size = old.stat().st_size
    if len(recipe) == 1 and old_size <= MAX_WHOLE_BYTES:
        return [(0, old_size)]
    places: dict[int, int] = {}
    for first, key in _fine(old):
        places.setdefault(key, first)
    votes: list[list[int]] = [[] for _ in recipe]
    index = 0
    for first, key in _fine(new):
        while first >= recipe[index].end:
            index += 1
        if key in places:
            votes[index].append(places[key])
    aligned: list[Window] = []
    for chunk, chunk_votes in zip(recipe, votes, strict=True):
        if chunk_votes:
            low, high = _densest(sorted(chunk_votes))
        else:  # no votes: behind the window before, else at the same place in proportion
            low = (
                sum(aligned[-1]) - MARGIN_BYTES
                if aligned
                else chunk.first * old_size // size_of(recipe)
            )
            high = low + chunk.size
        first = min(max(0, low - MARGIN_BYTES), max(0, old_size - 1))
        end = min(old_size, max(high + MARGIN_BYTES, first + 1), first + MAX_WINDOW_BYTES)
        aligned.append((first, end - first))
    return aligned


def _densest(places: list[int]) -> tuple[int, int]:
    """The run of neighbouring places with the most of them: its beginning and its end."""
    runs, begin = list[tuple[int, int, int]](), 0
    for at, (place, next_place) in enumerate(pairwise([*places, places[-1] + _APART_BYTES + 1])):
        if next_place - place > _APART_BYTES or place - places[begin] > MAX_WINDOW_BYTES // 2:
            runs.append((at + 1 - begin, places[begin], place))
            begin = at + 1
    _, low, high = max(runs)
    return low, high + _FINE.max_size


def _fine(path: Path) -> Iterator[tuple[int, int]]:
    """Where each fine piece begins, and a key that equal pieces share."""
    for piece in _FINE.cut_file(path):
        yield piece.offset, hash(bytes(piece.data))

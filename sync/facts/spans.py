"""Spans: which seconds of an item were studied (SPEC.md §8.2).

A flat ascending list ``[start, end, start, end, …]`` of disjoint half-open stretches that do not
touch. Spans are only ever united, so order and repetition cannot matter.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

Spans = list[int]


def add(spans: Spans, start: int, end: int) -> None:
    """Make ``[start, end)`` part of ``spans``, in place; an empty stretch changes nothing."""
    if end <= start:
        return
    # §8.2  All stretches that touch [start, end) become one with it.
    low, high = bisect_left(spans, start), bisect_right(spans, end)
    # An even place lies between two stretches, an odd one inside a stretch.
    spans[low:high] = [start] * (low % 2 == 0) + [end] * (high % 2 == 0)


def union(spans: Spans, other: Spans) -> Spans:
    """What is in ``spans`` or in ``other``."""
    result = list(spans)
    for start, end in pairs(other):
        add(result, start, end)
    return result


def covered(spans: Spans, until: int | None = None) -> int:
    """How many seconds ``spans`` hold, counted up to second ``until`` where given."""
    if until is not None:
        return sum(max(0, min(end, until) - start) for start, end in pairs(spans))
    return sum(spans[1::2]) - sum(spans[::2])


def pairs(spans: Spans) -> list[tuple[int, int]]:
    """The stretches as (start, end)."""
    return list(zip(spans[::2], spans[1::2], strict=True))

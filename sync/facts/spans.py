"""Spans: which seconds of an item were studied, and since which day (SPEC.md §8.2).

A flat ascending list ``[start, end, day, start, end, day, …]`` of disjoint half-open stretches;
stretches that touch differ in their day. ``day`` is the least on which each of the seconds was
studied. Spans only ever grow, and days only ever become less, so order and repetition cannot
matter.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

Spans = list[int]
Stretch = tuple[int, int, int]  # start, end, day

# §8.2  Days are the offices' own: they change at midnight in China, which knows no summer time.
ZONE_S, DAY_S = 8 * 3_600, 86_400


def day_of(at: int) -> int:
    """The day of a moment in Unix seconds: days since 1970 in China."""
    return (at + ZONE_S) // DAY_S


def starts_at(day: int) -> int:
    """The first moment of a day, in Unix seconds."""
    return day * DAY_S - ZONE_S


def add(spans: Spans, start: int, end: int, day: int) -> None:
    """Let ``[start, end)`` be studied on ``day``, in place; an empty stretch changes nothing."""
    if end <= start:
        return
    # §8.2  Most records go on where the last one stopped, on the same day or a later one.
    if not spans or start > spans[-2]:
        spans += (start, end, day)
    elif start >= spans[-3] and day >= spans[-1]:
        last = spans[-2]
        if end > last:
            if day == spans[-1]:
                spans[-2] = end
            else:
                spans += (last, end, day)
    else:
        _lay(spans, start, end, day)


def _lay(spans: Spans, start: int, end: int, day: int) -> None:
    """As ``add``, wherever the stretch lies."""
    places = range(len(spans) // 3)
    # All that touch [start, end): what is before and behind it stays as it is.
    low = bisect_left(places, start, key=lambda place: spans[3 * place + 1])
    high = bisect_right(places, end, key=lambda place: spans[3 * place])
    laid: Spans = []
    at = start
    for begin, until, since in stretches(spans[3 * low : 3 * high]):
        _put(laid, begin, min(until, start), since)
        _put(laid, at, min(begin, end), day)
        _put(laid, max(begin, start), min(until, end), min(since, day))
        _put(laid, max(begin, end), until, since)
        at = max(at, min(until, end))
    _put(laid, at, end, day)
    spans[3 * low : 3 * high] = laid


def _put(spans: Spans, start: int, end: int, day: int) -> None:
    """Append a stretch that does not begin before the end of the last."""
    if end <= start:
        return
    if spans and spans[-2] == start and spans[-1] == day:
        spans[-2] = end
    else:
        spans += (start, end, day)


def union(spans: Spans, other: Spans) -> Spans:
    """What is in ``spans`` or in ``other``, each second with its least day."""
    if not spans:
        return list(other)
    result = list(spans)
    for start, end, day in stretches(other):
        add(result, start, end, day)
    return result


def covered(spans: Spans, until: int | None = None) -> int:
    """How many seconds ``spans`` hold, counted up to second ``until`` where given."""
    if until is not None:
        return sum(max(0, min(end, until) - start) for start, end, _ in stretches(spans))
    return sum(spans[1::3]) - sum(spans[::3])


def stretches(spans: Spans) -> list[Stretch]:
    """The stretches as (start, end, day)."""
    return list(zip(spans[::3], spans[1::3], spans[2::3], strict=True))


def edges(spans: Spans) -> list[int]:
    """Starts and ends alone, ``[start, end, start, end, …]``."""
    flat = [0] * (len(spans) // 3 * 2)
    flat[::2], flat[1::2] = spans[::3], spans[1::3]
    return flat


def of_edges(flat: Sequence[int], days: Sequence[int]) -> Spans:
    """The spans with these ``edges`` and days; neighbours of one day are one stretch.

    Raises:
        ValueError: there are not as many days as stretches.
    """
    spans: Spans = []
    for start, end, day in zip(flat[::2], flat[1::2], days, strict=True):
        _put(spans, start, end, day)
    return spans


def pairs(spans: Spans) -> list[tuple[int, int]]:
    """What was studied as (start, end), whatever the day; these stretches do not touch."""
    whole: list[tuple[int, int]] = []
    for start, end, _ in stretches(spans):
        if whole and whole[-1][1] == start:
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    return whole

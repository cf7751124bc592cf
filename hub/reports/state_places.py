"""Where the people of each state are, so that a page of a long list is found without the others.

The figures of a unit know how many people of its every unit stand how. Whoever wants the people
behind, from the 15,000th on, need look at the few units only that hold them.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class StatePlaces:
    """By state (as the lists know them) the units that have such people, in the order of paths."""

    units: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    people: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # of each of these units

    def window(self, state: str, offset: int, size: int, down: bool) -> tuple[list[int], int]:
        """The units that hold ``size`` people from ``offset`` on, and how many of theirs before.

        ``down``: from the last unit to the first.
        """
        units, people = self.units.get(state, ()), self.people.get(state, ())
        if down:
            units, people = units[::-1], people[::-1]
        ends = list(accumulate(people))
        first, last = bisect_right(ends, offset), bisect_right(ends, offset + size - 1)
        before = ends[first - 1] if first else 0
        return list(units[first : last + 1]), offset - before


def gathered(rows: Sequence[tuple[str, int, Mapping[str, int]]]) -> StatePlaces:
    """Sort (path, unit, people by state) by path."""
    units: dict[str, list[int]] = {}
    people: dict[str, list[int]] = {}
    for _path, unit_id, counts in sorted(rows, key=lambda row: row[0]):
        for state, count in counts.items():
            if count:
                units.setdefault(state, []).append(unit_id)
                people.setdefault(state, []).append(count)
    return StatePlaces(
        {state: tuple(ids) for state, ids in units.items()},
        {state: tuple(counts) for state, counts in people.items()},
    )

"""Learner search: which learners of the station the keeper asked to see, and in which order."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence

from node.keeper.learner_overview import HowFar
from node.store.learners import Learner

# Who studied nothing for so long is worth a word.
IDLE_S = 7 * 86_400

# Named as in the address: (row, now) to whether the learner is shown.
FILTERS: dict[str, Callable[[HowFar, int], bool]] = {
    "all": lambda row, now: True,
    "behind": lambda row, now: row.behind or row.locked,
    "locked": lambda row, now: row.locked,
    "new": lambda row, now: not row.learner.has_pin,
    "idle": lambda row, now: is_idle(row, now),
    "unsat": lambda row, now: not row.sat,
}
# In "" those who need a word come first, as ``learner_overview.everyone`` gives them.
SORTS: dict[str, Callable[[HowFar], tuple[object, ...]]] = {
    "progress": lambda row: (row.percent, row.learner.number),
    # In GB 18030 the common characters stand in the order of their pinyin, as in a dictionary.
    "name": lambda row: (row.learner.name.encode("gb18030", "replace"), row.learner.number),
    "seen": lambda row: (row.seen_at, row.learner.number),
}


def find(rows: Iterable[HowFar], show: str, sort: str, query: str, now: int) -> list[HowFar]:
    """The learners of filter ``show`` whom ``query`` names, in the order ``sort``."""
    fits = FILTERS.get(show, FILTERS["all"])
    found = [row for row in rows if fits(row, now) and is_named(row.learner, query)]
    return sorted(found, key=SORTS[sort]) if sort in SORTS else found


def count(rows: Sequence[HowFar], now: int) -> dict[str, int]:
    """How many learners each filter has."""
    return {name: sum(fits(row, now) for row in rows) for name, fits in FILTERS.items()}


def is_named(learner: Learner, query: str) -> bool:
    """Whether each part of ``query`` stands in the number, the name or the post."""
    where = _folded(f"{learner.number} {learner.name} {learner.post}")
    return all(part in where for part in _folded(query).split())


def is_idle(row: HowFar, now: int) -> bool:
    """Whether somebody who can sign in studied nothing for a week."""
    since = row.last_at or row.pin_at
    return row.learner.has_pin and now - since >= IDLE_S


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()

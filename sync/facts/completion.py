"""Completion: how much of a course is done, and since which day (SPEC.md §8.9, §8.10).

Functions of the facts and the course's rules, at both ends. Which exams are passed comes from
results that the hub graded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sync.facts.spans import day_of, stretches
from sync.facts.state import Facts

# §8.9  The credits at the end of a video need no watching; neither does the first second.
VIDEO_DONE_SHARE = 0.9

# A practice without questions is done before anything was noted.
_ALWAYS = -(2**53)

# §8.10  A station whose line is down learns of a new version this late, and its learners go on by
# the old one meanwhile.
GRACE_DAYS = 14


@dataclass(frozen=True, slots=True)
class ItemRule:
    """What makes one item done. ``item`` is the object of its records (§3.5); ``seconds`` the
    length of a video or the least reading time; ``questions`` those of a practice, as
    ``course/question``."""

    item: str
    kind: str
    required: bool
    seconds: int = 0
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseRule:
    """What makes a course done: all its required items."""

    course: str
    version: int
    items: tuple[ItemRule, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """A version's rule, and from which day to which it was in force (None: it still is)."""

    rule: CourseRule
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """On which day a course was done, and under which version."""

    day: int
    version: int


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` required items; ``percent`` counts what is begun, rounded down;
    ``seconds`` studied in all items of all versions; ``last_at`` the time of the last study record
    of one (0: none)."""

    done: int
    total: int
    percent: int
    completed: bool
    seconds: int
    last_at: int


def in_force(versions: Iterable[tuple[CourseRule, int]]) -> tuple[InForce, ...]:
    """Versions with the day on which each came, in their order, each until the next came."""
    dated = list(versions)
    ends = [*(since for _, since in dated[1:]), None]
    return tuple(InForce(rule, since, end) for (rule, since), end in zip(dated, ends, strict=True))


def share(facts: Facts, rule: ItemRule, passed: Collection[str]) -> float:
    """How much of one item is done, 0 to 1; exactly 1 when it counts as done."""
    # §8.9  Exam: passed. Practice: every question answered. The rest: enough seconds.
    if rule.kind == "exam":
        return float(rule.item in passed)
    if rule.kind == "practice":
        if not rule.questions:
            return 1.0
        return sum(q in facts.practised for q in rule.questions) / len(rule.questions)
    if rule.seconds <= 0:
        return float(rule.item in facts.studied)
    return _share_of(facts.seconds(rule.item, rule.seconds), rule)


def completed_on(
    facts: Facts, versions: Sequence[InForce], passed: Mapping[str, int]
) -> Completion | None:
    """When the course was done: the earliest day on which what was noted up to then satisfied a
    version then in force, and the newest such version; None while there is none.

    ``passed``: the exams (``course/item``) with the day on which each was first passed.
    """
    # §8.10  What satisfies a rule once satisfies it for ever, so each version has one first day.
    earliest: Completion | None = None
    for version in versions:
        last = None if version.until is None else version.until + GRACE_DAYS
        day = _satisfied_on(facts, version.rule, passed, last)
        if day is None:
            continue
        day = max(day, version.since)
        if (last is None or day <= last) and (earliest is None or day <= earliest.day):
            earliest = Completion(day, version.rule.version)
    return earliest


def progress(
    facts: Facts, rule: CourseRule, passed: Collection[str], versions: Sequence[InForce] = ()
) -> Progress:
    """How far the learner with ``facts`` is; ``passed`` holds the exams (``course/item``),
    ``versions`` all that were in force: time that was studied stays."""
    # §8.9  A course is done when all required items are.
    required = [share(facts, item, passed) for item in rule.items if item.required]
    done = sum(part == 1.0 for part in required)
    total = len(required)
    # Thousandths first: 0.29 * 100 is 28.999… in binary, and a bar must not fall back.
    percent = int(sum(int(part * 1000 + 1e-6) for part in required)) // (10 * total) if total else 0
    lengths = {item.item: item.seconds for item in rule.items}
    for version in reversed(versions) if len(versions) > 1 else ():
        for item in version.rule.items:
            lengths.setdefault(item.item, item.seconds)
    return Progress(
        done=done,
        total=total,
        percent=100 if total and done == total else min(percent, 99),
        completed=bool(total) and done == total,
        # §8.11  No more than the item is long, and nothing of one that has no length.
        seconds=sum(facts.seconds(item, seconds) for item, seconds in lengths.items()),
        last_at=max((facts.places[item].at for item in lengths if item in facts.places), default=0),
    )


def _share_of(seconds: int, rule: ItemRule) -> float:
    part = seconds / rule.seconds
    needed = VIDEO_DONE_SHARE if rule.kind == "video" else 1.0
    return 1.0 if part >= needed else part


def _satisfied_on(
    facts: Facts, rule: CourseRule, passed: Mapping[str, int], last: int | None
) -> int | None:
    """The first day on which all required items were done; None if that is after ``last``."""
    days: list[int] = []
    for item in rule.items:
        if item.required:
            day = done_on(facts, item, passed)
            if day is None or (last is not None and day > last):
                return None
            days.append(day)
    return max(days, default=None)


def done_on(facts: Facts, rule: ItemRule, passed: Mapping[str, int]) -> int | None:
    """The first day on which an item was done; None while it is not."""
    if rule.kind == "exam":
        return passed.get(rule.item)
    if rule.kind == "practice":
        on = facts.answered_on
        if not all(question in on for question in rule.questions):
            return None
        return max((on[question] for question in rule.questions), default=_ALWAYS)
    return _seen_on(facts, rule)


def _seen_on(facts: Facts, rule: ItemRule) -> int | None:
    spans = facts.studied.get(rule.item)
    if spans is None:
        return None
    if rule.seconds <= 0:
        place = facts.places.get(rule.item)
        return min(spans[2::3], default=day_of(place.at) if place else None)
    seconds = 0
    for day, start, end in sorted((day, start, end) for start, end, day in stretches(spans)):
        seconds += max(0, min(end, rule.seconds) - start)
        if _share_of(seconds, rule) == 1.0:
            return day
    return None

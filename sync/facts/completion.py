"""Completion: how much of a course is done (SPEC.md §8.9).

A function of the facts and the course's rule, at both ends. Which exams are passed comes from
results that the hub graded.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sync.facts.state import Facts

# §8.9  The credits at the end of a video need no watching; neither does the first second.
VIDEO_DONE_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class ItemRule:
    """What makes one item done. ``item`` is ``course/item``; ``seconds`` the length of a video or
    the least reading time; ``questions`` those of a practice, as ``course/question``."""

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
class Progress:
    """``done`` of ``total`` required items; ``percent`` counts what is begun, rounded down;
    ``seconds`` studied in all items; ``last_at`` the time of the last study record (0: none)."""

    done: int
    total: int
    percent: int
    completed: bool
    seconds: int
    last_at: int


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
    part = facts.seconds(rule.item, rule.seconds) / rule.seconds
    needed = VIDEO_DONE_SHARE if rule.kind == "video" else 1.0
    return 1.0 if part >= needed else part


def progress(facts: Facts, rule: CourseRule, passed: Collection[str]) -> Progress:
    """How far the learner with ``facts`` is; ``passed`` holds the exams (``course/item``)."""
    # §8.9  A course is done when all required items are.
    required = [share(facts, item, passed) for item in rule.items if item.required]
    done = sum(part == 1.0 for part in required)
    total = len(required)
    # Thousandths first: 0.29 * 100 is 28.999… in binary, and a bar must not fall back.
    percent = int(sum(int(part * 1000 + 1e-6) for part in required)) // (10 * total) if total else 0
    places = [facts.places[item.item].at for item in rule.items if item.item in facts.places]
    return Progress(
        done=done,
        total=total,
        percent=100 if total and done == total else min(percent, 99),
        completed=bool(total) and done == total,
        # §8.10  No more than the item is long, and nothing of one that has no length.
        seconds=sum(facts.seconds(item.item, item.seconds) for item in rule.items),
        last_at=max(places, default=0),
    )

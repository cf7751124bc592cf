"""Practice session: what a learner goes through in practice, and in what order.

The address names a run, by its way and what that needs. Nothing of a run is kept, so that a page
that is opened again goes on where it was. What an answer does is
``node.learning.exams.practice``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from content.model.course import Course
from node.errors import NotFound
from node.learning.exams import practice
from node.learning.exams.practice import Drill
from sync.facts import Facts

# What is left of a practice (""), all of it once more, the mistakes, a chapter in its order, some
# at random, the favourites.
REST, AGAIN, BOOK, CHAPTER, RANDOM, STARS = "", "again", "book", "chapter", "random", "stars"
WAYS = (REST, AGAIN, BOOK, CHAPTER, RANDOM, STARS)
# Half an hour's work; who wants more takes another.
AT_RANDOM = 20


@dataclass(frozen=True, slots=True)
class Run:
    """The questions that a learner goes through. ``of``: chapter, seed, or the book's course."""

    way: str
    of: str
    drills: tuple[Drill, ...]

    def place(self, drill: Drill) -> int:
        """Where ``drill`` stands in it, from 1; 0 where it does not (any more)."""
        return next((n for n, other in enumerate(self.drills, 1) if other.id == drill.id), 0)

    def first(self) -> Drill | None:
        """Where to begin: the first without an answer; in a run with its own order, the first."""
        if self.way in (AGAIN, RANDOM, STARS, BOOK):
            return self.drills[0] if self.drills else None
        untried = next((drill for drill in self.drills if drill.last is None), None)
        if untried is None and self.way == CHAPTER:
            return self.drills[0]
        return untried

    def after(self, drill: Drill) -> Drill | None:
        """What to ask after ``drill``."""
        here = self.place(drill)
        if self.way == BOOK:
            return practice.round_from(self.drills, drill)
        if self.way == REST:  # the next one without an answer, from here on and then around
            around = [*self.drills[here:], *self.drills[: max(here - 1, 0)]]
            return next((other for other in around if other.last is None), None)
        return self.drills[here] if here < len(self.drills) else None


@dataclass(frozen=True, slots=True)
class Chapter:
    """How a learner stands with one chapter of a practice."""

    item: str
    number: int  # from 0, in the practice's order
    title: str
    total: int
    right: int
    wrong: int

    @property
    def untried(self) -> int:
        """How many were never answered."""
        return self.total - self.right - self.wrong


def chapters(course: Course, facts: Facts) -> list[Chapter]:
    """The chapters of a course's practices, in their order."""
    standings = []
    for item in course.items:
        if item.kind != "practice":
            continue
        every = practice.drills(course, item.id, facts)
        for number, title in enumerate(_titles(every)):
            here = [drill for drill in every if drill.chapter == title]
            tried = [drill.last.correct for drill in here if drill.last]
            right = sum(tried)
            standings.append(Chapter(item.id, number, title, len(here), right, len(tried) - right))
    return standings


def run(way: str, of: str, every: Sequence[Drill], course: Course, facts: Facts) -> Run:
    """The run of that name through the practice ``every`` or the whole course.

    Raises:
        NotFound: there is no such way, or no such chapter.
    """
    if way == CHAPTER:
        titles = _titles(every)
        if not (of.isascii() and of.isdigit() and len(of) < 4 and int(of) < len(titles)):
            raise NotFound(f"no chapter {of[:20]!r}")
        return Run(way, of, tuple(drill for drill in every if drill.chapter == titles[int(of)]))
    if way == RANDOM:
        mixed = sorted(
            practice.all_drills(course, facts),
            key=lambda drill: sha256(f"{of}\n{drill.id}".encode()).digest(),
        )
        return Run(way, of, tuple(mixed[:AT_RANDOM]))
    if way not in WAYS:
        raise NotFound(f"no way {way[:20]!r}")
    return Run(way, of, tuple(every))


def book(courses: Sequence[Course], facts: Facts, of: str = "") -> Run:
    """The mistakes, in all courses or in one."""
    wrong = practice.mistakes(courses, facts)
    return Run(BOOK, of, tuple(drill for drill in wrong if of in ("", drill.course.id)))


def starred(courses: Sequence[Course], facts: Facts, stars: Sequence[str], of: str = "") -> Run:
    """The favourites that are still taught here, in all courses or in one."""
    known = {drill.id: drill for course in courses for drill in practice.all_drills(course, facts)}
    taught = [known[name] for name in stars if name in known]
    return Run(STARS, of, tuple(drill for drill in taught if of in ("", drill.course.id)))


def stopped_at(course: Course, facts: Facts) -> Drill | None:
    """Where to go on: what follows the question that was answered last."""
    every = practice.all_drills(course, facts)
    tried = [(drill.last, drill) for drill in every if drill.last]
    if not tried:
        return None
    last = max(tried, key=lambda pair: pair[0])[1]
    around = run(
        REST, "", [drill for drill in every if drill.item.id == last.item.id], course, facts
    )
    return around.after(last) or run(REST, "", every, course, facts).first()


def _titles(every: Sequence[Drill]) -> list[str]:
    return list(dict.fromkeys(drill.chapter for drill in every))

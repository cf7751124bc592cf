"""Agenda: what a learner studies next, how far they are, and how their exams stand.

Plain functions of courses, facts and classes; the pages that show it are ``node.web.study.home``
and ``node.web.study.results``. What counts as done is ``sync.facts``, who may begin an exam
``node.learning.exams.exam``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from content.model.course import Course, Item
from node.errors import AttemptsUsed, ExamClosed, ExamNotOpen, LicenceOver
from node.learning.exams.exam import ExamStanding
from node.learning.exams.window import counting
from node.store.classes import Class
from node.store.results import Graded
from sync.facts import Facts, InForce, ItemRule, Progress, day_of, progress, share
from sync.records import item_of


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """One item of a course as one learner stands with it. ``share`` is 1.0 when it is done."""

    course: Course
    item: Item
    share: float
    position: int  # the second at which to go on
    left_s: int  # seconds still to watch or read
    left_questions: int

    @property
    def done(self) -> bool:
        """Whether it counts as done."""
        return self.share >= 1.0

    @property
    def key(self) -> str:
        """The name of the item in records."""
        return self.course.named(self.item)


@dataclass(frozen=True, slots=True)
class Term:
    """A class as one bar: required and elective items done, and the days that are left."""

    title: str
    opens: str
    closes: str
    days_left: int  # today included; 0 when it is over
    days_until: int  # 0 when it has begun
    required: int
    required_done: int
    elective: int
    elective_done: int
    courses_left: int = 0  # required ones that are not done


class ExamState(Enum):
    """How a learner stands with an exam."""

    RUNNING = "running"
    PASSED = "passed"
    WAITS = "waits"  # handed in, not graded
    OPEN = "open"
    FAILED = "failed"  # and may try again
    USED = "used"  # failed, no attempt left
    NOT_OPEN = "not-open"
    CLOSED = "closed"
    EXPIRED = "expired"  # the licence of the course is over


@dataclass(frozen=True, slots=True)
class ExamLine:
    """One exam with its state; ``score`` is the best one that the hub gave."""

    standing: ExamStanding
    state: ExamState
    score: int | None


def steps(facts: Facts, course: Course, passed: Collection[str]) -> list[ItemStanding]:
    """The items of a course in their order."""
    return [
        _step(facts, course, item, rule, passed)
        for item, rule in zip(course.items, course.rule().items, strict=True)
    ]


def next_step(
    facts: Facts,
    courses: Sequence[Course],
    passed: Collection[str],
    put_off: Collection[str] = (),
    completed: Collection[str] = (),
) -> ItemStanding | None:
    """What to study next: where the learner stopped, else the first that is to be done.

    ``courses`` come in the order of the class; ``put_off`` names exams that cannot be sat now. Of
    ``completed`` courses nothing is to be done any more, also where a later version asks for more.
    """
    every = [step for course in courses for step in steps(facts, course, passed)]
    begun = [step for step in every if step.key in facts.places]
    latest = max(begun, key=lambda step: facts.places[step.key].at, default=None)
    if latest and not latest.done:
        return latest
    open_ = [
        step
        for step in every
        if not step.done
        and step.key not in put_off
        and not (step.item.required and step.course.id in completed)
    ]
    return min(
        open_,
        # min() keeps the order of the courses among equals.
        key=lambda step: (
            not step.item.required,
            not step.course.required,
            latest is not None and step.course.id != latest.course.id,
        ),
        default=None,
    )


def shows_other_content(facts: Facts, step: ItemStanding) -> bool:
    """Whether the learner studied what the item showed before, and not yet what it shows now."""
    if step.key in facts.studied or step.item.content == 1:
        return False
    item = item_of(step.key)
    return any(item_of(name) == item for name in facts.studied)


def after(every: Sequence[ItemStanding], item: str) -> ItemStanding | None:
    """The item that follows ``item`` in its course."""
    places = [step.item.id for step in every]
    place = places.index(item) + 1
    return every[place] if place < len(every) else None


def progress_of(
    facts: Facts, course: Course, passed: Collection[str], versions: Sequence[InForce] = ()
) -> Progress:
    """How far the learner is with a course; ``versions``: those that were in force."""
    return progress(facts, course.rule(), passed, versions)


def passed_on(graded: Iterable[Graded]) -> dict[str, int]:
    """The exams ("course/item") that are passed, with the day on which each first was."""
    passed: dict[str, int] = {}
    for result in graded:
        if result.passed:
            day = day_of(result.submitted_at)
            passed[result.exam] = min(day, passed.get(result.exam, day))
    return passed


def in_order(courses: Sequence[Course], classes: Sequence[Class], today: str) -> list[Course]:
    """The courses of the class that is studied now first, in its order; then the others."""
    current = current_class(classes, today)
    wanted = current.courses if current else ()
    place = {course: number for number, course in enumerate(wanted)}
    return sorted(courses, key=lambda course: (place.get(course.id, len(place)), course.title))


def current_class(classes: Sequence[Class], today: str) -> Class | None:
    """The class that is studied now: its days are those of its exams, too."""
    return counting(classes, today)


def term(
    class_: Class, every: Sequence[ItemStanding], today: str, completed: Collection[str] = ()
) -> Term:
    """The class as a bar over ``every`` item of its courses; ``completed`` courses are done."""
    mine = [step for step in every if step.course.id in class_.courses]
    must = [
        step.done or step.course.id in completed
        for step in mine
        if step.item.required and step.course.required
    ]
    may = [step.done for step in mine if not (step.item.required and step.course.required)]
    return Term(
        title=class_.title,
        opens=class_.opens,
        closes=class_.closes,
        days_left=max(0, _days(today, class_.closes) + 1),
        days_until=max(0, _days(today, class_.opens)),
        required=len(must),
        required_done=sum(must),
        elective=len(may),
        elective_done=sum(may),
        courses_left=len(
            {
                step.course.id
                for step in mine
                if step.item.required and step.course.required and not step.done
            }
        ),
    )


def exam_line(standing: ExamStanding, graded: Sequence[Graded]) -> ExamLine:
    """How the learner stands with one exam; ``graded`` are all their results, of any node."""
    exam = f"{standing.course.id}/{standing.item.id}"
    mine = [result for result in graded if result.exam == exam]
    score = max((result.score for result in mine), default=None)
    return ExamLine(standing, _state(standing, mine), score)


def put_off(lines: Sequence[ExamLine]) -> set[str]:
    """The exams ("course/item") that are not to be offered as the next step."""
    offered = (ExamState.RUNNING, ExamState.OPEN, ExamState.FAILED)
    return {
        f"{line.standing.course.id}/{line.standing.item.id}"
        for line in lines
        if line.state not in offered
    }


def _state(standing: ExamStanding, graded: Sequence[Graded]) -> ExamState:
    if standing.running:
        return ExamState.RUNNING
    if any(result.passed for result in graded):
        return ExamState.PASSED
    if any(attempt.result is None for attempt in standing.handed_in):
        return ExamState.WAITS
    refusal = standing.refusal
    if isinstance(refusal, AttemptsUsed):
        return ExamState.USED
    if isinstance(refusal, ExamNotOpen):
        return ExamState.NOT_OPEN
    if isinstance(refusal, ExamClosed):
        return ExamState.CLOSED
    if isinstance(refusal, LicenceOver):
        return ExamState.EXPIRED
    return ExamState.FAILED if graded else ExamState.OPEN


def _step(
    facts: Facts, course: Course, item: Item, rule: ItemRule, passed: Collection[str]
) -> ItemStanding:
    key = course.named(item)
    done = share(facts, rule, passed)
    position = facts.position(key) if item.kind == "video" else 0
    if position >= item.seconds - 3:  # the end was reached: begin at the beginning
        position = 0
    left_s = 0 if done >= 1 else max(0, item.seconds - facts.seconds(key, item.seconds))
    unanswered = sum(question not in facts.practised for question in rule.questions)
    return ItemStanding(course, item, done, position, left_s, unanswered)


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days

"""Learning: how far the station's learners are, who needs a reminder, and one of them in full.

Who studies now is ``node.keeper.presence``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from content.model.course import Course
from node.errors import NotFound
from node.keeper import health
from node.learning import agenda
from node.learning.agenda import ExamLine
from node.learning.learner_view import LearnerView
from node.runtime import NodeRuntime
from node.store import attempts, classes, courses, last_seen, learners, meta, results
from node.store.classes import Class
from node.store.learners import Learner
from node.store.results import Graded
from sync.facts import CourseRule, InForce, Progress, completed_on, progress

ZONE = ZoneInfo("Asia/Shanghai")
# Who is behind the calendar by more than this needs a reminder.
BEHIND_PERCENT = 15


@dataclass(frozen=True, slots=True)
class HowFar:
    """One learner in the keeper's table."""

    learner: Learner
    percent: int  # of the required courses
    last_at: int  # 0: never studied
    locked: bool
    behind: bool
    seen_at: int = 0  # 0: never signed in
    pin_at: int = 0
    sat: bool = False  # an exam, here or at another station


@dataclass(frozen=True, slots=True)
class ExamTry:
    """One attempt: running, handed in and not graded, or graded, here or elsewhere."""

    course: str
    exam: str
    attempt: int
    at: int  # handed in; 0 while it runs
    graded: Graded | None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class OneLearner:
    """What the keeper's page of a learner shows."""

    row: HowFar
    courses: tuple[tuple[Course, Progress], ...]
    tries: tuple[ExamTry, ...]  # the newest first


def everyone(runtime: NodeRuntime) -> list[HowFar]:
    """All learners of the station, those who need a reminder first."""
    rows = _rows(runtime, learners.all(runtime.store.read()))
    return sorted(rows, key=lambda row: (not row.locked, not row.behind, row.learner.number))


def one(runtime: NodeRuntime, number: str) -> OneLearner:
    """One learner of the roster.

    Raises:
        NotFound: there is none of that number.
    """
    learner = learners.find(runtime.store.read(), number)
    if learner is None:
        raise NotFound(f"learner {number}")
    (row,) = _rows(runtime, [learner])
    view = LearnerView(number, runtime.moment(), runtime.store, runtime.facts)
    node = meta.number(runtime.store.read(), meta.NODE)
    return OneLearner(
        row,
        tuple((course, view.progress(course)) for course in view.courses),
        tuple(_tries(view.exams, view.graded, node)),
    )


def expected_percent(all_classes: list[Class], now: int) -> int:
    """How far one should be today: the share of days gone of the open class that opened first."""
    today = datetime.fromtimestamp(now, ZONE).date()
    for class_ in sorted(all_classes, key=lambda class_: (class_.opens, class_.closes, class_.id)):
        try:
            opens, closes = date.fromisoformat(class_.opens), date.fromisoformat(class_.closes)
        except ValueError:
            continue
        if opens <= today <= closes:
            return round(100 * (today - opens).days / ((closes - opens).days + 1))
    return 0


def _rows(runtime: NodeRuntime, those: list[Learner]) -> list[HowFar]:
    conn = runtime.store.read()
    offered = [
        (course.rule(), courses.in_force(conn, course.id))
        for course in courses.installed(conn)
        if course.required
    ]
    due = expected_percent(classes.all(conn), runtime.clock.truth())
    locked, sat = health.locked_learners(runtime), attempts.who_sat(conn)
    seen, pins = last_seen.of_learners(conn), learners.pin_times(conn)
    rows = []
    for learner in those:
        number = learner.number
        percent, last_at = _how_far(runtime, number, offered)
        rows.append(
            HowFar(
                learner,
                percent,
                last_at,
                locked=number in locked,
                behind=bool(offered) and percent + BEHIND_PERCENT < due,
                seen_at=seen.get(number, 0),
                pin_at=pins.get(number, 0),
                sat=number in sat,
            )
        )
    return rows


def _how_far(
    runtime: NodeRuntime, number: str, offered: list[tuple[CourseRule, tuple[InForce, ...]]]
) -> tuple[int, int]:
    facts = runtime.facts.of(number)
    passed = agenda.passed_on(results.of_learner(runtime.store.read(), number))
    done = [(progress(facts, rule, passed, versions), versions) for rule, versions in offered]
    # What was done by an earlier version stays done.
    percents = [
        100 if completed_on(facts, versions, passed) else standing.percent
        for standing, versions in done
    ]
    percent = sum(percents) // len(percents) if percents else 0
    return percent, max((standing.last_at for standing, _ in done), default=0)


def _tries(lines: list[ExamLine], graded: list[Graded], node: int) -> list[ExamTry]:
    titles = {
        f"{line.standing.course.id}/{line.standing.item.id}": (
            line.standing.course.title,
            line.standing.item.title,
        )
        for line in lines
    }
    tries = [
        ExamTry(
            *titles.get(result.exam, (result.exam, "")),
            result.ordinal,
            result.submitted_at,
            result,
            elsewhere=result.node != node,
        )
        for result in graded
    ]
    for line in lines:
        names = titles[f"{line.standing.course.id}/{line.standing.item.id}"]
        for waiting in line.standing.handed_in:
            if waiting.result is None:
                attempt = waiting.attempt
                tries.append(ExamTry(*names, attempt.ordinal, attempt.submitted_at or 0, None))
        if line.standing.running:
            tries.append(ExamTry(*names, line.standing.running.ordinal, 0, None))
    return sorted(tries, key=lambda one: (one.at > 0, -one.at))

"""Learning: how far the station's learners are, who needs a reminder, and who studies now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from content.face.words import gettext as _
from content.model.course import Course
from node.keeper import health
from node.learning import agenda
from node.runtime import NodeRuntime
from node.store import attempts, classes, courses, learners, results, sittings
from node.store.classes import Class
from node.store.learners import Learner
from sync.facts import CourseRule, InForce, completed_on, progress

ZONE = ZoneInfo("Asia/Shanghai")
# Who is behind the calendar by more than this needs a reminder.
BEHIND_PERCENT = 15
# Who is seen within this time is studying "now".
NOW_S = 180


@dataclass(frozen=True, slots=True)
class HowFar:
    """One learner in the keeper's table."""

    learner: Learner
    percent: int  # of the required courses
    last_at: int  # 0: never studied
    locked: bool
    behind: bool


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is signed in and seen just now."""

    learner: Learner
    doing: str
    icon: str  # video, exam or person
    source: str
    seen: int


def everyone(runtime: NodeRuntime) -> list[HowFar]:
    """All learners of the station, those who need a reminder first."""
    conn = runtime.store.read()
    offered = [
        (course.rule(), courses.in_force(conn, course.id))
        for course in courses.installed(conn)
        if course.required
    ]
    due = expected_percent(classes.all(conn), runtime.clock.truth())
    locked = health.locked_learners(runtime)
    rows = []
    for learner in learners.all(conn):
        percent, last_at = _how_far(runtime, learner.number, offered)
        behind = bool(offered) and percent + BEHIND_PERCENT < due
        rows.append(HowFar(learner, percent, last_at, learner.number in locked, behind))
    return sorted(rows, key=lambda row: (not row.locked, not row.behind, row.learner.number))


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


def now_studying(runtime: NodeRuntime) -> list[Present]:
    """Who is here now and at what, latest first."""
    conn, now = runtime.store.read(), runtime.clock.now()
    doing = {
        sitting.learner: ("video", sitting.item)
        for sitting in reversed(sittings.touched_since(conn, now - NOW_S))
    }
    doing |= {who: ("exam", exam) for who, exam in attempts.exams_now(conn).items()}
    titles = _titles(courses.installed(conn))
    present: dict[str, Present] = {}
    for session in runtime.sessions.seen_since(now - NOW_S):
        learner = learners.find(conn, session.learner)
        if learner is None or learner.number in present:
            continue
        kind, item = doing.get(learner.number, ("person", ""))
        words = titles.get(item, item) or _("看首页或做练习")
        present[learner.number] = Present(learner, words, kind, session.source, session.seen)
    return list(present.values())


def _how_far(
    runtime: NodeRuntime, number: str, offered: list[tuple[CourseRule, tuple[InForce, ...]]]
) -> tuple[int, int]:
    facts = runtime.facts.of(number)
    passed = agenda.passed_on(results.of_learner(runtime.store.read(), number))
    done = [(progress(facts, rule, passed), versions) for rule, versions in offered]
    # What was done by an earlier version stays done.
    percents = [
        100 if completed_on(facts, versions, passed) else standing.percent
        for standing, versions in done
    ]
    percent = sum(percents) // len(percents) if percents else 0
    return percent, max((standing.last_at for standing, _ in done), default=0)


def _titles(offered: list[Course]) -> dict[str, str]:
    return {
        f"{course.id}/{item.id}": f"{course.title} · {item.title}"
        for course in offered
        for item in course.items
    }

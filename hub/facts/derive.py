"""Derive: what follows from facts and a course's rules — results of exams and progress.

``sync.facts`` grades and says what is complete; this module looks up and stores.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain

from sqlalchemy import Connection

from hub.context.course_rules import RulesNow
from hub.context.open_hub import Hub
from hub.facts import clock_skew
from hub.facts.merge import Learned, course_of
from hub.store import histories, results
from hub.store.results import ProgressRow, ResultRow
from sync.facts import completed_on, day_of, grade, progress, starts_at
from sync.facts.attempts import Attempt

# A hostile node can name any attempt; the column holds 31 bits.
MAX_ATTEMPT = 2**31 - 1

AttemptName = tuple[str, str, int, int]  # learner, exam, attempt, node
CourseName = tuple[str, str]  # learner, course


def about(facts: Learned) -> tuple[set[AttemptName], set[CourseName]]:
    """Which attempts were handed in, and which courses of which learners these facts touch."""
    attempts: set[AttemptName] = set()
    courses: set[CourseName] = set()
    for learner, known in facts.items():
        exams = {exam for exam, _, _ in known.attempts}
        things = chain(known.studied, known.practised, known.votes, exams)
        courses.update(
            (learner, course) for course in {thing.partition("/")[0] for thing in things}
        )
        attempts.update(
            (learner, *name) for name, attempt in known.attempts.items() if attempt.submission
        )
    return attempts, courses


def judge(
    hub: Hub,
    connection: Connection,
    facts: Learned,
    attempts: Iterable[AttemptName],
    courses: Iterable[CourseName],
) -> list[ResultRow]:
    """Grade ``attempts``, count ``courses``; return the results that are new or changed."""
    rules = hub.rules.within(connection)
    changed, passed = _graded(connection, rules, attempts, facts)
    results.put_results(connection, changed)
    rows = (_progress(rules, name, facts, passed) for name in sorted(courses))
    results.put_progress(connection, [row for row in rows if row])
    return changed


def _graded(
    connection: Connection, rules: RulesNow, attempts: Iterable[AttemptName], facts: Learned
) -> tuple[list[ResultRow], Mapping[str, Mapping[str, int]]]:
    """Results that are new or changed, and on which day each learner first passed which exams."""
    known = {row.key: row for row in results.of_learners(connection, facts)}
    arrivals = clock_skew.Arrivals(connection)
    wanted = sorted(attempts)
    homes = histories.units_then(connection, {learner for learner, *_rest in wanted})
    changed = []
    for learner, exam, number, node in wanted:
        attempt = facts[learner].attempts[(exam, number, node)]
        row = _result(arrivals, rules, (learner, exam, number, node), attempt)
        if row is None:
            continue
        before = known.get(row.key)
        # What was issued for a unit stays that unit's.
        unit_id = before.unit_id if before else None
        if unit_id is None:
            unit_id = homes.of(learner, row.handed_in_at)
        row = replace(row, unit_id=unit_id)
        if before != row:
            known[row.key] = row
            changed.append(row)
    passed: dict[str, dict[str, int]] = {}
    for row in known.values():
        if row.passed:
            days, day = passed.setdefault(row.learner, {}), day_of(row.submitted_at)
            days[row.exam] = min(day, days.get(row.exam, day))
    return changed, passed


def _result(
    arrivals: clock_skew.Arrivals, rules: RulesNow, name: AttemptName, attempt: Attempt
) -> ResultRow | None:
    """What one attempt is worth; None while its paper is not known here."""
    learner, exam, number, node = name
    submission, start = attempt.submission, attempt.start
    if submission is None or not 0 <= number <= MAX_ATTEMPT:
        return None
    course = course_of(exam)
    # Our nodes always send the start.
    rule = rules.version(course, start.version) if start else rules.newest(course)
    if rule is None or exam not in rule.exams:
        return None
    got = grade(attempt, number, rule.exams[exam], rule.exam_key, learner)
    if got is None:
        return None
    epoch, seq, at = submission.epoch, submission.seq, got.submitted_at
    return ResultRow(
        learner, exam, number, node, got.right, got.total, got.score, got.passed,
        got.began, at, rule.course.version, seq,
        arrivals.corrected(node, epoch, seq, at),
    )  # fmt: skip


def _progress(
    rules: RulesNow, name: CourseName, facts: Learned, passed: Mapping[str, Mapping[str, int]]
) -> ProgressRow | None:
    """How far one learner is in one course; None for a course that is not published."""
    learner, course = name
    rule = rules.newest(course)
    if rule is None:
        return None
    known, exams, versions = facts[learner], passed.get(learner, {}), rules.in_force(course)
    got = progress(known, rule.course, exams, versions)
    # Most have one version only, and most learners are still at it.
    done = completed_on(known, versions, exams) if got.completed or len(versions) > 1 else None
    return ProgressRow(
        learner, course, rule.course.version, got.done, got.total, got.percent,
        starts_at(done.day) if done else None, got.seconds, got.last_at,
        done.version if done else None,
    )  # fmt: skip

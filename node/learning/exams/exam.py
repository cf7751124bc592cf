"""Exam: who may begin, which answers still count, and when it is handed in.

The node decides about time, by how long it has run (``node.learning.uptime``); a browser's
timer only displays it. Right answers are not here; the hub grades. The paper is
``node.learning.exams.paper``, the rows and records are ``node.store.attempts``.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from random import SystemRandom

from content.model.course import Course, ExamSettings, Item
from node import calendar
from node.errors import AttemptsUsed, ExamClosed, ExamNotOpen, InputError, LicenceOver, NotFound
from node.learning.exams.errors import AlreadyHandedIn, ExamElsewhere, TimeIsOver
from node.learning.exams.paper import Paper, PaperQuestion, draw, read_response
from node.learning.exams.window import window
from node.learning.uptime import Moment
from node.store import attempts, classes, learners, meta, results
from node.store.attempts import GivenAnswer, StoredAttempt
from node.store.classes import Class
from node.store.db import Store
from node.store.results import Graded
from sync.facts import MARKS, numbered_try

# A last answer may still be on its way, and a slow disk takes a second or two.
GRACE_MS = 10_000

CHANCE = SystemRandom()


@dataclass(frozen=True, slots=True)
class HandedIn:
    """An attempt that was handed in here, with what is known of its result."""

    attempt: StoredAttempt
    stored: int  # answers on disk
    result: Graded | None

    @property
    def by_time(self) -> bool:
        """Whether it was handed in because its time was over, as far as the wall clock tells."""
        attempt = self.attempt
        took_s = (attempt.submitted_at or 0) - attempt.began - attempt.given_back_s
        return took_s * 1000 >= attempt.limit_ms


@dataclass(frozen=True, slots=True)
class ExamStanding:
    """Where one learner stands with one exam."""

    course: Course
    item: Item
    settings: ExamSettings
    window: Class | None  # None: no class has dates for this course
    day: str  # today, ISO
    used: int
    passed: bool  # here or at another station
    running: StoredAttempt | None
    handed_in: tuple[HandedIn, ...]

    @property
    def attempts_left(self) -> int:
        """How often the learner may still begin."""
        return max(0, self.settings.attempts - self.used)

    @property
    def refusal(self) -> InputError | None:
        """Why a new attempt may not begin now; None when it may."""
        if self.course.licence.over(self.day):
            return LicenceOver(expires=self.course.licence.expires)
        if self.window and self.day < self.window.opens:
            return ExamNotOpen(opens=self.window.opens)
        if self.window and self.day > self.window.closes:
            return ExamClosed(closes=self.window.closes)
        if not self.attempts_left:
            return AttemptsUsed(allowed=self.settings.attempts)
        return None


@dataclass(frozen=True, slots=True)
class Saved:
    """What the node holds after an answer came: ``kept`` may be a later one than was sent."""

    kept: GivenAnswer
    left_ms: int
    answered: int


def left_ms(attempt: StoredAttempt, moment: Moment) -> int:
    """How much time the attempt has left; below zero when it is over."""
    return attempt.limit_ms - (moment.running_ms - attempt.began_running_ms)


def is_over(attempt: StoredAttempt, moment: Moment) -> bool:
    """Whether even the grace has passed: no answer counts any more."""
    return left_ms(attempt, moment) < -GRACE_MS


def standing(
    conn: sqlite3.Connection, course: Course, item_id: str, learner: str, moment: Moment
) -> ExamStanding:
    """Where the learner stands with the exam.

    Raises:
        NotFound: the course has no such exam.
    """
    item = next((item for item in course.items if item.id == item_id and item.exam), None)
    if item is None or item.exam is None:
        raise NotFound(f"no exam {course.id}/{item_id}")
    exam = f"{course.id}/{item_id}"
    here = attempts.of_exam(conn, learner, exam)
    graded = [result for result in results.of_learner(conn, learner) if result.exam == exam]
    node = meta.number(conn, meta.NODE)
    ours = {result.attempt: result for result in graded if result.node == node}
    running = next(
        (attempt for attempt in here if attempt.open and not is_over(attempt, moment)), None
    )
    day = calendar.day(moment.day_at)
    return ExamStanding(
        course=course,
        item=item,
        settings=item.exam,
        window=window(classes.all(conn), course.id, day),
        day=day,
        used=max(
            [attempt.ordinal for attempt in here] + [result.ordinal for result in graded], default=0
        ),
        passed=any(result.passed for result in graded),
        running=running,
        handed_in=tuple(
            HandedIn(attempt, attempts.answered(conn, attempt), ours.get(attempt.number))
            for attempt in here
            if not attempt.open
        ),
    )


def begin(
    store: Store, course: Course, item_id: str, learner: str, moment: Moment
) -> StoredAttempt:
    """The learner's running attempt; a new one is begun where none is running.

    Raises:
        ExamNotOpen, ExamClosed, AttemptsUsed, ExamElsewhere: none may begin; nothing was stored.
    """

    def work(conn: sqlite3.Connection) -> StoredAttempt:
        hand_in_what_is_over(conn, moment)
        now = standing(conn, course, item_id, learner, moment)
        if now.running:
            return now.running
        if now.refusal:
            raise now.refusal
        if learners.is_withdrawn(conn, learner):
            raise ExamElsewhere(f"learner {learner} was withdrawn")
        number = numbered_try(now.used + 1, new_mark())
        attempt = StoredAttempt(
            learner=learner,
            exam=exam,
            number=number,
            version=course.version,
            began=moment.at,
            began_running_ms=moment.running_ms,
            limit_ms=now.settings.minutes * 60_000,
            given_back_s=0,
            submitted_at=None,
            paper=draw(course, item_id, learner, number).to_text(),
        )
        attempts.begin(conn, attempt)
        return attempt

    exam = f"{course.id}/{item_id}"
    return store.write(work)


def new_mark() -> int:
    """What tells this sitting from all others of the same learner, drawn when it begins."""
    return CHANCE.randrange(MARKS)


def save_answer(
    store: Store, attempt: StoredAttempt, question: str, given: str, counter: int, moment: Moment
) -> Saved:
    """Keep an answer; when this returns it is on disk. Doubled and late posts change nothing.

    Raises:
        NotFound, BadResponse: not a question of this paper, or no answer to it.
        AlreadyHandedIn, TimeIsOver: the attempt takes no answers any more.
    """
    _refuse_if_closed(attempt, moment)
    response = read_response(_asked(attempt, question), given)

    def work(conn: sqlite3.Connection) -> Saved:
        now = _still_open(conn, attempt, moment)
        kept = attempts.save_answer(conn, now, GivenAnswer(question, response, counter), moment.at)
        return Saved(kept, left_ms(now, moment), attempts.answered(conn, now))

    return store.write(work)


def save_form(
    store: Store, attempt: StoredAttempt, given: Mapping[str, str], moment: Moment
) -> dict[str, GivenAnswer]:
    """Keep the answers of a page without JavaScript: all in one step, each the newest.

    Raises:
        BadResponse, AlreadyHandedIn, TimeIsOver: nothing of the form was stored.
    """
    _refuse_if_closed(attempt, moment)
    asked = Paper.from_text(attempt.paper).asked
    read = {
        question.id: read_response(question, given[question.id])
        for question in asked
        if question.id in given
    }

    def work(conn: sqlite3.Connection) -> dict[str, GivenAnswer]:
        now = _still_open(conn, attempt, moment)
        before = attempts.answers(conn, now)
        for question_id, response in read.items():
            if question_id in before or response:
                last = before[question_id].counter if question_id in before else 0
                answer = GivenAnswer(question_id, response, last + 1)
                attempts.save_answer(conn, now, answer, moment.at)
        return attempts.answers(conn, now)

    return store.write(work)


def hand_in(store: Store, attempt: StoredAttempt, moment: Moment) -> StoredAttempt:
    """Hand in the attempt and return it; calling again changes nothing."""

    def work(conn: sqlite3.Connection) -> StoredAttempt:
        now = attempts.find(conn, attempt.learner, attempt.exam, attempt.number)
        if now and now.open:
            attempts.hand_in(conn, now, moment.at)
        return attempts.find(conn, attempt.learner, attempt.exam, attempt.number) or attempt

    return store.write(work)


def hand_in_what_is_over(conn: sqlite3.Connection, moment: Moment) -> None:
    """Hand in the attempts, of all learners, for which even the grace has passed."""
    for attempt in attempts.over(conn, moment.running_ms - GRACE_MS):
        attempts.hand_in(conn, attempt, moment.at)


def _refuse_if_closed(attempt: StoredAttempt, moment: Moment) -> None:
    if not attempt.open:
        raise AlreadyHandedIn(f"{attempt.exam} attempt {attempt.number}")
    if is_over(attempt, moment):
        raise TimeIsOver(f"{attempt.exam} attempt {attempt.number}: {left_ms(attempt, moment)} ms")


def _still_open(conn: sqlite3.Connection, attempt: StoredAttempt, moment: Moment) -> StoredAttempt:
    """The attempt as it is in this transaction: another request may have handed it in."""
    now = attempts.find(conn, attempt.learner, attempt.exam, attempt.number)
    if now is None:
        raise NotFound(f"{attempt.exam} attempt {attempt.number}")
    _refuse_if_closed(now, moment)
    return now


def _asked(attempt: StoredAttempt, question: str) -> PaperQuestion:
    asked = Paper.from_text(attempt.paper).question(question)
    if asked is None:
        raise NotFound(f"{question} is not on the paper of {attempt.exam}")
    return asked

"""Mock: an exam for practice, drawn from the questions of a course's practices and marked here.

It is sat like the real one, with as many questions, the same time and ticks. But it makes no
attempt, no record of an exam and no result. When it ends, each answer counts as a practice answer,
so that mistakes are in the book. The real exam is ``node.learning.exams.exam``.
"""

import random
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from content.model.course import Course, Question
from node.errors import NotFound
from node.learning.exams.errors import AlreadyHandedIn, TimeIsOver
from node.learning.exams.exam import GRACE_MS, Saved
from node.learning.exams.paper import Paper, PaperQuestion, read_response
from node.learning.exams.practice import LONGEST_S
from node.learning.uptime import Moment
from node.store import courses, journal, mocks
from node.store.attempts import GivenAnswer
from node.store.db import Store
from node.store.mocks import Mock
from sync.facts import right
from sync.records import Kind

# For a course without an exam to copy from.
USUAL_DRAW, USUAL_MINUTES, USUAL_PASS = 20, 30, 60
CHANCE = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class MockRules:
    """How a mock is sat: as the course's exam is."""

    draw: int
    minutes: int
    pass_percent: int


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One question of a mock that is over, what was answered, and whether it was right."""

    question: Question
    response: str
    right: bool


def pool(course: Course) -> dict[str, Question]:
    """The questions that a mock may draw, by "course/question": all that a machine can mark."""
    return {
        f"{course.id}/{question.id}": question
        for item in course.items
        if item.kind == "practice"
        for question in item.questions
        if question.type != "essay"
    }


def rules(course: Course) -> MockRules | None:
    """How a mock of the course is sat; None where there is nothing to draw."""
    count = len(pool(course))
    if not count:
        return None
    exam = next((item.exam for item in course.items if item.exam), None)
    if exam is None:
        return MockRules(min(USUAL_DRAW, count), USUAL_MINUTES, USUAL_PASS)
    return MockRules(min(exam.draw, count), exam.minutes, exam.pass_percent)


def left_ms(mock: Mock, moment: Moment) -> int:
    """How much time is left; below zero when it is over."""
    return mock.limit_ms - (moment.running_ms - mock.began_running_ms)


def is_over(mock: Mock, moment: Moment) -> bool:
    """Whether even the grace has passed."""
    return left_ms(mock, moment) < -GRACE_MS


def running(conn: sqlite3.Connection, course: str, learner: str, moment: Moment) -> Mock | None:
    """The mock that the learner sits now."""
    every = mocks.of_course(conn, learner, course)
    return next((mock for mock in every if mock.open and not is_over(mock, moment)), None)


def begin(store: Store, course: Course, learner: str, moment: Moment) -> Mock:
    """The learner's running mock; a new one is drawn where none runs.

    Raises:
        NotFound: the course has no question to draw.
    """
    rule = rules(course)
    if rule is None:
        raise NotFound(f"nothing to practise in {course.id}")

    def work(conn: sqlite3.Connection) -> Mock:
        finish_what_is_over(conn, course.id, learner, moment)
        now = running(conn, course.id, learner, moment)
        if now:
            return now
        every = mocks.of_course(conn, learner, course.id)
        drawn = CHANCE.sample(sorted(pool(course).items()), rule.draw)
        mock = Mock(
            learner=learner,
            course=course.id,
            number=max((past.number for past in every), default=0) + 1,
            version=course.version,
            began=moment.at,
            began_running_ms=moment.running_ms,
            limit_ms=rule.minutes * 60_000,
            pass_percent=rule.pass_percent,
            paper=Paper(tuple(_ask(*pair) for pair in drawn)).to_text(),
            done_at=None,
            right=0,
        )
        mocks.begin(conn, mock)
        return mock

    return store.write(work)


def save_answer(
    store: Store, mock: Mock, question: str, given: str, counter: int, moment: Moment
) -> Saved:
    """Keep an answer; when this returns it is on disk.

    Raises:
        NotFound, BadResponse: not a question of this paper, or no answer to it.
        AlreadyHandedIn, TimeIsOver: the mock takes no answers any more.
    """
    asked = Paper.from_text(mock.paper).question(question)
    if asked is None:
        raise NotFound(f"{question} is not on the paper of {mock.course} mock {mock.number}")
    response = read_response(asked, given)

    def work(conn: sqlite3.Connection) -> Saved:
        _refuse_if_closed(conn, mock, moment)
        kept = mocks.save_answer(conn, mock, GivenAnswer(question, response, counter))
        answered = sum(bool(answer.response) for answer in mocks.answers(conn, mock).values())
        return Saved(kept, left_ms(mock, moment), answered)

    return store.write(work)


def save_form(store: Store, mock: Mock, given: Mapping[str, str], moment: Moment) -> None:
    """Keep the answers of a page without JavaScript, all in one step.

    Raises:
        BadResponse, AlreadyHandedIn, TimeIsOver: nothing of the form was stored.
    """
    asked = Paper.from_text(mock.paper).asked
    read = {
        question.id: read_response(question, given[question.id])
        for question in asked
        if question.id in given
    }

    def work(conn: sqlite3.Connection) -> None:
        _refuse_if_closed(conn, mock, moment)
        before = mocks.answers(conn, mock)
        for question_id, response in read.items():
            last = before[question_id].counter if question_id in before else 0
            if question_id in before or response:
                mocks.save_answer(conn, mock, GivenAnswer(question_id, response, last + 1))

    store.write(work)


def finish(store: Store, mock: Mock, moment: Moment) -> Mock:
    """Mark the mock and return it; calling again changes nothing."""

    def work(conn: sqlite3.Connection) -> Mock:
        now = mocks.find(conn, mock.learner, mock.course, mock.number)
        if now and now.open:
            _mark(conn, now, moment)
        return mocks.find(conn, mock.learner, mock.course, mock.number) or mock

    return store.write(work)


def finish_what_is_over(
    conn: sqlite3.Connection, course: str, learner: str, moment: Moment
) -> None:
    """Mark the learner's mocks of a course for which even the grace has passed."""
    for mock in mocks.of_course(conn, learner, course):
        if mock.open and is_over(mock, moment):
            _mark(conn, mock, moment)


def review(conn: sqlite3.Connection, mock: Mock) -> list[Reviewed]:
    """The questions of the paper in their order, with what was answered."""
    answers = mocks.answers(conn, mock)
    bank = pool(courses.course(conn, mock.course, mock.version))
    asked = [question.id for question in Paper.from_text(mock.paper).asked]
    responses = {name: answers[name].response if name in answers else "" for name in asked}
    return [
        Reviewed(bank[name], response, bool(response) and right(response, bank[name].answer))
        for name, response in responses.items()
    ]


def _mark(conn: sqlite3.Connection, mock: Mock, moment: Moment) -> None:
    """Close the mock, and note each answer as one of practice."""
    every = review(conn, mock)
    mocks.finish(conn, mock, moment.at, sum(reviewed.right for reviewed in every))
    answered = [reviewed for reviewed in every if reviewed.response]
    took = min(mock.limit_ms, mock.limit_ms - left_ms(mock, moment)) // 1000
    for reviewed in answered:
        journal.append(
            conn,
            at=moment.at,
            kind=Kind.PRACTICE,
            learner=mock.learner,
            object=f"{mock.course}/{reviewed.question.id}",
            response=reviewed.response,
            numbers=(int(reviewed.right), min(max(took, 0) // len(answered), LONGEST_S)),
        )


def _ask(name: str, question: Question) -> PaperQuestion:
    order = list(range(len(question.options)))
    if question.type != "truefalse":
        CHANCE.shuffle(order)
    return PaperQuestion.of(name, question, order)


def _refuse_if_closed(conn: sqlite3.Connection, mock: Mock, moment: Moment) -> None:
    now = mocks.find(conn, mock.learner, mock.course, mock.number)
    if now is None:
        raise NotFound(f"{mock.course} mock {mock.number}")
    if not now.open:
        raise AlreadyHandedIn(f"{mock.course} mock {mock.number}")
    if is_over(now, moment):
        raise TimeIsOver(f"{mock.course} mock {mock.number}")

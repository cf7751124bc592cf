"""Learner view: what the pages of one learner are made of, read once a request.

Gathers; decides nothing. The rules are ``node.learning.agenda``, ``node.learning.exams.exam`` and
``sync.facts``.
"""

from dataclasses import dataclass
from functools import cached_property

from content.model.course import Course
from node import calendar
from node.errors import LicenceOver, NotFound
from node.learning import agenda
from node.learning.agenda import ExamLine, ExamState, ItemStanding, Term
from node.learning.exams import exam
from node.learning.facts import FactsOf
from node.learning.uptime import Moment
from node.store import classes, courses, results
from node.store.attempts import StoredAttempt
from node.store.db import Store
from node.store.results import Graded
from sync.facts import Completion, Facts, Progress, completed_on
from sync.records import item_of


@dataclass(frozen=True)
class LearnerView:
    """One learner's view of the node at one moment."""

    learner: str
    moment: Moment
    store: Store
    facts_of: FactsOf

    @cached_property
    def today(self) -> str:
        """The day, as an ISO date."""
        return calendar.day(self.moment.day_at)

    @cached_property
    def facts(self) -> Facts:
        """What the learner did at this station."""
        return self.facts_of.of(self.learner)

    @cached_property
    def passed(self) -> set[str]:
        """The exams ("course/item") that the learner has passed."""
        return results.passed_exams(self.store.read(), self.learner)

    @cached_property
    def graded(self) -> list[Graded]:
        """The learner's results, newest first."""
        return results.of_learner(self.store.read(), self.learner)

    @cached_property
    def courses(self) -> list[Course]:
        """The courses offered here, those of the class first."""
        conn = self.store.read()
        studied = [course for course in courses.installed(conn) if course.items]
        return agenda.in_order(studied, classes.all(conn), self.today)

    @cached_property
    def open_courses(self) -> list[Course]:
        """The courses that may still be studied: no licence of theirs is over."""
        return [course for course in self.courses if not self.expired(course)]

    @cached_property
    def ended(self) -> list[Course]:
        """Courses that headquarters withdrew and of which the learner has done something."""
        conn = self.store.read()
        there = {wanted.course for wanted in courses.wanted(conn)}
        there |= {course.id for course in self.courses}
        newest: dict[str, Course] = {}
        for course in courses.every_version(conn):
            newest.setdefault(course.id, course)
        over = [course for course in newest.values() if course.id not in there and course.items]
        return [course for course in over if self._begun(course)]

    def _begun(self, course: Course) -> bool:
        return bool(self.progress(course).percent) or any(
            result.exam.partition("/")[0] == course.id for result in self.graded
        )

    @cached_property
    def coming(self) -> list[str]:
        """The titles of courses that are on their way to this station."""
        return [wanted.title for wanted in courses.missing(self.store.read())]

    @cached_property
    def exams(self) -> list[ExamLine]:
        """All exams of the courses offered, with how the learner stands."""
        return [
            self.exam(course, item.id)
            for course in self.courses
            for item in course.items
            if item.exam
        ]

    @property
    def running_exams(self) -> list[ExamLine]:
        """The exams that the learner sits now: nothing else comes first."""
        return [line for line in self.exams if line.state is ExamState.RUNNING]

    def minutes_left(self, attempt: StoredAttempt) -> int:
        """The minutes that are left of a running exam, the last one begun included."""
        return max(0, -(-exam.left_ms(attempt, self.moment) // 60_000))

    @cached_property
    def completions(self) -> dict[str, Completion]:
        """The courses that the learner has done, by id."""
        conn, passed = self.store.read(), agenda.passed_on(self.graded)
        done = {
            course.id: completed_on(self.facts, courses.in_force(conn, course.id), passed)
            for course in self.courses
        }
        return {course: when for course, when in done.items() if when}

    @cached_property
    def next(self) -> ItemStanding | None:
        """What to study next."""
        off = agenda.put_off(self.exams)
        return agenda.next_step(self.facts, self.open_courses, self.passed, off, self.completions)

    @cached_property
    def term(self) -> Term | None:
        """The class that is studied now."""
        every = [step for course in self.courses for step in self.steps(course)]
        current = agenda.current_class(classes.all(self.store.read()), self.today)
        return agenda.term(current, every, self.today, self.completions) if current else None

    def course(self, course_id: str) -> Course:
        """A course that is offered here.

        Raises:
            NotFound: there is none of that id.
        """
        return courses.course(self.store.read(), course_id)

    def expired(self, course: Course) -> bool:
        """Whether the licence of a course is over, by the clock that is never turned back."""
        return course.licence.over(self.today)

    def open_course(self, course_id: str) -> Course:
        """A course that is offered here and may still be studied.

        Raises:
            NotFound: there is none of that id.
            LicenceOver: it was bought for a time that is over.
        """
        course = self.course(course_id)
        if self.expired(course):
            raise LicenceOver(expires=course.licence.expires)
        return course

    def title_of(self, exam: str) -> str:
        """The title of the course that an exam ("course/item") belongs to."""
        course_id = exam.partition("/")[0]
        known = (*self.courses, *self.ended)
        return next((course.title for course in known if course.id == course_id), course_id)

    def steps(self, course: Course) -> list[ItemStanding]:
        """The items of a course as the learner stands with them."""
        return agenda.steps(self.facts, course, self.passed)

    def step(self, course: Course, item_id: str) -> ItemStanding:
        """One item of a course.

        Raises:
            NotFound: the course has none of that id.
        """
        for step in self.steps(course):
            if step.item.id == item_id:
                return step
        raise NotFound(f"no item {course.id}/{item_id}")

    def step_named(self, name: str) -> ItemStanding:
        """The item that a page shows, by the name that the page bears.

        A page that was open while a new version came goes on with what it shows: its time counts
        for that content and never for the one that the item shows now.

        Raises:
            NotFound: no version here has it.
            LicenceOver: the course was bought for a time that is over.
        """
        course_id, _slash, item_id = item_of(name).partition("/")
        step = self.step(self.open_course(course_id), item_id)
        if step.key == name:
            return step
        for course in courses.every_version(self.store.read()):
            for older in self.steps(course) if course.id == course_id else ():
                if older.key == name:
                    return older
        raise NotFound(f"no item {name}")

    def progress(self, course: Course) -> Progress:
        """How far the learner is with a course."""
        versions = courses.in_force(self.store.read(), course.id)
        return agenda.progress_of(self.facts, course, self.passed, versions)

    def completion(self, course: Course) -> Completion | None:
        """When the learner has done a course, and by which version; None while it is not done."""
        return self.completions.get(course.id)

    def exam(self, course: Course, item_id: str) -> ExamLine:
        """How the learner stands with one exam."""
        conn = self.store.read()
        standing = exam.standing(conn, course, item_id, self.learner, self.moment)
        return agenda.exam_line(standing, self.graded)

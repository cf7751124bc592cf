"""Practice: questions that are marked at once, and the book of one's own mistakes.

An answer is a record on disk before it is confirmed. Only questions of practice items are found
here: what belongs to an exam cannot be asked for, and no answer given here reaches an attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from content.model.course import Course, Item, Question
from content.model.question_rules import has_formula
from node.clock import Clock
from node.errors import NotFound
from node.learning.exams.errors import BadResponse, NotAnswered
from node.learning.exams.paper import PaperQuestion, read_response
from node.store import journal
from node.store.db import Store
from sync.facts import Facts, Practised, right
from sync.records import Kind

# A learner who went to lunch over a question did not think about it for an hour.
LONGEST_S = 600


@dataclass(frozen=True, slots=True)
class Drill:
    """One question of a practice item, and the last answer of the learner to it."""

    course: Course
    item: Item
    question: Question
    last: Practised | None

    @property
    def id(self) -> str:
        """The name of the question in records."""
        return f"{self.course.id}/{self.question.id}"

    @property
    def chapter(self) -> str:
        """The chapter it is in; a question without one is in that of its practice."""
        return self.question.chapter or self.item.title

    @property
    def has_formula(self) -> bool:
        """Whether something of it is to be drawn as a formula."""
        question = self.question
        texts = (question.text, *question.options, *question.prompts, question.explain)
        return has_formula(*texts, question.answer)

    @property
    def asked(self) -> PaperQuestion:
        """What the page asks."""
        return PaperQuestion.of(self.id, self.question)


def drills(course: Course, item_id: str, facts: Facts) -> list[Drill]:
    """The questions of a practice item in their order.

    Raises:
        NotFound: the course has no such practice.
    """
    item = next((item for item in course.items if item.id == item_id), None)
    if item is None or item.kind != "practice":
        raise NotFound(f"no practice {course.id}/{item_id}")
    return [
        Drill(course, item, question, facts.practised.get(f"{course.id}/{question.id}"))
        for question in item.questions
    ]


def all_drills(course: Course, facts: Facts) -> list[Drill]:
    """The questions of all practices of a course."""
    return [
        drill
        for item in course.items
        if item.kind == "practice"
        for drill in drills(course, item.id, facts)
    ]


def find(every: Sequence[Drill], question_id: str) -> Drill:
    """The question with this id.

    Raises:
        NotFound: it is not one of them.
    """
    for drill in every:
        if drill.question.id == question_id:
            return drill
    raise NotFound(f"no question {question_id} in this practice")


def mistakes(courses: Sequence[Course], facts: Facts) -> list[Drill]:
    """The questions still taught here whose last answer is wrong, oldest first."""
    known = {drill.id: drill for course in courses for drill in all_drills(course, facts)}
    return [known[question] for question in facts.mistakes() if question in known]


def round_from(wrong: Sequence[Drill], drill: Drill) -> Drill | None:
    """The mistake to try after ``drill``: what was just tried again and missed comes last."""
    places = [mistake.id for mistake in wrong]
    if drill.id not in places:
        return wrong[0] if wrong else None
    after = places.index(drill.id) + 1
    return wrong[after] if after < len(wrong) else wrong[0] if len(wrong) > 1 else None


def answer(
    store: Store, clock: Clock, learner: str, drill: Drill, given: str, began_at: int
) -> bool:
    """Mark an answer and keep it; when this returns it is on disk. True when it is right.

    Raises:
        NotAnswered: nothing was chosen or written.
        BadResponse: it is nothing that the question offers.
    """
    response = read_response(drill.asked, given)
    if not response:
        raise NotAnswered(drill.id, given)
    correct = right(response, drill.question.answer)
    _note(store, clock, learner, drill, response, correct, began_at)
    return correct


def judge(
    store: Store, clock: Clock, learner: str, drill: Drill, correct: bool, began_at: int
) -> None:
    """Keep how a learner marks their own essay. Its text is private and is not kept.

    Raises:
        BadResponse: it is no essay.
    """
    if drill.question.type != "essay":
        raise BadResponse(drill.id, "judged")
    _note(store, clock, learner, drill, "", correct, began_at)


def _note(
    store: Store, clock: Clock, learner: str, drill: Drill, response: str, correct: bool, began: int
) -> None:
    now = clock.now()
    took = min(max(now - began, 0), LONGEST_S)
    store.write(
        lambda conn: journal.append(
            conn,
            at=now,
            kind=Kind.PRACTICE,
            learner=learner,
            object=drill.id,
            response=response,
            numbers=(int(correct), took),
        )
    )

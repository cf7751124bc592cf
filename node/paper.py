"""Paper: the questions one learner gets in one attempt, as the page shows them.

``sync.facts.paper`` says which questions and in which order, the same at both ends; here the
texts of the installed course are laid beside them, without an answer. A drawn paper is kept
with its attempt as text, so that a course that is replaced in the middle of an exam changes
nothing for who sits it. Nothing here knows of pages, storage or time.
"""

import json
from dataclasses import asdict, dataclass

from content.course import Course, Question
from node.errors import BadResponse
from sync.facts import ExamRule, option_order
from sync.facts import paper as draw_questions

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# A word or a figure is asked for; 200 characters is a generous sentence of it.
MAX_FILL_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """One option: the letter it bears in the bank, whatever its place on this paper."""

    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a paper; ``id`` is "course/question"."""

    id: str
    type: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What one learner is asked in one attempt, in order."""

    asked: tuple[Asked, ...]

    def question(self, question_id: str) -> Asked | None:
        """The question of that id, or None where it is not on this paper."""
        return next((asked for asked in self.asked if asked.id == question_id), None)

    def to_text(self) -> str:
        """The paper as it is kept with its attempt."""
        return json.dumps([asdict(asked) for asked in self.asked], ensure_ascii=False)

    @staticmethod
    def from_text(text: str) -> "Paper":
        """The paper that ``to_text`` wrote."""
        return Paper(
            tuple(
                Asked(
                    row["id"],
                    row["type"],
                    row["text"],
                    tuple(Choice(choice["letter"], choice["text"]) for choice in row["choices"]),
                )
                for row in json.loads(text)
            )
        )


def draw(course: Course, item_id: str, learner: str, attempt: int) -> Paper:
    """The paper of this learner's attempt; drawn again it is the same."""
    rule = course.exam_rule(item_id)
    bank = {f"{course.id}/{question.id}": question for question in course.item(item_id).questions}
    return Paper(
        tuple(
            _ask(drawn, bank[drawn], rule, learner, attempt)
            for drawn in draw_questions(rule, learner, attempt)
        )
    )


def _ask(question_id: str, question: Question, rule: ExamRule, learner: str, attempt: int) -> Asked:
    texts = question.options
    order: tuple[int, ...] = tuple(range(len(texts)))
    if question.type in ("single", "multiple"):  # right and wrong keep their usual places
        order = option_order(rule, learner, attempt, question_id, len(texts))
    choices = tuple(Choice(LETTERS[place], texts[place]) for place in order)
    return Asked(question_id, question.type, question.text, choices)


def read_response(asked: Asked, given: str) -> str:
    """``given`` in the one form that is recorded: letters sorted, once each; "" takes back.

    Raises:
        BadResponse: it names no option of this question, or says more than it may.
    """
    if asked.type == "fill":
        spaced = " ".join(given.split())
        text = "".join(character for character in spaced if character.isprintable())
        if len(text) > MAX_FILL_CHARACTERS:
            raise BadResponse(asked.id, f"{len(text)} characters")
        return text
    letters = "".join(sorted(set(given)))
    known = {choice.letter for choice in asked.choices}
    if not known.issuperset(letters) or (asked.type != "multiple" and len(letters) > 1):
        raise BadResponse(asked.id, given[:20])
    return letters

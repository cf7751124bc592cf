"""Paper: the questions one learner gets in one attempt, as the page shows them.

``sync.facts.paper`` says which questions and in which order, the same at both ends; here the
texts of the installed course are added, without an answer. A drawn paper is kept with its attempt
as text: if the course is replaced in the middle of an exam, nothing changes for the learner who
sits it. Nothing here knows of pages, storage or time.
"""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from content.model.course import LETTERS, Course, Question
from content.model.question_rules import NOTHING, OPTIONED, blanks_in, has_formula, written_chars
from node.learning.exams.errors import BadResponse, NoNumber
from sync.facts import ExamRule, option_order
from sync.facts import paper as draw_questions
from sync.facts.grading import BLANKS, DECIMAL

# Longer than any number that a key can hold.
MAX_NUMBER_CHARS = 40


@dataclass(frozen=True, slots=True)
class PaperOption:
    """One option: the letter it bears in the bank, whatever its place on this paper."""

    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """One question of a paper; ``id`` is "course/question"."""

    id: str
    type: str
    text: str
    choices: tuple[PaperOption, ...]
    prompts: tuple[str, ...] = ()
    rich: bool = False

    @staticmethod
    def of(id: str, question: Question, order: Iterable[int] | None = None) -> "PaperQuestion":
        """The question with its options in the order given, or in that of the bank."""
        places = range(len(question.options)) if order is None else order
        choices = tuple(PaperOption(LETTERS[place], question.options[place]) for place in places)
        return PaperQuestion(
            id, question.type, question.text, choices, question.prompts, question.rich
        )


@dataclass(frozen=True, slots=True)
class Paper:
    """What one learner is asked in one attempt, in order."""

    asked: tuple[PaperQuestion, ...]

    @property
    def has_formula(self) -> bool:
        """Whether something on it is to be drawn as a formula."""
        return any(
            has_formula(
                question.text, *question.prompts, *(choice.text for choice in question.choices)
            )
            for question in self.asked
        )

    def question(self, question_id: str) -> PaperQuestion | None:
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
                PaperQuestion(
                    row["id"],
                    row["type"],
                    row["text"],
                    tuple(
                        PaperOption(choice["letter"], choice["text"]) for choice in row["choices"]
                    ),
                    tuple(row.get("prompts", ())),
                    row.get("rich", False),
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


def _ask(
    question_id: str, question: Question, rule: ExamRule, learner: str, attempt: int
) -> PaperQuestion:
    if question.type not in OPTIONED:  # right and wrong keep their usual places
        return PaperQuestion.of(question_id, question)
    order = option_order(rule, learner, attempt, question_id, len(question.options))
    return PaperQuestion.of(question_id, question, order)


def of_form(asked: PaperQuestion, fields: Sequence[str]) -> str:
    """What the fields of a form say together (``face/questions.html``), not yet checked."""
    if not any(field.strip() for field in fields):
        return ""
    if asked.type == "fill":
        return BLANKS.join(field.replace(BLANKS, " ") for field in fields)
    if asked.type == "matching":
        return "".join(field or NOTHING for field in fields)
    if asked.type == "ordering":
        return _in_order(asked, fields)
    return "".join(fields)


def _in_order(asked: PaperQuestion, fields: Sequence[str]) -> str:
    """The letters in the order of their places; those that share one, in the order shown."""
    places = {field[0]: field[1:] for field in fields if field}
    known = [choice.letter for choice in asked.choices]

    def place(letter: str) -> int:
        given = places.get(letter, "")
        return int(given) if given.isascii() and given.isdigit() and len(given) < 3 else len(known)

    return "".join(sorted(known, key=place)) if set(places) <= set(known) else "?"


def read_response(asked: PaperQuestion, given: str) -> str:
    """``given`` in the one form that is recorded; "" takes an answer back.

    Choices are letters, sorted, once each; blanks are parted by ``‖``; a number is written
    without spaces and thousands commas; a matching has a letter or ``-`` for each prompt, an
    ordering all letters. What an essay says is not recorded.

    Raises:
        BadResponse: it is no answer to this question, or says more than it may.
    """
    if not given.strip() or asked.type == "essay":
        return ""
    read = {
        "fill": _blanks,
        "numeric": _number,
        "matching": _matching,
        "ordering": _ordering,
    }.get(asked.type, _letters)
    return read(asked, given)


def _blanks(asked: PaperQuestion, given: str) -> str:
    count = blanks_in(asked.text)
    written = given.split(BLANKS) if count > 1 else [given.replace(BLANKS, " ")]
    parts = [_printable(part) for part in written]
    if len(parts) != count or max(map(len, parts)) > written_chars(count):
        raise BadResponse(asked.id, f"{len(parts)} blanks, {len(given)} characters")
    return BLANKS.join(parts) if any(parts) else ""


def _printable(text: str) -> str:
    spaced = " ".join(text.split())
    return "".join(character for character in spaced if character.isprintable())


def _number(asked: PaperQuestion, given: str) -> str:
    number = "".join(unicodedata.normalize("NFKC", given).replace(",", "").lower().split())
    if len(given) > MAX_NUMBER_CHARS or not DECIMAL.fullmatch(number):
        raise NoNumber(asked.id, given[:20])
    return number


def _matching(asked: PaperQuestion, given: str) -> str:
    known = {NOTHING, *(choice.letter for choice in asked.choices)}
    if len(given) != len(asked.prompts) or not known.issuperset(given):
        raise BadResponse(asked.id, given[:20])
    return given if given.strip(NOTHING) else ""


def _ordering(asked: PaperQuestion, given: str) -> str:
    if sorted(given) != sorted(choice.letter for choice in asked.choices):
        raise BadResponse(asked.id, given[:20])
    return given


def _letters(asked: PaperQuestion, given: str) -> str:
    letters = "".join(sorted(set(given)))
    known = {choice.letter for choice in asked.choices}
    if not known.issuperset(letters) or (asked.type != "multiple" and len(letters) > 1):
        raise BadResponse(asked.id, given[:20])
    return letters

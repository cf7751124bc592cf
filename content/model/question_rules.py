"""Questions: what a question may be, whoever wrote it down (SPEC.md §3.2).

One set of rules for banks of authors, for imported banks and for packs. Each fault is told to a
``Tell``, so that one reader can list all faults and another can refuse at the first.
``content.source.bank`` reads questions from a bank; ``sync.facts.grading`` judges responses.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol

from content.model.checks.markup import FORMULA, is_harmless, shown_files, visible_text
from content.model.checks.value_checks import is_clean_text
from content.model.course import LETTERS, QUESTION_TYPES, TRUE_FALSE, Question
from content.model.limits import (
    MAX_ANSWER_CHARS,
    MAX_BLANKS,
    MAX_EXPLAIN_CHARS,
    MAX_NAME_CHARS,
    MAX_OPTION_CHARS,
    MAX_OPTIONS,
    MAX_QUESTION_CHARS,
    MAX_QUESTION_MEDIA,
    MAX_WRITTEN_CHARS,
)
from sync.facts.grading import (
    BLANKS,
    DECIMAL,
    ESSAY,
    MATCHING,
    NUMBER,
    ORDERING,
    WORDINGS,
    accepted,
)

# A blank of a fill-in.
BLANK = re.compile(r"_{3,}")
# In the key of a matching: nothing fits this prompt.
NOTHING = "-"
MAX_DIFFICULTY = 5
# Types that have the options their author gave them.
OPTIONED = ("single", "multiple", "matching", "ordering")


class Tell(Protocol):
    """Called for each fault with its code, the field, and the values that its text needs."""

    def __call__(self, code: str, name: str = "", /, **values: str | int) -> None: ...


def check(question: Question, fault: Tell, *, answered: bool = True) -> None:
    """Tell every fault of a question; where it is not ``answered``, its key is not checked."""
    check_sizes(question, fault)
    check_shape(question, fault, answered=answered)


def check_sizes(question: Question, fault: Tell) -> None:
    """Tell which texts are missing, too long or hold invisible characters."""
    texts = [
        ("text", question.text, MAX_QUESTION_CHARS, True),
        ("answer", question.answer, MAX_ANSWER_CHARS, False),
        ("explain", question.explain, MAX_EXPLAIN_CHARS, False),
        ("chapter", question.chapter, MAX_NAME_CHARS, False),
        *(("options", option, MAX_OPTION_CHARS, True) for option in question.options),
        *(("prompts", prompt, MAX_OPTION_CHARS, True) for prompt in question.prompts),
    ]
    for name, text, limit, wanted in texts:
        if wanted and not text:
            fault("field-empty", name, name=name)
        if len(text) > limit:
            fault("field-long", name, name=name, size=len(text), limit=limit)
        if not is_clean_text(text):
            fault("field-control", name, name=name)


def check_shape(question: Question, fault: Tell, *, answered: bool = True) -> None:
    """Tell where type, options, prompts, key, markup and files do not fit together."""
    if question.type not in QUESTION_TYPES:
        fault("question-type", "type", type=str(question.type)[:20])
        return
    _check_options(question, fault)
    _check_prompts(question, fault)
    _check_markup(question, fault)
    if not 0 <= question.difficulty <= MAX_DIFFICULTY:
        low, high, value = 0, MAX_DIFFICULTY, question.difficulty
        fault("field-range", "difficulty", name="difficulty", value=value, low=low, high=high)
    if question.type == "fill":
        _check_blanks(question, fault, answered)
    if answered:
        _KEYS[question.type](question, fault)


def blanks_in(text: str) -> int:
    """Return how many blanks a fill-in has: those of its text, or the one below it."""
    return len(BLANK.findall(text)) or 1


def written_chars(blanks: int) -> int:
    """Return how many characters may be written into each of ``blanks`` blanks."""
    return MAX_WRITTEN_CHARS if blanks < 2 else (2 * MAX_WRITTEN_CHARS) // blanks - 1


def right_response(key: str) -> str:
    """Return a response that the key calls right; "" for an essay."""
    mark, solution = key[:1], key[1:]
    if mark == NUMBER:
        return solution.partition(WORDINGS)[0].partition("~")[0]
    if mark == ESSAY:
        return ""
    if mark in (MATCHING, ORDERING):
        return solution
    return BLANKS.join(wordings[0] for wordings in accepted(key))


def has_formula(*texts: str) -> bool:
    """Tell whether one of the texts holds a formula between ``\\(`` ``\\)`` or ``\\[`` ``\\]``."""
    return any(FORMULA.search(text) for text in texts)


def _check_options(question: Question, fault: Tell) -> None:
    options = question.options
    if question.type not in OPTIONED:
        if options != (TRUE_FALSE if question.type == "truefalse" else ()):
            fault("options-not-wanted", "options")
        return
    if not 2 <= len(options) <= MAX_OPTIONS:
        fault("question-options", "options", count=len(options), limit=MAX_OPTIONS)
    for number, option in enumerate(options):
        if option and option in options[:number]:
            fault("option-twice", "options", option=option[:80])


def _check_prompts(question: Question, fault: Tell) -> None:
    prompts = question.prompts
    if question.type != "matching":
        if prompts:
            fault("prompts-not-wanted", "prompts")
        return
    if not 2 <= len(prompts) <= MAX_OPTIONS:
        fault("question-prompts", "prompts", count=len(prompts), limit=MAX_OPTIONS)
    for number, prompt in enumerate(prompts):
        if prompt and prompt in prompts[:number]:
            fault("prompt-twice", "prompts", prompt=prompt[:80])


def _check_markup(question: Question, fault: Tell) -> None:
    texts = (question.text, *question.options, *question.prompts, question.explain)
    files = {ref.sha256 for ref in question.media}
    if not question.rich:
        if files:
            fault("media-not-shown", "rich")
        return
    if len(files) > MAX_QUESTION_MEDIA:
        fault("too-many", "text", name="src", count=len(files), limit=MAX_QUESTION_MEDIA)
    if not all(is_harmless(text, files) for text in texts):
        fault("markup-unsafe", "text")
    elif shown_files(*texts) != files:
        fault("media-not-shown", "text")
    elif not (visible_text(question.text) or shown_files(question.text)):
        fault("field-empty", "text", name="text")


def _check_blanks(question: Question, fault: Tell, answered: bool) -> None:
    blanks = blanks_in(question.text)
    if blanks > MAX_BLANKS:
        fault("fill-blanks-many", "text", count=blanks, limit=MAX_BLANKS)
    if not answered or not question.answer:
        return
    wanted = accepted(question.answer)
    if len(wanted) != blanks:
        fault("fill-blank", "text", count=blanks, answers=len(wanted))
    for wording in (word for wordings in wanted for word in wordings):
        if not wording.strip():
            fault("no-answer", "answer")
        elif len(wording) > written_chars(blanks):
            limit = written_chars(blanks)
            fault("field-long", "answer", name="answer", size=len(wording), limit=limit)


def _check_letters(question: Question, fault: Tell) -> None:
    answer, known = question.answer, LETTERS[: len(question.options)]
    if not answer:
        fault("no-answer", "answer")
        return
    for letter in sorted(set(answer) - set(known)):
        fault("answer-names-no-option", "answer", answer=answer[:20], letter=letter)
    if question.type != "multiple" and len(answer) != 1:
        fault("answer-single", "answer", answer=answer[:20])
    if answer != "".join(sorted(set(answer))):
        fault("answer-multiple", "answer", answer=answer[:20])


def _check_some(question: Question, fault: Tell) -> None:
    if not question.answer:
        fault("no-answer", "answer")


def _check_number(question: Question, fault: Tell) -> None:
    if not question.answer.removeprefix(NUMBER):
        fault("no-answer", "answer")
        return
    for number in question.answer.removeprefix(NUMBER).split(WORDINGS):
        value, _, tolerance = number.partition("~")
        if (
            not question.answer.startswith(NUMBER)
            or not DECIMAL.fullmatch(value)
            or not DECIMAL.fullmatch(tolerance)
            or Decimal(tolerance) < 0
        ):
            fault("answer-number", "answer", answer=number[:40])


def _check_matching(question: Question, fault: Tell) -> None:
    letters, known = question.answer.removeprefix(MATCHING), LETTERS[: len(question.options)]
    if not letters.strip(NOTHING):
        fault("no-answer", "answer")
        return
    for letter in sorted(set(letters) - {*known, NOTHING}):
        fault("answer-names-no-option", "answer", answer=letters[:20], letter=letter)
    if len(letters) != len(question.prompts) or not question.answer.startswith(MATCHING):
        count = len(question.prompts)
        fault("answer-matching", "answer", answer=letters[:20], count=count)


def _check_ordering(question: Question, fault: Tell) -> None:
    letters, known = question.answer.removeprefix(ORDERING), LETTERS[: len(question.options)]
    if not question.answer.startswith(ORDERING) or sorted(letters) != [*known]:
        fault("answer-ordering", "answer", answer=letters[:20], count=len(known))


def _check_essay(question: Question, fault: Tell) -> None:
    if not question.answer.startswith(ESSAY):
        fault("no-answer", "answer")


_KEYS: Mapping[str, Callable[[Question, Tell], None]] = {
    "single": _check_letters,
    "multiple": _check_letters,
    "truefalse": _check_letters,
    "fill": _check_some,
    "numeric": _check_number,
    "matching": _check_matching,
    "ordering": _check_ordering,
    "essay": _check_essay,
}

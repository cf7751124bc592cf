"""Question bank: a TOML file of ``[[question]]`` tables in, checked questions out (SPEC.md §3).

Where a question points back to (``see``) is checked by ``content.folder``, which knows the
items. How a response is judged is not here: ``sync.facts.grading``.
"""

import re
from pathlib import Path

from content.course import QUESTION_TYPES, TRUE_FALSE, Question, QuestionType
from content.errors import ContentFaults
from content.faults import Faults
from content.limits import (
    MAX_ANSWER_CHARS,
    MAX_EXPLAIN_CHARS,
    MAX_OPTION_CHARS,
    MAX_OPTIONS,
    MAX_QUESTION_CHARS,
    MAX_QUESTIONS,
    MAX_SECONDS,
)
from content.toml_file import Fields, is_id, read_toml

LETTERS = "ABCDEFGH"
BLANK = re.compile(r"_{3,}")
_SEE = re.compile(r"([^@\s]+?)(?:@(\d{1,4}):([0-5]\d))?")


def read_bank(path: Path) -> tuple[Question, ...]:
    """Return the questions of a bank.

    Raises:
        ContentFaults: with every fault of the file.
    """
    faults = Faults()
    questions = read_questions(path, path.name, faults)
    if len(faults):
        raise ContentFaults(faults)
    return tuple(question for question, _ in questions)


def read_questions(path: Path, file: str, faults: Faults) -> list[tuple[Question, Fields]]:
    """Return the questions with the tables they came from; note every fault in ``faults``."""
    top = read_toml(path, file, faults)
    if top is None:
        return []
    tables = top.tables("question", MAX_QUESTIONS)
    top.finish()
    if not tables:
        faults.add("no-questions", file, path=file)
    questions: list[tuple[Question, Fields]] = []
    ids: set[str] = set()
    for table in tables:
        question = _question(table)
        if question.id and question.id in ids:
            table.fault("question-id-twice", "id", id=question.id, path=file)
        ids.add(question.id)
        questions.append((question, table))
    return questions


def _question(table: Fields) -> Question:
    identifier = table.identifier()
    written = table.text("type", 20)
    if written and written not in QUESTION_TYPES:
        table.fault("question-type", "type", type=written)
    text = table.text("text", MAX_QUESTION_CHARS)
    options = table.texts("options", MAX_OPTION_CHARS)
    raw_answer = table.raw("answer")
    explain = table.text("explain", MAX_EXPLAIN_CHARS, "")
    see_item, see_second = _see(table)
    table.finish()
    if written not in QUESTION_TYPES:
        return Question(identifier, "fill", text)
    kind = written
    options = _options(table, kind, options)
    answer = _answer(table, kind, options, raw_answer)
    if kind == "fill" and text and len(BLANK.findall(text)) != 1:
        table.fault("fill-blank", "text")
    return Question(identifier, kind, text, options, answer, explain, see_item, see_second)


def _options(table: Fields, kind: QuestionType, options: tuple[str, ...]) -> tuple[str, ...]:
    if kind in ("truefalse", "fill"):
        if table.has("options"):
            table.fault("options-not-wanted", "options")
        return TRUE_FALSE if kind == "truefalse" else ()
    if not 2 <= len(options) <= MAX_OPTIONS:
        table.fault("question-options", "options", count=len(options))
    for number, option in enumerate(options):
        if option and option in options[:number]:
            table.fault("option-twice", "options", option=option)
    return options


def _answer(table: Fields, kind: QuestionType, options: tuple[str, ...], raw: object) -> str:
    if kind == "truefalse":
        if raw is None:
            table.fault("no-answer", "answer")
        elif not isinstance(raw, bool):
            table.fault("answer-truefalse", "answer")
        return "A" if raw is True else "B"
    parts: list[object] = raw if isinstance(raw, list) else [] if raw is None else [raw]
    if not all(isinstance(part, str) for part in parts):
        table.fault("field-type", "answer", name="answer", want="text")
        return ""
    given = [part.strip() for part in parts if isinstance(part, str) and part.strip()]
    if not given:
        table.fault("no-answer", "answer")
        return ""
    return _fill(table, given) if kind == "fill" else _letters(table, kind, options, given)


def _fill(table: Fields, given: list[str]) -> str:
    wordings = [word.strip() for part in given for word in part.split("|") if word.strip()]
    answer = "|".join(dict.fromkeys(wordings))
    if not answer:
        table.fault("no-answer", "answer")
    if len(answer) > MAX_ANSWER_CHARS:
        limit = MAX_ANSWER_CHARS
        table.fault("field-long", "answer", name="answer", size=len(answer), limit=limit)
    return answer[:MAX_ANSWER_CHARS]


def _letters(table: Fields, kind: QuestionType, options: tuple[str, ...], given: list[str]) -> str:
    answer = "".join(given).replace(" ", "").replace(",", "")
    known = LETTERS[: len(options)]
    if answer and len(answer) <= 2 * MAX_OPTIONS:
        for letter in dict.fromkeys(answer):
            if letter not in known:
                table.fault("answer-names-no-option", "answer", answer=answer, letter=letter)
    else:
        table.fault("answer-names-no-option", "answer", answer=answer[:20], letter="…")
    if kind == "single" and len(answer) != 1:
        table.fault("answer-single", "answer", answer=answer[:20])
    if kind == "multiple" and (len(answer) < 2 or len(set(answer)) != len(answer)):
        table.fault("answer-multiple", "answer", answer=answer[:20])
    return "".join(sorted(set(answer) & set(known)))


def _see(table: Fields) -> tuple[str, int]:
    written = table.text("see", 80, "")
    if not written:
        return "", 0
    found = _SEE.fullmatch(written)
    if not found or not is_id(found[1]):
        table.fault("see-form", "see", see=written)
        return "", 0
    second = int(found[2] or 0) * 60 + int(found[3] or 0)
    return found[1], min(second, MAX_SECONDS)

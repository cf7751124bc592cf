"""Question bank: a TOML file of ``[[question]]`` tables in, checked questions out (SPEC.md §3).

How a question is written is read here; what it may be is in ``content.model.question_rules``. Where
it points back to (``see``) is checked by ``content.source.folder``, which knows the items.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from content.model.checks.markup import MEDIA_URL
from content.model.checks.value_checks import is_id
from content.model.course import (
    LETTERS,
    QUESTION_TYPES,
    TRUE_FALSE,
    FileRef,
    Question,
    QuestionType,
)
from content.model.errors import ContentFaults
from content.model.faults.faults import Faults
from content.model.limits import (
    MAX_ANSWER_CHARS,
    MAX_EXPLAIN_CHARS,
    MAX_NAME_CHARS,
    MAX_OPTION_CHARS,
    MAX_OPTIONS,
    MAX_QUESTION_CHARS,
    MAX_QUESTIONS,
    MAX_SECONDS,
)
from content.model.question_rules import BLANK, MAX_DIFFICULTY, OPTIONED, check_shape
from content.source.files import FolderFiles, named_from
from content.text.pages import sanitise
from content.text.toml_file import Fields, read_toml
from sync.facts.grading import BLANKS, ESSAY, MATCHING, ORDERING, number_key, text_key

_SEE = re.compile(r"([^@\s]+?)(?:@(?:(\d{1,4}):([0-5]\d)|p(\d{1,4})))?")

# The files that questions show, by the name that the bank gives them.
Shown = Callable[[Fields, str, str], FileRef | None]


def read_bank(path: Path) -> tuple[Question, ...]:
    """Return the questions of a bank; the files that they show lie beside it.

    Raises:
        ContentFaults: with every fault of the file.
    """
    faults = Faults()
    questions = read_questions(path, path.name, faults, FolderFiles(path.parent, faults).shown)
    if len(faults):
        raise ContentFaults(faults)
    return tuple(question for question, _ in questions)


def read_questions(
    path: Path, file: str, faults: Faults, shown: Shown
) -> list[tuple[Question, Fields]]:
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
        question = _question(table, shown)
        if question.id and question.id in ids:
            table.fault("question-id-twice", "id", id=question.id, path=file)
        ids.add(question.id)
        questions.append((question, table))
    return questions


def _question(table: Fields, shown: Shown) -> Question:
    identifier = table.identifier()
    written = table.text("type", 20)
    text = table.text("text", MAX_QUESTION_CHARS)
    options = table.texts("options", MAX_OPTION_CHARS)
    prompts = table.texts("prompts", MAX_OPTION_CHARS)
    raw_answer = table.raw("answer")
    explain = table.text("explain", MAX_EXPLAIN_CHARS, "")
    see_item, see_second = _see(table)
    rich = table.flag("rich", False)
    chapter = table.text("chapter", MAX_NAME_CHARS, "")
    difficulty = table.number("difficulty", 0, MAX_DIFFICULTY, 0)
    table.finish()
    if written not in QUESTION_TYPES:
        if written:
            table.fault("question-type", "type", type=written)
        return Question(identifier, "essay", text)
    if written == "truefalse" and not table.has("options"):
        options = TRUE_FALSE
    elif table.has("options") and written not in OPTIONED:
        options = ("",)  # reported as a fault below, whatever was written
    question = Question(
        identifier,
        written,
        text,
        options,
        _answer(table, written, len(options), len(prompts), raw_answer),
        explain,
        see_item,
        see_second,
        rich=rich,
        prompts=prompts,
        chapter=chapter,
        difficulty=difficulty,
    )
    if rich:
        question = _cleaned(table, question, shown)
    if text:
        _check(table, question)
    return question


def _check(table: Fields, question: Question) -> None:
    """Note the faults of a question; some rules here hold only for what authors write."""
    if question.type == "fill" and not BLANK.search(question.text):
        table.fault("fill-blank", "text", count=0, answers=question.answer.count(BLANKS) + 1)
        return
    if question.type == "multiple" and len(question.answer) == 1:
        table.fault("answer-multiple", "answer", answer=question.answer)
    check_shape(question, table.fault, answered=bool(question.answer))


def _cleaned(table: Fields, question: Question, shown: Shown) -> Question:
    """The question with its HTML made harmless, and the files that it shows."""
    files: dict[str, FileRef] = {}

    def clean(source: str, name: str) -> str:
        def address(named: str) -> str | None:
            ref = shown(table, name, named_from(table.file, named))
            if ref is None:
                return None
            files[ref.sha256] = ref
            return MEDIA_URL + ref.sha256

        return sanitise(source, address, sound=True).strip()

    return replace(
        question,
        text=clean(question.text, "text"),
        options=tuple(clean(option, "options") for option in question.options),
        prompts=tuple(clean(prompt, "prompts") for prompt in question.prompts),
        explain=clean(question.explain, "explain"),
        media=tuple(files.values()),
    )


def _answer(table: Fields, kind: QuestionType, options: int, prompts: int, raw: object) -> str:
    """The key; "" after a fault, which is reported already."""
    if kind == "truefalse":
        return _truefalse(table, raw)
    if raw is None:
        if kind == "matching" and prompts <= options:
            return MATCHING + LETTERS[:prompts]
        if kind in ("ordering", "essay"):
            return ORDERING + LETTERS[:options] if kind == "ordering" else ESSAY
    if kind == "numeric":
        raw = _as_texts(raw)
    if kind == "fill" and isinstance(raw, list) and any(isinstance(part, list) for part in raw):
        return _fill(table, [_texts(table, part) for part in raw])
    texts = _texts(table, raw)
    return _key(table, kind, texts) if texts else ""


def _key(table: Fields, kind: QuestionType, texts: list[str]) -> str:
    match kind:
        case "fill":
            return _fill(table, [texts])
        case "numeric":
            pairs = [text.replace("±", "~").replace(" ", "").partition("~") for text in texts]
            return _short(table, number_key((value, off or "0") for value, _, off in pairs))
        case "essay":
            return _short(table, ESSAY + "\n".join(texts))
        case "matching":
            return MATCHING + _letters(texts)
        case "ordering":
            return ORDERING + _letters(texts)
    letters = _letters(texts)
    if len(set(letters)) != len(letters):
        table.fault("answer-multiple", "answer", answer=letters[:20])
    return "".join(sorted(set(letters)))


def _truefalse(table: Fields, raw: object) -> str:
    if raw is None:
        table.fault("no-answer", "answer")
    elif not isinstance(raw, bool):
        table.fault("answer-truefalse", "answer")
    return "A" if raw is True else "B"


def _as_texts(raw: object) -> object:
    """Numbers as texts: a figure may be written without quotation marks."""
    if isinstance(raw, list):
        return [_as_texts(part) for part in raw]
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return format(Decimal(repr(raw)), "f") if abs(raw) < 10**15 else repr(raw)
    return raw


def _texts(table: Fields, raw: object) -> list[str]:
    """The texts of an answer; none after a fault, which is reported here."""
    parts: list[object] = raw if isinstance(raw, list) else [] if raw is None else [raw]
    if not all(isinstance(part, str) for part in parts):
        table.fault("field-type", "answer", name="answer", want="text")
        return []
    texts = [part.strip() for part in parts if isinstance(part, str) and part.strip()]
    if not texts:
        table.fault("no-answer", "answer")
    return texts


def _fill(table: Fields, blanks: list[list[str]]) -> str:
    if not all(blanks):
        return ""
    split = [[word.strip() for part in blank for word in part.split("|")] for blank in blanks]
    wordings = [list(dict.fromkeys(word for word in words if word)) for words in split]
    if not all(wordings):
        table.fault("no-answer", "answer")
        return ""
    return _short(table, text_key(wordings))


def _short(table: Fields, answer: str) -> str:
    if len(answer) > MAX_ANSWER_CHARS:
        limit = MAX_ANSWER_CHARS
        table.fault("field-long", "answer", name="answer", size=len(answer), limit=limit)
    return answer[:MAX_ANSWER_CHARS]


def _letters(texts: list[str]) -> str:
    return re.sub(r"[\s,，、]", "", "".join(texts))[: 2 * MAX_OPTIONS]


def _see(table: Fields) -> tuple[str, int]:
    written = table.text("see", 80, "")
    if not written:
        return "", 0
    match = _SEE.fullmatch(written)
    if not match or not is_id(match[1]):
        table.fault("see-form", "see", see=written)
        return "", 0
    if match[4]:
        return match[1], int(match[4])
    second = int(match[2] or 0) * 60 + int(match[3] or 0)
    return match[1], min(second, MAX_SECONDS)

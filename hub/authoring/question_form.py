"""Question form: a question as the fields of a form, and back, under the rules of all banks.

The rules of questions are in ``content.questions``, pictures and sounds in
``hub.authoring.question_media``, the page in ``hub.web.authoring.questions``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from content.face.words import gettext as _
from content.model.checks.markup import MEDIA_URL
from content.model.course import LETTERS, TRUE_FALSE, Question, QuestionType
from content.model.faults.faults import TEXTS
from content.model.limits import MAX_OPTION_CHARS, MAX_OPTIONS, MAX_SOUND_BYTES
from content.model.question_rules import NOTHING, OPTIONED
from content.model.refused import Refused
from content.questions.model.draft import QuestionDraft, Words
from content.questions.model.identity import derived_id
from content.questions.model.rich_text import MediaCollector
from content.questions.model.settle import to_question
from content.transfer.blobs import BlobStore
from hub.authoring import question_media
from hub.authoring.question_media import FRESH, Fresh, QuestionFile
from sync.facts.grading import ESSAY, MATCHING, NUMBER, ORDERING, accepted

MAX_NUMBERS = 10
OPTIONS = tuple(f"option-{n}" for n in range(MAX_OPTIONS))
PROMPTS = tuple(f"prompt-{n}" for n in range(MAX_OPTIONS))
# The letter of the option that belongs to each prompt.
PAIRS = tuple(f"pair-{n}" for n in range(MAX_OPTIONS))
# Right numbers, and the tolerance of each.
NUMBERS = tuple(f"number-{n}" for n in range(MAX_NUMBERS))
OFFS = tuple(f"off-{n}" for n in range(MAX_NUMBERS))
FIELD_NAMES = ("text", *OPTIONS, *PROMPTS, "explain")
FIELDS = (
    *FIELD_NAMES, *PAIRS, *NUMBERS, *OFFS, "answer", "chapter", "difficulty", "html",
    *question_media.FIELDS
)  # fmt: skip
# What people write for the two sides of a true-or-false question.
_TRUE, _FALSE = "对正真√是tyTYAa", "错误假×否fnFNBb"
_OF_OPTIONS = ("asked-option", "question-options", "option-", "options-")
_OF_PROMPTS = ("question-prompts", "prompt-")
_OF_ANSWER = (
    *("asked-no-answer", "asked-answer", "asked-one", "asked-several", "asked-bar"),
    *("asked-wildcard", "asked-number", "answer-", "fill-", "no-answer"),
)


def blank(kind: QuestionType) -> Question:
    """Return an empty question of a type."""
    return Question("", kind, "", TRUE_FALSE if kind == "truefalse" else ())


def fields_of(question: Question) -> dict[str, str]:
    """A question as the fields of its form; the answer is written as people write it."""
    key, texts = question.answer, {"text": question.text, "explain": question.explain}
    if question.type != "truefalse":
        texts |= dict(zip(OPTIONS, question.options, strict=False))
    texts |= dict(zip(PROMPTS, question.prompts, strict=False))
    opened, formatted = question_media.opened(question, texts)
    fields = dict.fromkeys(FIELDS, "") | opened
    fields |= {
        "chapter": question.chapter,
        "difficulty": str(question.difficulty or ""),
        "html": "1" if formatted else "",
        "answer": key if question.type == "truefalse" else answer_words(question),
    }
    if question.type == "matching":
        fields |= dict(zip(PAIRS, key.removeprefix(MATCHING), strict=False)) | {"answer": ""}
    if question.type == "numeric":
        values = [number.partition("~") for number in key.removeprefix(NUMBER).split("|")]
        fields |= {name: v for name, (v, _sign, _off) in zip(NUMBERS, values, strict=False)}
        offs = ("" if off == "0" else off for _v, _sign, off in values)
        fields |= dict(zip(OFFS, offs, strict=False)) | {"answer": ""}
    return fields


def answer_words(question: Question) -> str:
    """The right answer as a person would write it."""
    key = question.answer
    match question.type:
        case "truefalse":
            return question.options["B" == key] if question.options else key
        case "fill":
            return "\n".join("|".join(wordings) for wordings in accepted(key)) if key else ""
        case "numeric":
            values = [number.partition("~") for number in key.removeprefix(NUMBER).split("|")]
            return "\n".join(v if off in ("", "0") else f"{v}±{off}" for v, _sign, off in values)
        case "matching" | "ordering":
            return key.lstrip(MATCHING + ORDERING)
        case "essay":
            return key.removeprefix(ESSAY)
    return key


def question_from(
    fields: Mapping[str, str],
    before: Question,
    blobs: BlobStore,
    fresh: Fresh = lambda _token: None,
) -> tuple[Question | None, dict[str, str]]:
    """The question in a form, or everything that is wrong with it, by field.

    Type, id and the place to study again stay. It may show the files that it showed before, and
    those that were uploaded with the form, which ``fresh`` gives.
    """
    files = question_media.shown_in(fields, before, fresh)
    errors = _file_faults(fields, before, files, fresh) | _faults(fields, before.type)
    known = {ref.sha256 for ref in before.media}

    def resolve(address: str) -> bytes | None:
        if address.startswith(FRESH):
            return fresh(address[len(FRESH) :])
        sha = address.removeprefix(MEDIA_URL)
        return blobs.read(sha, MAX_SOUND_BYTES) if sha in known else None

    try:
        draft = _draft(fields, before, files)
        question = to_question(
            draft, MediaCollector(blobs, resolve), lambda *_args, **_kwargs: None
        )
    except Refused as why:
        return None, errors or {_field(why.code, before.type): sentence(why)}
    return (None, errors) if errors else (_as_before(question, before), {})


def sentence(why: Refused) -> str:
    """What is wrong and what to do, as one line next to a field."""
    texts = TEXTS | {
        "fill-blank": (
            "题干里有 %(count)s 处 ____，答案有 %(answers)s 空",
            "每处空用四个下划线标出，答案一行一空",
        ),
        "asked-no-answer": ("还没有正确答案", "请写明哪个是对的"),
    }
    what, todo = (_(text, **_describe(text, why.values)) for text in texts[why.code])
    return _("%(what)s。%(todo)s。", what=what, todo=todo)


def _as_before(question: Question, before: Question) -> Question:
    updated = replace(question, see_item=before.see_item, see_second=before.see_second)
    return replace(updated, id=before.id or derived_id(question))


def _faults(fields: Mapping[str, str], kind: QuestionType) -> dict[str, str]:
    """What is wrong within one field; ``to_question`` says which fields do not fit together."""
    errors = {}
    if not fields.get("text", "").strip():
        errors["text"] = sentence(Refused("asked-empty"))
    if kind in OPTIONED:
        errors |= _list_faults(fields, OPTIONS)
    if kind == "matching":
        errors |= _list_faults(fields, PROMPTS)
        for prompt, pair in zip(PROMPTS, PAIRS, strict=True):
            if fields.get(prompt, "").strip() and not fields.get(pair):
                errors[pair] = _("请选它对应哪个选项。")
    if kind == "numeric" and not any(fields.get(name, "").strip() for name in NUMBERS):
        errors[NUMBERS[0]] = _("请填正确的数。")
    if kind in ("single", "multiple", "truefalse", "fill") and not fields.get("answer", "").strip():
        errors["answer"] = _("请写答案，一行一空。") if kind == "fill" else _("请点选正确答案。")
    return errors


def _list_faults(fields: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Faults of a list: too few entries, an entry twice, an entry too long."""
    errors, seen = {}, set()
    texts = {name: text for name in names if (text := fields.get(name, "").strip())}
    for name, text in texts.items():
        if text in seen:
            errors[name] = _("与上面的一项相同，请改成不同的。")
        elif len(text) > MAX_OPTION_CHARS:
            errors[name] = sentence(
                Refused("asked-option-long", size=len(text), limit=MAX_OPTION_CHARS)
            )
        seen.add(text)
    if len(texts) < 2:
        first = next(name for name in names if name not in texts)
        errors[first] = _("至少要两项，请补上。")
    return errors


def _file_faults(
    fields: Mapping[str, str], before: Question, files: list[QuestionFile], fresh: Fresh
) -> dict[str, str]:
    """Files without a description or without a mark in a text, and marks without a file."""
    errors = {}
    texts = {name: fields.get(name, "") for name in FIELD_NAMES}
    placed = question_media.numbers_in(*texts.values())
    for file in files:
        if file.token and fresh(file.token) is None:
            errors[f"alt-{file.number}"] = _("这个文件放得太久，已清走；请去掉它，再选一次。")
        elif file.number not in placed:
            words = _("还没有放进题目：请把 %(mark)s 写到要显示的地方，或去掉它。", mark=file.mark)
            errors[f"alt-{file.number}"] = words
        elif file.token and not file.sound and not file.alt:
            errors[f"alt-{file.number}"] = _("请写图里是什么，看不见图的人靠它作答。")
    for name, text in texts.items():
        for mark in question_media.unknown_marks(text, files):
            errors[name] = _("没有 %(mark)s 这个文件，请改正或删去。", mark=mark)
    return errors


def _draft(fields: Mapping[str, str], before: Question, files: list[QuestionFile]) -> QuestionDraft:
    formatted = bool(fields.get("html"))

    def words(name: str) -> Words:
        text = fields.get(name, "").replace("\r\n", "\n")
        return Words(*question_media.put_in(text, files, formatted=formatted))

    level = fields.get("difficulty", "")
    draft = QuestionDraft(
        before.type,
        words("text"),
        options=[words(name) for name in _given(fields, OPTIONS)],
        prompts=[words(name) for name in _given(fields, PROMPTS)],
        explain=[words("explain")],
        chapter=fields.get("chapter", ""),
        difficulty=int(level) if level in ("1", "2", "3", "4", "5") else 0,
    )
    _answer(draft, fields)
    return draft


def _given(fields: Mapping[str, str], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if fields.get(name, "").strip()]


def _answer(draft: QuestionDraft, fields: Mapping[str, str]) -> None:
    answer = fields.get("answer", "").replace("\r\n", "\n").strip()
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    match draft.kind:
        case "truefalse":
            draft.right = [0] if answer[:1] in _TRUE else [1] if answer[:1] in _FALSE else []
            draft.right = draft.right if answer else []
        case "fill":
            draft.blanks = [[word.strip() for word in line.split("|")] for line in lines]
        case "numeric":
            draft.numbers = [
                (fields[name], fields.get(name.replace("number", "off"), "").strip() or "0")
                for name in _given(fields, NUMBERS)
            ]
        case "matching":
            for name in _given(fields, PROMPTS):
                letter = fields.get(name.replace("prompt", "pair"), "")
                draft.pairs.append(None if letter == NOTHING else _place(letter, fields))
        case "ordering":
            letters = _letters(answer)
            draft.order = [_place(letter, fields) for letter in letters]
            if not letters:  # in the order of the form
                draft.order = list(range(len(draft.options)))
        case "essay":
            draft.model = answer
        case _:
            draft.right = [_place(letter, fields) for letter in _letters(answer)]


def _letters(answer: str) -> str:
    return re.sub(r"[\s,，、;；]", "", answer).upper()


def _place(letter: str, fields: Mapping[str, str]) -> int:
    """The place, among the filled options, of the option with this letter in the form."""
    filled = _given(fields, OPTIONS)
    name = OPTIONS[LETTERS.index(letter)] if letter and letter in LETTERS else ""
    if name not in filled:
        raise Refused("asked-answer-unknown", answer=letter[:20])
    return filled.index(name)


def _field(code: str, kind: QuestionType) -> str:
    if code.startswith(_OF_OPTIONS):
        return OPTIONS[0]
    if code.startswith(_OF_PROMPTS):
        return PROMPTS[0]
    if code.startswith(_OF_ANSWER):
        return {"numeric": NUMBERS[0], "matching": PAIRS[0]}.get(kind, "answer")
    return "explain" if code.startswith("asked-explain") else "text"


def _describe(text: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f"%({name})s" in text}

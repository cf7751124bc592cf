"""Asking: a question as the fields of a form, and back through the rules of all banks.

What a question may be is ``content.questions``; the page is ``hub.web.banks``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from content.blobs import BlobStore
from content.course import LETTERS, Question
from content.face.words import gettext as _
from content.faults import TEXTS
from content.limits import MAX_OPTIONS, MAX_SOUND_BYTES
from content.markup import MEDIA_URL
from content.questions.draft import Draft, Words, settle
from content.questions.outcome import Refused
from content.questions.rich import Shelf
from content.questions.shape import NOTHING
from sync.facts.grading import ESSAY, MATCHING, NUMBER, ORDERING, accepted

OPTIONS = tuple(f"option-{n}" for n in range(MAX_OPTIONS))
PROMPTS = tuple(f"prompt-{n}" for n in range(MAX_OPTIONS))
FIELDS = ("text", *OPTIONS, *PROMPTS, "answer", "explain", "chapter", "difficulty")
# What people write for the two sides of a true-or-false question.
_TRUE, _FALSE = "对正真√是tyTYAa", "错误假×否fnFNBb"
_OF_OPTIONS = ("asked-option", "question-options", "option-", "options-")
_OF_ANSWER = (
    *("asked-no-answer", "asked-answer", "asked-one", "asked-several", "asked-bar"),
    *("asked-wildcard", "asked-number", "answer-", "fill-", "no-answer"),
)


def fields_of(question: Question) -> dict[str, str]:
    """A question as the fields of its form, the answer as people write it."""
    fields = dict.fromkeys(FIELDS, "")
    fields |= {
        "text": question.text,
        "explain": question.explain,
        "chapter": question.chapter,
        "difficulty": str(question.difficulty or ""),
        "answer": answer_words(question),
    }
    if question.type != "truefalse":
        fields |= dict(zip(OPTIONS, question.options, strict=False))
    return fields | dict(zip(PROMPTS, question.prompts, strict=False))


def answer_words(question: Question) -> str:
    """The right answer as a person would write it down."""
    key = question.answer
    match question.type:
        case "truefalse":
            return question.options["B" == key] if question.options else key
        case "fill":
            return "\n".join("|".join(wordings) for wordings in accepted(key))
        case "numeric":
            values = [one.partition("~") for one in key.removeprefix(NUMBER).split("|")]
            return "\n".join(v if off in ("", "0") else f"{v}±{off}" for v, _sign, off in values)
        case "matching" | "ordering":
            return key.lstrip(MATCHING + ORDERING)
        case "essay":
            return key.removeprefix(ESSAY)
    return key


def question_from(
    fields: Mapping[str, str], before: Question, blobs: BlobStore
) -> tuple[Question | None, dict[str, str]]:
    """The question that a form says, else what is wrong with it, by field.

    Type, id and where to look again stay; it may show the files that it showed before.
    """
    known = {ref.sha256 for ref in before.media}

    def resolve(address: str) -> bytes | None:
        sha = address.removeprefix(MEDIA_URL)
        return blobs.read(sha, MAX_SOUND_BYTES) if sha in known else None

    try:
        draft = _draft(fields, before)
        made = settle(draft, Shelf(blobs, resolve), lambda *_args, **_kwargs: None)
    except Refused as why:
        what, todo = (_(text, **_said(text, why.values)) for text in TEXTS[why.code])
        return None, {_field(why.code): f"{what}。{todo}。"}
    return _as_before(made, before), {}


def _as_before(made: Question, before: Question) -> Question:
    return replace(made, id=before.id, see_item=before.see_item, see_second=before.see_second)


def _draft(fields: Mapping[str, str], before: Question) -> Draft:
    def words(name: str) -> Words:
        return Words(fields.get(name, "").replace("\r\n", "\n"), html=before.rich)

    level = fields.get("difficulty", "")
    draft = Draft(
        before.type,
        words("text"),
        options=[words(name) for name in OPTIONS if fields.get(name, "").strip()],
        prompts=[words(name) for name in PROMPTS if fields.get(name, "").strip()],
        explain=[words("explain")],
        chapter=fields.get("chapter", ""),
        difficulty=int(level) if level in ("1", "2", "3", "4", "5") else 0,
    )
    answer = fields.get("answer", "").replace("\r\n", "\n").strip()
    _answer(draft, answer)
    return draft


def _answer(draft: Draft, answer: str) -> None:
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    match draft.kind:
        case "truefalse":
            draft.right = [0] if answer[:1] in _TRUE else [1] if answer[:1] in _FALSE else []
            draft.right = draft.right if answer else []
        case "fill":
            draft.blanks = [[word.strip() for word in line.split("|")] for line in lines]
        case "numeric":
            parts = [re.split(r"[±~]", line, maxsplit=1) for line in lines]
            draft.numbers = [(part[0], part[1] if len(part) > 1 else "0") for part in parts]
        case "matching":
            draft.pairs = [None if one == NOTHING else _place(one) for one in _letters(answer)]
        case "ordering":
            draft.order = [_place(one) for one in _letters(answer)]
        case "essay":
            draft.model = answer
        case _:
            draft.right = [_place(one) for one in _letters(answer)]


def _letters(answer: str) -> str:
    return re.sub(r"[\s,，、;；]", "", answer).upper()


def _place(letter: str) -> int:
    if letter not in LETTERS:
        raise Refused("asked-answer-unknown", answer=letter[:20])
    return LETTERS.index(letter)


def _field(code: str) -> str:
    if code.startswith(_OF_OPTIONS):
        return OPTIONS[0]
    return "answer" if code.startswith(_OF_ANSWER) else "text"


def _said(text: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f"%({name})s" in text}

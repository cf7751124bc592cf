"""How questions read on pages: kinds, texts with their blanks, keys and responses in words.

For the macros of ``questions.html`` and for every page that shows an answer, at node and hub.
Texts of rich questions were made harmless when the course was built, and checked again when the
pack was opened (``content.model.checks.markup``). All other texts are escaped here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from markupsafe import Markup, escape

from content.face.words import gettext as _
from content.model.checks.markup import visible_text
from content.model.course import LETTERS, Question
from content.model.question_rules import BLANK, NOTHING, blanks_in, written_chars
from sync.facts.grading import BLANKS, NUMBER, WORDINGS, accepted, right

KINDS: Mapping[str, str] = {
    "single": "单选",
    "multiple": "多选，可选几项",
    "truefalse": "判断",
    "fill": "填空",
    "numeric": "数值",
    "matching": "配对",
    "ordering": "排序",
    "essay": "简答",
}
# A list to choose from shows options up to this length; a longer one stands beside the list.
SHORT_CHARS = 24
_TAG = re.compile(r"(<[^>]*>)")


class QuestionLike(Protocol):
    """What a question asks, wherever it comes from."""

    @property
    def type(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def rich(self) -> bool: ...


def kind_words(kind: str) -> str:
    """What is to be done: "单选", "多选，可选几项"."""
    return _(KINDS[kind])


def shown(text: str, rich: bool) -> Markup:
    """One text of a question as HTML."""
    return Markup(text) if rich else escape(text)  # noqa: S704  harmless: see above


def asked_text(asked: QuestionLike) -> Markup:
    """The text of a question; several blanks are numbered as the fields below them are."""
    text = str(shown(asked.text, asked.rich))
    if asked.type != "fill" or len(BLANK.findall(asked.text)) < 2:
        return Markup(text)  # noqa: S704  as above
    number = 0

    def numbered(_blank: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f'<span class="blank">{number}</span>'

    pieces = [
        piece if piece.startswith("<") else BLANK.sub(numbered, piece) for piece in _TAG.split(text)
    ]
    return Markup("".join(pieces))  # noqa: S704  as above


def plain(text: str, rich: bool) -> str:
    """One text of a question without HTML, for lists to choose from, mail and tables."""
    return visible_text(text) if rich else text


def is_short(text: str, rich: bool) -> bool:
    """Whether a text is one short line without HTML or a formula."""
    return not rich and len(text) <= SHORT_CHARS and "\\(" not in text and "\n" not in text


def key_words(question: Question, key: str, *, letters: bool = False) -> list[str]:
    """What is right, in words: a line for each blank, prompt or wording of it.

    With ``letters``, choices are named by letter only: the page shows the options too.
    """
    match question.type:
        case "fill":
            return _blanks(_(" 或 ").join(wordings) for wordings in accepted(key))
        case "numeric":
            values = key.removeprefix(NUMBER).split(WORDINGS)
            return [_(" 或 ").join(_value(*value.partition("~")[::2]) for value in values)]
        case "matching" | "ordering":
            return response_words(question, key[1:])
        case "essay":
            return key[1:].split("\n") if key[1:] else []
    if letters:
        return [_("、").join(key)]
    return response_words(question, key)


def response_words(question: Question, response: str) -> list[str]:
    """What somebody answered, in words; no line where nothing was answered."""
    if not response:
        return []
    options = {
        letter: plain(option, question.rich) or letter
        for letter, option in zip(LETTERS, question.options, strict=False)
    }
    match question.type:
        case "fill":
            return _blanks(response.split(BLANKS))
        case "matching":
            nothing = _("（没有对应的）")
            prompts = [plain(prompt, question.rich) for prompt in question.prompts]
            chosen = [
                nothing if letter == NOTHING else options.get(letter, letter) for letter in response
            ]
            return [
                f"{prompt or number} → {option}"
                for number, (prompt, option) in enumerate(zip(prompts, chosen, strict=False), 1)
            ]
        case "ordering":
            return [" → ".join(options.get(letter, letter) for letter in response)]
        case "single" | "multiple" | "truefalse":
            return [f"{letter} {options.get(letter, '')}".strip() for letter in response]
    return [response]


def _blanks(parts: Iterable[str]) -> list[str]:
    lines = list(parts)
    if len(lines) < 2:
        return lines
    return [_("第 %(n)s 空：%(text)s", n=n, text=line) for n, line in enumerate(lines, 1)]


def _value(value: str, tolerance: str) -> str:
    exact = not tolerance.strip("+-.0eE")
    return value if exact else _("%(value)s（±%(off)s）", value=value, off=tolerance)


GLOBALS: dict[str, Callable[..., Any]] = {
    "blanks_in": blanks_in,
    "written_chars": written_chars,
    "is_right": right,
    "kind_words": kind_words,
    "shown": shown,
    "asked_text": asked_text,
    "plain_text": plain,
    "is_short": is_short,
    "key_words": key_words,
    "response_words": response_words,
}

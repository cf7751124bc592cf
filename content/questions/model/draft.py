"""Draft: a question as a reader of some format understood it (SPEC.md §9.3).

The readers of all formats fill drafts. ``content.questions.model.settle`` makes each one a question
or refuses it, once for all formats; ``content.questions.model.answer_keys`` makes its key.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from content.model.course import QuestionType
from content.questions.model.html_text import as_html

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Words:
    """A text as its source has it: plain, or HTML of an author."""

    source: str = ""
    html: bool = False


def labelled(label: str, words: Words) -> Words:
    """Return a text with a label before it, such as the letter of an option."""
    if not label:
        return words
    if not words.html:
        return Words(f"{label}：{words.source}")
    opened = re.match(r"\s*(?:<(?:p|div)>)?", words.source)
    at = opened.end() if opened else 0
    return Words(f"{words.source[:at]}{as_html(label)}：{words.source[at:]}", html=True)


@dataclass(slots=True)
class QuestionDraft:
    """What a reader understood. Which fields count depends on ``kind``.

    ``right``: places of right options. ``blanks``: accepted wordings of each. ``numbers``: values
    with their tolerances. ``pairs``: for each prompt the place of its option. ``order``: places
    of options in the right order. ``letters``: which letter each option gets, where they do not
    stand in their order. ``model``: the model answer of an essay, plain.
    """

    kind: QuestionType
    text: Words
    options: list[Words] = field(default_factory=list)
    prompts: list[Words] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    blanks: list[list[str]] = field(default_factory=list)
    numbers: list[tuple[str, str]] = field(default_factory=list)
    pairs: list[int | None] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    letters: str = ""
    model: str = ""
    explain: list[Words] = field(default_factory=list)
    chapter: str = ""
    difficulty: int = 0
    see: tuple[str, int] = ("", 0)

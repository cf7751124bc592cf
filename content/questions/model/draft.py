"""Draft: a question as some format says it, made into ours or refused (SPEC.md §9.3).

Every reader fills drafts; what a question must be is judged here, once for all formats. Keys are
made by ``content.questions.model.answer_keys``.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from content.model import limits, question_rules
from content.model.course import TRUE_FALSE, FileRef, Question, QuestionType
from content.questions.model.html_text import as_html, plainly
from content.questions.model.identity import canonical
from content.questions.model.plain_text import clean, without_invisible
from content.questions.model.report import Refused
from content.questions.model.rich_text import Shelf

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Words:
    """A text as its source has it: plain, or HTML of an author."""

    source: str = ""
    html: bool = False


def labelled(label: str, words: Words) -> Words:
    """Return a text that begins with what it is about, such as the letter of an option."""
    if not label:
        return words
    if not words.html:
        return Words(f"{label}：{words.source}")
    opened = re.match(r"\s*(?:<(?:p|div)>)?", words.source)
    at = opened.end() if opened else 0
    return Words(f"{words.source[:at]}{as_html(label)}：{words.source[at:]}", html=True)


@dataclass(slots=True)
class Draft:
    """What a reader understood. Which fields count depends on ``kind``.

    ``right``: places of right options. ``blanks``: accepted wordings of each. ``numbers``: values
    with what they may be off. ``pairs``: for each prompt the place of its option. ``order``: places
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


def settle(draft: Draft, shelf: Shelf, note: Note) -> Question:
    """Return the question that ``draft`` means, its id still empty; ``note`` hears remarks.

    Raises:
        Refused: it is none that we have, with the reason.
    """
    # Here, not above: answers judges drafts.
    from content.questions.model.answer_keys import keyed

    shelf.begin(note)
    question = canonical(keyed(canonical(_worded(draft, shelf, note)), draft))
    _check(question)
    shelf.keep()
    return question


def _worded(draft: Draft, shelf: Shelf, note: Note) -> Question:
    """Return the question without its key; all its texts are plain, or all are HTML."""
    wanted = [] if draft.kind in ("fill", "numeric", "essay") else draft.options
    if draft.kind == "truefalse":
        wanted = [Words(text) for text in TRUE_FALSE]
    prompts = draft.prompts if draft.kind == "matching" else []
    groups = [[draft.text], wanted, prompts, draft.explain]
    read = [[_one(words, shelf, note) for words in group] for group in groups]
    rich = any(is_html for group in read for _, is_html in group)
    texts = [
        [text if is_html or not rich else as_html(text) for text, is_html in group]
        for group in read
    ]
    media: tuple[FileRef, ...] = shelf.taken() if rich else ()
    return Question(
        "",
        draft.kind,
        texts[0][0],
        tuple(texts[1]),
        explain=("<br>" if rich else "\n").join(text for text in texts[3] if text),
        see_item=draft.see[0],
        see_second=draft.see[1],
        rich=rich,
        prompts=tuple(texts[2]),
        media=media,
        chapter=_chapter(draft.chapter, note),
        difficulty=draft.difficulty,
    )


def _one(words: Words, shelf: Shelf, note: Note) -> tuple[str, bool]:
    """Return a text and whether it is HTML that says more than lines."""
    source = clean(words.source, note)
    if not words.html:
        return source.strip(), False
    made = shelf.harmless(source)
    plain = plainly(made)
    return (made, True) if plain is None else (without_invisible(plain), False)


def _chapter(text: str, note: Note) -> str:
    chapter = " ".join(without_invisible(text).split())
    if len(chapter) > limits.MAX_NAME_CHARS:
        note("note-chapter-cut")
    return chapter[: limits.MAX_NAME_CHARS].rstrip()


def _check(question: Question) -> None:
    """Refuse what no question may be: sizes in the words of imports, then the rules of all."""

    def check(code: str, texts: Iterable[str], limit: int) -> None:
        for text in texts:
            if len(text) > limit:
                raise Refused(code, size=len(text), limit=limit)

    def fault(code: str, _name: str = "", /, **values: str | int) -> None:
        raise Refused(code, **values)

    check("asked-text-long", [question.text], limits.MAX_QUESTION_CHARS)
    check("asked-option-long", question.options + question.prompts, limits.MAX_OPTION_CHARS)
    check("asked-explain-long", [question.explain], limits.MAX_EXPLAIN_CHARS)
    check("asked-answer-long", [question.answer], limits.MAX_ANSWER_CHARS)
    question_rules.check(question, fault)

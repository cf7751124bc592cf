"""Settle: a draft made into a question of ours, or refused (SPEC.md §9.3)."""

import re
from collections.abc import Iterable

from content.model import limits, question_rules
from content.model.course import TRUE_FALSE, FileRef, Question
from content.model.refused import Refused
from content.questions.model.answer_keys import keyed
from content.questions.model.draft import Note, QuestionDraft, Words
from content.questions.model.html_text import as_html, plainly
from content.questions.model.identity import canonical
from content.questions.model.plain_text import clean, without_invisible
from content.questions.model.rich_text import MediaCollector
from sync.facts.grading import ESSAY

# What parts the questions of a bank, and was never meant to be one: ----, 二、判断题（共 10 题）
_KINDS = "单项选择|单选|多项选择|多选|不定项选择|选择|判断|填空|简答|问答|论述|案例分析|名词解释"
_SEPARATOR = re.compile(
    r"[\W_]*"
    rf"|[【（(]?(?:第?[一二三四五六七八九十\d]{{1,3}}[、.．:：]?)?\s*(?:{_KINDS})题?型?(?:[】）):：(（【]\W?.{{0,30}})?"
    r"|第[一二三四五六七八九十\d]{1,3}(?:章|节|部分|单元|大题)[^？?]{0,20}"
)


def to_question(draft: QuestionDraft, shelf: MediaCollector, note: Note) -> Question:
    """Return the question that ``draft`` means, its id still empty; ``note`` hears remarks.

    Raises:
        Refused: it cannot be a question of ours; the error says why.
    """
    shelf.begin(note)
    question = canonical(keyed(canonical(_worded(draft, shelf, note)), draft))
    _check(question)
    if question.answer == ESSAY and not question.media and _SEPARATOR.fullmatch(question.text):
        note("note-essay-separator")
    shelf.keep()
    return question


def _worded(draft: QuestionDraft, shelf: MediaCollector, note: Note) -> Question:
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


def _one(words: Words, shelf: MediaCollector, note: Note) -> tuple[str, bool]:
    """Return a text, and whether it is HTML that says more than lines of plain text."""
    source = clean(words.source, note)
    if not words.html:
        return source.strip(), False
    harmless = shelf.harmless(source)
    plain = plainly(harmless)
    return (harmless, True) if plain is None else (without_invisible(plain), False)


def _chapter(text: str, note: Note) -> str:
    chapter = " ".join(without_invisible(text).split())
    if len(chapter) > limits.MAX_NAME_CHARS:
        note("note-chapter-cut")
    return chapter[: limits.MAX_NAME_CHARS].rstrip()


def _check(question: Question) -> None:
    """Refuse what no question may be: first sizes, with an import's own faults; then all rules."""

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

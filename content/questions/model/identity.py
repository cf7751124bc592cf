"""Identity: what makes two questions the same, and the ids that follow from it (SPEC.md §9.2)."""

import hashlib
import json
import re
from dataclasses import replace

from content.model.course import FileRef, Question
from content.questions.model.html_text import as_html, pieces, plainly, tex_signs
from sync.facts.grading import accepted

BLANK = "____"
_BLANKS = re.compile(r"_{3,}")
# Other signs of a blank: empty brackets, two underscores, full-width underscores.
_BRACKETS = re.compile(r"[（(【\[]\s*[)）】\]]|(?<!_)__(?!_)|＿+")
_EITHER = re.compile(rf"{_BLANKS.pattern}|{_BRACKETS.pattern}")
_USABLE_ID = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9-]{0,39}")


def canonical(question: Question) -> Question:
    """Return the question in the one form in which every format gives it back.

    Texts have no blank space at their ends, blanks of a fill-in are four ``_``, formulas stand
    between ``\\(`` and ``\\)``, and HTML that only makes lines is plain text.
    """
    texts = [question.text, question.explain, *question.options, *question.prompts]
    texts, rich = _one_way(texts, question.rich)
    options = 2 + len(question.options)
    return replace(
        question,
        text=_blanked(texts[0], question, rich=rich) if question.type == "fill" else texts[0],
        explain=texts[1],
        options=tuple(texts[2:options]),
        prompts=tuple(texts[options:]),
        rich=rich,
        media=_by_place(question.media, texts[:1] + texts[2:] + texts[1:2]) if rich else (),
    )


def _blanked(text: str, question: Question, *, rich: bool) -> str:
    wanted = len(accepted(question.answer)) if question.answer else 0
    return with_blanks(text, wanted, rich=rich)


def _by_place(media: tuple[FileRef, ...], texts: list[str]) -> tuple[FileRef, ...]:
    """Return the files in the order in which people come to them."""
    all_texts = "".join(texts)
    return tuple(sorted(media, key=lambda ref: all_texts.find(ref.sha256)))


def _one_way(texts: list[str], rich: bool) -> tuple[list[str], bool]:
    if not rich:
        return [tex_signs(text.strip()).strip() for text in texts], False
    written, plain = [], True
    for text in texts:
        bare = plainly(text)
        plain = plain and bare is not None
        written.append(tex_signs(text.strip(), rich=True) if bare is None else tex_signs(bare))
    if plain:
        return written, False
    return [
        text if plainly(source) is None else as_html(text)
        for text, source in zip(written, texts, strict=True)
    ], True


def fingerprint(question: Question) -> str:
    """Return the SHA-256 of what is asked, what is right and why; id and place do not count.

    The question stays the same when its chapter, its difficulty or where to look again changes.
    """
    written = canonical(question)
    fields = [
        written.type,
        written.rich,
        written.text,
        written.options,
        written.prompts,
        written.answer,
        written.explain,
    ]
    return hashlib.sha256(json.dumps(fields).encode("ascii")).hexdigest()


def derived_id(question: Question) -> str:
    """Return the id of a question whose source gives none."""
    return "q-" + fingerprint(question)[:12]


def is_usable_id(text: str) -> bool:
    """Tell whether a source's own id can be ours. A mere number cannot: every file has the same."""
    return bool(_USABLE_ID.fullmatch(text))


def with_blanks(text: str, wanted: int, *, rich: bool) -> str:
    """Return the text of a fill-in with each blank written ``____``.

    Where there are fewer than ``wanted``, empty brackets become blanks too, if that gives exactly
    ``wanted``.
    """
    sign = _BLANKS
    lines, brackets = count_blanks(text, rich=rich), count_brackets(text, rich=rich)
    if lines < wanted == lines + brackets:
        sign = _EITHER
    return "".join(
        sign.sub(BLANK, piece) if seen else piece for piece, seen in pieces(text, rich=rich)
    )


def count_brackets(text: str, *, rich: bool) -> int:
    """Return how many empty brackets and other signs of a blank people see."""
    return sum(len(_BRACKETS.findall(piece)) for piece, seen in pieces(text, rich=rich) if seen)


def count_blanks(text: str, *, rich: bool) -> int:
    """Return how many blanks people see."""
    return sum(len(_BLANKS.findall(piece)) for piece, seen in pieces(text, rich=rich) if seen)

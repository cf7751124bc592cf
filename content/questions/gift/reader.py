"""GIFT: Moodle's text format, questions separated by empty lines (SPEC.md §9.5).

``content.questions.gift.answers`` reads the braces of a question.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from content.model.limits import MAX_IMPORTED
from content.model.refused import Refused
from content.questions.gift.answers import draft_of, words_in
from content.questions.gift.escapes import hidden, shown
from content.questions.model import tags
from content.questions.model.report import Imported, ReadingReport, SourcePlace, noting, too_many
from content.questions.model.rich_text import MediaCollector, measured
from content.questions.model.settle import to_question
from content.questions.moodle import cloze
from content.questions.moodle.text_formats import words_of

_CATEGORY = re.compile(r"\$CATEGORY:\s*(.*)")
_NAME = re.compile(r"::(.*?)::\s*", re.DOTALL)
# A question's braces may go on after an empty line, but not for ever.
_MOST_LINES = 400
_FAR = 20


@dataclass(slots=True)
class Block:
    """The lines of one question; its comments and its category are kept apart."""

    line: int
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    category: str | None = None

    def text(self) -> str:
        """Return the question without comments, category and blank space around it."""
        return "\n".join(self.lines).strip()


def looks_like(text: str) -> bool:
    """Tell whether a text may be GIFT: braces that open and close."""
    return bool(re.search(r"(?<!\\)\{(?:[^{}\\]|\\.)*\}", text[:1_000_000], re.DOTALL))


def is_surely(text: str) -> bool:
    """Tell whether a text is GIFT: braces that open with an answer's sign, or are empty."""
    return bool(re.search(r"(?<!\\)\{\s*(?:[=~#>}]|(?:T|F|TRUE|FALSE)\s*[}#])", text[:1_000_000]))


def is_cloze(text: str) -> bool:
    """Tell whether a text is Moodle's Cloze: its blanks are, and nothing in it is GIFT."""
    braces = re.findall(r"(?<!\\)\{((?:[^{}\\]|\\.)*)\}", text[:1_000_000])
    return bool(braces) and all(cloze.stands_in(f"{{{inside}}}") for inside in braces)


def read_cloze(text: str, file: str, shelf: MediaCollector) -> Imported:
    """Return the one question that a Cloze file is."""
    report = ReadingReport(file)
    words = measured(text.strip("\n"))
    place = SourcePlace(1)
    try:
        draft = cloze.draft_of(words_of(words, "moodle"), noting(report, place))
        report.add(to_question(draft, shelf, noting(report, place)), "", place)
    except Refused as refused:
        report.refuse(refused, place)
    return report.outcome("cloze")


def read(text: str, file: str, shelf: MediaCollector) -> Imported:
    """Return the questions of a GIFT file."""
    report = ReadingReport(file)
    chapter = ""
    for block in _blocks(text):
        if block.category is not None:
            chapter = tags.chapter_of(block.category)
        if not block.text():
            continue
        if report.total >= MAX_IMPORTED:
            raise too_many(file)
        _take(block, chapter, report, shelf)
    return report.outcome("gift")


def _take(block: Block, chapter: str, report: ReadingReport, shelf: MediaCollector) -> None:
    body = hidden(block.text())
    named = _NAME.match(body)
    name = shown(named[1]).strip() if named else ""
    place = SourcePlace(block.line, " ".join(name.split()))
    own = tags.Tags.of_comments(block.comments)
    try:
        if is_cloze(block.text()):  # a block of the neighbouring format
            before = _NAME.match(block.text())
            words = words_in(block.text()[before.end() if before else 0 :], "moodle")
            draft = cloze.draft_of(words, noting(report, place))
        else:
            draft = draft_of(body[named.end() :] if named else body, noting(report, place))
        own.mark(draft, noting(report, place))
        draft.chapter = chapter
        report.add(to_question(draft, shelf, noting(report, place)), own.id, place)
    except Refused as refused:
        report.refuse(refused, place)


def _blocks(text: str) -> Iterator[Block]:
    """Yield the blocks between empty lines; one with open braces goes on after an empty line."""
    block: Block | None = None
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if not bare:
            if block and not _goes_on(block, lines, number):
                yield block
                block = None
            continue
        block = block or Block(number)
        category = _CATEGORY.match(bare)
        if bare.startswith("//"):
            block.comments.append(bare)
        elif category and not block.lines:
            block.category = category[1]
        else:
            if not block.lines:
                block.line = number
            block.lines.append(line)
    if block:
        yield block


def _goes_on(block: Block, lines: list[str], number: int) -> bool:
    """Tell whether a block has open braces, and the next brace after it closes them."""
    body = hidden("\n".join(block.lines[:_MOST_LINES]))
    if body.count("{") <= body.count("}"):
        return False
    ahead = "\n".join(lines[number : number + _FAR]).strip()
    first = re.search(r"[{}]", hidden(re.split(r"\n\s*\n", ahead, maxsplit=1)[0]))
    return first is not None and first[0] == "}"

"""Lookahead: what the following lines tell about a line (SPEC.md §9.9).

One line alone does not say whether its number begins a question, or its heading a list of answers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from content.questions.paper import options
from content.questions.paper.lines import PaperLine, labels_of, numbered_of, section_of, starts_of

_KEY = re.compile(r".{0,40}?答案(?:及|与|和)?(?:解析|详解|评分标准|评分参考|部分)?\s*:?\s*")
_KEY_TITLE = re.compile(
    r"(?:.{0,30}(?:参考|标准|试题|试卷|习题|题))?答案(?:及|与|和)?(?:解析|详解|评分标准|评分参考)?"
)
_SIDE = r"(?:[A-T]{1,10}|√|×|✓|✗|对|错|正确|错误)"
# What begins a list of answers: 1-5 ABCDA, 1.A 2.C, 1.√
LISTED = re.compile(
    rf"\s*(?:\(?\d{{1,4}}\)?\s*[-~—–至]+\s*\(?\d{{1,4}}\)?\s*[.:、]?\s*{_SIDE}"
    rf"|\d{{1,4}}\s*[.、:)]?\s*{_SIDE}(?=$|[\s,;、。\d【]|解析))"
)
_BRACKET = re.compile(r"\(\s*(?:[A-T]{1,8}|√|×|对|错)?\s*\)|_{3,}")
# The words, options and labels of a question fit into this many lines.
_FAR = 60


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of a line in a paper, or the place after the last line."""

    lines: Sequence[PaperLine]
    place: int
    last_start: int  # the place of the last line with a number like a question's

    @property
    def line(self) -> PaperLine:
        """The line here."""
        return self.lines[self.place]

    @property
    def before(self) -> PaperLine:
        """The line before it."""
        return self.lines[self.place - 1]

    @property
    def at_end(self) -> bool:
        """Whether no line is left."""
        return self.place == len(self.lines)

    @property
    def numbers_follow(self) -> bool:
        """Whether a line with a number like a question's follows."""
        return self.place < self.last_start

    def since(self, first: int | None) -> list[PaperLine]:
        """Return the lines from a place up to here that are not blank."""
        if first is None:
            return []
        return [line for line in self.lines[first : self.place] if not line.blank]


def cursors(lines: Sequence[PaperLine]) -> Iterator[Cursor]:
    """Return the places of a paper, the one after the last line too; litter is left out."""
    without_litter = [line for line in lines if not line.litter or line.blank]
    last_start = max(
        (place for place, line in enumerate(without_litter) if starts_of(line)), default=-1
    )
    return (Cursor(without_litter, place, last_start) for place in range(len(without_litter) + 1))


def ahead(here: Cursor, count: int) -> list[PaperLine]:
    """Return the next lines that are not blank."""
    following = here.lines[here.place + 1 : here.place + 21 + 3 * count]
    return list(islice((line for line in following if not line.blank), count))


def following(here: Cursor) -> str:
    """Return the text of the next line."""
    return next((line.text for line in ahead(here, 1)), "")


def is_asked(here: Cursor, style: str) -> bool:
    """Tell whether options or an answer follow before the next number of this style."""
    for line in here.lines[here.place : here.place + _FAR]:
        if line is not here.line and (
            section_of(line) or any(start.style == style for start in starts_of(line))
        ):
            return False
        if asks(line) or _BRACKET.search(line.text):
            return True
    return False


def asks(line: PaperLine) -> bool:
    """Tell whether a line has a label, or the first of some options."""
    return bool(labels_of(line.text)) or begins_options(line)


def begins_options(line: PaperLine) -> bool:
    """Tell whether a line begins with the first of some options."""
    return options.any_first(line.text) in ("A", "a")


def lies_ahead(here: Cursor) -> bool:
    """Tell whether questions follow a heading, not only answers."""
    for line in here.lines[here.place + 1 : here.place + 6]:
        if LISTED.match(line.text) or line.pairs or section_of(line):
            return False
        if starts_of(line) and (len(line.text.strip()) > 8 or _BRACKET.search(line.text)):
            return True
    return False


def options_ahead(here: Cursor) -> bool:
    """Tell whether options stand below a heading, before the next heading."""
    for line in ahead(here, 12):
        if section_of(line) or line.pairs:
            return False
        if begins_options(line):
            return True
    return False


def key_heading(line: PaperLine) -> int | None:
    """Return where the text after a heading such as 参考答案： begins; ``None``: no heading."""
    title = _KEY.match(line.text)
    if title is None or starts_of(line):
        return None
    whole = title.end() == len(line.text)
    listed = ":" in line.text[: title.end()] or LISTED.match(line.text[title.end() :])
    return title.end() if whole or listed else None


def begins_key(here: Cursor, end: int, *, written: bool) -> bool:
    """Tell whether this line heads a list of answers, not the answer of one question."""
    rest = here.line.text[end:].strip()
    if rest:
        return bool(LISTED.match(rest)) and len(re.findall(r"\d{1,4}", rest)) > 1
    for line in ahead(here, 1):
        if line.pairs or section_of(line) or numbered_of(line) or LISTED.match(line.text):
            return True
        first = any(start.number == 1 for start in starts_of(line))
        return first and not written and bool(_KEY_TITLE.fullmatch(here.line.text.strip()))
    return False


def kind_in(text: str) -> str:
    """Return the kind of questions that a heading names, "" when none."""
    match = re.search("单项选择|单选|多项选择|多选|不定项|判断|填空|简答|论述|问答|案例", text)
    return match[0] if match else ""

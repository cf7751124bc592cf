"""Ahead: what the lines after one tell about it (SPEC.md §9.9).

Whether a number begins a question, a heading a list of answers: a line alone does not say.
"""

import re
from collections.abc import Sequence

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
# A question's words, options and labels fit into so many lines.
_FAR = 60


def ahead(lines: Sequence[PaperLine], place: int, count: int) -> list[PaperLine]:
    """Return the next lines that are not blank."""
    found: list[PaperLine] = []
    for line in lines[place + 1 : place + 21 + 3 * count]:
        if len(found) == count:
            break
        if not line.blank:
            found.append(line)
    return found


def following(lines: Sequence[PaperLine], place: int) -> str:
    """Return the text of the next line."""
    found = ahead(lines, place, 1)
    return found[0].text if found else ""


def is_asked(lines: Sequence[PaperLine], place: int, style: str) -> bool:
    """Tell whether options or an answer follow before the next number of this style."""
    for line in lines[place : place + _FAR]:
        if line is not lines[place] and (
            section_of(line) or any(one.style == style for one in starts_of(line))
        ):
            return False
        if asks(line) or _BRACKET.search(line.text):
            return True
    return False


def asks(line: PaperLine) -> bool:
    """Tell whether a line has a label, or the first of some options."""
    return bool(labels_of(line.text)) or options.any_first(line.text) in ("A", "a")


def lies_ahead(lines: Sequence[PaperLine], place: int) -> bool:
    """Tell whether questions follow a heading, not only answers."""
    for line in lines[place + 1 : place + 6]:
        if LISTED.match(line.text) or line.pairs or section_of(line):
            return False
        if starts_of(line) and (len(line.text.strip()) > 8 or _BRACKET.search(line.text)):
            return True
    return False


def options_ahead(lines: Sequence[PaperLine], place: int) -> bool:
    """Tell whether options stand below a heading, before the next."""
    for line in ahead(lines, place, 12):
        if section_of(line) or line.pairs:
            return False
        if options.any_first(line.text) in ("A", "a"):
            return True
    return False


def key_heading(line: PaperLine) -> int | None:
    """Return where the text behind a heading such as 参考答案： begins."""
    found = _KEY.match(line.text)
    if found is None or starts_of(line):
        return None
    whole = found.end() == len(line.text)
    listed = ":" in line.text[: found.end()] or LISTED.match(line.text[found.end() :])
    return found.end() if whole or listed else None


def begins_key(lines: Sequence[PaperLine], place: int, end: int, *, essay: bool) -> bool:
    """Tell whether this line heads a list of answers, not the answer of one question."""
    line = lines[place]
    rest = line.text[end:].strip()
    if rest:
        return bool(LISTED.match(rest)) and len(re.findall(r"\d{1,4}", rest)) > 1
    found = ahead(lines, place, 1)
    if not found:
        return False
    if (
        found[0].pairs
        or section_of(found[0])
        or numbered_of(found[0])
        or LISTED.match(found[0].text)
    ):
        return True
    first = any(start.number == 1 for start in starts_of(found[0]))
    return first and not essay and bool(_KEY_TITLE.fullmatch(line.text.strip()))


def kind_in(text: str) -> str:
    """Return the kind of questions that a heading names, "" when none."""
    found = re.search("单项选择|单选|多项选择|多选|不定项|判断|填空|简答|论述|问答|案例", text)
    return found[0] if found else ""

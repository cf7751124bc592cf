"""Lines of a paper: headings, where questions begin, labels (SPEC.md §9.9).

Lines are matched with narrow letters, digits and brackets; each character keeps its place.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from content.word.flow import Flow, joined

_WIDE = {0x3000: " ", 0xFF0E: ".", 0x2002: " ", 0x2003: " ", 0x2018: "'", 0x2019: "'"}
_NARROW = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | _WIDE
_ORDINAL = r"[一二三四五六七八九十百]{1,4}"
# Longer names first: 单项选择 must not be read as 选择.
_KINDS = (
    "单项选择|单选|多项选择|多选|不定项选择|不定项|选择|判断正误|判断改错|判断|是非|填空|名词解释|简答|简述|问答"
    "|论述|案例分析|案例|材料分析|材料|计算|综合分析|综合|分析|应用|实操|操作|写作|作文|连线|匹配|搭配|配对|排序|主观"
    "|数值"
)
_SECTION = re.compile(
    rf"(?:(?P<number>第?\s*(?:{_ORDINAL}|[IVX]{{1,4}})\s*(?:部分|大题|节)?)\s*[、.:,\s]\s*"
    rf"|\((?P<bracketed>{_ORDINAL})\)\s*)?"
    rf"[【\[(]?(?P<kind>{_KINDS})(?P<word>题?)(?:型)?[】\])]?\s*(?P<rest>.*)"
)
_REST = re.compile(r"[:。、.]?\s*(?:$|\(|[【\[]|[:。]|[共每本将请下以]|\d|$).*")
_BARE_REST = re.compile(r"[:。]?\s*(?:$|\([^()]*\)?[:。]?\s*$|[共每本\d][^。?]*[。:]?\s*$)")
_CHAPTER = re.compile(rf"第\s*(?:{_ORDINAL}|\d{{1,3}})\s*[章节编篇讲单]元?(?:[\s、.:]|$).*")
_ORDINAL_HEADING = re.compile(rf"(?:{_ORDINAL}\s*[、.]|\({_ORDINAL}\))\s*(\S.*)")
_ONLY_NUMBER = re.compile(
    rf"\s*第?({_ORDINAL})\s*(?:部分|大题)?\s*[、.:]\s*(?:$|(?=\(?\d{{1,4}}\)?\s*[.、:)~—–-]))"
)
# Each kind of label once or twice; a line with more is no line of a paper.
_MOST_LABELS = 16
_START_CHARS = 200
_REMEMBERED = 4_096  # lines: what lies ahead is looked at again and again
_HEADING_CHARS = 40
# A blank to write in is never wider than a page; a longer one only costs time.
_LONGEST = 100
_ENDLESS = re.compile(rf"[\s_(（\[【]{{{_LONGEST + 1},}}")
_SECTION_CHARS = 160

# How questions begin. A weak sign counts only where its number is the next one.
_STARTS: tuple[tuple[str, bool, re.Pattern[str]], ...] = tuple(
    (name, weak, re.compile(sign))
    for name, weak, sign in (
        ("lead", False, r"\(\s*(?P<mark>[^()\d]{0,6}?)\s*\)\s*(?P<number>\d{1,5})\s*[.、:]\s*"),
        ("dot", False, r"(?P<number>\d{1,5})\s*[.、:)](?![\d:/])\s*"),
        ("dot", True, r"(?P<number>\d{1,5})\s*[.、](?=\d)"),
        ("paren", False, r"\((?P<number>\d{1,5})\)\s*[.、]?\s*"),
        ("called", False, r"第\s*(?P<number>\d{1,5})\s*题\s*[:.、]?\s*"),
        ("named", False, r"(?:试题|题目|问题)\s*(?P<number>\d{1,5})\s*[:.、]?\s*"),
        ("bracket", False, r"[【\[](?P<number>\d{1,5})[】\]]\s*[.、]?\s*"),
        ("space", True, r"(?P<number>\d{1,5})(?:\s+(?=\D)|(?=[\u4e00-\u9fff《“\"]))"),
    )
)
_LABELS = {
    "answer": "正确答案|参考答案|标准答案|试题答案|题目答案|本题答案|正确选项|答案",
    "explain": "答案解析|试题解析|题目解析|参考解析|解析|详解",
    "difficulty": "难易程度|难易度|难度系数|难度等级|难度",
    "chapter": "所属章节|章节|所属知识点|知识点|考点",
    "basis": "法律依据|政策依据|答题依据|参考依据|命题依据|依据|出处",
    "type": "试题类型|题目类型|题型",
    "points": "分值|分数",
}
# Labels only at the start of a line: these words are common inside other lines.
_AT_START = {"answer": "答", "explain": "解答|分析|点评|说明|理由"}
_NAMES = "|".join(_LABELS.values())
_LABEL = re.compile(
    rf"[【\[]\s*(?P<framed>{_NAMES}|{'|'.join(_AT_START.values())})\s*[】\]]\s*:?\s*"
    rf"|(?:(?<=^)|(?<=[\s;,。)]))(?P<named>{_NAMES})\s*:\s*"
    rf"|^\s*(?P<begun>{'|'.join(_AT_START.values())})\s*:\s*"
)
_SIGN = r"[A-Ta-t][A-Ta-t\s,、]*|√|×|✓|✗|对|错|正确|错误"
_BARE_ANSWER = re.compile(rf"\s*(?:正确|参考|标准)?答案\s*(?={_SIGN})(?:{_SIGN})\s*[。.]?\s*")
_PAGE = re.compile(
    r"\s*(?:第\s*\d+\s*页.*|共\s*\d+\s*页|-+\s*\d*\s*-*|\d+\s*/\s*\d+|[-_=*·.\s]+)\s*"
)


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line; ``at`` is its place: a line of a text, a paragraph of a document.

    Only documents have ``heading`` (its level) and ``lost`` (what could not be kept). ``pairs`` are
    numbers with their answers, out of a table.
    """

    flow: Flow
    at: int
    text: str
    heading: int = 0
    lost: tuple[str, ...] = ()
    pairs: tuple[tuple[int, str], ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.text.strip() and not self.pairs

    @property
    def litter(self) -> bool:
        """Whether it is only a page number or a ruled line."""
        return bool(_PAGE.fullmatch(self.text))

    def cut(self, begin: int, end: int | None = None) -> "PaperLine":
        """Return a part of it as a line."""
        return PaperLine(self.flow.cut(begin, end), self.at, self.text[begin:end])


def line_of(flow: Flow, at: int, *, heading: int = 0, lost: tuple[str, ...] = ()) -> PaperLine:
    """Return a flow as a line; very long blanks are shortened."""
    for blanks in reversed(list(_ENDLESS.finditer(flow.text))):
        flow = joined([flow.cut(0, blanks.start() + _LONGEST), flow.cut(blanks.end())], "")
    return PaperLine(flow, at, narrow(flow.text), heading, lost)


def narrow(text: str) -> str:
    """Return a text with narrow letters, digits and signs, each at its place."""
    return text.translate(_NARROW)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a paper: what its questions are called, its number, its chapter."""

    kind: str = ""
    number: str = ""
    chapter: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a section: its kind and number, and where what follows them begins."""

    kind: str
    number: str
    end: int


def section_of(line: PaperLine) -> Heading | None:
    """Return what a heading such as 一、单项选择题（每题 2 分） says."""
    return _section(line.text.rstrip())


@lru_cache(_REMEMBERED)
def _section(text: str) -> Heading | None:
    indent = len(text) - len(text.lstrip())
    match = _SECTION.fullmatch(text, indent) if len(text) <= _SECTION_CHARS else None
    if match is None:
        return None
    number = (match["number"] or match["bracketed"] or "").strip().strip("第部分大题节").strip()
    rest, heading = match["rest"], Heading(match["kind"], number, match.start("rest"))
    if number:
        return heading if _REST.fullmatch(rest) else None
    return heading if match["word"] and _BARE_REST.fullmatch(rest) else None


def numbered_of(line: PaperLine) -> Heading | None:
    """Return the heading in a list of answers that is only a number: 二、1. 5 2. 8"""
    match = _ONLY_NUMBER.match(line.text)
    return Heading("", match[1], match.end()) if match else None


def chapter_of(line: PaperLine) -> str | None:
    """Return the chapter that begins on a line: 第一章 …, or a heading of the document."""
    text = line.text.strip()
    if not text or len(text) > _HEADING_CHARS or section_of(line) or starts_of(line):
        return None
    return text if line.heading or _CHAPTER.fullmatch(text) else None


def titled_of(line: PaperLine) -> str | None:
    """Return what a line such as 二、食品经营 is called."""
    text = line.text.strip()
    match = _ORDINAL_HEADING.fullmatch(text) if len(text) <= _HEADING_CHARS else None
    return match[1] if match and not match[1].rstrip().endswith(("。", ";", "?", ")")) else None


@dataclass(frozen=True, slots=True)
class QuestionStart:
    """How a question may begin here: its number, and where its words begin.

    ``mark`` is the place of an answer that stands before the number.
    """

    style: str
    number: int
    end: int
    weak: bool
    mark: tuple[int, int] = (0, 0)


def starts_of(line: PaperLine) -> list[QuestionStart]:
    """Return in which ways a question may begin on a line."""
    return list(_starts(line.text[:_START_CHARS]))


@lru_cache(_REMEMBERED)
def _starts(text: str) -> tuple[QuestionStart, ...]:
    indent = len(text) - len(text.lstrip())
    starts = []
    for style, weak, sign in _STARTS:
        if match := sign.match(text, indent):
            mark = match.span("mark") if style == "lead" else (0, 0)
            starts.append(QuestionStart(style, int(match["number"]), match.end(), weak, mark))
    return tuple(starts)


@dataclass(frozen=True, slots=True)
class LineLabel:
    """A label in a line, such as 【答案】: its field, its begin, begin and end of its text."""

    field: str
    begin: int
    text_begin: int
    end: int


def labels_of(text: str) -> list[LineLabel]:
    """Return the labels of a narrow line, each with the place of the text after it."""
    return list(_labels(text))


@lru_cache(_REMEMBERED)
def _labels(text: str) -> tuple[LineLabel, ...]:
    if _BARE_ANSWER.fullmatch(text):
        return (LineLabel("answer", 0, text.index("答案") + 2, len(text)),)
    matches = list(_LABEL.finditer(text))
    if not 0 < len(matches) <= _MOST_LABELS:
        return ()
    ends = [match.start() for match in matches[1:]] + [len(text)]
    return tuple(
        LineLabel(
            _field(match["framed"] or match["named"] or match["begun"]),
            match.start(),
            match.end(),
            end,
        )
        for match, end in zip(matches, ends, strict=True)
    )


def _field(name: str) -> str:
    for field_name, names in (*_LABELS.items(), *_AT_START.items()):
        if name in names.split("|"):
            return field_name
    return "points"

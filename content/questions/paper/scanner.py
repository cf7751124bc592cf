"""Scan: the lines of a paper as questions, each with its parts as they stand (SPEC.md §9.9).

What a part means is ``paper_asked``; the list of answers at the end is ``paper_key``.
"""

import re
from collections.abc import Sequence

from content.model.course import LETTERS
from content.questions.paper import lookahead, options
from content.questions.paper.lines import (
    Heading,
    LineLabel,
    PaperLine,
    QuestionStart,
    Section,
    chapter_of,
    labels_of,
    numbered_of,
    section_of,
    starts_of,
    titled_of,
)
from content.questions.paper.options import Marker, Unclear
from content.questions.paper.parts import ParsedQuestion, ScanResult, Unmatched
from content.word.flow import Flow

_MATERIAL = re.compile(
    r"(?:根据|阅读|依据|结合|分析).{0,40}(?:回答|完成|作答|解答)"
    r"(?:.{0,8}?(\d{1,4})\s*[-~—–至到、]+\s*第?\s*(\d{1,4})\s*(?:小)?题?)?"
)
# A line of a text that was broken at the edge has so many signs.
_BROKEN_CHARS = 25
_ESSAYS = ("简答", "简述", "问答", "论述", "名词", "案例", "材料", "计算", "综合", "分析", "应用",
           "实操", "操作", "写作", "作文", "主观")  # fmt: skip


def scan(lines: Sequence[PaperLine]) -> ScanResult:
    """Return the questions in these lines, and what else stands there."""
    return _Scanner(lines).scan()


class _Scanner:
    """Goes through the lines once; looks ahead where a line alone does not tell."""

    def __init__(self, lines: Sequence[PaperLine]) -> None:
        self._lines = [line for line in lines if not line.litter or line.blank]
        self._last_start = max(
            (at for at, line in enumerate(self._lines) if starts_of(line)), default=-1
        )
        self._found = ScanResult()
        self._section = Section()
        self._chapter = ""
        self._style = ""
        self._last = 0
        self._now: ParsedQuestion | None = None
        self._state = ""
        self._inner = 0
        self._between: list[PaperLine] = []
        self._material: tuple[int, int, list[Flow]] | None = None
        self._unclear_material = False
        self._in_key = False
        self._sections: set[tuple[str, str]] = set()
        self._chapters: set[str] = set()
        self._blank_before = True

    def scan(self) -> ScanResult:
        """Read every line."""
        for place, line in enumerate(self._lines):
            if line.blank:
                self._blank_before = True
                continue
            self._take(place, line)
            self._blank_before = False
        self._leave_between()
        return self._found

    def _take(self, place: int, line: PaperLine) -> None:
        if self._heading(place, line):
            return
        if self._in_key:
            self._found.key[-1][1].append(line)
            return
        start = self._start(place, line)
        if start is not None:
            self._begin(line, start)
            self._words(place, line, start.end)
        elif self._now is None or self._begins_unnumbered(place, line):
            self._without_number(place, line)
        else:
            self._go_on(place, line)

    # headings

    def _heading(self, place: int, line: PaperLine) -> bool:
        key = lookahead.key_heading(line)
        if key is not None and self._is_key(place, key):
            self._leave_between()
            self._in_key, self._now = True, None
            named = section_of(line)
            kind = named.kind if named else lookahead.kind_in(line.text)
            number, place = named.number if named else "", self._section.place
            self._found.key.append((Section(kind, number, "", place), []))
            if line.text[key:].strip():
                self._found.key[-1][1].append(_cut(line, key))
            return True
        found = section_of(line) or (numbered_of(line) if self._in_key else None)
        if found is not None:
            self._new_section(place, found)
            return True
        chapter = chapter_of(line) or self._titled(place, line)
        if chapter is None or self._in_key and not _CHAPTER_LIKE.match(line.text.strip()):
            return False
        self._leave_between()
        self._in_key = self._in_key and chapter in self._chapters
        self._chapters.add(chapter)
        self._chapter, self._now = chapter, None
        if self._in_key:
            self._found.key.append((Section("", "", chapter), []))
        else:
            self._section = Section("", "", chapter, place)
            self._style, self._last = "", 0
        return True

    def _new_section(self, place: int, heading: Heading) -> None:
        self._leave_between()
        kind, number = heading.kind, heading.number
        seen = (kind, number) in self._sections
        asks = lookahead.options_ahead(self._lines, place) or (
            not seen and bool(kind) and lookahead.lies_ahead(self._lines, place)
        )
        self._now, self._style, self._last = None, "", 0
        if self._in_key and not asks:
            chapter = self._found.key[-1][0].chapter
            rest = _cut(self._lines[place], heading.end)
            begun = rest if rest.text.strip(" :。、.") else None
            self._found.key.append((Section(kind, number, chapter), [begun] if begun else []))
            return
        self._in_key = False
        self._sections.add((kind, number))
        self._section = Section(kind, number, self._chapter, place)
        self._unclear_material, self._material = False, None

    def _titled(self, place: int, line: PaperLine) -> str | None:
        """A heading with a number but no kind: only where a question follows at once."""
        if self._state in ("answer", "explain") and self._is_essay():
            return None
        title = titled_of(line)
        ahead = lookahead.ahead(self._lines, place, 1)
        if title is None or not ahead:
            return None
        begins = any(one.number == 1 for one in starts_of(ahead[0])) or section_of(ahead[0])
        return title if begins else None

    def _is_key(self, place: int, end: int) -> bool:
        return bool(self._found.asked) and lookahead.begins_key(
            self._lines, place, end, essay=self._is_essay()
        )

    # where questions begin

    def _start(self, place: int, line: PaperLine) -> QuestionStart | None:
        for start in starts_of(line):
            if self._style and start.style not in (self._style, "lead"):
                if not (self._style == "lead" and start.style == "dot"):
                    continue
            if self._accepts(place, start):
                return start
        return None

    def _accepts(self, place: int, start: QuestionStart) -> bool:
        due = start.number == self._last + 1
        first = not self._style and start.number > 0
        if start.weak and not due:
            return False
        if self._muddled(start):
            return False
        if self._state in ("answer", "explain") and self._now is not None:
            if start.number == self._inner + 1 and not lookahead.is_asked(
                self._lines, place, start.style
            ):
                self._inner = start.number
                return False
        if due or first:
            return first or start.style != "paren" or self._style == "paren"
        return lookahead.is_asked(self._lines, place, start.style)

    def _muddled(self, start: QuestionStart) -> bool:
        """A numbered list inside a question that has neither options nor an answer yet."""
        choice = "选" in self._section.kind
        now = self._now
        if not choice or now is None or now.complete or self._blank_before:
            return False
        if start.number <= now.number or self._inner and start.number == self._inner + 1:
            self._inner = start.number
            return True
        return False

    def _begin(self, line: PaperLine, start: QuestionStart) -> None:
        self._style = self._style or start.style
        self._last = start.number
        said = line.text[start.said[0] : start.said[1]].strip()
        self._open(line, start.number, said)

    def _open(self, line: PaperLine, number: int, said: str = "", *, numbered: bool = True) -> None:
        shared = self._shared(number)
        section = Section(
            self._section.kind, self._section.number, self._chapter, self._section.place
        )
        self._now = ParsedQuestion(section, number, line.at, said, shared=shared, numbered=numbered)
        if self._unclear_material:
            self._now.wrong = "paper-material"
        self._found.asked.append(self._now)
        self._state, self._inner = "stem", 0

    def _shared(self, number: int) -> list[Flow]:
        """What stands before several questions, for those that it is for."""
        lines, self._between = self._between, []
        found = [_MATERIAL.search(line.text) for line in lines]
        asks = [one for one in found if one]
        if asks:
            self._unclear_material = len(asks) > 1 or not asks[0][1]
            flows = [line.flow for line in lines]
            if self._unclear_material:
                return flows
            self._material = (int(asks[0][1]), int(asks[0][2]), flows)
        else:
            self._strays(lines)
        if self._material and self._material[0] <= number <= self._material[1]:
            return self._material[2]
        return []

    def _begins_unnumbered(self, place: int, line: PaperLine) -> bool:
        """In a paper without numbers a question begins after the one that has its answer."""
        now = self._now
        if now is None or now.numbered or "answer" not in now.fields or labels_of(line.text):
            return False
        return self._blank_before or any(
            options.any_first(one.text) in ("A", "a")
            for one in lookahead.ahead(self._lines, place, 1)
        )

    def _without_number(self, place: int, line: PaperLine) -> None:
        """A line before the first question of a part: a heading, or a question without number."""
        numbered = place < self._last_start
        if numbered or self._found.asked and self._found.asked[-1].numbered:
            self._between.append(line)
        elif any(map(lookahead.asks, [line, *lookahead.ahead(self._lines, place, 12)])):
            self._open(line, len(self._found.asked) + 1, numbered=False)
            self._words(place, line, 0)
        else:
            self._between.append(line)

    # what belongs to a question

    def _go_on(self, place: int, line: PaperLine) -> None:
        now = self._now
        if now is None or self._between:
            self._between.append(line)
            return
        if labels_of(line.text) or self._option_of(place, line, 0):
            self._words(place, line, 0)
        elif self._state == "stem" or self._state in ("answer", "explain") and self._text_goes_on():
            self._put(self._state, line.flow, line)
        elif self._state == "options" and self._same_block(place, line):
            now.options[-1][1].append(line.flow)
            now.lost += line.lost
        else:
            self._between.append(line)

    def _text_goes_on(self) -> bool:
        if self._state == "explain" or self._is_essay():
            return True
        return not self._section.kind and self._now is not None and not self._now.options

    def _same_block(self, place: int, line: PaperLine) -> bool:
        """Whether a line is the rest of the one before: broken by hand, or at the edge."""
        before = self._lines[place - 1]
        if before.at == line.at:
            return True
        return not self._blank_before and len(before.text) >= _BROKEN_CHARS and not line.lost

    def _is_essay(self) -> bool:
        return self._section.kind.startswith(_ESSAYS) or self._section.kind.startswith("填空")

    def _words(self, place: int, line: PaperLine, begin: int) -> None:
        """Take a line from ``begin`` on: words, options, and what labels say."""
        if self._now is not None:
            self._now.lost += line.lost
        labels = labels_of(line.text[begin:])
        end = begin + labels[0].begin if labels else len(line.text)
        if line.text[begin:end].strip() or not labels:
            self._plain_words(place, line, begin, end)
        for label in labels:
            self._labelled(line, begin, label)

    def _plain_words(self, place: int, line: PaperLine, begin: int, end: int) -> None:
        part = _cut(line, begin, end)
        marker = self._option_of(place, part, 0)
        if marker is None and self._state == "stem" and self._now and not self._now.options:
            marker = options.within(part.text, 1, lookahead.following(self._lines, place))
        if marker is None:
            self._put("stem" if self._state == "options" else self._state, part.flow, None)
            return
        if marker.begin:
            self._put("stem", part.flow.cut(0, marker.begin), None)
        self._options(place, part, marker)

    def _option_of(self, place: int, line: PaperLine, begin: int) -> Marker | None:
        """Return where an option begins this line, if one may begin here."""
        now = self._now
        if now is None or self._state in ("explain",) or now.options and self._state == "answer":
            return None
        text, letters = line.text[begin:], [letter for letter, _ in now.options]
        if not letters:
            following = lookahead.following(self._lines, place)
            bare = options.bare_first(text, "A")
            goes_on = bare and options.bare_first(following, "B")
            return (
                options.first_of(text, "A")
                or options.first_of(text, "a")
                or (bare if goes_on else None)
            )
        said = options.any_first(text)
        if said and said.upper() in letters:
            now.wrong = now.wrong or "paper-options-unclear"
        due = LETTERS[LETTERS.index(letters[-1]) + 1 :][:1]
        if said and (said.upper() == due or said.upper() > "A" and said.upper() not in letters):
            return options.first_of(text, said)
        return options.bare_first(text, due) if now.bare and due and not said else None

    def _options(self, place: int, line: PaperLine, marker: Marker) -> None:
        now = self._now
        if now is None:
            return
        self._state = "options"
        now.bare = now.bare or not re.search(r"[.、:)]", line.text[marker.begin : marker.end])
        try:
            parts = options.split(line.text, marker, lookahead.following(self._lines, place))
        except Unclear:
            now.wrong = "paper-options-unclear"
            parts = [(marker.letter, marker.end, len(line.text))]
        if now.bare:
            parts = [(marker.letter, marker.end, len(line.text))]
        for letter, begin, end in parts:
            now.options.append((letter, [line.flow.cut(begin, end).strip()]))

    def _labelled(self, line: PaperLine, begin: int, label: LineLabel) -> None:
        flow = line.flow.cut(begin + label.text_begin, begin + label.end).strip()
        self._state = "answer" if label.field == "answer" else "explain"
        if label.field in ("explain", "basis", "answer"):
            self._put(label.field, flow, None)
            return
        self._put(label.field, flow, None)
        self._state = "answer"

    def _put(self, to: str, flow: Flow, line: PaperLine | None) -> None:
        now = self._now
        if now is None:
            return
        if line is not None:
            now.lost += line.lost
        if to == "stem":
            now.stem.append(flow.strip())
        else:
            now.fields.setdefault(to, []).append(flow.strip())

    # what belongs to none

    def _leave_between(self) -> None:
        lines, self._between = self._between, []
        self._strays(lines)
        self._state = ""

    def _strays(self, lines: list[PaperLine]) -> None:
        """Say what is not taken; a question that may go on there is not certain."""
        if not lines:
            return
        text = " ".join(" ".join(line.flow.readable().split()) for line in lines)
        now = self._now
        if now is not None and "answer" not in now.fields and lines[0].at and _could_go_on(lines):
            now.wrong = now.wrong or "paper-stray"
        self._found.stray.append(Unmatched(lines[0].at, text[:60]))


_CHAPTER_LIKE = re.compile(r"第.{1,4}[章节编篇讲单]")


def _could_go_on(lines: list[PaperLine]) -> bool:
    """Whether these may belong to the question before: all but what only ends a paper."""
    text = "".join(line.text for line in lines).strip()
    return not re.fullmatch(r"[(\[【]?.{0,12}(?:结束|以下空白|完|END)[)\]】。!]?", text, re.I)


def _cut(line: PaperLine, begin: int, end: int | None = None) -> PaperLine:
    return PaperLine(line.flow.cut(begin, end), line.at, line.text[begin:end])

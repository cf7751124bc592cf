"""Question start: where questions begin, and loose lines before them (SPEC.md §9.9)."""

import re
from dataclasses import replace
from enum import Enum, auto

from content.questions.paper import lookahead
from content.questions.paper.lines import PaperLine, QuestionStart, labels_of, starts_of
from content.questions.paper.lookahead import Cursor
from content.questions.paper.parts import Unmatched
from content.questions.paper.scan_state import (
    Material,
    NoQuestion,
    OpenQuestion,
    Outputs,
    QuestionBegins,
    QuestionUnclear,
    ScanState,
    Step,
)
from content.word.flow import Flow

_MATERIAL = re.compile(
    r"(?:根据|阅读|依据|结合|分析).{0,40}(?:回答|完成|作答|解答)"
    r"(?:.{0,8}?(\d{1,4})\s*[-~—–至到、]+\s*第?\s*(\d{1,4})\s*(?:小)?题?)?"
)
_ENDS_PAPER = re.compile(r"[(\[【]?.{0,12}(?:结束|以下空白|完|END)[)\]】。!]?", re.I)
_UNMATCHED_CHARS = 60


class _Number(Enum):
    """What the number at the beginning of a line is."""

    QUESTION = auto()
    INNER = auto()  # of a list inside the question or its answer
    TEXT = auto()


def find_start(state: ScanState, here: Cursor) -> tuple[ScanState, QuestionStart | None]:
    """Return how a question begins on a line, ``None`` where none does.

    The state remembers the number of a list inside the open question.
    """
    for start in starts_of(here.line):
        if not _is_usual(state.style, start.style):
            continue
        number = _number(state, here, start)
        if number is _Number.QUESTION:
            return state, start
        if number is _Number.INNER and state.question:
            state = replace(state, now=replace(state.question, inner=start.number))
    return state, None


def _is_usual(style: str, other: str) -> bool:
    """Whether a question may begin in style ``other`` where its section's first had ``style``."""
    return not style or other in (style, "lead") or (style, other) == ("lead", "dot")


def _number(state: ScanState, here: Cursor, start: QuestionStart) -> _Number:
    due = start.number == state.last + 1
    first = not state.style and start.number > 0
    if start.weak and not due:
        return _Number.TEXT
    if state.question and _is_inner(state, state.question, here, start):
        return _Number.INNER
    if due or first:
        begins = first or start.style != "paren" or state.style == "paren"
    else:
        begins = lookahead.is_asked(here, start.style)
    return _Number.QUESTION if begins else _Number.TEXT


def _is_inner(state: ScanState, question: OpenQuestion, here: Cursor, start: QuestionStart) -> bool:
    """Whether a number is of a list inside a choice without options yet, or inside an answer."""
    goes_on = start.number == question.inner + 1
    if "选" in state.section.kind and not question.complete and not state.after_blank:
        if start.number <= question.number or question.inner and goes_on:
            return True
    return question.in_fields and goes_on and not lookahead.is_asked(here, start.style)


def begins_unnumbered(state: ScanState, question: OpenQuestion, here: Cursor) -> bool:
    """Tell whether a question without a number begins after one without, which has its answer."""
    if question.numbered or not question.answered or labels_of(here.line.text):
        return False
    return state.after_blank or any(map(lookahead.begins_options, lookahead.ahead(here, 1)))


def is_unnumbered(state: ScanState, here: Cursor) -> bool:
    """Tell whether a line begins a question without a number, where no question is open."""
    if here.numbers_follow or state.last_numbered:
        return False
    return any(map(lookahead.asks, [here.line, *lookahead.ahead(here, 12)]))


def opened(
    state: ScanState, here: Cursor, number: int, mark: str = "", *, numbered: bool = True
) -> tuple[ScanState, OpenQuestion, Outputs]:
    """Return the question that begins on a line; loose lines become its text, or unmatched."""
    state, shared, outputs = _shared(state, here, number)
    section = replace(state.section, chapter=state.chapter)
    head = QuestionBegins(section, number, here.line.at, mark, numbered, shared)
    outputs = (*outputs, head)
    if state.unclear_material:
        outputs = (*outputs, QuestionUnclear("paper-material"))
    complete = bool(mark) or state.unclear_material
    question = OpenQuestion(number, numbered, complete=complete)
    state = replace(
        state, now=question, loose_from=None, count=state.count + 1, last_numbered=numbered
    )
    return state, question, outputs


def _shared(
    state: ScanState, here: Cursor, number: int
) -> tuple[ScanState, tuple[Flow, ...], Outputs]:
    """Return the text before several questions, if it is for this one too."""
    lines = here.since(state.loose_from)
    invitations = [invitation for line in lines if (invitation := _MATERIAL.search(line.text))]
    outputs: Outputs = ()
    if invitations:
        flows = tuple(line.flow for line in lines)
        first, last = invitations[0].groups()
        if len(invitations) > 1 or first is None:
            return replace(state, unclear_material=True), flows, ()
        material = Material(int(first), int(last), flows)
        state = replace(state, unclear_material=False, material=material)
    else:
        outputs = _unmatched(state, lines)
    if state.material and state.material.first <= number <= state.material.last:
        return state, state.material.flows, outputs
    return state, (), outputs


def loose(state: ScanState, here: Cursor) -> Step:
    """Set a line and those after it aside, for the next question or for none."""
    return (state if state.loose_from is not None else replace(state, loose_from=here.place)), ()


def closed(state: ScanState, here: Cursor) -> Step:
    """Return the state without an open question; loose lines before this one are unmatched."""
    outputs = _unmatched(state, here.since(state.loose_from))
    return replace(state, now=NoQuestion(), loose_from=None), outputs


def _unmatched(state: ScanState, lines: list[PaperLine]) -> Outputs:
    """Say which lines are not taken; a question that may go on in them is unclear."""
    if not lines:
        return ()
    text = " ".join(" ".join(line.flow.readable().split()) for line in lines)
    left = Unmatched(lines[0].at, text[:_UNMATCHED_CHARS])
    question = state.question
    if question and not question.answered and lines[0].at and _could_go_on(lines):
        return (QuestionUnclear("paper-stray"), left)
    return (left,)


def _could_go_on(lines: list[PaperLine]) -> bool:
    """Whether lines may belong to the question before them, and do not just end the paper."""
    return not _ENDS_PAPER.fullmatch("".join(line.text for line in lines).strip())

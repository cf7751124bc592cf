"""Scan: the lines of a paper as questions, each with its parts as they stand (SPEC.md §9.9).

A fold: ``step`` takes a state and a line, and returns the next state and what the line gives.
``interpret`` says what a part means; ``answer_list`` reads the list of answers at the end.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from content.questions.paper.headings import read_heading
from content.questions.paper.lines import PaperLine, QuestionStart, Section
from content.questions.paper.lookahead import Cursor, cursors
from content.questions.paper.parts import ParsedQuestion, ScanResult, Unmatched
from content.questions.paper.question_start import (
    begins_unnumbered,
    closed,
    find_start,
    is_unnumbered,
    loose,
    opened,
)
from content.questions.paper.question_text import add_words, go_on
from content.questions.paper.scan_state import (
    AnswerList,
    AnswerListBegins,
    AnswerListGoesOn,
    FieldGoesOn,
    HeadingRead,
    Names,
    OptionBegins,
    OptionGoesOn,
    PartsLost,
    QuestionBegins,
    QuestionUnclear,
    ScanOutput,
    ScanState,
    StemGoesOn,
    Step,
)
from content.word.flow import Flow


def scan(lines: Sequence[PaperLine]) -> ScanResult:
    """Return the questions in these lines, and what else stands there."""
    return _result(_outputs(lines))


def _outputs(lines: Sequence[PaperLine]) -> Iterator[ScanOutput]:
    state = ScanState()
    # Not in the state: a copy of the set for each heading would take quadratic time.
    names: set[Section] = set()
    for here in cursors(lines):
        if here.at_end:
            outputs = closed(state, here)[1]
        else:
            state, outputs = step(state, here, names)
        names |= {output.name for output in outputs if isinstance(output, HeadingRead)}
        yield from outputs


def step(state: ScanState, here: Cursor, names: Names) -> Step:
    """Return the state behind a line, and what the line gives.

    ``names`` are the headings so far.
    """
    if here.line.blank:
        return replace(state, after_blank=True), ()
    state, outputs = read_heading(state, here, names) or _read_line(state, here)
    return (replace(state, after_blank=False) if state.after_blank else state), outputs


def _read_line(state: ScanState, here: Cursor) -> Step:
    """Return what a line that is no heading gives, by what is being read now."""
    if isinstance(state.now, AnswerList):
        return state, (AnswerListGoesOn(here.line),)
    state, start = find_start(state, here)
    if start is not None:
        return _begin_numbered(state, here, start)
    question = state.question
    if question is None or begins_unnumbered(state, question, here):
        return _begin_unnumbered(state, here)
    if state.loose_from is not None:
        return loose(state, here)
    return go_on(state, question, here)


def _begin_numbered(state: ScanState, here: Cursor, start: QuestionStart) -> Step:
    state = replace(state, style=state.style or start.style, last=start.number)
    mark = here.line.text[slice(*start.mark)].strip()
    state, question, head = opened(state, here, start.number, mark)
    question, words = add_words(question, here, start.end)
    return replace(state, now=question), (*head, *words)


def _begin_unnumbered(state: ScanState, here: Cursor) -> Step:
    """A line before the first number of a part: a heading, or a question without number."""
    if not is_unnumbered(state, here):
        return loose(state, here)
    state, question, head = opened(state, here, state.count + 1, numbered=False)
    question, words = add_words(question, here, 0)
    return replace(state, now=question), (*head, *words)


def _result(outputs: Iterable[ScanOutput]) -> ScanResult:
    """Put outputs together: those after the head of a question belong to that question."""
    questions: list[tuple[QuestionBegins, list[ScanOutput]]] = []
    lists: list[tuple[Section, list[PaperLine]]] = []
    unmatched: list[Unmatched] = []
    for output in outputs:
        match output:
            case QuestionBegins():
                questions.append((output, []))
            case AnswerListBegins(section):
                lists.append((section, []))
            case AnswerListGoesOn(line):
                lists[-1][1].append(line)
            case Unmatched():
                unmatched.append(output)
            case HeadingRead():
                pass
            case _:
                questions[-1][1].append(output)
    return ScanResult(
        tuple(_question(head, rest) for head, rest in questions),
        tuple((section, tuple(lines)) for section, lines in lists),
        tuple(unmatched),
    )


def _question(head: QuestionBegins, outputs: Iterable[ScanOutput]) -> ParsedQuestion:
    stem: list[Flow] = []
    options: list[tuple[str, list[Flow]]] = []
    fields: dict[str, list[Flow]] = {}
    lost: list[str] = []
    unclear = ""
    for output in outputs:
        match output:
            case StemGoesOn(flow):
                stem.append(flow)
            case OptionBegins(letter, flow):
                options.append((letter, [flow]))
            case OptionGoesOn(flow):
                options[-1][1].append(flow)
            case FieldGoesOn(field, flow):
                fields.setdefault(field, []).append(flow)
            case PartsLost(codes):
                lost += codes
            case QuestionUnclear(code):
                unclear = unclear or code
    return ParsedQuestion(
        head.section,
        head.number,
        head.numbered,
        head.at,
        head.mark,
        head.shared,
        tuple(stem),
        tuple((letter, tuple(flows)) for letter, flows in options),
        {name: tuple(flows) for name, flows in fields.items()},
        tuple(lost),
        unclear,
    )

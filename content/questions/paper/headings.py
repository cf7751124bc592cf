"""Headings: sections, chapters and lists of answers, and what they change (SPEC.md §9.9)."""

import re
from dataclasses import replace

from content.questions.paper import lookahead
from content.questions.paper.lines import (
    Heading,
    Section,
    chapter_of,
    numbered_of,
    section_of,
    starts_of,
    titled_of,
)
from content.questions.paper.lookahead import Cursor
from content.questions.paper.question_start import closed
from content.questions.paper.scan_state import (
    AnswerList,
    AnswerListBegins,
    AnswerListGoesOn,
    HeadingRead,
    Names,
    Outputs,
    ScanState,
    Step,
)

_CHAPTER_LIKE = re.compile(r"第.{1,4}[章节编篇讲单]")


def read_heading(state: ScanState, here: Cursor, names: Names) -> Step | None:
    """Return what the heading on a line changes; ``None`` where there is none."""
    return (
        _list_of_answers(state, here)
        or _section(state, here, names)
        or _chapter(state, here, names)
    )


def _list_of_answers(state: ScanState, here: Cursor) -> Step | None:
    """参考答案： and the like, where a list follows, not the answer of one question."""
    end = lookahead.key_heading(here.line)
    if end is None or not state.count:
        return None
    if not lookahead.begins_key(here, end, written=state.is_written):
        return None
    heading = section_of(here.line)
    section = Section(
        heading.kind if heading else lookahead.kind_in(here.line.text),
        heading.number if heading else "",
        "",
        state.section.place,
    )
    state, outputs = closed(state, here)
    return _in_list(state, section), (*outputs, *_list_outputs(here, section, end))


def _section(state: ScanState, here: Cursor, names: Names) -> Step | None:
    """一、单项选择题: questions of a kind, or in a list of answers the answers to them."""
    in_list = isinstance(state.now, AnswerList)
    heading = section_of(here.line) or (numbered_of(here.line) if in_list else None)
    if heading is None:
        return None
    if isinstance(state.now, AnswerList) and not _asks(heading, here, names):
        section = Section(heading.kind, heading.number, state.now.section.chapter)
        rest = here.line.text[heading.end :].strip(" :。、.")
        outputs = _list_outputs(here, section, heading.end if rest else None)
        return _in_list(state, section), outputs
    state, outputs = closed(state, here)
    state = replace(
        state,
        section=Section(heading.kind, heading.number, state.chapter, here.place),
        style="",
        last=0,
        material=None,
        unclear_material=False,
    )
    return state, (*outputs, HeadingRead(Section(heading.kind, heading.number)))


def _asks(heading: Heading, here: Cursor, names: Names) -> bool:
    """Whether questions follow a heading in a list of answers: another paper begins."""
    new = Section(heading.kind, heading.number) not in names
    return lookahead.options_ahead(here) or (
        new and bool(heading.kind) and lookahead.lies_ahead(here)
    )


def _chapter(state: ScanState, here: Cursor, names: Names) -> Step | None:
    """第一章 …: a chapter of questions, or in a list of answers a chapter that was read before."""
    chapter = chapter_of(here.line) or _title(state, here)
    in_list = isinstance(state.now, AnswerList)
    if chapter is None or in_list and not _CHAPTER_LIKE.match(here.line.text.strip()):
        return None
    name = Section("", "", chapter)
    state, outputs = closed(replace(state, chapter=chapter), here)
    outputs = (*outputs, HeadingRead(name))
    if in_list and name in names:
        return _in_list(state, name), (*outputs, AnswerListBegins(name))
    return replace(state, section=replace(name, place=here.place), style="", last=0), outputs


def _title(state: ScanState, here: Cursor) -> str | None:
    """A heading with a number but no kind: only where a question follows at once."""
    if state.question and state.question.in_fields and state.is_written:
        return None
    title = titled_of(here.line)
    ahead = lookahead.ahead(here, 1)
    if title is None or not ahead:
        return None
    begins = any(start.number == 1 for start in starts_of(ahead[0])) or section_of(ahead[0])
    return title if begins else None


def _in_list(state: ScanState, section: Section) -> ScanState:
    return replace(state, now=AnswerList(section))


def _list_outputs(here: Cursor, section: Section, begin: int | None) -> Outputs:
    """A list of answers begins, with the rest of the line from ``begin`` on."""
    if begin is None or not here.line.text[begin:].strip():
        return (AnswerListBegins(section),)
    return (AnswerListBegins(section), AnswerListGoesOn(here.line.cut(begin)))

"""The scan of a paper, line by line: the state, and what each line gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.questions.paper.lines import Section
from content.questions.paper.lookahead import cursors
from content.questions.paper.reader import lines_of
from content.questions.paper.scan_state import (
    AnswerList,
    HeadingRead,
    NoQuestion,
    OpenQuestion,
    Part,
    ScanState,
)
from content.questions.paper.scanner import scan, step
from tests.content.questions.paper.test_paper import PIECES

QUESTION = "一、单选题\n1. 甲（ ）\nA. 一\nB. 二\n"


def states_of(text: str) -> list[ScanState]:
    """The state after each line."""
    states, names = [ScanState()], set[Section]()
    for here in cursors(lines_of(text)):
        if not here.at_end:
            state, outputs = step(states[-1], here, names)
            names |= {output.name for output in outputs if isinstance(output, HeadingRead)}
            states.append(state)
    return states[1:]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("C. 三", Part.OPTIONS),
        ("答案：A", Part.ANSWER),
        ("答案：A 解析：略", Part.EXPLANATION),
        ("难度：易", Part.ANSWER),
        ("2. 乙", Part.STEM),
    ],
)
def test_a_line_behind_options_leads_to_its_part(line: str, part: Part) -> None:
    now = states_of(QUESTION + line)[-1].now
    assert isinstance(now, OpenQuestion)
    assert now.part is part


def test_headings_close_a_question_and_a_list_is_left_where_questions_follow() -> None:
    text = QUESTION + "答案：A\n参考答案\n一、1.A 2.B\n二、判断题\n1. 对不对（√）"
    kinds = [type(state.now) for state in states_of(text)[-4:]]
    assert kinds == [AnswerList, AnswerList, NoQuestion, OpenQuestion]


def test_nothing_joins_a_question_behind_a_line_that_may_not_be_its() -> None:
    states = states_of(QUESTION + "\n注意\n答案：A\n2. 乙")
    assert [state.loose_from for state in states[-3:]] == [5, 5, None]
    (first, _) = scan(lines_of(QUESTION + "\n注意\n答案：A\n2. 乙")).questions
    assert (first.fields, first.unclear) == ({}, "paper-stray")


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_a_line_gives_the_same_again_from_the_same_state(texts: list[str]) -> None:
    state, names = ScanState(), set[Section]()
    for here in cursors(lines_of("\n".join(texts))):
        if here.at_end:
            return
        state_after, outputs = step(state, here, names)
        assert step(state, here, names) == (state_after, outputs)
        state = state_after
        names |= {output.name for output in outputs if isinstance(output, HeadingRead)}

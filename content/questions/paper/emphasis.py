"""Emphasis: right options that are only red, bold or underlined (SPEC.md §9.9).

Used only where no question of the paper has a written answer, every choice has both options that
stand out and options that do not, and all ways of standing out give the same right options.
"""

from collections.abc import Sequence

from content.questions.paper.interpret import QuestionParts
from content.questions.table.table_rows import kind_named
from content.word.flow import Flow

_WAYS = ("color:", "shade:", "b", "u")


def marked(questions: Sequence[QuestionParts | None]) -> dict[int, list[int]]:
    """Return the right options of choices by the place of the question; {} where not certain.

    ``None`` stands for a question that is refused anyway.
    """
    choices = {
        at: parts for at, parts in enumerate(questions) if parts is not None and parts.options
    }
    if len(choices) < 2 or any(parts.answers for parts in questions if parts is not None):
        return {}
    readings = [reading for way in _WAYS if (reading := _reading(way, choices))]
    return readings[0] if readings and all(reading == readings[0] for reading in readings) else {}


def _reading(way: str, choices: dict[int, QuestionParts]) -> dict[int, list[int]]:
    right_options = {}
    for at, parts in choices.items():
        right = [place for place, option in enumerate(parts.options) if _stands_out(option, way)]
        partly = any(_is_partly(option, way) for option in parts.options)
        single = kind_named(parts.kind_name)[0] in ("single", "truefalse")
        if partly or not 0 < len(right) < len(parts.options) or single and len(right) > 1:
            return {}
        right_options[at] = right
    return right_options


def _letters(flow: Flow) -> set[int]:
    return {at for at, char in enumerate(flow.text) if char.isalnum()}


def _there(flow: Flow, way: str) -> set[int]:
    return {
        at
        for mark in flow.marks
        if mark.tag == way or way.endswith(":") and mark.tag.startswith(way)
        for at in range(mark.begin, mark.end)
    } & _letters(flow)


def _stands_out(flow: Flow, way: str) -> bool:
    letters = _letters(flow)
    return bool(letters) and _there(flow, way) == letters


def _is_partly(flow: Flow, way: str) -> bool:
    there = _there(flow, way)
    return bool(there) and there != _letters(flow)

"""What the page of a paper and its script say to each other, in an exam and in a mock exam.

JSON in and out; ``node/web/static/exam/exam.js`` is the other end. ``node.web.exams.exam_api``
and ``node.web.exams.mock_exam`` say whose paper it is and what may be kept of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request

from node.errors import InputError, SatElsewhere
from node.learning.exams.exam import Saved
from node.store.attempts import GivenAnswer
from node.web.bounds import MAX_NUMBER
from node.web.current import runtime

# Counters are milliseconds of the attempt; JavaScript's numbers are exact up to here.
MAX_COUNTER = 2**53
MAX_PAGE_CHARACTERS = 40


def say_saved(saved: Saved) -> dict[str, Any]:
    """What the page draws a tick for: this is on disk."""
    return {
        "saved": True,
        "response": saved.kept.response,
        "counter": saved.kept.counter,
        "left_ms": saved.left_ms,
        "answered": saved.answered,
    }


def say_state(
    is_open: bool, left_ms: int, kept: Iterable[GivenAnswer], url: str, elsewhere: bool = False
) -> dict[str, Any]:
    """What the node holds, for a page that was away for a while; ``url`` is where it ends."""
    answers = {
        answer.question: {"response": answer.response, "counter": answer.counter} for answer in kept
    }
    return {
        "open": is_open,
        "left_ms": left_ms,
        "answers": answers,
        "url": url,
        "elsewhere": elsewhere,
    }


def is_elsewhere(paper: str, page: object) -> bool:
    """Whether another page goes on with the paper; a page without a name is not asked."""
    named = isinstance(page, str) and 0 < len(page) <= MAX_PAGE_CHARACTERS
    return named and runtime().open_pages.is_elsewhere(paper, str(page))


def refuse_elsewhere(paper: str, body: dict[str, Any]) -> None:
    """Raise ``SatElsewhere`` where another page goes on with the paper."""
    if is_elsewhere(paper, body.get("page")):
        raise SatElsewhere(paper)


def take_over(paper: str, body: dict[str, Any]) -> None:
    """The page goes on with the paper. Raises ``InputError``."""
    runtime().open_pages.take(paper, read_text(body, "page")[:MAX_PAGE_CHARACTERS])


def read_answer(body: dict[str, Any]) -> tuple[str, str, int]:
    """Question, response and counter of an answer. Raises ``InputError``."""
    return read_text(body, "question"), read_text(body, "response"), read_counter(body)


def read_object() -> dict[str, Any]:
    """The object that a script sent.

    Raises:
        InputError: it is none.
    """
    try:
        body = request.get_json(silent=True)
    except RecursionError as error:  # a hundred thousand brackets
        raise InputError("no JSON object") from error
    if not isinstance(body, dict):
        raise InputError("no JSON object")
    return body


def read_text(body: dict[str, Any], name: str) -> str:
    """One of its texts. Raises ``InputError``."""
    value = body.get(name)
    if not isinstance(value, str):
        raise InputError(f"{name} is no text")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise InputError(f"{name} holds half a character")
    return value


def read_counter(body: dict[str, Any]) -> int:
    """Which act of the learner this is. Raises ``InputError``."""
    counter = read_number(body, "counter")
    if not 0 <= counter <= MAX_COUNTER:
        raise InputError(f"counter {counter}")
    return counter


def read_number(body: dict[str, Any], name: str) -> int:
    """One of its whole numbers. Raises ``InputError``."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_NUMBER:
        raise InputError(f"{name} is no whole number")
    return value

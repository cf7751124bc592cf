"""What the exam page asks of the node while it is open: answers, hand-in, state, sign-in.

Faults come as {"error": code, "words": sentence}. The JSON is in ``node.web.exams.paper_api``,
the rules are in ``node.learning.exams.exam``.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from node.errors import NotFound, OtherLearner
from node.learning.exams import exam
from node.sign_in import learner_account
from node.store import attempts
from node.store.attempts import StoredAttempt
from node.web import auth
from node.web.auth import current_learner, learner_required
from node.web.bounds import whole_number
from node.web.current import runtime
from node.web.exams.exam import done_url, paper_name
from node.web.exams.paper_api import (
    is_elsewhere,
    read_answer,
    read_number,
    read_object,
    read_text,
    refuse_elsewhere,
    say_saved,
    say_state,
    take_over,
)

bp = Blueprint("exam_api", __name__)


@bp.post("/api/exam/answer")
@learner_required
def save_answer() -> ResponseReturnValue:
    """Keep one answer; "saved" is said when it is on disk."""
    body = read_object()
    attempt, answer = _named_attempt(body), read_answer(body)
    refuse_elsewhere(paper_name(attempt), body)
    return say_saved(exam.save_answer(runtime().store, attempt, *answer, runtime().moment()))


@bp.post("/api/exam/submit")
@learner_required
def submit() -> ResponseReturnValue:
    """Hand in; the answer says how many answers are stored."""
    attempt = exam.hand_in(runtime().store, _named_attempt(read_object()), runtime().moment())
    runtime().courier.check_submissions()
    stored = attempts.answered(runtime().store.read(), attempt)
    return {"submitted": True, "answered": stored, "url": done_url(attempt)}


@bp.get("/api/exam/state")
@learner_required
def state() -> ResponseReturnValue:
    """What the node holds of an attempt: for a page that was away for a while."""
    names = request.args
    attempt = _attempt(names.get("exam", ""), names.get("attempt", 0, type=whole_number))
    return _say_state(attempt, is_elsewhere(paper_name(attempt), names.get("page")))


@bp.post("/api/exam/take")
@learner_required
def take() -> ResponseReturnValue:
    """Go on with the paper on this page, whichever page did so before."""
    body = read_object()
    attempt = _named_attempt(body)
    take_over(paper_name(attempt), body)
    return _say_state(attempt, elsewhere=False)


@bp.get("/api/exam/token")
def token() -> ResponseReturnValue:
    """A form token, for a page whose sign-in went with its cookie."""
    return {"csrf": generate_csrf()}


@bp.post("/api/exam/sign-in")
def sign_in_again() -> ResponseReturnValue:
    """Sign in again in the middle of an exam, without leaving the page."""
    body = read_object()
    number = read_text(body, "learner")
    learner_account.sign_in(runtime(), number, read_text(body, "pin"), auth.source())
    auth.begin(learner=number)
    return {"csrf": generate_csrf()}


def _say_state(attempt: StoredAttempt, elsewhere: bool) -> ResponseReturnValue:
    kept = attempts.answers(runtime().store.read(), attempt)
    left_ms = exam.left_ms(attempt, runtime().moment())
    return say_state(attempt.open, left_ms, kept.values(), done_url(attempt), elsewhere)


def _named_attempt(body: dict[str, Any]) -> StoredAttempt:
    """The attempt that a page speaks of, if the page is the signed-in learner's own."""
    if body.get("learner", current_learner().number) != current_learner().number:
        raise OtherLearner(f"{current_learner().number} is signed in")
    return _attempt(read_text(body, "exam"), read_number(body, "attempt"))


def _attempt(exam_id: str, number: int) -> StoredAttempt:
    attempt = attempts.find(runtime().store.read(), current_learner().number, exam_id, number)
    if attempt is None:
        raise NotFound(f"{exam_id} attempt {number}")
    return attempt

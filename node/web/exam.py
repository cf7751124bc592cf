"""Exam pages: rules, paper, hand-in, result (rules of it all: node.exam)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from content.course import Course
from node import exam, sign_in
from node.errors import InputError, NotFound, OtherLearner, SessionExpired
from node.exam import Standing
from node.paper import Paper
from node.store import attempts, courses
from node.store.attempts import Attempt
from node.web import auth
from node.web.auth import current_learner, learner_required
from node.web.machine import machine

bp = Blueprint("exam", __name__)

# Counters are milliseconds of the attempt; JavaScript's numbers are exact up to here.
MAX_COUNTER = 2**53


def _course(course_id: str) -> Course:
    return courses.course(machine().store.read(), course_id)


def _standing(course_id: str, item_id: str) -> Standing:
    return exam.standing(
        machine().store.read(),
        _course(course_id),
        item_id,
        current_learner().number,
        machine().moment(),
    )


@bp.get("/exam/<course_id>/<item_id>")
@learner_required
def start(course_id: str, item_id: str) -> ResponseReturnValue:
    """The rules and what was done before; a running attempt goes on at once."""
    standing = _standing(course_id, item_id)
    if standing.running:
        return redirect(url_for(".paper", course_id=course_id, item_id=item_id))
    return render_template("exam/start.html", standing=standing)


@bp.post("/exam/<course_id>/<item_id>/start")
@learner_required
def begin(course_id: str, item_id: str) -> ResponseReturnValue:
    """Begin an attempt, or go on with the one that runs."""
    moment, course = machine().moment(), _course(course_id)
    exam.begin(machine().store, course, item_id, current_learner().number, moment)
    return redirect(url_for(".paper", course_id=course_id, item_id=item_id), code=303)


@bp.get("/exam/<course_id>/<item_id>/paper")
@learner_required
def paper(course_id: str, item_id: str) -> ResponseReturnValue:
    """The paper with the answers that are on disk."""
    attempt = _running(course_id, item_id)
    if attempt is None:
        return redirect(url_for(".start", course_id=course_id, item_id=item_id))
    return _paper_page(course_id, item_id, attempt)


@bp.post("/exam/<course_id>/<item_id>/save")
@learner_required
def save(course_id: str, item_id: str) -> ResponseReturnValue:
    """Keep the answers of the form: how an exam is sat without JavaScript."""
    attempt = _running(course_id, item_id)
    if attempt is None:
        return redirect(url_for(".start", course_id=course_id, item_id=item_id), code=303)
    given = {
        asked.id: "".join(request.form.getlist(asked.id))
        for asked in Paper.from_text(attempt.paper).asked
    }
    exam.save_form(machine().store, attempt, given, machine().moment())
    target = ".ask_hand_in" if "hand-in" in request.form else ".paper"
    return redirect(url_for(target, course_id=course_id, item_id=item_id), code=303)


@bp.get("/exam/<course_id>/<item_id>/hand-in")
@learner_required
def ask_hand_in(course_id: str, item_id: str) -> ResponseReturnValue:
    """What is not answered yet, and whether to hand in."""
    attempt = _running(course_id, item_id)
    if attempt is None:
        return redirect(url_for(".start", course_id=course_id, item_id=item_id))
    kept = attempts.answers(machine().store.read(), attempt)
    asked = Paper.from_text(attempt.paper).asked
    empty = [
        place for place, one in enumerate(asked, 1) if one.id not in kept or not kept[one.id].response
    ]
    return render_template(
        "exam/hand_in.html",
        standing=_standing(course_id, item_id),
        total=len(asked),
        empty=empty,
        left_ms=exam.left_ms(attempt, machine().moment()),
    )


@bp.post("/exam/<course_id>/<item_id>/hand-in")
@learner_required
def hand_in(course_id: str, item_id: str) -> ResponseReturnValue:
    """Hand in for good."""
    attempt = _running(course_id, item_id)
    if attempt is None:
        return redirect(url_for(".start", course_id=course_id, item_id=item_id), code=303)
    done = exam.hand_in(machine().store, attempt, machine().moment())
    return redirect(_done_url(done), code=303)


@bp.get("/exam/<course_id>/<item_id>/done/<int:number>")
@learner_required
def done(course_id: str, item_id: str, number: int) -> ResponseReturnValue:
    """What was handed in, what comes next, and the result once it is here."""
    standing = _standing(course_id, item_id)
    handed_in = next((one for one in standing.handed_in if one.attempt.number == number), None)
    if handed_in is None:
        return redirect(url_for(".start", course_id=course_id, item_id=item_id))
    return render_template(
        "exam/done.html", standing=standing, handed_in=handed_in, line=machine().line()
    )


@bp.post("/api/exam/answer")
@learner_required
def api_answer() -> ResponseReturnValue:
    """Keep one answer; "saved" is said when it is on disk."""
    body = _body()
    attempt = _named_attempt(body)
    counter = _number(body, "counter")
    if not 0 <= counter <= MAX_COUNTER:
        raise InputError(f"counter {counter}")
    saved = exam.save_answer(
        machine().store,
        attempt,
        _text(body, "question"),
        _text(body, "response"),
        counter,
        machine().moment(),
    )
    return {
        "saved": True,
        "response": saved.kept.response,
        "counter": saved.kept.counter,
        "left_ms": saved.left_ms,
        "answered": saved.answered,
    }


@bp.post("/api/exam/submit")
@learner_required
def api_submit() -> ResponseReturnValue:
    """Hand in; the answer says how many answers are stored."""
    attempt = exam.hand_in(machine().store, _named_attempt(_body()), machine().moment())
    stored = attempts.answered(machine().store.read(), attempt)
    return {"submitted": True, "answered": stored, "url": _done_url(attempt)}


@bp.get("/api/exam/state")
@learner_required
def api_state() -> ResponseReturnValue:
    """What the node holds of an attempt: for a page that was away for a while."""
    names = request.args
    attempt = _attempt(names.get("exam", ""), names.get("attempt", 0, type=int))
    kept = attempts.answers(machine().store.read(), attempt)
    return {
        "open": attempt.open,
        "left_ms": exam.left_ms(attempt, machine().moment()),
        "answers": {
            one.question: {"response": one.response, "counter": one.counter}
            for one in kept.values()
        },
        "url": _done_url(attempt),
    }


@bp.get("/api/exam/token")
def api_token() -> ResponseReturnValue:
    """A form token, for a page whose sign-in went with its cookie."""
    return {"csrf": generate_csrf()}


@bp.post("/api/exam/sign-in")
def api_sign_in() -> ResponseReturnValue:
    """Sign in again in the middle of an exam, without leaving the page."""
    body = _body()
    number = _text(body, "learner")
    outcome = sign_in.learner(machine(), number, _text(body, "pin"), auth.source())
    if outcome is sign_in.Outcome.FIRST:  # the keeper reset the PIN meanwhile
        raise SessionExpired(f"learner {number} has no PIN")
    auth.begin(learner=number)
    return {"csrf": generate_csrf()}


def _paper_page(course_id: str, item_id: str, attempt: Attempt) -> ResponseReturnValue:
    moment = machine().moment()
    return render_template(
        "exam/paper.html",
        standing=_standing(course_id, item_id),
        attempt=attempt,
        paper=Paper.from_text(attempt.paper),
        answers=attempts.answers(machine().store.read(), attempt),
        left_ms=max(0, exam.left_ms(attempt, moment)),
        learner=current_learner(),
    )


def _running(course_id: str, item_id: str) -> Attempt | None:
    return _standing(course_id, item_id).running


def _done_url(attempt: Attempt) -> str:
    course_id, _, item_id = attempt.exam.partition("/")
    return url_for(".done", course_id=course_id, item_id=item_id, number=attempt.number)


def _named_attempt(body: dict[str, Any]) -> Attempt:
    """The attempt that a page speaks of, if the page is the signed-in learner's own."""
    if body.get("learner", current_learner().number) != current_learner().number:
        raise OtherLearner(f"{current_learner().number} is signed in")
    return _attempt(_text(body, "exam"), _number(body, "attempt"))


def _attempt(exam_id: str, number: int) -> Attempt:
    found = attempts.find(machine().store.read(), current_learner().number, exam_id, number)
    if found is None:
        raise NotFound(f"{exam_id} attempt {number}")
    return found


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InputError("no JSON object")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise InputError(f"{name} is no text")
    return value


def _number(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InputError(f"{name} is no whole number")
    return value

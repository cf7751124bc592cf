"""Mock exam pages: the exam's own paper, sent elsewhere. Rules: ``node.learning.exams``."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.model.course import Course
from node.errors import NotFound, OtherLearner
from node.learning.exams import mock_exam
from node.learning.exams.paper import Paper, of_form
from node.store import mocks
from node.store.mocks import Mock
from node.web.auth import current_learner, learner_required
from node.web.bounds import whole_number
from node.web.current import runtime
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
from node.web.exams.paper_page import PaperPage
from node.web.learner_view import learner_view
from sync.secrets import random_token

bp = Blueprint("mock", __name__)


@bp.post("/mock/<course_id>")
@learner_required
def begin(course_id: str) -> ResponseReturnValue:
    """Draw a paper, or go on with the one that runs."""
    course = learner_view().open_course(course_id)
    mock_exam.begin(runtime().store, course, learner_view().learner, runtime().moment())
    return redirect(url_for(".paper", course_id=course_id), code=303)


@bp.get("/mock/<course_id>/paper")
@learner_required
def paper(course_id: str) -> ResponseReturnValue:
    """The paper with the answers that are on disk."""
    mock = _running(course_id)
    if mock is None:
        return redirect(_over_url(course_id))
    room = _room(mock, learner_view().open_course(course_id))
    runtime().open_pages.take(_paper_name(mock), room.page)
    return render_template(
        "exam/paper.html",
        room=room,
        paper=Paper.from_text(mock.paper),
        answers=mocks.answers(runtime().store.read(), mock),
        left_ms=max(0, mock_exam.left_ms(mock, runtime().moment())),
        learner=current_learner(),
    )


@bp.post("/mock/<course_id>/save")
@learner_required
def save(course_id: str) -> ResponseReturnValue:
    """Keep the answers of the form: without JavaScript."""
    mock = _running(course_id)
    if mock is None:
        return redirect(_over_url(course_id), code=303)
    asked = Paper.from_text(mock.paper).asked
    given = {
        question.id: of_form(question, request.form.getlist(question.id)) for question in asked
    }
    mock_exam.save_form(runtime().store, mock, given, runtime().moment())
    target = ".ask_hand_in" if "hand-in" in request.form else ".paper"
    return redirect(url_for(target, course_id=course_id), code=303)


@bp.get("/mock/<course_id>/hand-in")
@learner_required
def ask_hand_in(course_id: str) -> ResponseReturnValue:
    """What is not answered yet, and whether to hand in."""
    mock = _running(course_id)
    if mock is None:
        return redirect(_over_url(course_id))
    kept = mocks.answers(runtime().store.read(), mock)
    asked = Paper.from_text(mock.paper).asked
    full = {name for name, answer in kept.items() if answer.response}
    return render_template(
        "exam/hand_in.html",
        room=_room(mock, learner_view().open_course(course_id)),
        total=len(asked),
        empty=[place for place, question in enumerate(asked, 1) if question.id not in full],
        left_ms=mock_exam.left_ms(mock, runtime().moment()),
    )


@bp.post("/mock/<course_id>/hand-in")
@learner_required
def hand_in(course_id: str) -> ResponseReturnValue:
    """Mark it."""
    mock = _running(course_id)
    if mock is None:
        return redirect(_over_url(course_id), code=303)
    mock_exam.finish(runtime().store, mock, runtime().moment())
    return redirect(_done_url(mock), code=303)


@bp.get("/mock/<course_id>/done/<int:number>")
@learner_required
def done(course_id: str, number: int) -> ResponseReturnValue:
    """The mark, and every question with its answer."""
    _running(course_id)  # one whose time is over has its mark now
    mock = mocks.find(runtime().store.read(), learner_view().learner, course_id, number)
    if mock is None or mock.open:
        return redirect(url_for("practice.home", course_id=course_id))
    reviewed = mock_exam.review(runtime().store.read(), mock)
    return render_template(
        "practice/mock_done.html",
        course=learner_view().open_course(course_id),
        mock=mock,
        score=score_of(mock),
        reviewed=reviewed,
        formulas=Paper.from_text(mock.paper).has_formula,
    )


@bp.post("/api/mock/answer")
@learner_required
def save_answer() -> ResponseReturnValue:
    """Keep one answer; "saved" is said when it is on disk."""
    body = read_object()
    mock, answer = _named_in(body), read_answer(body)
    refuse_elsewhere(_paper_name(mock), body)
    return say_saved(mock_exam.save_answer(runtime().store, mock, *answer, runtime().moment()))


@bp.post("/api/mock/submit")
@learner_required
def submit() -> ResponseReturnValue:
    """Mark it; where to see how it went."""
    mock = _named_in(read_object())
    mock_exam.finish(runtime().store, mock, runtime().moment())
    return {"submitted": True, "url": _done_url(mock)}


@bp.get("/api/mock/state")
@learner_required
def state() -> ResponseReturnValue:
    """What the node holds of a mock: for a page that was away for a while."""
    names = request.args
    mock = _named(None, names.get("exam", ""), names.get("attempt", 0, type=whole_number))
    return _say_state(mock, is_elsewhere(_paper_name(mock), names.get("page")))


@bp.post("/api/mock/take")
@learner_required
def take() -> ResponseReturnValue:
    """Go on with the paper on this page, whichever page did so before."""
    body = read_object()
    mock = _named_in(body)
    take_over(_paper_name(mock), body)
    return _say_state(mock, elsewhere=False)


def score_of(mock: Mock) -> int:
    """The mark in hundredths of the whole, rounded down as the hub does."""
    return mock.right * 100 // max(1, len(Paper.from_text(mock.paper).asked))


def _say_state(mock: Mock, elsewhere: bool) -> ResponseReturnValue:
    kept = mocks.answers(runtime().store.read(), mock)
    left_ms = mock_exam.left_ms(mock, runtime().moment())
    return say_state(mock.open, left_ms, kept.values(), _done_url(mock), elsewhere)


def _named_in(body: dict[str, Any]) -> Mock:
    return _named(body.get("learner"), read_text(body, "exam"), read_number(body, "attempt"))


def _named(learner: object, course_id: str, number: int) -> Mock:
    """The mock that a page speaks of, if the page is the signed-in learner's own."""
    if learner not in (None, current_learner().number):
        raise OtherLearner(f"{current_learner().number} is signed in")
    mock = mocks.find(runtime().store.read(), current_learner().number, course_id, number)
    if mock is None:
        raise NotFound(f"{course_id} mock {number}")
    return mock


def _running(course_id: str) -> Mock | None:
    """The mock that runs; one whose time is over is marked now."""
    learner, moment = learner_view().learner, runtime().moment()
    runtime().store.write(
        lambda conn: mock_exam.finish_what_is_over(conn, course_id, learner, moment)
    )
    return mock_exam.running(runtime().store.read(), course_id, learner, moment)


def _room(mock: Mock, course: Course) -> PaperPage:
    return PaperPage(
        title=course.title,
        exam=mock.course,
        number=mock.number,
        ordinal=mock.number,
        limit_ms=mock.limit_ms,
        page=random_token(6),
        api="/api/mock",
        paper_url=url_for(".paper", course_id=mock.course),
        save_url=url_for(".save", course_id=mock.course),
        ask_url=url_for(".ask_hand_in", course_id=mock.course),
        done_url=_done_url(mock),
        mock=True,
    )


def _over_url(course_id: str) -> str:
    """Where a page belongs whose mock takes nothing any more: handed in elsewhere, perhaps."""
    past = mocks.of_course(runtime().store.read(), learner_view().learner, course_id)
    done = [mock for mock in past if not mock.open]
    return _done_url(done[0]) if done else url_for("practice.home", course_id=course_id)


def _paper_name(mock: Mock) -> str:
    """The mock's name among open pages."""
    return f"mock {mock.learner} {mock.course} {mock.number}"


def _done_url(mock: Mock) -> str:
    return url_for("mock.done", course_id=mock.course, number=mock.number)

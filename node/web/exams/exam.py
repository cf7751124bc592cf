"""Exam pages: rules, paper, hand-in, result. What scripts ask is in ``node.web.exams.exam_api``.

Everything here works without JavaScript. The rules of an exam are in ``node.learning.exams.exam``.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.model.course import Course
from node.exchange import receipts
from node.learning.exams import exam
from node.learning.exams.exam import ExamStanding
from node.learning.exams.paper import Paper, of_form
from node.store import attempts, courses
from node.store.attempts import StoredAttempt
from node.web.auth import current_learner, learner_required
from node.web.current import runtime
from node.web.exams.paper_page import PaperPage
from sync.secrets import random_token

bp = Blueprint("exam", __name__)


def _course(course_id: str) -> Course:
    return courses.course(runtime().store.read(), course_id)


def _standing(course_id: str, item_id: str) -> ExamStanding:
    return exam.standing(
        runtime().store.read(),
        _course(course_id),
        item_id,
        current_learner().number,
        runtime().moment(),
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
    moment, course = runtime().moment(), _course(course_id)
    exam.begin(runtime().store, course, item_id, current_learner().number, moment)
    return redirect(url_for(".paper", course_id=course_id, item_id=item_id), code=303)


@bp.get("/exam/<course_id>/<item_id>/paper")
@learner_required
def paper(course_id: str, item_id: str) -> ResponseReturnValue:
    """The paper with the answers that are on disk."""
    attempt = _running(course_id, item_id)
    if attempt is None:
        return redirect(_over_url(course_id, item_id))
    return _paper_page(course_id, item_id, attempt)


@bp.post("/exam/<course_id>/<item_id>/save")
@learner_required
def save(course_id: str, item_id: str) -> ResponseReturnValue:
    """Keep the answers of the form: how an exam is sat without JavaScript."""
    attempt = _running(course_id, item_id)
    if attempt is None:
        return redirect(_over_url(course_id, item_id), code=303)
    given = {
        asked.id: of_form(asked, request.form.getlist(asked.id))
        for asked in Paper.from_text(attempt.paper).asked
    }
    exam.save_form(runtime().store, attempt, given, runtime().moment())
    target = ".ask_hand_in" if "hand-in" in request.form else ".paper"
    return redirect(url_for(target, course_id=course_id, item_id=item_id), code=303)


@bp.get("/exam/<course_id>/<item_id>/hand-in")
@learner_required
def ask_hand_in(course_id: str, item_id: str) -> ResponseReturnValue:
    """What is not answered yet, and whether to hand in."""
    attempt = _running(course_id, item_id)
    if attempt is None:
        return redirect(_over_url(course_id, item_id))
    kept = attempts.answers(runtime().store.read(), attempt)
    asked = Paper.from_text(attempt.paper).asked
    empty = [
        place
        for place, question in enumerate(asked, 1)
        if question.id not in kept or not kept[question.id].response
    ]
    return render_template(
        "exam/hand_in.html",
        room=_room(_standing(course_id, item_id), attempt),
        total=len(asked),
        empty=empty,
        left_ms=exam.left_ms(attempt, runtime().moment()),
    )


@bp.post("/exam/<course_id>/<item_id>/hand-in")
@learner_required
def hand_in(course_id: str, item_id: str) -> ResponseReturnValue:
    """Hand in for good."""
    attempt = _running(course_id, item_id)
    if attempt is None:
        return redirect(_over_url(course_id, item_id), code=303)
    done = exam.hand_in(runtime().store, attempt, runtime().moment())
    runtime().courier.check_submissions()
    return redirect(done_url(done), code=303)


@bp.get("/exam/<course_id>/<item_id>/done/<int:number>")
@learner_required
def done(course_id: str, item_id: str, number: int) -> ResponseReturnValue:
    """What was handed in, what comes next, and the result once it is here."""
    standing = _closed_standing(course_id, item_id)
    handed_in = next(
        (handed_in for handed_in in standing.handed_in if handed_in.attempt.number == number), None
    )
    if handed_in is None:
        return redirect(url_for(".start", course_id=course_id, item_id=item_id))
    slip = receipts.of_attempt(
        runtime().store.read(), current_learner().number, handed_in.attempt.exam, number
    )
    return render_template(
        "exam/done.html",
        standing=standing,
        handed_in=handed_in,
        line=runtime().line(),
        receipt_number=receipts.number_of(slip, handed_in.result),
        practice=any(item.kind == "practice" for item in standing.course.items),
    )


def _paper_page(course_id: str, item_id: str, attempt: StoredAttempt) -> ResponseReturnValue:
    moment, room = runtime().moment(), _room(_standing(course_id, item_id), attempt)
    runtime().open_pages.take(paper_name(attempt), room.page)
    return render_template(
        "exam/paper.html",
        room=room,
        paper=Paper.from_text(attempt.paper),
        answers=attempts.answers(runtime().store.read(), attempt),
        left_ms=max(0, exam.left_ms(attempt, moment)),
        learner=current_learner(),
    )


def _room(standing: ExamStanding, attempt: StoredAttempt) -> PaperPage:
    course, item = standing.course.id, standing.item.id
    return PaperPage(
        title=f"{standing.course.title} · {standing.item.title}",
        exam=attempt.exam,
        number=attempt.number,
        ordinal=attempt.ordinal,
        limit_ms=attempt.limit_ms,
        page=random_token(6),
        api="/api/exam",
        paper_url=url_for("exam.paper", course_id=course, item_id=item),
        save_url=url_for("exam.save", course_id=course, item_id=item),
        ask_url=url_for("exam.ask_hand_in", course_id=course, item_id=item),
        done_url=done_url(attempt),
    )


def _running(course_id: str, item_id: str) -> StoredAttempt | None:
    return _standing(course_id, item_id).running


def _closed_standing(course_id: str, item_id: str) -> ExamStanding:
    """The standing after what is over is handed in; the node does so every few seconds only."""
    moment = runtime().moment()
    if any(exam.is_over(attempt, moment) for attempt in _open_attempts()):
        runtime().store.write(lambda conn: exam.hand_in_what_is_over(conn, moment))
        runtime().courier.check_submissions()
    return _standing(course_id, item_id)


def _open_attempts() -> list[StoredAttempt]:
    return attempts.open_of(runtime().store.read(), current_learner().number)


def _over_url(course_id: str, item_id: str) -> str:
    """Where a page belongs whose attempt takes nothing any more: handed in elsewhere, perhaps."""
    closed = _closed_standing(course_id, item_id).handed_in
    if closed:
        return done_url(closed[-1].attempt)
    return url_for("exam.start", course_id=course_id, item_id=item_id)


def paper_name(attempt: StoredAttempt) -> str:
    """The attempt's name among open pages."""
    return f"exam {attempt.learner} {attempt.exam} {attempt.number}"


def done_url(attempt: StoredAttempt) -> str:
    """Where the learner sees what became of an attempt."""
    course_id, _, item_id = attempt.exam.partition("/")
    return url_for("exam.done", course_id=course_id, item_id=item_id, number=attempt.number)

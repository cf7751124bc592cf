"""Practice pages: one question a screen, marked at once; the ways to practise a course.

Ordinary forms; ``practice.js`` sends the same form without leaving the page. The rules are in
``node.learning.exams.practice``, what is gone through in ``node.learning.exams.practice_session``.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node.learning.exams import mock_exam, practice, practice_session
from node.learning.exams.errors import BadResponse
from node.learning.exams.paper import of_form
from node.learning.exams.practice import Drill
from node.learning.exams.practice_session import Run
from node.store import mocks, stars
from node.web.auth import learner_required
from node.web.bounds import whole_number
from node.web.current import runtime
from node.web.learner_view import learner_view
from sync.secrets import random_token

bp = Blueprint("practice", __name__)

# A map of more questions than this is hard to read: then only the neighbours are shown.
MAP_CELLS = 60


@bp.get("/practice/<course_id>")
@learner_required
def home(course_id: str) -> ResponseReturnValue:
    """The ways to practise a course, and how far the learner is."""
    course, facts = learner_view().open_course(course_id), learner_view().facts
    conn, moment = runtime().store.read(), runtime().moment()
    return render_template(
        "practice/home.html",
        course=course,
        chapters=practice_session.chapters(course, facts),
        stopped=practice_session.stopped_at(course, facts),
        wrong=practice_session.book([course], facts).drills,
        stars=practice_session.starred(
            [course], facts, stars.of_learner(conn, learner_view().learner)
        ).drills,
        at_random=practice_session.run(practice_session.RANDOM, random_token(4), (), course, facts),
        mock_rules=mock_exam.rules(course),
        running=mock_exam.running(conn, course.id, learner_view().learner, moment),
        past=[
            mock
            for mock in mocks.of_course(conn, learner_view().learner, course.id)
            if not mock.open
        ],
    )


@bp.get("/practice/<course_id>/<item_id>")
@learner_required
def drill(course_id: str, item_id: str) -> ResponseReturnValue:
    """The question ?q=, or where the run begins; with ?marked its mark."""
    run = _run(course_id, item_id)
    asked = request.args.get("q", "")
    here = _find(asked) if asked else run.first()
    if here is None:
        return _summary(course_id, item_id)
    return render_template("practice/drill.html", **_shown(run, here, "marked" in request.args))


@bp.post("/practice/<course_id>/<item_id>")
@learner_required
def answer(course_id: str, item_id: str) -> ResponseReturnValue:
    """Keep the answer, then show its mark; an essay is looked at first."""
    run = _run(course_id, item_id)
    here = _find(request.form.get("q", ""))
    if not _keep(here):
        return render_template("practice/drill.html", **_shown(run, here, False))
    target = url_for(
        ".drill",
        course_id=course_id,
        item_id=item_id,
        q=here.question.id,
        marked=1,
        way=run.way or None,
        of=run.of or None,
    )
    return redirect(target, code=303)


@bp.post("/api/practice/<course_id>/<item_id>")
@learner_required
def answer_in_place(course_id: str, item_id: str) -> ResponseReturnValue:
    """The same for scripts: the marked question as a piece of the page."""
    run = _run(course_id, item_id)
    here = _find(request.form.get("q", ""))
    kept = _keep(here)
    run = _run(course_id, item_id) if kept else run
    marked = _find(here.question.id)
    html = render_template("practice/question.html", **_shown(run, marked, kept))
    return {"html": html, "correct": marked.last is not None and marked.last.correct}


@bp.post("/practice/<course_id>/<item_id>/star")
@learner_required
def star(course_id: str, item_id: str) -> ResponseReturnValue:
    """Mark a question as a favourite, or no longer; back to the question."""
    _keep_star(course_id, item_id)
    names = {name: request.form.get(name) or None for name in ("q", "way", "of", "marked")}
    target = url_for(".drill", course_id=course_id, item_id=item_id, **names)  # type: ignore[arg-type]
    return redirect(target, code=303)


@bp.post("/api/practice/<course_id>/<item_id>/star")
@learner_required
def star_in_place(course_id: str, item_id: str) -> ResponseReturnValue:
    """The same for scripts."""
    return {"starred": _keep_star(course_id, item_id)}


@bp.errorhandler(BadResponse)
def say_beside_the_button(error: BadResponse) -> ResponseReturnValue:
    """What is wrong with an answer, on the page of its question."""
    words = _(error.words, **error.values)
    if request.path.startswith("/api/"):
        return {"error": error.code, "words": words}, error.status
    views = request.view_args or {}
    run = _run(views["course_id"], views["item_id"])
    asked = _find(request.form.get("q", ""))
    page = render_template("practice/drill.html", words=words, **_shown(run, asked, False))
    return page, error.status


@bp.get("/mistakes")
@learner_required
def mistakes() -> ResponseReturnValue:
    """The book of the learner's own mistakes."""
    return render_template(
        "practice/mistakes.html",
        wrong=practice.mistakes(learner_view().open_courses, learner_view().facts),
        practised=bool(learner_view().facts.practised),
    )


@bp.get("/favourites")
@learner_required
def favourites() -> ResponseReturnValue:
    """The questions that the learner marked to come back to."""
    marked = stars.of_learner(runtime().store.read(), learner_view().learner)
    starred = practice_session.starred(learner_view().open_courses, learner_view().facts, marked)
    return render_template("practice/favourites.html", found=starred.drills)


def _run(course_id: str, item_id: str) -> Run:
    """The run that the request names, as things stand now."""
    course, facts = (
        learner_view().open_course(course_id),
        runtime().facts.of(learner_view().learner),
    )
    every = practice.drills(course, item_id, facts)
    way, of = request.values.get("way", ""), request.values.get("of", "")
    if way == practice_session.STARS:
        marked = stars.of_learner(runtime().store.read(), learner_view().learner)
        return practice_session.starred(
            [course] if of else learner_view().open_courses, facts, marked, of
        )
    if way == practice_session.BOOK:
        return practice_session.book(learner_view().open_courses, facts, of)
    return practice_session.run(way, of, every, course, facts)


def _keep_star(course_id: str, item_id: str) -> bool:
    every = practice.drills(learner_view().open_course(course_id), item_id, learner_view().facts)
    name = practice.find(every, request.form.get("q", "")).id
    learner, now, on = (
        learner_view().learner,
        runtime().clock.now(),
        request.form.get("star") == "1",
    )
    if on:
        runtime().store.write(lambda conn: stars.put(conn, learner, name, now))
    else:
        runtime().store.write(lambda conn: stars.drop(conn, learner, name))
    return on


def _find(question_id: str) -> Drill:
    """The question in its practice: it may have left the run by being answered."""
    views = request.view_args or {}
    course, facts = (
        learner_view().open_course(views["course_id"]),
        runtime().facts.of(learner_view().learner),
    )
    every = practice.drills(course, views["item_id"], facts)
    return practice.find(every, question_id)


def _keep(here: Drill) -> bool:
    """Keep what the form says; False where an essay is to be looked at first."""
    form = request.form
    began_at = form.get("began", runtime().clock.now(), type=whole_number)
    place = runtime().store, runtime().clock, learner_view().learner, here
    if here.question.type != "essay":
        practice.answer(*place, of_form(here.asked, form.getlist("response")), began_at)
        return True
    if form.get("judged") in ("0", "1"):
        practice.judge(*place, form["judged"] == "1", began_at)
        return True
    return False


def _shown(run: Run, here: Drill, marked: bool) -> dict[str, object]:
    """What the page and the piece of it need."""
    place = run.place(here)
    facts = runtime().facts.of(learner_view().learner)
    of = run.of if run.way == practice_session.BOOK else ""
    begin = max(0, min(place - MAP_CELLS // 2, len(run.drills) - MAP_CELLS))
    return {
        "run": run,
        "drill": here,
        "place": place,
        "cells": list(enumerate(run.drills, 1))[begin : begin + MAP_CELLS],
        "marked": marked and here.last is not None,
        "written": request.form.get("response", "") if here.question.type == "essay" else "",
        "looked": here.question.type == "essay" and request.method == "POST" and not marked,
        "following": run.after(here),
        "answered": sum(drill_.last is not None for drill_ in run.drills),
        "right": sum(drill_.last is not None and drill_.last.correct for drill_ in run.drills),
        "wrong_count": len(practice_session.book(learner_view().open_courses, facts, of).drills),
        "star": here.id in stars.of_learner(runtime().store.read(), learner_view().learner),
        "now": runtime().clock.now(),
        "formulas": any(drill_.has_formula for drill_ in (here, *run.drills)),
    }


def _summary(course_id: str, item_id: str) -> ResponseReturnValue:
    """All questions are answered: how it went, and what to do with the mistakes."""
    course = learner_view().open_course(course_id)
    every = practice.drills(course, item_id, learner_view().facts)
    steps = learner_view().steps(course)
    place = [step.item.id for step in steps].index(item_id)
    return render_template(
        "practice/summary.html",
        every=every,
        course=course,
        item=every[0].item,
        wrong=[drill_ for drill_ in every if drill_.last is not None and not drill_.last.correct],
        following=steps[place + 1] if place + 1 < len(steps) else None,
    )

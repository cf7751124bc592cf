"""Practice pages: one question a screen, marked at once; the book of one's own mistakes.

Ordinary forms; ``practice.js`` sends the same form without leaving the page. The rules are in
``node.practice``.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from node import practice
from node.paper import of_form
from node.practice import Drill
from node.web.auth import learner_required
from node.web.desk import desk
from node.web.machine import machine

bp = Blueprint("practice", __name__)

# What the learner goes through: the mistakes, or all questions once more. Else: what is left.
BOOK, AGAIN = "book", "again"


@bp.get("/practice/<course_id>/<item_id>")
@learner_required
def drill(course_id: str, item_id: str) -> ResponseReturnValue:
    """The question ?q=, or the next one without an answer; with ?marked its mark."""
    every = practice.drills(desk().open_course(course_id), item_id, desk().facts)
    asked = request.args.get("q", "")
    if asked:
        here = practice.find(every, asked)
    else:
        first = practice.find(every, every[0].question.id)
        here = first if first.last is None else practice.next_after(every, first) or first
        if here.last is not None:
            return _summary(every)
    return render_template("practice/drill.html", **_shown(every, here, "marked" in request.args))


@bp.post("/practice/<course_id>/<item_id>")
@learner_required
def answer(course_id: str, item_id: str) -> ResponseReturnValue:
    """Keep the answer, then show its mark."""
    here = _keep(course_id, item_id)
    target = url_for(
        ".drill",
        course_id=course_id,
        item_id=item_id,
        q=here.question.id,
        marked=1,
        way=request.form.get("way") or None,
    )
    return redirect(target, code=303)


@bp.post("/api/practice/<course_id>/<item_id>")
@learner_required
def answer_in_place(course_id: str, item_id: str) -> ResponseReturnValue:
    """The same for scripts: the marked question as a piece of the page."""
    here = _keep(course_id, item_id)
    every = practice.drills(
        desk().open_course(course_id), item_id, machine().facts.of(desk().learner)
    )
    marked = practice.find(every, here.question.id)
    html = render_template("practice/question.html", **_shown(every, marked, marked=True))
    return {"html": html, "correct": marked.last is not None and marked.last.correct}


@bp.get("/mistakes")
@learner_required
def mistakes() -> ResponseReturnValue:
    """The book of the learner's own mistakes."""
    return render_template(
        "practice/mistakes.html",
        wrong=practice.mistakes(desk().open_courses, desk().facts),
        practised=bool(desk().facts.practised),
    )


def _keep(course_id: str, item_id: str) -> Drill:
    form = request.form
    every = practice.drills(desk().open_course(course_id), item_id, desk().facts)
    here = practice.find(every, form.get("q", ""))
    given = of_form(here.asked, form.getlist("response"))
    began_at = form.get("began", machine().clock.now(), type=int)
    practice.answer(machine().store, machine().clock, desk().learner, here, given, began_at)
    return here


def _shown(every: list[Drill], here: Drill, marked: bool) -> dict[str, object]:
    """What the page and the piece of it need."""
    way = request.values.get("way", "")
    facts = machine().facts.of(desk().learner)
    wrong = practice.mistakes(desk().open_courses, facts)
    return {
        "every": every,
        "here": here,
        "marked": marked and here.last is not None,
        "following": _following(every, here, wrong, way),
        "way": way if way in (BOOK, AGAIN) else "",
        "answered": sum(one.last is not None for one in every),
        "right": sum(one.last is not None and one.last.correct for one in every),
        "wrong_count": len(wrong),
        "now": machine().clock.now(),
        "formulas": any(one.has_formula for one in every),
    }


def _following(every: list[Drill], here: Drill, wrong: list[Drill], way: str) -> Drill | None:
    if way == BOOK:
        return practice.round_from(wrong, here)
    if way == AGAIN:
        return every[here.place] if here.place < len(every) else None
    return practice.next_after(every, here)


def _summary(every: list[Drill]) -> ResponseReturnValue:
    """All questions are answered: how it went, and what to do with the mistakes."""
    course, item = every[0].course, every[0].item
    steps = desk().steps(course)
    place = [step.item.id for step in steps].index(item.id)
    return render_template(
        "practice/summary.html",
        every=every,
        course=course,
        item=item,
        wrong=[one for one in every if one.last is not None and not one.last.correct],
        following=steps[place + 1] if place + 1 < len(steps) else None,
    )

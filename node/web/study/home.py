"""Learner pages: home and the page of a course."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from node.web import learner_view as words
from node.web.auth import learner_required
from node.web.learner_view import learner_view

bp = Blueprint("learner", __name__)


@bp.app_context_processor
def _for_templates() -> dict[str, object]:
    return {
        "item_url": words.item_url,
        "left_words": words.left_words,
        "day_words": words.day_words,
        "done_words": words.done_words,
        "cover_url": words.cover_url,
        "card_words": words.card_words,
    }


bp.add_app_template_filter(words.rail_entry, "rail_entry")


@bp.get("/")
@learner_required
def home() -> ResponseReturnValue:
    """What to study next, how far the learner is, and when the exam is."""
    return render_template("learner/home.html", learner_view=learner_view())


@bp.get("/course/<course_id>")
@learner_required
def course(course_id: str) -> ResponseReturnValue:
    """A course with its items."""
    course_ = learner_view().course(course_id)
    steps = learner_view().steps(course_)
    return render_template(
        "learner/course.html",
        course=course_,
        steps=steps,
        progress_now=learner_view().progress(course_),
        done=learner_view().completion(course_),
        exams=[learner_view().exam(course_, item.id) for item in course_.items if item.exam],
        parts=[
            (module, [step for step in steps if module is None or step.item.module == module.id])
            for module, _items in course_.parts()
        ],
        expired=learner_view().expired(course_),
        next=next((step for step in steps if not step.done), None),
    )

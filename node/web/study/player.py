"""Player pages: a video, a document or a page, and the heartbeat that counts them.

What may be credited is ``node.learning.study``; the other end of the heartbeat is ``heartbeat.js``.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from content.model.course import STUDIED_KINDS
from content.model.limits import MAX_PAGE_BYTES
from content.model.question_rules import has_formula
from node.courses import film_size
from node.errors import InputError, OtherLearner
from node.learning import agenda
from node.learning.agenda import ItemStanding
from node.learning.study import Beat, Span
from node.web.auth import current_learner, learner_required
from node.web.bounds import MAX_NUMBER
from node.web.current import runtime
from node.web.learner_view import item_url, learner_view
from node.web.study import scorm

bp = Blueprint("player", __name__)

# A page says at least every 10 s what it played; nobody jumps about more often than this.
MAX_SPANS = 50
MAX_TAB_CHARACTERS = 40


@bp.get("/course/<course_id>/<item_id>")
@learner_required
def item(course_id: str, item_id: str) -> ResponseReturnValue:
    """The item, at the second where the learner stopped or at ?t=."""
    course = learner_view().open_course(course_id)
    step = learner_view().step(course, item_id)
    if step.item.kind not in STUDIED_KINDS:
        return redirect(item_url(course_id, step.item))
    if step.item.kind == "scorm":
        return scorm.show(step, step.position)
    runtime().study.arrive(learner_view().learner)
    steps = learner_view().steps(course)
    body = _page_body(step)
    return render_template(
        f"player/{step.item.kind}.html",
        step=step,
        film=film_size.shown(step.item, runtime().blobs),
        steps=steps,
        following=agenda.after(steps, item_id),
        watched=learner_view().facts.watched(step.key),
        other=agenda.shows_other_content(learner_view().facts, step),
        at=request.args.get("t", step.position, type=int),
        body=body,
        formulas=has_formula(body),
    )


@bp.post("/api/study")
@learner_required
def study() -> ResponseReturnValue:
    """A heartbeat; when it is answered, what it said is on disk."""
    body = _read_object()
    if body.get("learner") != current_learner().number:
        raise OtherLearner(f"{current_learner().number} is signed in")
    step = learner_view().step_named(_read_text(body, "item", 200))
    if step.item.kind not in STUDIED_KINDS:
        raise InputError(f"{step.key} is not studied by heartbeats")
    heard = runtime().study.hear(_read_beat(body, step), step.item)
    facts = runtime().facts.of(learner_view().learner)
    now = next(
        standing
        for standing in agenda.steps(facts, step.course, learner_view().passed)
        if standing.key == step.key
    )
    return {
        "owed": heard.owed,
        "elsewhere": heard.elsewhere,
        "watched": facts.watched(step.key),
        "percent": int(now.share * 100),
        "done": now.done,
    }


def _page_body(step: ItemStanding) -> str:
    """The sanitised HTML of a page item, as it was built and signed."""
    ref = step.item.file
    if step.item.kind != "page" or ref is None:
        return ""
    return runtime().blobs.read(ref.sha256, MAX_PAGE_BYTES).decode("utf-8", "replace")


def _read_beat(body: dict[str, Any], step: ItemStanding) -> Beat:
    spans = body.get("spans")
    if not isinstance(spans, list) or len(spans) > MAX_SPANS:
        raise InputError("spans is no list, or too long")
    return Beat(
        learner=current_learner().number,
        item=step.key,
        tab=_read_text(body, "tab", MAX_TAB_CHARACTERS),
        spans=tuple(_read_span(span) for span in spans),
        takes_over=body.get("takes_over") is True,
        stops=body.get("stops") is True,
    )


def _read_span(span: object) -> Span:
    if not isinstance(span, list) or len(span) != 2:
        raise InputError(f"not a span: {span!r:.60}")
    begin, end = span
    for value in span:
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_moment(value):
            raise InputError(f"not a span: {span!r:.60}")
    return float(begin), float(end)


def _is_moment(value: float) -> bool:
    """Whether it can be a second of a film; a whole number may be too long to be a float."""
    return abs(value) <= MAX_NUMBER and isfinite(value)


def _read_object() -> dict[str, Any]:
    try:
        body = request.get_json(silent=True)
    except RecursionError as error:  # a hundred thousand brackets
        raise InputError("no JSON object") from error
    if not isinstance(body, dict):
        raise InputError("no JSON object")
    return body


def _read_text(body: dict[str, Any], name: str, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > longest:
        raise InputError(f"{name} is no text, or too long")
    return value

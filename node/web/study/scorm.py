"""SCORM pages: the player of a package, and what it keeps.

The package itself runs in a frame from another port (``node.web.study.scorm_site``).
``courseware.js`` of our page talks with the frame and is the only one that talks with the node.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from content.model.activities import Scorm
from node.errors import InputError, NotFound, OtherLearner
from node.learning import agenda, scorm
from node.learning.agenda import ItemStanding
from node.learning.scorm_tickets import Ticket
from node.web.auth import current_learner, learner_required
from node.web.current import runtime
from node.web.exams.paper_api import read_object
from node.web.learner_view import learner_view
from node.web.study.scorm_site import ticket_key

bp = Blueprint("scorm", __name__)

# A page never holds twenty parts of the longest size allowed; the usual save has one part.
# ``node.web.app`` sets this limit before anything reads the body.
MAX_BODY_BYTES = 900_000


def show(step: ItemStanding, at: int) -> ResponseReturnValue:
    """The page of a SCORM item."""
    runtime().study.arrive(learner_view().learner)
    course = learner_view().course(step.course.id)
    steps = learner_view().steps(course)
    origin = _play_origin()
    page = render_template(
        "player/scorm.html",
        step=step,
        steps=steps,
        following=agenda.after(steps, step.item.id),
        watched=learner_view().facts.watched(step.key),
        other=agenda.shows_other_content(learner_view().facts, step),
        at=at,
        origin=origin,
        ticket=Ticket(course.id, course.version, step.item.id).text(
            ticket_key(runtime()), runtime().clock.now()
        ),
        parts=_package(step).launchable(),
    )
    response = Response(page)
    if origin:
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'self';"
            f" base-uri 'none'; form-action 'self'; frame-src {origin}"
        )
    return response


@bp.get("/api/scorm/<course_id>/<item_id>")
@learner_required
def state(course_id: str, item_id: str) -> ResponseReturnValue:
    """What the player begins with: the activities and what the package kept."""
    step = learner_view().step_named(f"{course_id}/{item_id}")
    return scorm.state(runtime().store, current_learner(), step.key, _package(step))


@bp.post("/api/scorm")
@learner_required
def save() -> ResponseReturnValue:
    """Keep what the package asked for; when this is answered, it is on disk."""
    body = read_object()
    if not isinstance(body.get("parts"), dict):
        raise InputError("no JSON object with parts")
    if body.get("learner") != current_learner().number:
        raise OtherLearner(f"{current_learner().number} is signed in")
    step = learner_view().step_named(str(body.get("item"))[:200])
    parts: dict[str, Any] = body["parts"]
    kept = {part: scorm.check_part(value) for part, value in parts.items()}
    learner, now = current_learner().number, runtime().clock.now()
    scorm.save(runtime().store, learner, step.key, _package(step), kept, now)
    return {"saved": len(kept)}


def _package(step: ItemStanding) -> Scorm:
    if step.item.scorm is None:
        raise NotFound(f"{step.key} is no SCORM item")
    return step.item.scorm


def _play_origin() -> str:
    """Where the frame comes from: this host, as the browser names it, on the second port."""
    host = urlsplit(request.host_url).hostname or ""
    name = f"[{host}]" if ":" in host else host
    port = runtime().play_port
    return f"{request.scheme}://{name}:{port}" if name and port else ""

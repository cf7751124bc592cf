"""Results: a learner's exams with their states, and how far each course is; prints on one A4."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from node.agenda import ExamLine
from node.store import meta
from node.store.results import Graded
from node.web.auth import current_learner, learner_required
from node.web.desk import desk
from node.web.machine import machine

bp = Blueprint("results", __name__)


@dataclass(frozen=True, slots=True)
class Sat:
    """One attempt that was handed in: graded, or waiting for it."""

    course: str
    exam: str
    attempt: int
    submitted_at: int
    graded: Graded | None


@bp.get("/results")
@learner_required
def mine() -> ResponseReturnValue:
    """All that the learner has earned so far."""
    here = desk()
    station = meta.get(machine().store.read(), meta.STATION_NAME)
    return render_template(
        "results/mine.html",
        learner=current_learner(),
        station=station,
        desk=here,
        sat=_sat(here.exams, here.graded),
        printed_at=here.moment.at,
    )


def _sat(lines: list[ExamLine], graded: list[Graded]) -> list[Sat]:
    """Attempts handed in here and results of any station, newest first, each once."""
    titles = {f"{line.standing.course.id}/{line.standing.item.id}": line.standing for line in lines}
    sat = [
        Sat(
            titles[one.exam].course.title if one.exam in titles else one.exam,
            titles[one.exam].item.title if one.exam in titles else "",
            one.attempt,
            one.submitted_at,
            one,
        )
        for one in graded
    ]
    sat += [
        Sat(
            line.standing.course.title,
            line.standing.item.title,
            waiting.attempt.number,
            waiting.attempt.submitted_at or 0,
            None,
        )
        for line in lines
        for waiting in line.standing.handed_in
        if waiting.result is None
    ]
    return sorted(sat, key=lambda one: -one.submitted_at)

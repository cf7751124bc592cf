"""Results: a learner's exams with their states and receipts, and how far each course is.

Prints on one A4; so does the slip of each receipt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from content.face.spoken import moment
from content.face.words import gettext as _
from node.errors import NotFound
from node.exchange import receipts
from node.exchange.receipts import Slip
from node.learning.learner_view import LearnerView
from node.store import meta
from node.store.results import Graded
from node.web.auth import current_learner, learner_required
from node.web.current import runtime
from node.web.learner_view import learner_view
from sync.facts import ordinal_of

bp = Blueprint("results", __name__)


@dataclass(frozen=True, slots=True)
class Sat:
    """One attempt that was handed in: graded, or waiting for it."""

    course: str
    exam: str
    attempt: int
    submitted_at: int
    graded: Graded | None
    exam_id: str = ""  # "course/item"
    slip: Slip | None = None  # the hub's receipt, if it was handed in here

    @property
    def ordinal(self) -> int:
        """Which of the learner's tries it is."""
        return ordinal_of(self.attempt)


@bp.get("/results")
@learner_required
def mine() -> ResponseReturnValue:
    """All that the learner has earned so far."""
    here = learner_view()
    station = meta.get(runtime().store.read(), meta.STATION_NAME)
    return render_template(
        "results/mine.html",
        learner=current_learner(),
        station=station,
        learner_view=here,
        sat=[_with_slip(row) for row in _sat(here)],
        receipt_number=receipts.number_of,
        printed_at=here.moment.at,
    )


@bp.get("/results/<course_id>/<item_id>/<int:attempt>/receipt")
@learner_required
def slip(course_id: str, item_id: str, attempt: int) -> ResponseReturnValue:
    """The receipt for one attempt, to be printed."""
    here, exam = learner_view(), f"{course_id}/{item_id}"
    sat = [row for row in _sat(here) if (row.exam_id, row.attempt) == (exam, attempt)]
    receipt_slip = _with_slip(sat[0]).slip if sat else None
    if receipt_slip is None:
        raise NotFound(f"no receipt for {exam} attempt {attempt}")
    row, learner = sat[0], current_learner()
    return render_template(
        "results/slip.html",
        learner=learner,
        slip=receipt_slip,
        what=[
            (_("姓名"), f"{learner.name}（{learner.number}）"),
            (_("答卷"), f"{row.course} {row.exam}"),
            (_("第几次"), _("第 %(n)s 次", n=row.ordinal)),
            (_("交卷时间"), moment(row.submitted_at)),
            *([(_("分数"), _score(row.graded))] if row.graded else []),
        ],
        back=url_for(".mine"),
        printed_at=here.moment.at,
    )


def _score(graded: Graded) -> str:
    words = _("%(n)s 分", n=graded.score)
    return f"{words} · {_('合格') if graded.passed else _('不合格')}"


def _with_slip(row: Sat) -> Sat:
    conn, learner = runtime().store.read(), current_learner().number
    if row.graded is not None and row.graded.node != meta.number(conn, meta.NODE):
        return row
    return replace(row, slip=receipts.of_attempt(conn, learner, row.exam_id, row.attempt))


def _sat(here: LearnerView) -> list[Sat]:
    """Attempts handed in here and results of any station, newest first, each once."""
    lines = here.exams
    titles = {f"{line.standing.course.id}/{line.standing.item.id}": line.standing for line in lines}
    sat = [
        Sat(
            titles[result.exam].course.title
            if result.exam in titles
            else here.title_of(result.exam),
            titles[result.exam].item.title if result.exam in titles else "",
            result.attempt,
            result.submitted_at,
            result,
            result.exam,
        )
        for result in here.graded
    ]
    sat += [
        Sat(
            line.standing.course.title,
            line.standing.item.title,
            waiting.attempt.number,
            waiting.attempt.submitted_at or 0,
            None,
            waiting.attempt.exam,
        )
        for line in lines
        for waiting in line.standing.handed_in
        if waiting.result is None
    ]
    return sorted(sat, key=lambda row: -row.submitted_at)

"""Pages: what a station says of learners who are not its own, and the decision on it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from hub.facts import aside as domain
from hub.reports import set_aside
from hub.rights import Deed
from hub.store import aside, contacts, units
from hub.store.scope import line_of
from hub.web.account import actor, looking, needs
from hub.web.current import hub
from hub.web.paging import Page

bp = Blueprint("aside", __name__)

ROWS_A_PAGE = 50
MAX_REASON_CHARS = 200
DECISIONS = (aside.COUNTED, aside.LEFT)


@bp.get("/stations/<int:node_id>/aside")
@needs(Deed.SEE_FIGURES)
def listed(node_id: int) -> ResponseReturnValue:
    """Learners of whom records are kept apart: those who wait, or those on whom was decided."""
    state = request.args.get("state", "")
    state = state if state in aside.STATES else aside.WAITING
    page = Page.of(request.args, ROWS_A_PAGE)
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
        unit = units.get(connection, station.unit_id) or abort(404)
        counts = set_aside.counts(connection, node_id)
        rows = aside.listed(connection, node_id, state, page.size, page.offset)
        lines = set_aside.lines(connection, scope, actor(), unit, rows)
        trail = line_of(connection, scope, unit)
    return render_template(
        "stations/aside.html",
        station=station,
        trail=trail,
        counts=counts,
        state=state,
        lines=lines,
        page=page.counted(counts.by_state[state]),
    )


@bp.get("/stations/<int:node_id>/aside/ask")
@needs(Deed.BELIEVE)
def ask(node_id: int) -> ResponseReturnValue:
    """Ask before records are counted or left out."""
    learner, to = request.args.get("learner", ""), request.args.get("do", "")
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
        unit = units.get(connection, station.unit_id) or abort(404)
        row = aside.get(connection, node_id, learner) or abort(404)
        [line] = set_aside.lines(connection, scope, actor(), unit, [row])
    if to not in DECISIONS or row.state == to:
        abort(404)
    if not line.is_mine:
        abort(403)
    return render_template("stations/aside_ask.html", station=station, line=line, to=to)


@bp.post("/stations/<int:node_id>/aside")
@needs(Deed.BELIEVE)
def decide(node_id: int) -> ResponseReturnValue:
    """Count records that were kept apart, or leave them out."""
    learner, to = request.form.get("learner", ""), request.form.get("do", "")
    reason = request.form.get("reason", "").strip()[:MAX_REASON_CHARS]
    if to not in DECISIONS:
        abort(400)
    with looking() as (connection, scope):
        contacts.station(connection, scope, node_id) or abort(404)
    domain.decide(hub(), actor(), node_id, learner, to, reason)
    flash(
        _("学号 %(learner)s 的记录已计入。", learner=learner)
        if to == aside.COUNTED
        else _("学号 %(learner)s 的记录不计入，仍然保存着。", learner=learner)
    )
    return redirect(url_for(".listed", node_id=node_id), code=303)

"""Pages: many stations from a table of units; new codes in bulk; slips with codes to be printed."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from content.face.words import gettext as _
from hub.errors import InputError
from hub.intake import station_batch
from hub.intake.station_batch import MOST_STATIONS
from hub.materials import uploads
from hub.reports.figures import SILENT_S
from hub.rights import Deed
from hub.store import codes, contacts
from hub.store.contacts import ListedStation
from hub.store.scope import Scope, words_of
from hub.web.account import actor, looking, needs
from hub.web.bounds import row_number
from hub.web.current import hub
from hub.web.people.learners import unit_asked
from sync.enrolment import Code

bp = Blueprint("station_batch", __name__)

KIND = "stations"


@bp.route("/stations/batch", methods=["GET", "POST"])
@needs(Deed.KEEP_STATIONS)
def upload() -> ResponseReturnValue:
    """Take a table of units and show what it would do."""
    if request.method == "GET":
        return render_template("stations/batch.html", error="", most=MOST_STATIONS)
    file = request.files.get("file")
    if file is None or not file.filename:
        error = _("请先选一个文件。")
        return render_template("stations/batch.html", error=error, most=MOST_STATIONS), 400
    token, kept = uploads.keep(hub(), file.stream, KIND)
    name = file.filename
    try:
        report = station_batch.plan(hub(), actor(), kept, name)
    except InputError as fault:
        uploads.drop(kept)
        page = render_template("stations/batch.html", error="", fault=fault, most=MOST_STATIONS)
        return page, 400
    return render_template("stations/batch_preview.html", report=report, token=token, name=name)


@bp.post("/stations/batch/<token>")
@needs(Deed.KEEP_STATIONS)
def carry_out(token: str) -> ResponseReturnValue:
    """Add the stations of the table that was previewed, and go on to their slips."""
    kept = uploads.find(hub(), token, KIND)
    made_at = station_batch.carry_out(hub(), actor(), kept, request.form.get("name", ""))
    uploads.drop(kept)
    flash(_("已办好。请打印接入单，一个站点一张，裁开交给站点管理员。"))
    return redirect(url_for(".slips", made=made_at), code=303)


@bp.get("/stations/codes")
@needs(Deed.KEEP_STATIONS)
def ask_codes() -> ResponseReturnValue:
    """Ask before the waiting stations that were chosen get new codes."""
    with looking() as (connection, scope):
        chosen = _waiting(connection, scope)
        above = words_of(connection, scope, [row.path for row in chosen])
    if not chosen:
        flash(_("没有选中还没有接入的站点；已经接入的站点用不着接入码。"), "waits")
        return redirect(url_for("stations.index", state="waiting"), code=303)
    return render_template("stations/codes.html", chosen=chosen, above=above)


@bp.post("/stations/codes")
@needs(Deed.KEEP_STATIONS)
def renew() -> ResponseReturnValue:
    """Give the stations that the question named new codes, and go on to their slips."""
    made_at = station_batch.renew(hub(), actor(), map(row_number, request.form.getlist("pick")))
    flash(_("新的接入码已生成，旧的作废。"))
    return redirect(url_for(".slips", made=made_at), code=303)


@bp.get("/stations/slips")
@needs(Deed.KEEP_STATIONS)
def slips() -> ResponseReturnValue:
    """Slips with the codes that can be used: of the stations chosen, or of a unit."""
    made = request.args.get("made", "")
    picked = [number for number in map(row_number, request.args.getlist("pick")) if number]
    now = hub().now()
    with looking() as (connection, scope):
        narrowed = scope if picked or made else scope.narrowed(unit_asked(connection, scope))
        live = codes.live(
            connection, narrowed, now, MOST_STATIONS, text=request.args.get("q", "").strip(),
            node_ids=picked, made_at=int(made) if made.isdecimal() and len(made) < 12 else None,
        )  # fmt: skip
        rows = contacts.among(connection, scope, [code.node_id for code in live])
        above = words_of(connection, scope, [row.path for row in rows])
    of_node = {code.node_id: code for code in live}
    return render_template(
        "stations/slips.html", rows=rows, above=above, address=hub().config.address,
        codes={number: Code(code.id, code.secret).text for number, code in of_node.items()},
        expires={number: code.expires_at for number, code in of_node.items()}, most=MOST_STATIONS,
    )  # fmt: skip


def _waiting(connection: Connection, scope: Scope) -> list[ListedStation]:
    """The waiting stations that the address names: one by one, or all of a tab."""
    if "pick" in request.args:
        picked = [row_number(text) for text in request.args.getlist("pick")][:MOST_STATIONS]
        return [row for row in contacts.among(connection, scope, picked) if row.waits]
    state = request.args.get("state", "")
    if state not in ("waiting", "expired"):
        abort(404)
    now, own = hub().now(), scope.narrowed(unit_asked(connection, scope))
    condition = contacts.conditions(state, now - SILENT_S, now)
    text = request.args.get("q", "").strip()
    return contacts.list_stations(connection, own, condition, text, MOST_STATIONS)

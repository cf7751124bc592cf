"""Pages: one unit of the tree with what is below it; search; import of the organisation."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from hub.errors import InputError
from hub.materials import uploads
from hub.people import unit_tree
from hub.reports import attention
from hub.reports.figures import Overview
from hub.rights import Deed
from hub.store import contacts
from hub.store.scope import Scope, line_of, search_units, unit_of
from hub.web.account import actor, looking, needs
from hub.web.current import hub
from hub.web.paging import Page
from hub.web.reports import overview_cache as counted

bp = Blueprint("units", __name__)

PARTS_A_PAGE = 40
FOUND_A_PAGE = 50
KIND = "org"


@bp.get("/units/<int:unit_id>")
@needs(Deed.SEE_FIGURES)
def show(unit_id: int) -> ResponseReturnValue:
    """A unit: its figures and the units directly below it. A station has its own page."""
    now = hub().now()
    with looking() as (connection, scope):
        unit = unit_of(connection, scope, unit_id) or abort(404)
        if unit.closed_at is not None:
            return redirect(url_for("unit_pages.record", unit_id=unit.id))
        if unit.path == scope.top.path:
            return redirect(url_for("overview.home"))
        own = Scope((unit,))
        figures = counted.of(connection, own)
        node_id = contacts.station_of_unit(connection, scope, unit.id)
        if node_id and not figures.parts:
            return redirect(url_for("stations.show", node_id=node_id))
        trail = line_of(connection, scope, unit)
        troubles = attention.troubles(connection, own, now)
    return render_template(
        "units/show.html",
        unit=unit,
        figures=figures,
        node_id=node_id,
        trail=trail,
        troubles=troubles,
        **shown(figures),
    )


@bp.get("/units")
@needs(Deed.SEE_FIGURES)
def search() -> ResponseReturnValue:
    """Units found by name or code."""
    text, page = request.args.get("q", "").strip(), Page.of(request.args, FOUND_A_PAGE)
    closed = request.args.get("closed") == "yes"
    with looking() as (connection, scope):
        total, units = search_units(connection, scope, text, page.size, page.offset, closed=closed)
    return render_template(
        "units/search.html", text=text, found=units, page=page.counted(total), closed=closed
    )


@bp.route("/org/import", methods=["GET", "POST"])
@needs(Deed.KEEP_UNITS)
def import_page() -> ResponseReturnValue:
    """Take a table of units and show what it would do."""
    if request.method == "GET":
        return render_template("units/import.html", error="")
    file = request.files.get("file")
    if file is None or not file.filename:
        return render_template("units/import.html", error=_("请先选一个文件。")), 400
    token, kept = uploads.keep(hub(), file.stream, KIND)
    name = file.filename
    try:
        report = unit_tree.import_org(hub(), kept, actor(), dry_run=True, name=name)
    except InputError as fault:
        uploads.drop(kept)
        return render_template("units/import.html", error="", fault=fault), 400
    return render_template("units/preview.html", report=report, token=token, name=name)


@bp.post("/org/import/<token>")
@needs(Deed.KEEP_UNITS)
def import_now(token: str) -> ResponseReturnValue:
    """Import the table that was previewed."""
    kept = uploads.find(hub(), token, KIND)
    report = unit_tree.import_org(hub(), kept, actor(), name=request.form.get("name", ""))
    uploads.drop(kept)
    flash(
        _(
            "已导入：新增 %(a)s 个单位，改名 %(c)s 个，没有变化 %(s)s 个，没有导入 %(r)s 行。",
            a=report.added,
            c=report.renamed,
            s=report.same,
            r=report.refused,
        )
    )
    return redirect(url_for("overview.home"), code=303)


def shown(figures: Overview) -> dict[str, Any]:
    """The page of units that the address asks for, and how they are sorted."""
    order = request.args.get("sort", "worst")
    parts = [part for part in figures.parts if part.people or part.stations]
    idle = [part for part in figures.parts if not (part.people or part.stations)]
    if order == "name":
        parts = sorted(parts, key=lambda part: part.unit.code)
    elif order == "stuck":
        parts = sorted(parts, key=lambda part: -part.stuck)
    else:
        order = "worst"
    page = Page.of(request.args, PARTS_A_PAGE).counted(len(parts))
    shown = parts[page.offset : page.offset + page.size]
    return {"parts": shown, "idle": idle, "page": page, "order": order}

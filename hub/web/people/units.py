"""Pages: one unit of the tree with what is below it; search; import of the organisation."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.spoken import moment
from content.face.words import gettext as _
from hub.errors import InputError, MissingColumn
from hub.materials import uploads
from hub.people import unit_tree
from hub.publishing import org_table
from hub.reports import attention
from hub.reports.figures import Overview, UnitFigures, is_unusual
from hub.reports.table_export import Cell
from hub.rights import Deed
from hub.store import contacts
from hub.store.scope import Scope, line_of, search_units, unit_of, words_of
from hub.web.account import actor, looking, needs
from hub.web.current import hub
from hub.web.lists.download import of_list
from hub.web.lists.listing import Listing, TableColumn, asked
from hub.web.lists.listing import show as show_list
from hub.web.paging import Page
from hub.web.people import columns_asked
from hub.web.reports import overview_cache as counted

bp = Blueprint("units", __name__)

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
        kept = counted.of(connection, own)
        figures = kept.value
        node_id = contacts.station_of_unit(connection, scope, unit.id)
        if node_id and not figures.parts:
            return redirect(url_for("stations.show", node_id=node_id))
        listing = parts_list()
        if listing.file:
            return parts_file(listing, figures)
        trail = line_of(connection, scope, unit)
        troubles = attention.troubles(connection, own, now)
        above = words_of(connection, scope, [each.unit.path for each in figures.counties])
    return show_list(
        "units/show.html",
        unit=unit,
        figures=figures,
        renewing=kept.renewing,
        node_id=node_id,
        trail=trail,
        troubles=troubles,
        above=above,
        **shown(listing, figures),
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
    columns_asked.keep(kept, name, "", {})
    try:
        report = org_table.import_org(hub(), kept, actor(), dry_run=True, name=name)
    except MissingColumn as fault:
        return _columns_form(token, kept, fault), 400
    except InputError as fault:
        uploads.drop(kept)
        return render_template("units/import.html", error="", fault=fault), 400
    return render_template("units/preview.html", report=report, token=token, name=name)


@bp.route("/org/import/<token>/columns", methods=["GET", "POST"])
@needs(Deed.KEEP_UNITS)
def import_columns(token: str) -> ResponseReturnValue:
    """Ask what the columns of the uploaded table are; then show what it would do."""
    kept = uploads.find(hub(), token, KIND)
    name = columns_asked.load(kept).name
    if request.method == "GET":
        return _columns_form(token, kept)
    said = columns_asked.chosen(kept, _fields())
    columns_asked.keep(kept, name, "", said)
    try:
        for field, _label, must in _fields():
            if must and field not in said:
                raise MissingColumn(field, tuple(said.values()))
        report = org_table.import_org(hub(), kept, actor(), dry_run=True, name=name, chosen=said)
    except InputError as fault:
        return _columns_form(token, kept, fault), 400
    columns_asked.remember(kept, unit_tree.KIND, report.headings, said)
    return render_template("units/preview.html", report=report, token=token, name=name)


def _fields() -> columns_asked.Fields:
    return (("code", _("代码"), True), ("name", _("名称"), True), ("parent", _("上级"), False))


def _columns_form(token: str, kept: Path, fault: InputError | None = None) -> str:
    return columns_asked.form(
        kept, url_for(".import_columns", token=token), url_for(".import_page"), _fields(), fault,
        title=_("导入组织机构"), asks_unit=False,
    )  # fmt: skip


@bp.post("/org/import/<token>")
@needs(Deed.KEEP_UNITS)
def import_now(token: str) -> ResponseReturnValue:
    """Import the table that was previewed."""
    kept = uploads.find(hub(), token, KIND)
    asked_table = columns_asked.load(kept)
    report = org_table.import_org(
        hub(), kept, actor(), name=asked_table.name, chosen=asked_table.chosen
    )
    uploads.drop(kept)
    flash(
        _(
            "已导入：新增 %(a)s 个单位，改名 %(c)s 个，换上级 %(m)s 个，没有变化 %(s)s 个，"
            "没有导入 %(r)s 行。",
            a=report.added,
            c=report.renamed,
            m=report.moved,
            s=report.same,
            r=report.refused,
        )
    )
    return redirect(url_for("overview.home"), code=303)


def _columns() -> tuple[TableColumn, ...]:
    return (
        TableColumn("name", _("单位")),
        TableColumn("done", _("学完 / 应学")),
        TableColumn("people", _("人数"), "num", shown=False),
        TableColumn("behind", _("落后"), "num"),
        TableColumn("unknown", _("未上报"), "num"),
        TableColumn("stuck", _("站点卡住"), "num"),
        TableColumn("waiting", _("未接入"), "num", shown=False),
        TableColumn("heard", _("最近联系")),
    )


def _part(count: int, of: int) -> float | None:
    return count / of if of else None


ORDERS: Mapping[str, Callable[[UnitFigures], Any]] = {
    "name": lambda each: each.unit.code,
    "done": lambda each: (each.share, -each.due) if each.due else None,
    "people": lambda each: each.people,
    "behind": lambda each: _part(each.behind, each.due),
    "unknown": lambda each: _part(each.unknown, each.due),
    "stuck": lambda each: _part(each.stuck, each.stations),
    "waiting": lambda each: _part(each.waiting, each.stations),
    "heard": lambda each: each.newest,
}


def parts_list() -> Listing:
    """The table of the units below as the address asks for it: the least done first."""
    return asked("parts", _columns(), {}, "done")


def parts_file(listing: Listing, figures: Overview) -> ResponseReturnValue:
    """The table of the units below as a file."""
    rows = listing.ordered(figures.parts, ORDERS)
    return of_list(listing, figures.whole.unit.name, map(_cells, rows), hub().now())


def _cells(part: UnitFigures) -> dict[str, Cell]:
    return {
        "name": part.unit.name,
        "done": f"{part.done} / {part.due}",
        "people": part.people,
        "behind": part.behind,
        "unknown": part.unknown,
        "stuck": f"{part.stuck} / {part.stations}",
        "waiting": part.waiting,
        "heard": moment(part.newest) if part.newest else None,
    }


def shown(listing: Listing, figures: Overview) -> dict[str, Any]:
    """The page of units that the address asks for, and those where nothing is yet."""
    parts = [part for part in figures.parts if part.people or part.stations]
    idle = [part for part in figures.parts if not (part.people or part.stations)]
    listing = listing.of(len(parts))
    return {
        "listing": listing,
        "parts": listing.cut(listing.ordered(parts, ORDERS)),
        "idle": idle,
        "is_unusual": is_unusual,
    }

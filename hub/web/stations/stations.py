"""Pages: stations and why they are silent; adding one; the note with its one-time code."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from hub.errors import StationTaken
from hub.intake import stations as domain
from hub.publishing.errors import UnitClosed
from hub.reports import attention, learners, set_aside, station_contacts
from hub.reports.figures import SILENT_S
from hub.rights import Deed
from hub.store import codes, contacts, rosters, units
from hub.store.scope import line_of, search_units, words_of
from hub.web.account import can, looking, me, needs
from hub.web.current import hub
from hub.web.lists.download import of_list
from hub.web.lists.listing import TableColumn, asked
from hub.web.lists.listing import show as show_list
from hub.web.paging import Page
from hub.web.people.learners import unit_asked
from hub.web.stations.cells import station_cells
from sync.enrolment import Code

bp = Blueprint("stations", __name__)

ROWS_A_PAGE = 50
COUNTED = ("", "stuck", "waiting", "gone")
TABS = (
    "", "stuck", "silent", "refused", "behind", "disk", "clock", "aside", "waiting", "expired",
    "gone",
)  # fmt: skip


def _columns() -> tuple[TableColumn, ...]:
    telephone = TableColumn("keeper", _("联系电话"), sorts=False, shown=False)
    return (
        TableColumn("name", _("站点")),
        TableColumn("place", _("上级"), "long"),
        TableColumn("code", _("代码"), shown=False),
        TableColumn("heard", _("最近联系")),
        TableColumn("why", _("情况"), "long", sorts=False),
        TableColumn("waiting", _("待传记录"), "num"),
        TableColumn("disk", _("硬盘剩余"), "num"),
        *((telephone,) if can(Deed.KEEP_STATIONS) else ()),
        TableColumn("joined", _("接入"), shown=False),
        TableColumn("number", _("站点机"), "num", shown=False),
    )


@bp.get("/stations")
@needs(Deed.SEE_FIGURES)
def index() -> ResponseReturnValue:
    """Stations of a unit by what is the matter with them, silent longest first."""
    text, state = request.args.get("q", "").strip(), request.args.get("state", "")
    state, now = state if state in TABS else "", hub().now()
    with looking() as (connection, scope):
        unit = unit_asked(connection, scope)
        own = scope.narrowed(unit)
        filters = {"unit": request.args.get("unit", ""), "q": text, "state": state}
        listing = asked("stations", _columns(), filters, "heard")
        condition = contacts.conditions(state, now - SILENT_S, now)
        if listing.file:
            every = contacts.every_station(connection, own, condition, text, listing.order)
            rows_of_file = (
                cells for rows in every for cells in station_cells(connection, scope, rows, now)
            )
            return of_list(listing, _("站点"), rows_of_file, now)
        listing = listing.of(contacts.count_stations(connection, own, condition, text))
        page = listing.page
        rows = contacts.list_stations(
            connection, own, condition, text, page.size, page.offset, listing.order
        )
        counts = contacts.counts(connection, own, COUNTED, now - SILENT_S, now)
        above = words_of(connection, scope, [row.path for row in rows])
        keepers = contacts.keepers(connection, {row.unit_id for row in rows})
        trail = line_of(connection, scope, unit)
    return show_list(
        "stations/index.html", listing, unit=unit, trail=trail, rows=rows, above=above,
        keepers=keepers, reasons={row.id: attention.reason(row, now) for row in rows},
        counts=counts, text=text, state=state, silent_before=now - SILENT_S,
    )  # fmt: skip


@bp.get("/stations/<int:node_id>")
@needs(Deed.SEE_FIGURES)
def show(node_id: int) -> ResponseReturnValue:
    """One station: why it is silent, what waits, and its roster."""
    now, text = hub().now(), request.args.get("q", "").strip()
    page = Page.of(request.args, ROWS_A_PAGE)
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
        unit = units.get(connection, station.unit_id) or abort(404)
        story = station_contacts.story(connection, scope, station, now)
        kept_apart = set_aside.counts(connection, node_id)
        here = learners.wanted(connection, unit.path, now, text)
        total = rosters.count_learners(connection, scope, here)
        people = learners.listed(connection, scope, here, page.size, page.offset)
        trail = line_of(connection, scope, unit)
        now_there = contacts.station_of_unit(connection, scope, unit.id)
    return render_template(
        "stations/show.html",
        successor=now_there if station.state == "revoked" else None,
        story=story,
        kept_apart=kept_apart,
        unit=unit,
        trail=trail,
        people=people,
        text=text,
        waiting=[station_contacts.order_words(kind, count) for kind, count in story.orders.items()],
        page=page.counted(total),
    )


@bp.get("/stations/<int:node_id>/note")
@needs(Deed.KEEP_STATIONS)
def note(node_id: int) -> ResponseReturnValue:
    """The note for the keeper: the code while it waits, else what to look after."""
    now = hub().now()
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
        kept = codes.of_node(connection, node_id)
        story = station_contacts.story(connection, scope, station, now)
        above = words_of(connection, scope, [station.path])[station.path]
    live = kept is not None and kept.used_at is None and kept.expires_at >= now
    return render_template(
        "stations/note.html",
        station=station,
        story=story,
        above=above,
        code=Code(kept.id, kept.secret).text if kept and live else "",
        expires_at=kept.expires_at if kept else 0,
        address=hub().config.address,
    )


@bp.route("/stations/new", methods=["GET", "POST"])
@needs(Deed.KEEP_STATIONS)
def add() -> ResponseReturnValue:
    """Choose the place, then make the station there or at a new unit below it."""
    text, place = request.values.get("q", "").strip(), request.values.get("parent", "").strip()
    errors: dict[str, str] = {}
    with looking() as (connection, scope):
        unit = units.by_code(connection, place or text) if place or text else None
        unit = unit if unit is not None and scope.holds(unit.path) else None
        matches = search_units(connection, scope, text, 20)[1] if text else []
        taken = contacts.station_of_unit(connection, scope, unit.id) if unit else None
        above = words_of(connection, scope, [unit.path])[unit.path] if unit else ""
        # Only a new unit below has a code of its own; the place itself was looked up above.
        below = request.form.get("where") == "below"
        code = request.form.get("code", "").strip() if below else ""
        there = units.by_code(connection, code) if code else None
        seen = there is not None and unit is not None and there.path.startswith(unit.path)
    if request.method == "POST" and unit is not None:
        errors = _faults(code, there is not None and not seen)
        if not errors:
            try:
                name = request.form.get("name", "").strip()
                new_station = domain.add(hub(), code or unit.code, me().name, name, unit.code)
                return redirect(url_for(".note", node_id=new_station.node_id), code=303)
            except StationTaken:
                errors["code"] = _("这里已经有站点在工作。要换机，请到那个站点的页面办理。")
            except UnitClosed:
                errors["code"] = _("这个代码已经用过。用过的代码不再给别的单位，请换一个。")
    page = render_template(
        "stations/add.html",
        text=text,
        place=unit,
        above=above,
        found=matches,
        taken=taken,
        given=request.form,
        errors=errors,
        unknown=bool(place and unit is None),
    )
    return page, 400 if errors else 200


@bp.post("/stations/<int:node_id>/code")
@needs(Deed.KEEP_STATIONS)
def new_code(node_id: int) -> ResponseReturnValue:
    """Give a waiting station a new code, or replace the machine of one at work."""
    replaces = request.form.get("replace") == "yes"
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
    if station.state != "waiting" and not replaces:
        abort(400)
    new_station = domain.add(hub(), station.code, me().name, replace=replaces)
    flash(_("新的接入码已生成，旧的作废。"))
    return redirect(url_for(".note", node_id=new_station.node_id), code=303)


@bp.get("/stations/<int:node_id>/replace")
@needs(Deed.KEEP_STATIONS)
def replace(node_id: int) -> ResponseReturnValue:
    """Ask before the machine of a station is replaced."""
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
    return render_template("stations/replace.html", station=station)


@bp.get("/stations/<int:node_id>/unfreeze")
@needs(Deed.KEEP_STATIONS)
def unfreeze(node_id: int) -> ResponseReturnValue:
    """Ask before a frozen station works again: has the copy been switched off?"""
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
    if station.state != "frozen":
        abort(404)
    return render_template("stations/unfreeze.html", station=station)


@bp.get("/stations/<int:node_id>/revoke")
@needs(Deed.KEEP_STATIONS)
def revoke(node_id: int) -> ResponseReturnValue:
    """Ask before a station is put out of use: what it did not send is lost."""
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
        people = contacts.people_of(connection, station.path, scope)
    if station.state not in ("active", "frozen"):
        abort(404)
    return render_template("stations/revoke.html", station=station, people=people)


@bp.route("/stations/<int:node_id>/keeper", methods=["GET", "POST"])
@needs(Deed.KEEP_STATIONS)
def reset_keeper(node_id: int) -> ResponseReturnValue:
    """Ask, then order another password for the station's keeper and show it once."""
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
    if station.state != "active":
        abort(404)
    password = domain.reset_keeper(hub(), node_id, me().name) if request.method == "POST" else ""
    return render_template("stations/keeper.html", station=station, password=password)


@bp.post("/stations/<int:node_id>/state")
@needs(Deed.KEEP_STATIONS)
def set_state(node_id: int) -> ResponseReturnValue:
    """Freeze a station, let it work again, or put it out of use."""
    state = request.form.get("state", "")
    with looking() as (connection, scope):
        station = contacts.station(connection, scope, node_id) or abort(404)
    words = {
        ("active", "frozen"): _("站点已冻结，不再接收它的数据。"),
        ("frozen", "active"): _("站点已恢复。"),
        ("active", "revoked"): _("站点已停用，不再接收它的数据。"),
        ("frozen", "revoked"): _("站点已停用，不再接收它的数据。"),
    }.get((station.state, state))
    if words is None:
        abort(400)
    domain.set_state(hub(), node_id, state, me().name)
    flash(words)
    return redirect(url_for(".show", node_id=node_id), code=303)


def _faults(code: str, elsewhere: bool) -> dict[str, str]:
    """What is wrong with the form for a unit below the chosen one."""
    if request.form.get("where") != "below":
        return {}
    errors = {}
    if not code or len(code) > 40 or not code.isprintable():
        errors["code"] = _("请填一个代码，例如上级代码后面加两位数字。")
    elif elsewhere:
        errors["code"] = _("这个代码已经属于别处的单位，请换一个。")
    name = request.form.get("name", "").strip()
    if not name or len(name) > 60 or not name.isprintable():
        errors["name"] = _("请填单位名称，不超过 60 个字。")
    return errors

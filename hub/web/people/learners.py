"""Pages: learners of a unit; one learner with the evidence of each fact; import of the roster."""

from dataclasses import replace
from pathlib import Path

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from content.face.words import gettext as _
from hub.errors import InputError, MissingColumn
from hub.facts import evidence
from hub.materials import uploads
from hub.people import roster, roster_file, roster_preview
from hub.people.errors import ManyRenamed
from hub.publishing.publish import today as day_of
from hub.reports import learners
from hub.rights import Deed
from hub.store import aside, contacts, histories, reports, roster_imports, rosters
from hub.store import courses as published
from hub.store.dialect import MAX_IN
from hub.store.scope import Scope, line_of, unit_of, words_of
from hub.store.units import Unit, get
from hub.web.account import actor, looking, may, needs
from hub.web.current import hub
from hub.web.lists import unit_picker
from hub.web.lists.download import of_list
from hub.web.lists.listing import TableColumn, asked
from hub.web.lists.listing import show as show_list
from hub.web.people import columns_asked, people_words
from hub.web.people.learner_cells import learner_cells
from hub.web.reports import overview_cache

bp = Blueprint("learners", __name__)

# A longer list sorts by number and unit only: by all else the database would read the whole of it.
MOST_SORTED = 20_000
# On a learner's page; the others are on the page of the history.
LAST_CHANGES = 3
LAST_IMPORTS = 8
KIND = "roster"


def unit_asked(connection: Connection, scope: Scope) -> Unit:
    """The unit of ``?unit=``, or all that the account sees."""
    asked = request.args.get("unit", "")
    if not asked:
        return scope.top
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0
    return unit_of(connection, scope, number) or abort(404)


def _columns() -> tuple[TableColumn, ...]:
    return (
        TableColumn("name", _("姓名")),
        TableColumn("number", _("学号")),
        TableColumn("unit", _("单位")),
        TableColumn("place", _("上级"), "long", sorts=False),
        TableColumn("post", _("职务")),
        TableColumn("share", _("必修课"), sorts=False),
        TableColumn("state", _("状态"), sorts=False),
        TableColumn("best", _("考试最好"), "num"),
        TableColumn("last", _("最近学习")),
    )


@bp.get("/learners")
@needs(Deed.SEE_FIGURES)
def index() -> ResponseReturnValue:
    """Learners of a unit, found by name or number, by how they stand."""
    text, state = request.args.get("q", "").strip(), request.args.get("state", "")
    state, now = state if state in rosters.STATES else "", hub().now()
    with looking() as (connection, scope):
        unit = unit_asked(connection, scope)
        filters = {"unit": request.args.get("unit", ""), "q": text, "state": state}
        listing = asked("learners", _columns(), filters, "unit")
        wanted = learners.wanted(connection, unit.path, now, text, state)
        kept = overview_cache.of(connection, scope.narrowed(unit))
        whole = kept.value.whole
        total = None if text else whole.count_of(state)
        if total is None:
            total = rosters.count_learners(connection, scope, wanted)
        holders = kept.value.places.units.get(state, ())
        is_large = total > MOST_SORTED or (bool(state) and len(holders) > MAX_IN)
        quick = ("unit",) if state and not text else tuple(rosters.QUICK_ORDERS)
        listing = listing.of(total).limited(is_large, quick)
        if listing.file:
            every = learners.every(connection, scope, wanted, listing.order)
            rows = (row for people in every for row in learner_cells(connection, scope, people))
            return of_list(listing, _("学员"), rows, now)
        page, offset = listing.page, listing.page.offset
        if not text and listing.sort == "unit":
            places = kept.value.places
            near, offset = places.window(state, offset, page.size, listing.down)
            wanted = replace(wanted, units=near)
        elif state and not text and not is_large:
            wanted = replace(wanted, units=holders)
        people = learners.listed(connection, scope, wanted, page.size, offset, listing.order)
        above = words_of(connection, scope, [person.path for person in people])
        trail = line_of(connection, scope, unit)
    return show_list(
        "learners/index.html", listing, unit=unit, trail=trail, people=people, above=above,
        text=text, state=state, whole=whole, kept=kept,
    )  # fmt: skip


@bp.get("/learners/<number>")
@needs(Deed.SEE_FIGURES)
def show(number: str) -> ResponseReturnValue:
    """One learner: facts, and under each what it follows from."""
    with looking() as (connection, scope):
        learner = rosters.learner_in(connection, scope, number) or abort(404)
        due = {
            each.course for each in reports.due(connection) if learner.path.startswith(each.path)
        }
        courses = evidence.of_learner(hub(), connection, number, due)
        unit = get(connection, learner.unit_id) or abort(404)
        trail = line_of(connection, scope, unit)
        serving = contacts.serving(connection, unit)
        above = words_of(connection, scope, [unit.path])[unit.path]
        answers_of = _answers_shown(connection, {each.id for each in courses})
        history = histories.of(connection, number)
        waiting = aside.waiting_of(connection, number)
        seen = {row.node_id: contacts.station(connection, scope, row.node_id) for row in waiting}
    return render_template(
        "learners/show.html",
        answers_of=answers_of,
        waiting=[(row, seen[row.node_id]) for row in waiting],
        steps=people_words.steps(history, scope)[:LAST_CHANGES],
        now_so=people_words.standing_of(learner, history),
        learner=learner,
        courses=courses,
        due=due,
        trail=trail,
        serving=serving,
        above=above,
    )


def _answers_shown(connection: Connection, course_ids: set[str]) -> set[str]:
    """The courses whose right answers this account may see: its own, and in no class just now."""
    owners, today = published.owners(connection), day_of(hub().now())
    running = {
        course_id
        for each in published.classes(connection)
        if each.opens <= today <= each.closes
        for course_id in each.courses
    }
    return {
        course_id
        for course_id in course_ids - running
        if course_id in owners and may(Deed.SEE_ANSWERS, owners[course_id].unit.path)
    }


@bp.get("/learners/<number>/records")
@needs(Deed.SEE_FIGURES)
def records(number: str) -> ResponseReturnValue:
    """One learner folded again from the stored batches, record by record."""
    with looking() as (connection, scope):
        learner = rosters.learner_in(connection, scope, number) or abort(404)
        checked = evidence.check(hub(), connection, number)
        named = {record.object for _node, _epoch, record in checked.records}
        things = evidence.things(hub(), connection, named)
    return render_template("learners/records.html", learner=learner, checked=checked, things=things)


@bp.route("/roster/import", methods=["GET", "POST"])
@needs(Deed.KEEP_PEOPLE)
def import_page() -> ResponseReturnValue:
    """Take a roster file and show what it would do."""
    unit_code = unit_picker.meant(request.form.get("unit", ""), Deed.KEEP_PEOPLE)
    if request.method == "GET":
        return _import_form()
    file = request.files.get("file")
    if file is None or not file.filename:
        return _import_form(unit_code, _("请先选一个文件。")), 400
    if unit_code and (wrong := unit_picker.fault(unit_code, Deed.KEEP_PEOPLE)):
        return _import_form(unit_code, unit_error=wrong), 400
    token, kept = uploads.keep(hub(), file.stream, KIND)
    name = file.filename
    columns_asked.keep(kept, name, unit_code, {})
    try:
        report = roster.import_roster(hub(), kept, actor(), unit_code, dry_run=True, name=name)
    except MissingColumn as fault:
        return _columns_form(token, kept, fault), 400
    except InputError as fault:
        uploads.drop(kept)
        return _import_form(unit_code, fault=fault), 400
    roster_preview.keep(kept, report, actor().name, name, unit_code)
    return redirect(url_for("rosters.preview", token=token), code=303)


@bp.route("/roster/import/<token>/columns", methods=["GET", "POST"])
@needs(Deed.KEEP_PEOPLE)
def import_columns(token: str) -> ResponseReturnValue:
    """Ask what the columns of the uploaded file are; then show what it would do."""
    kept = uploads.find(hub(), token, KIND)
    asked_table = columns_asked.load(kept)
    if request.method == "GET":
        return _columns_form(token, kept)
    unit_code = unit_picker.meant(request.form.get("unit", ""), Deed.KEEP_PEOPLE)
    if unit_code and (wrong := unit_picker.fault(unit_code, Deed.KEEP_PEOPLE)):
        return _columns_form(token, kept, unit_error=wrong), 400
    said, name = columns_asked.chosen(kept, _fields()), asked_table.name
    columns_asked.keep(kept, name, unit_code, said)
    try:
        roster_file.check_needed(dict.fromkeys(said, 0), tuple(said.values()))
        report = roster.import_roster(
            hub(), kept, actor(), unit_code, dry_run=True, chosen=said, name=name
        )
    except InputError as fault:
        return _columns_form(token, kept, fault), 400
    columns_asked.remember(kept, roster.KIND, report.headings, said)
    roster_preview.keep(kept, report, actor().name, name, unit_code)
    return redirect(url_for("rosters.preview", token=token), code=303)


@bp.post("/roster/import/<token>")
@needs(Deed.KEEP_PEOPLE)
def import_now(token: str) -> ResponseReturnValue:
    """Import the file that was previewed."""
    kept = uploads.find(hub(), token, KIND)
    plan, sure = roster_preview.load(kept), request.form.get("sure") == "yes"
    unit, name, said = plan.unit_code, plan.file, columns_asked.load(kept).chosen
    try:
        report = roster.import_roster(
            hub(), kept, actor(), unit, chosen=said, name=name, confirmed=sure
        )
    except ManyRenamed:
        again = roster.import_roster(
            hub(), kept, actor(), unit, dry_run=True, chosen=said, name=name
        )
        roster_preview.keep(kept, again, actor().name, name, unit)
        flash(_("没有写入：请先看改名的每一行，再勾选确认。"), "act")
        return redirect(url_for("rosters.preview", token=token, show="renamed"), code=303)
    uploads.drop(kept)
    return redirect(url_for("rosters.done", number=report.number), code=303)


def _fields() -> columns_asked.Fields:
    return (
        ("number", _("学号"), True), ("name", _("姓名"), True), ("unit", _("单位"), False),
        ("county", _("上级单位"), False), ("post", _("职务"), False),
    )  # fmt: skip


def _columns_form(
    token: str, kept: Path, fault: InputError | None = None, unit_error: str = ""
) -> str:
    return columns_asked.form(
        kept, url_for(".import_columns", token=token), url_for(".import_page"), _fields(), fault,
        title=_("导入学员名册"), asks_unit=True, unit_error=unit_error,
    )  # fmt: skip


def _import_form(
    unit_code: str = "", error: str = "", fault: InputError | None = None, unit_error: str = ""
) -> str:
    with looking() as (connection, scope):
        latest = roster_imports.latest(connection, scope, LAST_IMPORTS)
    return render_template(
        "learners/import.html", unit_code=unit_code, error=error, fault=fault, latest=latest,
        unit_error=unit_error,
    )  # fmt: skip

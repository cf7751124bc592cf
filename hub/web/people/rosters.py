"""Pages: what a roster would change, what one did, who is missing in it, and taking it back."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from content.face.words import gettext as _
from hub.materials import uploads
from hub.people import roster, roster_preview, roster_undo
from hub.people.changes import MAX_WHY_CHARS
from hub.people.roster_plan import PlannedChange
from hub.people.roster_preview import ALL, FILTERS, REFUSED
from hub.rights import Deed
from hub.store import histories, learners, roster_imports, units
from hub.store.roster_imports import RosterImport
from hub.store.scope import Scope, words_of
from hub.web.account import actor, looking, needs
from hub.web.current import hub
from hub.web.paging import Page
from hub.web.people import people_words
from hub.web.people.learners import KIND

bp = Blueprint("rosters", __name__)

ROWS_A_PAGE = 50
# Named on the page that asks; the others are counted.
NAMED = 40


@bp.get("/roster/import/<token>")
@needs(Deed.KEEP_PEOPLE)
def preview(token: str) -> ResponseReturnValue:
    """What the uploaded file would change, person by person."""
    kept = uploads.find(hub(), token, KIND)
    plan = roster_preview.load(kept)
    if plan.by != actor().name:
        abort(404)
    which = request.args.get("show", ALL)
    which = which if which in FILTERS else ALL
    page = Page.of(request.args, ROWS_A_PAGE)
    rows, faults = list[PlannedChange](), plan.faults[page.offset : page.offset + page.size]
    if which != REFUSED:
        rows = roster_preview.page(kept, plan, which, page.size, page.offset)
    with looking() as (connection, scope):
        places = _places(connection, scope, rows)
    return render_template(
        "rosters/preview.html", plan=plan, token=token, which=which, rows=rows, faults=faults,
        places=places, page=page.counted(plan.count(which)), filters=FILTERS,
        kind_words=people_words.kind_words, doubt_words=people_words.doubt_words,
    )  # fmt: skip


@bp.get("/roster/imports/<int:number>")
@needs(Deed.KEEP_PEOPLE)
def done(number: int) -> ResponseReturnValue:
    """What an import did."""
    page = Page.of(request.args, ROWS_A_PAGE)
    with looking() as (connection, scope):
        found = _import(connection, scope, number)
        total, noted = histories.page_of_import(connection, number, page.size, page.offset)
        before = histories.befores(connection, noted)
        steps = [
            (
                change,
                people_words.steps([b for b in (before.get(change.id), change) if b], scope)[0],
            )
            for change in noted
        ]
        missing = len(_still_there(connection, found))
    return render_template(
        "rosters/done.html", found=found, steps=steps, page=page.counted(total), missing=missing,
        kind_words=people_words.kind_words,
    )  # fmt: skip


@bp.route("/roster/imports/<int:number>/missing", methods=["GET", "POST"])
@needs(Deed.KEEP_PEOPLE)
def missing(number: int) -> ResponseReturnValue:
    """Ask whether those left whom the file does not name; then note it."""
    with looking() as (connection, scope):
        found = _import(connection, scope, number)
        people = _still_there(connection, found)
        places = units.among(connection, {one.unit_id for one in people[:NAMED]})
    if request.method == "GET":
        return render_template(
            "rosters/missing.html", found=found, people=people, named=NAMED, places=places
        )
    why = request.form.get("why", "").strip()[:MAX_WHY_CHARS]
    why = why or _("不在名册“%(file)s”里", file=found.file)
    gone = roster.leave_missing(hub(), actor(), number, why)
    flash(_("已把 %(n)s 人记为离开；成绩都保留。弄错了可以撤销这次导入，或让本人回来。", n=gone))
    return redirect(url_for(".done", number=number), code=303)


@bp.route("/roster/imports/<int:number>/undo", methods=["GET", "POST"])
@needs(Deed.KEEP_PEOPLE)
def undo(number: int) -> ResponseReturnValue:
    """Ask whether the import is to be taken back; then do it."""
    with looking() as (connection, scope):
        found = _import(connection, scope, number)
        undoing = roster_undo.look(connection, number)
    if request.method == "GET":
        return render_template("rosters/undo.html", found=found, undoing=undoing, named=NAMED)
    if found.undone_at is None:
        undone = roster_undo.undo(hub(), actor(), number)
        flash(_("已撤销：%(n)s 人恢复成导入以前的样子。", n=len(undone.free)))
    return redirect(url_for(".done", number=number), code=303)


def _import(connection: Connection, scope: Scope, number: int) -> RosterImport:
    return roster_imports.get(connection, scope, number) or abort(404)


def _still_there(connection: Connection, found: RosterImport) -> list[learners.Learner]:
    """Who was not in the file and has not left since."""
    if found.undone_at is not None:
        return []
    there = learners.among(connection, found.missing)
    return [there[number] for number in found.missing if number in there and there[number].active]


def _places(
    connection: Connection, scope: Scope, rows: list[PlannedChange]
) -> dict[int, tuple[str, str]]:
    """The units of the rows: name, and path in words. Those outside the scope are not named."""
    ids = {row.after.unit_id for row in rows} | {row.before.unit_id for row in rows if row.before}
    found = units.among(connection, ids)
    words = words_of(connection, scope, [unit.path for unit in found.values()])
    return {
        number: (unit.name if scope.holds(unit.path) else _("别的单位"), words[unit.path])
        for number, unit in found.items()
    }

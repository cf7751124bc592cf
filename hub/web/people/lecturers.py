"""Pages: the directory of lecturers, from which courses are given theirs."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from hub.authoring import draft_editing
from hub.rights import Deed
from hub.store import drafts
from hub.web.account import actor, looking, may, needs
from hub.web.current import hub

bp = Blueprint("lecturers", __name__)


@bp.route("/lecturers", methods=["GET", "POST"])
@needs(Deed.WRITE)
def index() -> ResponseReturnValue:
    """Unit, title and field of each; add one, take one out, bring one back."""
    errors: dict[str, str] = {}
    form = request.form
    if request.method == "POST":
        names = ("name", "office", "title", "field")
        values: dict[str, object] = {name: form.get(name, "").strip()[:60] for name in names}
        given = form.get("id", "")
        number = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0
        if "away" in form or "back" in form:
            values = {"active": "back" in form}
        elif not values["name"]:
            errors["name"] = _("请填姓名。")
        if not errors:
            draft_editing.put_lecturer(hub(), actor(), number, values)
            flash(_("已移出，课程里写的不变。") if "away" in form else _("已保存。"))
            undo = number if "away" in form else None
            return redirect(url_for(".index", undo=undo), code=303)
    with looking(Deed.SHARE) as (connection, scope):
        rows = drafts.lecturers(connection, scope)
        own = {row.id for row in rows if may(Deed.WRITE, row.path)}
    page = render_template(
        "authoring/lecturers.html", rows=rows, own=own, errors=errors, given=form
    )
    return page, 400 if errors else 200

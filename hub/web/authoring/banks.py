"""Pages: question banks — what is in them, exports (one question: ``questions``)."""

from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from content.model import limits
from content.model.course import QUESTION_TYPES
from hub.authoring import bank_editing
from hub.rights import Deed
from hub.store import banks
from hub.store.banks import QuestionFilter
from hub.web.account import actor, looking, may, needs
from hub.web.current import hub
from hub.web.paging import Page

bp = Blueprint("banks", __name__)

ROWS_A_PAGE = 50


@bp.get("/banks")
@needs(Deed.SHARE)
def index() -> ResponseReturnValue:
    """All banks with how many questions they hold."""
    with looking() as (connection, scope):
        rows = banks.listed(connection, scope)
        away = banks.away(connection, scope)
    return render_template("banks/index.html", rows=rows, away=away)


@bp.route("/banks/new", methods=["GET", "POST"])
@needs(Deed.WRITE)
def new() -> ResponseReturnValue:
    """Begin an empty bank, for questions that are written here."""
    title, error = request.form.get("title", "").strip(), ""
    if request.method == "POST":
        number = bank_editing.begin(hub(), actor(), title) if _is_title(title) else 0
        if number:
            return redirect(url_for("questions.new", bank_id=number), code=303)
        error = _("已有同名的题库，请换个名称。")
        error = error if _is_title(title) else _("请填名称，不超过 80 个字。")
    page = render_template("banks/new.html", title=title, error=error)
    return page, 400 if error else 200


@bp.get("/banks/<int:bank_id>")
@needs(Deed.SHARE)
def show(bank_id: int) -> ResponseReturnValue:
    """The questions of a bank, searched and filtered."""
    wanted, page = _wanted(), Page.of(request.args, ROWS_A_PAGE)
    with looking() as (connection, scope):
        bank = banks.get(connection, scope, bank_id) or abort(404)
        total, rows = banks.page(connection, bank_id, wanted, page.size, page.offset)
        shape = banks.shape(connection, bank_id)
        removed = [row for row in banks.befores(connection, bank_id) if row.what == "removed"]
        may_change = may(Deed.WRITE, bank.path)
    return render_template(
        "banks/show.html",
        bank=bank,
        rows=[(row, row.question) for row in rows],
        wanted=wanted,
        shape=shape,
        types=QUESTION_TYPES,
        chapters=sorted({row.chapter for row in shape} - {""}),
        page=page.counted(total),
        whole=sum(row.count for row in shape),
        removed=[(row, row.question) for row in removed[:5]],
        may_change=may_change,
        formats=bank_editing.FORMATS,
        errors={},
    )


@bp.post("/banks/<int:bank_id>")
@needs(Deed.WRITE)
def change(bank_id: int) -> ResponseReturnValue:
    """Rename a bank, put it away, or take it out again."""
    what = request.form.get("what", "")
    if what == "back":
        bank_editing.unarchive(hub(), actor(), bank_id)
        flash(_("已取回。"))
        return redirect(url_for(".show", bank_id=bank_id), code=303)
    if what in ("open", "close"):
        bank_editing.set_open(hub(), actor(), bank_id, what == "open")
        words = _("下级单位现在可以看和用这个题库；它不能再用来考试。")
        flash(words if what == "open" else _("题库只给本单位用了；已经取走的题不变。"))
        return redirect(url_for(".show", bank_id=bank_id), code=303)
    if what == "away":
        bank_editing.archive(hub(), actor(), bank_id)
        flash(_("题库已收起，可以在下面取回；用到它的课程不受影响。"))
        return redirect(url_for(".index"), code=303)
    title = request.form.get("title", "").strip()
    if what != "title" or not _is_title(title):
        flash(_("请填名称，不超过 80 个字。"), "act")
    else:
        bank_editing.rename(hub(), actor(), bank_id, title)
    return redirect(url_for(".show", bank_id=bank_id), code=303)


@bp.get("/banks/<int:bank_id>/export")
@needs(Deed.SHARE)
def export(bank_id: int) -> ResponseReturnValue:
    """A bank as a file that other programs read; importing it again gives the same."""
    kind = request.args.get("format", "")
    if kind not in bank_editing.FORMATS:
        abort(404)
    with looking() as (connection, scope):
        bank = banks.get(connection, scope, bank_id) or abort(404)
        questions = banks.questions(connection, bank_id)
    if not questions:
        flash(_("这个题库是空的，没有可以导出的题。"), "waits")
        return redirect(url_for(".show", bank_id=bank_id), code=303)
    raw, left_out = bank_editing.exported(hub(), questions, kind, bank.title)
    if left_out and not request.args.get("anyway"):
        return render_template("banks/export.html", bank=bank, faults=left_out, kind=kind)
    answer = Response(raw, mimetype=bank_editing.FORMATS[kind][1])
    name = quote(f"{bank.title}{bank_editing.FORMATS[kind][2]}")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


@bp.post("/banks/<int:bank_id>/back/<int:number>")
@needs(Deed.WRITE)
def back(bank_id: int, number: int) -> ResponseReturnValue:
    """Bring back what a question was before it was changed or taken out."""
    code = bank_editing.bring_back(hub(), actor(), bank_id, number)
    flash(_("已换回。"))
    return redirect(url_for("questions.show", bank_id=bank_id, code=code), code=303)


def _is_title(title: str) -> bool:
    return 0 < len(title) <= limits.MAX_TITLE_CHARS and title.isprintable()


def _wanted() -> QuestionFilter:
    """The filter in the address; an odd value filters nothing."""
    args = request.args
    kind, level = args.get("type", ""), args.get("difficulty", "")
    return QuestionFilter(
        text=args.get("q", "").strip()[:80],
        type=kind if kind in QUESTION_TYPES else "",
        chapter=args.get("chapter", "")[:200],
        difficulty=int(level) if level in ("1", "2", "3", "4", "5") else 0,
    )

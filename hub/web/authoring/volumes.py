"""Pages: a library being written — its volumes, their documents, one document as learners read it.

Files come in through the imports of all materials (``hub.web.authoring.materials``), each with its
report.
"""

from collections.abc import Callable
from dataclasses import replace

from flask import (
    Blueprint,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from content.model import categories, limits
from hub.authoring import draft_editing, volume_documents, volume_editing
from hub.authoring.draft_editing import OPEN, CourseDraft
from hub.authoring.draft_plan import DocumentPlan, Plan, VolumePlan
from hub.authoring.errors import NotNow
from hub.errors import NameTaken
from hub.rights import Deed
from hub.store import materials
from hub.web.account import actor, looking, may, needs
from hub.web.authoring.drafts import draft_of
from hub.web.authoring.materials import report_of, standing
from hub.web.current import hub
from hub.web.paging import Page

bp = Blueprint("library", __name__)

ROWS_A_PAGE = 100
# Of the imports into a volume.
SHOWN_JOBS = 6


@bp.route("/library/new", methods=["GET", "POST"])
@needs(Deed.WRITE)
def new() -> ResponseReturnValue:
    """Begin a library with its first volume, one of the categories."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        title, errors = _volume_title()
        course_id = request.form.get("id", "").strip()
        if request.form.get("category") not in categories.LIBRARY:
            errors["category"] = _("请选一个类别。")
        if not errors:
            plan = Plan(title, category=request.form["category"], required=False)
            try:
                draft_id = draft_editing.make(
                    hub(), actor(), course_id, volume_editing.with_volume(plan, title)
                )
                return redirect(url_for(".show", draft_id=draft_id, volume_id="v1"), code=303)
            except NameTaken:
                errors["id"] = _("这个编号已经用了，或不能用：只用小写字母、数字和 -。")
    page = render_template(
        "library/new.html", errors=errors, given=request.form, categories=categories.LIBRARY
    )
    return page, 400 if errors else 200


@bp.post("/authoring/<draft_id>/volumes")
@needs(Deed.WRITE)
def change(draft_id: str) -> ResponseReturnValue:
    """Add a volume to a library, or move one."""
    do, volume_id = request.form.get("do", ""), request.form.get("volume", "")
    if do == "add":
        title, errors = _volume_title()
        if errors:
            flash(" ".join(errors.values()), "act")
            return redirect(url_for("authoring.show", draft_id=draft_id), code=303)
        plan = volume_documents.rewrite(
            hub(), actor(), draft_id, lambda plan: volume_editing.with_volume(plan, title)
        )
        new_id = plan.volumes[-1].id
        return redirect(url_for(".show", draft_id=draft_id, volume_id=new_id), code=303)
    if do not in ("up", "down"):
        abort(400)
    step = -1 if do == "up" else 1
    volume_documents.rewrite(
        hub(), actor(), draft_id, lambda plan: volume_editing.volume_moved(plan, volume_id, step)
    )
    anchor = f"at-{volume_id}"
    return redirect(url_for("authoring.show", draft_id=draft_id, _anchor=anchor), code=303)


@bp.get("/authoring/<draft_id>/volumes/<volume_id>")
@needs(Deed.SEE_DRAFTS)
def show(draft_id: str, volume_id: str) -> ResponseReturnValue:
    """The documents of a volume, and what became of the files that were uploaded for it."""
    return _show(draft_id, volume_id, {})


@bp.post("/authoring/<draft_id>/volumes/<volume_id>")
@needs(Deed.WRITE)
def change_volume(draft_id: str, volume_id: str) -> ResponseReturnValue:
    """Rename a volume; put its documents in order."""
    do, key = request.form.get("do", ""), request.form.get("item", "")
    if do == "title":
        title, errors = _volume_title()
        if errors:
            return _show(draft_id, volume_id, errors)
        volume_documents.change(
            hub(), actor(), draft_id, volume_id, lambda volume: replace(volume, title=title)
        )
        flash(_("已保存。"))
        return redirect(url_for(".show", draft_id=draft_id, volume_id=volume_id), code=303)
    steps: dict[str, Callable[[VolumePlan], VolumePlan]] = {
        "up": lambda volume: volume_editing.moved(volume, key, -1),
        "down": lambda volume: volume_editing.moved(volume, key, 1),
        "place": lambda volume: volume_editing.placed(volume, key, request.form.get("before", "")),
        "sort": volume_editing.by_title,
    }
    if do not in steps:
        abort(400)
    changed = volume_documents.change(hub(), actor(), draft_id, volume_id, steps[do])
    if request.headers.get("Accept") == "application/json":
        return jsonify(saved=True)
    place = next(
        (n for n, document_plan in enumerate(changed.documents) if document_plan.id == key), 0
    )
    where = url_for(
        ".show", draft_id=draft_id, volume_id=volume_id, page=1 + place // ROWS_A_PAGE,
        _anchor=f"at-{key}" if key else None,
    )  # fmt: skip
    return redirect(where, code=303)


@bp.route("/authoring/<draft_id>/volumes/<volume_id>/remove", methods=["GET", "POST"])
@needs(Deed.WRITE)
def remove_volume(draft_id: str, volume_id: str) -> ResponseReturnValue:
    """Ask, then take a volume with its documents out of the library."""
    draft, volume = _volume(draft_id, volume_id)
    if len(draft.plan.volumes) < 2 and draft.plan.is_library:
        abort(404)  # the last one goes with its draft
    if request.method == "GET":
        return render_template("library/remove.html", draft=draft, volume=volume, one=None)
    volume_documents.rewrite(
        hub(), actor(), draft_id, lambda plan: volume_editing.without_volume(plan, volume_id)
    )
    flash(_("资料卷“%(title)s”已去掉。", title=volume.title))
    return redirect(url_for("authoring.show", draft_id=draft_id), code=303)


@bp.get("/authoring/<draft_id>/volumes/<volume_id>/<key>")
@needs(Deed.SEE_DRAFTS)
def document(draft_id: str, volume_id: str, key: str) -> ResponseReturnValue:
    """A document as learners read it, and its details."""
    return _document(draft_id, volume_id, key, {})


@bp.post("/authoring/<draft_id>/volumes/<volume_id>/<key>")
@needs(Deed.WRITE)
def put_document(draft_id: str, volume_id: str, key: str) -> ResponseReturnValue:
    """Change the details of a document: title, number, date, source."""
    _draft, _volume_plan, document_plan = _found(draft_id, volume_id, key)
    names = ("title", "number", "issued", "source")
    texts = {name: " ".join(request.form.get(name, "").split()) for name in names}
    errors = {
        name: _("写短些：不超过 %(n)s 个字。", n=_most(name))
        for name, text in texts.items()
        if len(text) > _most(name) or not text.isprintable()
    }
    if not texts["title"]:
        errors["title"] = _("请填名称，不超过 80 个字。")
    if errors:
        return _document(draft_id, volume_id, key, errors)
    new = replace(document_plan, **texts)  # type: ignore[arg-type]
    volume_documents.change(
        hub(), actor(), draft_id, volume_id, lambda each: volume_editing.told(each, new)
    )
    flash(_("已保存。"))
    where = url_for(".document", draft_id=draft_id, volume_id=volume_id, key=key)
    return redirect(where, code=303)


@bp.route("/authoring/<draft_id>/volumes/<volume_id>/<key>/remove", methods=["GET", "POST"])
@needs(Deed.WRITE)
def remove(draft_id: str, volume_id: str, key: str) -> ResponseReturnValue:
    """Ask, then take a document out of its volume."""
    draft, volume, document_plan = _found(draft_id, volume_id, key)
    if request.method == "GET":
        return render_template("library/remove.html", draft=draft, volume=volume, one=document_plan)
    volume_documents.change(
        hub(), actor(), draft_id, volume_id, lambda each: volume_editing.without(each, key)
    )
    flash(_("《%(title)s》已去掉。", title=document_plan.title))
    return redirect(url_for(".show", draft_id=draft_id, volume_id=volume_id), code=303)


def _show(draft_id: str, volume_id: str, errors: dict[str, str]) -> ResponseReturnValue:
    # Read before the volume: an import that is done is in it; for another the page looks again.
    with looking() as (connection, scope):
        rows = materials.jobs_into(connection, scope, f"{draft_id}/{volume_id}", SHOWN_JOBS)
    draft, volume = _volume(draft_id, volume_id)
    text = request.args.get("q", "").strip()[:80]
    folded = text.casefold()
    wanted = [
        document_plan
        for document_plan in volume.documents
        if folded in f"{document_plan.title} {document_plan.number}".casefold()
    ]
    page = Page.of(request.args, ROWS_A_PAGE)
    end = page.offset + page.size
    listed_jobs = [(row, standing(row), report_of(row)) for row in rows]
    answer = make_response(
        render_template(
            "library/volume.html", draft=draft, volume=volume, text=text, jobs=listed_jobs,
            rows=wanted[page.offset : end], page=page.counted(len(wanted)),
            beyond=wanted[end].id if end < len(wanted) else "",
            open=_may_change(draft), errors=errors, categories=categories.LIBRARY,
            most=hub().config.max_upload_bytes,
        ),
        400 if errors else 200,
    )  # fmt: skip
    if any(state in ("waiting", "running") for _row, state, _report in listed_jobs):
        answer.headers["Refresh"] = "2"
    return answer


def _document(
    draft_id: str, volume_id: str, key: str, errors: dict[str, str]
) -> ResponseReturnValue:
    draft, volume, document_plan = _found(draft_id, volume_id, key)
    places = [each.id for each in volume.documents]
    at = places.index(key)
    page = render_template(
        "library/document.html", draft=draft, volume=volume, one=document_plan, errors=errors,
        lines=volume_editing.document(hub().blobs, document_plan).text.split("\n"),
        open=_may_change(draft), given=request.form if errors else None,
        earlier=volume.documents[at - 1] if at else None,
        later=volume.documents[at + 1] if at + 1 < len(places) else None,
    )  # fmt: skip
    return page, 400 if errors else 200


def _may_change(draft: CourseDraft) -> bool:
    return may(Deed.WRITE, draft.row.path) and draft.state in OPEN


def _volume(draft_id: str, volume_id: str) -> tuple[CourseDraft, VolumePlan]:
    draft, _events = draft_of(draft_id)
    if request.method == "POST" and draft.state not in OPEN:
        raise NotNow(draft.state)
    return draft, draft.plan.volume(volume_id) or abort(404)


def _found(draft_id: str, volume_id: str, key: str) -> tuple[CourseDraft, VolumePlan, DocumentPlan]:
    draft, volume = _volume(draft_id, volume_id)
    return draft, volume, volume_editing.find(volume, key) or abort(404)


def _volume_title() -> tuple[str, dict[str, str]]:
    """What a volume is called: its category, unless the form has words of its own."""
    category = request.form.get("category", "")
    title = " ".join(request.form.get("title", "").split())
    if len(title) > limits.MAX_TITLE_CHARS or not title.isprintable():
        return title, {"title": _("请填名称，不超过 80 个字。")}
    if category not in categories.LIBRARY:
        return title, {} if title and not category else {"category": _("请选一个类别。")}
    return title or category, {}


def _most(name: str) -> int:
    return limits.MAX_TITLE_CHARS if name == "title" else limits.MAX_NAME_CHARS

"""Pages: materials, taking files in, and what became of each."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from content.face.words import gettext as _
from content.model import limits
from content.model.errors import ContentFaults
from content.source import material
from hub.authoring import bank_editing
from hub.errors import UploadGone
from hub.imports import film_jobs, imports, jobs
from hub.materials import uploads
from hub.materials.import_report import ImportReport, ImportTarget
from hub.rights import Deed
from hub.store import audit, banks, json_values, materials
from hub.store.engine import writing
from hub.store.materials import ImportJob, StoredMaterial
from hub.web.account import actor, looking, may, me, needs
from hub.web.authoring import import_preview
from hub.web.current import hub
from hub.web.paging import Page

bp = Blueprint("materials", __name__)

ROWS_A_PAGE = 50
WORKER = "xuezhan-jobs"
KINDS = ("", "video", "pdf", "page", "scorm", materials.AWAY)
# How many files a form takes; more need another form.
MAX_FILES = 40


def worker() -> jobs.Worker:
    """The worker that does the imports of this process."""
    imports_worker: jobs.Worker = current_app.extensions[WORKER]
    return imports_worker


@bp.get("/materials")
@needs(Deed.SHARE)
def index() -> ResponseReturnValue:
    """Everything that was taken in, newest first, by name and kind."""
    text, kind = request.args.get("q", "").strip()[:80], request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    page = Page.of(request.args, ROWS_A_PAGE)
    with looking() as (connection, scope):
        total, rows = materials.listed(connection, scope, text, kind, page.size, page.offset)
    return render_template(
        "materials/index.html",
        rows=[(row, row.item) for row in rows],
        text=text,
        kind=kind,
        page=page.counted(total),
    )


@bp.route("/materials/import", methods=["GET", "POST"])
@needs(Deed.WRITE)
def take_in() -> ResponseReturnValue:
    """Take files: each becomes an import that waits for its turn."""
    if request.method == "GET":
        return _form("")
    files = [each for each in request.files.getlist("file") if each.filename]
    if not files:
        return _form(_("请先选文件，可以一次选多个。"), 400)
    if len(files) > MAX_FILES:
        return _form(_("一次最多 %(n)s 个文件，什么都没有收下。请分几次交。", n=MAX_FILES), 400)
    names = [str(each.filename) for each in files]
    numbers = [_queue(files[at]) for at in imports.in_order(names)]
    if request.headers.get("Accept") == "application/json":
        return jsonify(jobs=numbers)
    draft_id, volume_id = [*request.form.get("volume", "").split("/"), ""][:2]
    if volume_id:
        return redirect(url_for("library.show", draft_id=draft_id, volume_id=volume_id), code=303)
    if len(numbers) == 1:
        return redirect(url_for(".job", number=numbers[0]), code=303)
    return redirect(url_for(".job_list"), code=303)


@bp.get("/materials/imports")
@needs(Deed.SEE_DRAFTS)
def job_list() -> ResponseReturnValue:
    """All imports, newest first; the page comes again while one of them runs."""
    page = Page.of(request.args, ROWS_A_PAGE)
    with looking() as (connection, scope):
        total, rows = materials.jobs(connection, scope, page.size, page.offset)
    listed = [(row, standing(row), report_of(row)) for row in rows]
    answer = make_response(
        render_template("materials/imports.html", rows=listed, page=page.counted(total))
    )
    return _again(answer, any(state in ("waiting", "running") for _row, state, _r in listed))


@bp.get("/materials/imports/<int:number>")
@needs(Deed.SEE_DRAFTS)
def job(number: int) -> ResponseReturnValue:
    """One import: how far it is, then its report."""
    row = _job(number)
    state, report = standing(row), report_of(row)
    if state == "looks":
        return import_preview.shown(row)
    answer = make_response(
        render_template(
            "materials/job.html",
            row=row,
            state=state,
            report=report,
            offer=_offer(row, report),
            fields=bank_editing.FIELDS if report and report.asks else (),
            errors={},
        )
    )
    return _again(answer, state in ("waiting", "running"))


@bp.post("/materials/imports/<int:number>")
@needs(Deed.WRITE)
def do_again(number: int) -> ResponseReturnValue:
    """Do an import again: it was cut off, somebody said what its columns are, or has looked at it;
    convert its film; or forget what somebody has looked at."""
    row = _job(number)
    report, target = report_of(row), json_values.read(ImportTarget, row.target)
    if request.form.get("what") == "convert":
        return _convert_job(row, report)
    if standing(row) not in ("lost", "asks", "looks"):
        abort(400)
    if request.form.get("do") == "drop" and report is not None and report.waits:
        jobs.cancel(hub(), row)
        flash(_("没有导入“%(name)s”，什么也没有留下。", name=row.name))
        return redirect(url_for(".take_in"), code=303)
    if report is not None and report.looks:
        target = replace(target, look="")
    if report is not None and report.asks:
        columns, errors = _columns(report.headings)
        if errors:
            page = render_template(
                "materials/job.html", row=row, state="asks", report=report,
                fields=bank_editing.FIELDS, errors=errors, offer="",
            )  # fmt: skip
            return page, 400
        target = replace(target, columns=columns)
    jobs.again(hub(), row, target)
    worker().give(partial(jobs.run, hub(), number, actor()))
    return redirect(url_for(".job", number=number), code=303)


@bp.get("/materials/imports/<int:number>/report.csv")
@needs(Deed.SEE_DRAFTS)
def report_file(number: int) -> ResponseReturnValue:
    """The report as a table that opens in a spreadsheet."""
    row = _job(number)
    report = report_of(row) or abort(404)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([_("文件"), _("总数"), _("导入"), _("已有"), _("退回")])
    counts = (report.total, report.imported, report.same, report.refused)
    table.writerow([_unfooled(report.name), *counts])
    table.writerow([])
    table.writerow([_("结果"), _("位置"), _("原因"), _("怎么办")])
    for outcome, faults in ((_("退回"), report.faults), (_("说明"), report.remarks)):
        for each in faults:
            texts = (each.where(_), each.what(_), each.todo(_))
            table.writerow([outcome, *map(_unfooled, texts)])
    answer = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    name = quote(f"{material.title_of(row.name)}.csv")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


@bp.get("/materials/<int:number>")
@needs(Deed.SHARE)
def show(number: int) -> ResponseReturnValue:
    """One material: what it is, how it looks."""
    return _show(number, {})


@bp.post("/materials/<int:number>")
@needs(Deed.WRITE)
def change(number: int) -> ResponseReturnValue:
    """Rename a material, give a film subtitles or a poster, put it away or take it out."""
    row = _own(number)
    what, errors = request.form.get("what", ""), dict[str, str]()
    if what in ("subtitles", "poster"):
        errors = _add(row, what, request.files.get("file"))
    elif what == "title":
        errors = _rename(row)
    elif what == "convert" and film_jobs.can_convert(hub()):
        return redirect(url_for(".job", number=_convert(row.source, row.id)), code=303)
    elif what in ("away", "back"):
        with writing(hub().engine) as connection:
            materials.set_active(connection, number, what == "back")
            event = "material back" if what == "back" else "material away"
            audit.note(connection, hub().now(), me().name, event, title=row.title)
        flash(_("已收起；用到它的课程不受影响。") if what == "away" else _("已取回。"))
    else:
        abort(400)
    if errors:
        return _show(number, errors), 400
    return redirect(url_for(".show", number=number), code=303)


def report_of(row: ImportJob) -> ImportReport | None:
    """The report of an import that has one."""
    return json_values.read(ImportReport, row.report) if row.report else None


def standing(row: ImportJob) -> str:
    """How far an import is: waiting, running, lost, asks, looks, done."""
    if row.state in ("waiting", "running") and row.beat_at < hub().now() - jobs.LOST_S:
        return "lost"
    return row.state


def _form(error: str, status: int = 200) -> ResponseReturnValue:
    with looking() as (connection, scope):
        own = [row for row in banks.listed(connection, scope) if scope.holds(row.path)]
    page = render_template(
        "materials/import.html", banks=own, error=error, most=hub().config.max_upload_bytes,
        can_convert=film_jobs.can_convert(hub()),
    )  # fmt: skip
    return page, status


def _queue(file: FileStorage) -> int:
    name = str(file.filename)
    token, kept = uploads.keep(hub(), file.stream, jobs.KIND)
    chosen = request.form.get("bank", "")
    bank = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 10 else 0
    title = request.form.get("bank_title", "")[: limits.MAX_TITLE_CHARS]
    convert = request.form.get("convert") == "1" and film_jobs.can_convert(hub())
    volume = request.form.get("volume", "")[:90]
    target = ImportTarget(bank, title, volume, look=token, convert=convert)
    number = jobs.add(hub(), actor(), name, kept.stat().st_size, token, target)
    worker().give(partial(jobs.run, hub(), number, actor()))
    return number


def _offer(row: ImportJob, report: ImportReport | None) -> str:
    """Whether the film of a report can be converted: "convert", "absent" (no program), ""."""
    if report is None or not film_jobs.is_convertible(report):
        return ""
    if not film_jobs.can_convert(hub()):
        return "absent"
    return "convert" if report.made or _is_kept(row.token) else ""


def _is_kept(token: str) -> bool:
    try:
        return uploads.find(hub(), token, jobs.KIND).is_file()
    except UploadGone:
        return False


def _convert_job(row: ImportJob, report: ImportReport | None) -> ResponseReturnValue:
    """Convert the film of a report: what was refused from its upload, what came in in its place."""
    if report is None or _offer(row, report) != "convert":
        abort(400)
    if report.made:
        number = _convert(row.name, int(report.made[0].id))
        return redirect(url_for(".job", number=number), code=303)
    target = replace(json_values.read(ImportTarget, row.target), convert=True)
    jobs.again(hub(), row, target)
    worker().give(partial(jobs.run, hub(), row.id, actor()))
    return redirect(url_for(".job", number=row.id), code=303)


def _convert(name: str, number: int) -> int:
    """Begin to convert the film of a material; returns the number of the import."""
    row = _own(number)
    target = ImportTarget(convert=True, material=number)
    job = jobs.add(hub(), actor(), name, row.size, "", target)
    worker().give(partial(jobs.run, hub(), job, actor()))
    return job


def _job(number: int) -> ImportJob:
    with looking() as (connection, scope):
        return materials.job(connection, scope, number) or abort(404)


def _again(answer: Response, running: bool) -> Response:
    """While something runs the browser asks again by itself, with and without scripts."""
    if running:
        answer.headers["Refresh"] = "2"
    return answer


def _columns(headings: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """What the form says that columns are; what is wrong with it, by field."""
    chosen = {
        name: request.form.get(name, "")
        for name, _label in bank_editing.FIELDS
        if request.form.get(name, "") in headings and request.form.get(name, "")
    }
    errors = {}
    for name, words in (("text", _("请选出哪一列是题干。")), ("answer", _("请选出哪一列是答案。"))):
        if name not in chosen:
            errors[name] = words
    return chosen, errors


def _show(number: int, errors: Mapping[str, str]) -> str:
    with looking() as (connection, scope):
        row = materials.get(connection, scope, number) or abort(404)
        may_change = may(Deed.WRITE, row.path)
    item = row.item
    body = ""
    if item.kind == "page" and item.file is not None:
        raw = hub().blobs.read(item.file.sha256, limits.MAX_PAGE_BYTES)
        body = raw.decode("utf-8", "replace")
    return render_template(
        "materials/show.html", row=row, item=item, body=body, errors=errors, may_change=may_change,
        can_convert=item.kind == "video" and not item.lighter and film_jobs.can_convert(hub()),
    )  # fmt: skip


def _own(number: int) -> StoredMaterial:
    with looking() as (connection, scope):
        row = materials.get(connection, scope, number) or abort(404)
        if not scope.holds(row.path):
            abort(403)
    return row


def _rename(row: StoredMaterial) -> dict[str, str]:
    title = request.form.get("title", "").strip()
    if not title or len(title) > limits.MAX_TITLE_CHARS or not title.isprintable():
        return {"title": _("请填名称，不超过 80 个字。")}
    item = replace(row.item, title=title)
    with writing(hub().engine) as connection:
        materials.put_item(connection, row.id, item, row.size)
    return {}


def _add(row: StoredMaterial, what: str, file: FileStorage | None) -> dict[str, str]:
    if file is None or not file.filename:
        return {what: _("请先选一个文件。")}
    _token, kept = uploads.keep(hub(), file.stream, jobs.KIND)
    add = imports.add_poster if what == "poster" else imports.add_subtitles
    try:
        add(hub(), row.id, kept, file.filename, actor())
    except ContentFaults as refused:
        return {what: " ".join(fault.text(_) for fault in refused.faults[:3])}
    finally:
        uploads.drop(kept)
    flash(_("已加上。"))
    return {}


def _unfooled(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text

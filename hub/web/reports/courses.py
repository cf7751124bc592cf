"""Pages: published courses; publishing one from a zip, with preview."""

from functools import partial
from pathlib import Path

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from content.model.course import Course
from content.model.errors import ContentFaults, FolderChanged
from content.source import folder
from content.source.folder import CourseFolder
from hub.errors import UnknownUnit
from hub.facts import evidence
from hub.materials import uploads
from hub.publishing import course_ends as course_end
from hub.publishing import earlier_contents, licences, publish, void
from hub.publishing.errors import LicenceEnded, OlderVersion, TooManyStations, VersionTaken
from hub.rights import Deed
from hub.store import catalogue, course_ends, courses, results
from hub.web.account import actor, looking, me, needs
from hub.web.current import hub
from hub.web.lists import unit_picker
from hub.web.lists.download import of_list
from hub.web.lists.listing import asked
from hub.web.lists.listing import show as show_list
from hub.web.reports import course_table, overview_cache

bp = Blueprint("courses", __name__)

KIND = "course"
MAX_REASON_CHARS = 200


@bp.get("/courses")
@needs(Deed.SEE_COURSES)
def index() -> ResponseReturnValue:
    """Courses with their newest version and how far stations and learners are with it."""
    text = request.args.get("q", "").strip()
    listing = asked("courses", course_table.columns(), {"q": text}, "title")
    with looking() as (connection, scope):
        key = ("courses", overview_cache.seen_by(scope))
        kept = overview_cache.kept(key, connection, partial(catalogue.people_of, scope=scope))
        rows = [
            row
            for row in catalogue.courses(connection, scope, kept.value)
            if text.casefold() in f"{row.title} {row.category} {row.owner_name}".casefold()
        ]
        rows = listing.ordered(rows, course_table.ORDERS)
        ended = course_ends.every(connection)
    if listing.file:
        cells = (course_table.cells(row, row.id in ended) for row in rows)
        return of_list(listing, _("课程"), cells, hub().now())
    listing = listing.of(len(rows))
    return show_list(
        "courses/index.html", listing, rows=listing.cut(rows), text=text, ended=ended, kept=kept
    )


@bp.get("/courses/<course_id>")
@needs(Deed.SEE_COURSES)
def show(course_id: str) -> ResponseReturnValue:
    """One course: what is in it, its versions, to whom it is published."""
    with looking() as (connection, scope):
        if not catalogue.sees(connection, scope, course_id):
            abort(404)
        versions = catalogue.versions(connection, course_id)
        owner = courses.owner(connection, course_id) or abort(404)
        course = evidence.opened(hub(), connection, course_id)
        places = catalogue.places(connection, scope, course_id)
        allowed = licences.allowed(connection, course_id)
        left_out = licences.left_out(connection, scope, course_id)
        ended = course_ends.every(connection).get(course_id)
        until = course_ends.held_until(connection, course_id, publish.today(hub().now()))
        voided = courses.voided(connection, course_id)
    return render_template(
        "courses/show.html", course=course, versions=versions, places=places, owner=owner,
        allowed=allowed, left_out=left_out, ended=ended, until=until, voided=voided,
    )  # fmt: skip


@bp.route("/courses/<course_id>/end", methods=["GET", "POST"])
@needs(Deed.PUBLISH)
def end(course_id: str) -> ResponseReturnValue:
    """Ask, then withdraw a course; classes that have it keep it until they are over."""
    error, reason = "", request.form.get("reason", "").strip()
    with looking() as (connection, scope):
        owner = courses.owner(connection, course_id) or abort(404)
        newest = courses.newest(connection, course_id) or abort(404)
        if not scope.holds(owner.unit.path) or course_id in course_ends.every(connection):
            abort(404)
        until = course_ends.held_until(connection, course_id, publish.today(hub().now()))
        places = catalogue.places(connection, scope, course_id)
    if request.method == "POST":
        if reason and len(reason) <= MAX_REASON_CHARS and reason.isprintable():
            course_end.withdraw(hub(), course_id, reason, actor())
            flash(_("《%(title)s》已撤回。", title=newest.title))
            return redirect(url_for(".show", course_id=course_id), code=303)
        error = _("请写明原因，200 个字以内。")
    page = render_template(
        "courses/end.html", newest=newest, until=until, places=places, reason=reason, error=error
    )
    return page, 400 if error else 200


@bp.route("/courses/<course_id>/void/<int:version>", methods=["GET", "POST"])
@needs(Deed.VOID)
def void_version(course_id: str, version: int) -> ResponseReturnValue:
    """Ask, then void a version that was published by mistake."""
    why, error = request.form.get("why", "").strip(), ""
    if request.method == "POST":
        error = "" if why else _("请写明原因。")
        if not error:
            count = void.void(hub(), course_id, version, why, actor())
            flash(_("第 %(v)s 版已作废，%(n)s 人按其余版本重新认定。", v=version, n=count))
            return redirect(url_for(".show", course_id=course_id), code=303)
    with looking() as (connection, _scope):
        void.check(connection, course_id, version, actor())
        count = len(results.learners_of(connection, course_id, completed_by=version))
        title = next(row.title for row in catalogue.versions(connection, course_id))
    page = render_template(
        "courses/void.html", course_id=course_id, version=version, title=title, count=count,
        why=why, error=error,
    )  # fmt: skip
    return page, 400 if error else 200


@bp.route("/courses/new", methods=["GET", "POST"])
@needs(Deed.GOVERN)
def upload() -> ResponseReturnValue:
    """Take the zip of a course folder and read it; all its faults at once, or a preview."""
    if request.method == "GET":
        return render_template("courses/upload.html", faults=(), error="")
    file = request.files.get("file")
    if file is None or not file.filename:
        error = _("请先选一个 zip 文件。")
        return render_template("courses/upload.html", faults=(), error=error), 400
    token, kept = uploads.keep(hub(), file.stream, KIND)
    try:
        folder.read_zip(kept, kept.parent / "folder")
    except ContentFaults as refused:
        uploads.drop(kept)
        page = render_template(
            "courses/upload.html", faults=refused.faults, error="", name=file.filename
        )
        return page, 400
    return redirect(url_for(".preview", token=token, name=file.filename), code=303)


@bp.route("/courses/new/<token>", methods=["GET", "POST"])
@needs(Deed.GOVERN)
def preview(token: str) -> ResponseReturnValue:
    """Show what was read, and publish it to a unit; then a class of it, where one is wanted."""
    kept = uploads.find(hub(), token, KIND)
    read = folder.read_folder(_root(kept))
    course, errors = read.course, {}
    if request.method == "POST":
        errors = _publish(read)
        if not errors:
            uploads.drop(kept)
            return redirect(_after(course), code=303)
    with looking() as (connection, _scope):
        before = catalogue.versions(connection, course.id)
        judged = earlier_contents.judgements(hub(), connection, read)
    page = render_template(
        "courses/preview.html",
        course=course,
        token=token,
        size=sum(ref.size for ref in course.files()),
        before=before,
        renewed=judged["other"],
        corrected=judged["same"],
        given=request.form,
        errors=errors,
    )
    return page, 400 if errors else 200


def _publish(read: CourseFolder) -> dict[str, str]:
    """Publish as the form says; return what prevents it, by field."""
    course, unit_code = read.course, _unit_code(Deed.GOVERN)
    if errors := _unit_fault(Deed.GOVERN):
        return errors
    try:
        released = publish.publish(hub(), read, unit_code, me().name)
    except UnknownUnit:  # it went away meanwhile
        return {"unit": unit_picker.fault(unit_code, Deed.GOVERN)}
    except FolderChanged:
        return {"version": _("课程文件在检查以后变了，请重新上传。")}
    except VersionTaken:
        words = _(
            "第 %(v)s 版已经发布过，内容不同。请把 course.toml 里的 version 加一，再上传。",
            v=course.version,
        )
        return {"version": words}
    except LicenceEnded as fault:
        return {"unit": _("许可到 %(day)s 为止，已经过期，不能发布。", day=fault.expires)}
    except TooManyStations as fault:
        words = _("会发给 %(n)s 个站点，许可只够 %(m)s 个。", n=fault.stations, m=fault.allowed)
        return {"unit": words}
    except OlderVersion:
        return {"version": _("已经发布过更新的版本。请把 course.toml 里的 version 改大，再上传。")}
    if released.again:
        flash(_("这一版以前发布过；现在也发给了这个单位。"))
    else:
        flash(_("《%(title)s》第 %(v)s 版已发布。", title=course.title, v=course.version))
    return {}


def _after(course: Course) -> str:
    """Where to go on after publishing: to the course, or to a class of it."""
    if not request.form.get("class"):
        return url_for(".show", course_id=course.id)
    unit_code = _unit_code(Deed.GOVERN)
    return url_for("classes.new", title=course.title, unit=unit_code, course=course.id)


def _unit_code(deed: Deed) -> str:
    """The code of the unit that the form names."""
    return unit_picker.meant(request.form.get("unit", ""), deed)


def _unit_fault(deed: Deed) -> dict[str, str]:
    """What is wrong with the unit of the form: nothing is chosen until somebody chooses."""
    wrong = unit_picker.fault(_unit_code(deed), deed)
    return {"unit": wrong} if wrong else {}


def _root(kept: Path) -> Path:
    """The folder inside the unpacked zip that holds the course."""
    course_files = sorted(
        (kept.parent / "folder").rglob(folder.COURSE_FILE), key=lambda p: len(p.parts)
    )
    return course_files[0].parent if course_files else kept.parent

"""Pages: published courses; publishing one from a zip, with preview; classes."""

from datetime import date
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from content.model.course import Course
from content.model.errors import ContentFaults, FolderChanged
from content.source import folder
from content.source.folder import CourseFolder
from hub.errors import LicenceEnded, OlderVersion, TooManyStations, UnknownUnit, VersionTaken
from hub.facts import evidence
from hub.materials import uploads
from hub.publishing import classes, licences, publish
from hub.rights import Deed
from hub.store import catalogue, courses, marks
from hub.web.account import actor, looking, me, needs, scope_of
from hub.web.current import hub

bp = Blueprint("courses", __name__)

KIND = "course"


@bp.get("/courses")
@needs(Deed.SEE_COURSES)
def index() -> ResponseReturnValue:
    """Courses with their newest version and how far stations and learners are with it."""
    with looking() as (connection, scope):
        rows = catalogue.courses(connection, scope)
        held = marks.classes_in(connection, scope)
        titles = marks.exams(connection)
        courses_of = catalogue.courses_of_classes(connection)
    return render_template(
        "courses/index.html", rows=rows, classes=held, titles=titles, courses_of=courses_of
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
    return render_template(
        "courses/show.html", course=course, versions=versions, places=places, owner=owner,
        allowed=allowed, left_out=left_out,
    )  # fmt: skip


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
    """Show what was read, and publish it to a unit, with dates where a class is wanted."""
    kept = uploads.find(hub(), token, KIND)
    read = folder.read_folder(_root(kept))
    course, errors = read.course, {}
    if request.method == "POST":
        errors = _class_faults() if request.form.get("class") else {}
        errors = errors or _publish(read)
        if not errors:
            uploads.drop(kept)
            return redirect(url_for(".show", course_id=course.id), code=303)
    with looking() as (connection, scope):
        before = catalogue.versions(connection, course.id)
        top = scope.top
    page = render_template(
        "courses/preview.html",
        course=course,
        token=token,
        size=sum(ref.size for ref in course.files()),
        before=before,
        top=top,
        given=request.form,
        errors=errors,
    )
    return page, 400 if errors else 200


@bp.route("/classes/new", methods=["GET", "POST"])
@needs(Deed.KEEP_CLASSES)
def new_class() -> ResponseReturnValue:
    """Open a class: a dated run of courses for a unit and all below it."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        chosen = tuple(request.form.getlist("course"))
        errors = _class_faults()
        if not chosen:
            errors["course"] = _("请至少选一门课程。")
        if not errors:
            try:
                _put_class(chosen, request.form.get("unit", "").strip())
            except UnknownUnit:
                errors["unit"] = _("没有这个代码的单位。")
            else:
                flash(_("班“%(title)s”已建立。", title=request.form["title"]))
                return redirect(url_for(".index", _anchor="classes"), code=303)
    with looking() as (connection, scope):
        seen = catalogue.courses(connection, scope_of(Deed.SEE_COURSES))
        titles, top = {row.id: row.title for row in seen}, scope.top
    page = render_template(
        "courses/class.html",
        titles=titles,
        top=top,
        given=request.form,
        chosen=request.form.getlist("course"),
        errors=errors,
    )
    return page, 400 if errors else 200


def _publish(read: CourseFolder) -> dict[str, str]:
    """Publish as the form says; return what prevents it, by field."""
    course, unit_code = read.course, request.form.get("unit", "").strip()
    try:
        released = publish.publish(hub(), read, unit_code, me().name)
    except UnknownUnit:
        return {"unit": _("没有这个代码的单位。")}
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
    _open_class(course, unit_code)
    if released.again:
        flash(_("这一版以前发布过；现在也发给了这个单位。"))
    else:
        flash(_("《%(title)s》第 %(v)s 版已发布。", title=course.title, v=course.version))
    return {}


def _root(kept: Path) -> Path:
    """The folder inside the unpacked zip that holds the course."""
    course_files = sorted(
        (kept.parent / "folder").rglob(folder.COURSE_FILE), key=lambda p: len(p.parts)
    )
    return course_files[0].parent if course_files else kept.parent


def _class_faults() -> dict[str, str]:
    errors = {}
    if not request.form.get("title", "").strip():
        errors["title"] = _("请填班名。")
    for name in ("opens", "closes"):
        try:
            date.fromisoformat(request.form.get(name, ""))
        except ValueError:
            errors[name] = _("请填日期，例如 2026-12-01。")
    if not errors and request.form["closes"] < request.form["opens"]:
        errors["closes"] = _("结束日期在开始日期之前。")
    return errors


def _open_class(course: Course, unit_code: str) -> None:
    if request.form.get("class"):
        _put_class((course.id,), unit_code)


def _put_class(chosen: tuple[str, ...], unit_code: str) -> None:
    form = request.form
    dates = (date.fromisoformat(form["opens"]), date.fromisoformat(form["closes"]))
    class_id = form.get("class_id", "").strip() or f"{form['opens']}-{quote(unit_code)}-{chosen[0]}"
    classes.put(hub(), class_id[:60], form["title"].strip()[:60], unit_code, dates, chosen, actor())

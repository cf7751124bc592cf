"""Pages: a draft as learners would see it, what changed, review by a second person, publishing."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from content.model.course import Course
from content.model.limits import MAX_PAGE_BYTES
from hub.authoring import diff, draft_editing, volume_editing
from hub.authoring.draft_plan import VolumePlan
from hub.authoring.errors import ChangedSinceReview, NotNow, OwnReview, Unfinished
from hub.errors import CourseOfAnother, NotYourUnit
from hub.publishing.errors import LicenceEnded, OlderVersion, TooManyStations, VersionTaken
from hub.rights import Deed
from hub.store import catalogue, courses
from hub.web.account import actor, can, looking, me, needs
from hub.web.authoring.drafts import draft_of, edition
from hub.web.current import hub
from hub.web.lists import unit_picker

bp = Blueprint("reviewing", __name__)


@bp.get("/authoring/<draft_id>/preview")
@needs(Deed.SEE_DRAFTS)
def preview(draft_id: str) -> ResponseReturnValue:
    """The course's page as learners would see it."""
    draft, _events = draft_of(draft_id)
    return render_template("authoring/preview.html", draft=draft, course=draft.built.course)


@bp.get("/authoring/<draft_id>/preview/<item_id>")
@needs(Deed.SEE_DRAFTS)
def preview_item(draft_id: str, item_id: str) -> ResponseReturnValue:
    """One item as learners would see it; its right answers beside it, for the reviewer."""
    draft, _events = draft_of(draft_id)
    course = draft.built.course
    item = next((each for each in course.items if each.id == item_id), None) or abort(404)
    body = ""
    if item.kind == "page" and item.file is not None:
        body = hub().blobs.read(item.file.sha256, MAX_PAGE_BYTES).decode("utf-8", "replace")
    places = [each.id for each in course.items]
    at = places.index(item_id) + 1
    following = course.items[at] if at < len(places) else None
    return render_template(
        "authoring/preview_item.html", draft=draft, course=course, item=item, body=body,
        following=following,
    )  # fmt: skip


@bp.get("/authoring/<draft_id>/review")
@needs(Deed.SEE_DRAFTS)
def review(draft_id: str) -> ResponseReturnValue:
    """What changed since the last version, what is still wrong, and the next step."""
    return _page(draft_id, {})


@bp.post("/authoring/<draft_id>/review")
@needs(Deed.WRITE, Deed.REVIEW)
def decide(draft_id: str) -> ResponseReturnValue:
    """Submit a draft, take it back, approve it or return it."""
    what, comment = request.form.get("what", ""), request.form.get("comment", "").strip()
    if not can(Deed.REVIEW if what in ("approve", "return") else Deed.WRITE):
        abort(403)
    if what == "return" and not comment:
        return _page(draft_id, {"comment": _("请写明要改什么。")}), 400
    deeds: dict[str, Callable[[], object]] = {
        "submit": lambda: draft_editing.submit(hub(), actor(), draft_id, edition(), comment),
        "withdraw": lambda: draft_editing.withdraw(hub(), actor(), draft_id, edition()),
        "approve": lambda: draft_editing.approve(hub(), actor(), draft_id, edition(), comment),
        "return": lambda: draft_editing.return_to_author(
            hub(), actor(), draft_id, edition(), comment
        ),
    }
    if what not in deeds:
        abort(400)
    try:
        deeds[what]()
    except Unfinished:
        return _page(draft_id, {"what": _("还有没填好的地方，见下面。")}), 409
    except OwnReview:
        return _page(draft_id, {"what": _("您改过这门课程，请另一位同事审核。")}), 403
    except ChangedSinceReview:
        words = _("送审以后题目或素材变了，请作者重新送审。")
        return _page(draft_id, {"what": words}), 409
    messages = {
        "submit": _("已送审，等另一位同事审核。"),
        "withdraw": _("已撤回，可以接着改。"),
        "approve": _("已通过，可以发布了。"),
        "return": _("已退回，作者会看到您的意见。"),
    }
    flash(messages[what])
    return redirect(url_for(".review", draft_id=draft_id), code=303)


@bp.post("/authoring/<draft_id>/publish")
@needs(Deed.PUBLISH)
def release(draft_id: str) -> ResponseReturnValue:
    """Publish what was approved to a unit and all below it."""
    unit = unit_picker.meant(request.form.get("unit", ""), Deed.PUBLISH)
    errors: dict[str, str] = {}
    if wrong := unit_picker.fault(unit, Deed.PUBLISH):
        return _page(draft_id, {"unit": wrong}), 409
    try:
        released = draft_editing.release(hub(), actor(), draft_id, edition(), unit)
    except NotYourUnit:
        errors["unit"] = unit_picker.fault(unit, Deed.PUBLISH)
    except ChangedSinceReview:
        errors["what"] = _("审核以后题目或素材变了，请重新送审。")
    except LicenceEnded as fault:
        errors["unit"] = _("许可到 %(day)s 为止，已经过期，不能发布。", day=fault.expires)
    except TooManyStations as fault:
        words = _("会发给 %(n)s 个站点，许可只够 %(m)s 个。", n=fault.stations, m=fault.allowed)
        errors["unit"] = words
    except CourseOfAnother as fault:
        errors["what"] = _("这门课程属于%(unit)s。请另编一门，用自己的编号。", unit=fault.unit)
    except (VersionTaken, OlderVersion):
        errors["what"] = _("别处已发布了这门课程的新版，请重新送审。")
    except NotNow:
        errors["what"] = _("还没有通过审核，或有人刚改过，不能发布。")
    if errors:
        return _page(draft_id, errors), 409
    course = released.course
    flash(_("《%(title)s》第 %(v)s 版已发布。", title=course.title, v=course.version))
    return redirect(url_for("courses.show", course_id=draft_id), code=303)


@bp.get("/courses/<course_id>/changes/<int:version>")
@needs(Deed.SEE_DRAFTS)
def version_changes(course_id: str, version: int) -> ResponseReturnValue:
    """What a published version changed against the one before it, in words."""
    with looking() as (connection, scope):
        owner = courses.owner(connection, course_id)
        if owner is None or not scope.holds(owner.unit.path):
            abort(404)
        rows = catalogue.versions(connection, course_id)
        older = max((row.version for row in rows if row.version < version), default=0)
        new = draft_editing.published(hub(), connection, course_id, version) or abort(404)
        old = draft_editing.published(hub(), connection, course_id, older) if older else None
    changes = _changed(old, new, volume_editing.of_course(hub().blobs, new)) if old else []
    return render_template(
        "authoring/changes.html", new=new, old=old, said=changes, course_id=course_id
    )


@bp.get("/authoring/<draft_id>/remove")
@needs(Deed.WRITE)
def ask_remove(draft_id: str) -> ResponseReturnValue:
    """Ask before an item, or a module with its items, is taken out of a draft."""
    draft, _events = draft_of(draft_id)
    item = draft.plan.item(request.args.get("item", ""))
    module = draft.plan.module(request.args.get("module", ""))
    if item is None and module is None:
        abort(404)
    return render_template("authoring/remove.html", draft=draft, item=item, module=module)


@bp.get("/authoring/<draft_id>/discard")
@needs(Deed.WRITE)
def ask_discard(draft_id: str) -> ResponseReturnValue:
    """Ask before a draft is thrown away."""
    draft, _events = draft_of(draft_id)
    return render_template("authoring/discard.html", draft=draft)


@bp.post("/authoring/<draft_id>/discard")
@needs(Deed.WRITE)
def discard(draft_id: str) -> ResponseReturnValue:
    """Throw a draft away; what is published of it, materials and banks stay."""
    draft_editing.discard(hub(), actor(), draft_id, edition())
    flash(_("草稿已删去；已发布的版本、素材和题库都还在。"))
    return redirect(url_for("authoring.index"), code=303)


def _changed(old: Course, new: Course, after: tuple[VolumePlan, ...]) -> list[str]:
    return diff.between(old, new, volume_editing.of_course(hub().blobs, old), after)


def _page(draft_id: str, errors: dict[str, str]) -> str:
    draft, events = draft_of(draft_id, Deed.SEE_DRAFTS)
    changes = _changed(draft.before, draft.built.course, draft.plan.volumes) if draft.before else []
    return render_template(
        "authoring/review.html", draft=draft, events=events, said=changes, errors=errors,
        mine=me().name in draft.authors, given=request.form,
    )  # fmt: skip

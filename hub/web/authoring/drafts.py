"""Pages: courses being written — their details, modules and items; saved with every button."""

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from content.model import categories, limits
from content.model.terms import MODULE_KINDS, ORIGINS, ModuleKind
from content.packs.item_contents import SAID, judged
from hub.authoring import draft_editing, draft_plan
from hub.authoring.draft_editing import CourseDraft
from hub.authoring.draft_plan import ItemPlan, ModulePlan, Plan
from hub.authoring.errors import EditedMeanwhile
from hub.authoring.next_version import begin as begin_next_version
from hub.authoring.next_version import copy as copy_course
from hub.errors import NameTaken, NoSuchBank
from hub.imports import imports
from hub.materials import uploads
from hub.materials.import_report import ImportReport
from hub.rights import Deed
from hub.store import banks, drafts, materials
from hub.store.banks import ListedBank
from hub.store.drafts import DraftEvent
from hub.web.account import actor, looking, needs
from hub.web.authoring import merging
from hub.web.bounds import row_number
from hub.web.current import hub

bp = Blueprint("authoring", __name__)

# So many of the newest materials; others are found by search.
SHOWN_MATERIALS = 30
MAX_MINUTES = limits.MAX_EXAM_MINUTES


@bp.get("/authoring")
@needs(Deed.SEE_DRAFTS)
def index() -> ResponseReturnValue:
    """Courses being written or reviewed, and what is published of them."""
    with looking() as (connection, scope):
        rows = drafts.listed(connection, scope)
    return render_template("authoring/index.html", rows=rows)


@bp.route("/authoring/new", methods=["GET", "POST"])
@needs(Deed.WRITE)
def new() -> ResponseReturnValue:
    """Begin a course with its title."""
    errors: dict[str, str] = {}
    form = {name: request.form.get(name, "").strip() for name in ("title", "id", "category")}
    title, course_id = form["title"], form["id"]
    plan = Plan(title, category=form["category"][: limits.MAX_NAME_CHARS])
    if request.method == "POST":
        if not title or len(title) > limits.MAX_TITLE_CHARS:
            errors["title"] = _("请填名称，不超过 80 个字。")
        else:
            try:
                draft_id = draft_editing.make(hub(), actor(), course_id, plan)
                return redirect(url_for(".show", draft_id=draft_id), code=303)
            except NameTaken:
                errors["id"] = _("这个编号已经用了，或不能用：只用小写字母、数字和 -。")
    page = render_template(
        "authoring/new.html", title=title, course_id=course_id, errors=errors,
        category=plan.category, categories=categories,
    )  # fmt: skip
    return page, 400 if errors else 200


@bp.post("/authoring/next/<course_id>")
@needs(Deed.WRITE)
def next_version(course_id: str) -> ResponseReturnValue:
    """Begin the next version of a published course, with what is published in it."""
    draft_id = begin_next_version(hub(), actor(), course_id)
    return redirect(url_for(".show", draft_id=draft_id), code=303)


@bp.post("/authoring/copy/<course_id>")
@needs(Deed.COPY)
def copy(course_id: str) -> ResponseReturnValue:
    """Begin a course of one's own with what is published of another's."""
    draft_id = copy_course(hub(), actor(), course_id)
    flash(_("已复制成您自己的课程。考试的题目不能复制，请给考试另选题库。"))
    return redirect(url_for(".show", draft_id=draft_id), code=303)


@bp.get("/authoring/<draft_id>")
@needs(Deed.SEE_DRAFTS)
def show(draft_id: str) -> ResponseReturnValue:
    """The course as it is being written: modules, items, what is still missing."""
    draft, events = draft_of(draft_id)
    with looking(Deed.SHARE) as (connection, scope):
        shared = drafts.shared(connection, scope)
    if draft.plan.is_library:
        return render_template(
            "authoring/library.html", draft=draft, events=events, categories=categories.LIBRARY
        )
    editions = {row.id: row.edition for row in shared}
    return render_template(
        "authoring/show.html", draft=draft, events=events, shared=shared, editions=editions,
        kinds={item.id: item for item in draft.built.course.items},
    )  # fmt: skip


@bp.post("/authoring/<draft_id>")
@needs(Deed.WRITE)
def change(draft_id: str) -> ResponseReturnValue:
    """Move, add or take out modules and items; saved at once."""
    draft, _events = draft_of(draft_id)
    form = request.form
    if form.get("do") == "share":
        draft_editing.share(hub(), actor(), draft_id, edition(), form.get("module", ""))
        flash(_("模块已共享，别的课程可以放进去。"))
        return redirect(url_for(".show", draft_id=draft_id), code=303)
    step = _STEPS.get(form.get("do", "")) or abort(400)
    try:
        draft_editing.save(hub(), actor(), draft_id, edition(), step(draft.plan))
    except NoSuchBank:  # of a shared module: its owner shared the module and not the bank
        flash(_("这个模块用到的题库没有给下级用。请它所属的单位在题库页面点“给下级用”。"), "act")
        return redirect(url_for(".show", draft_id=draft_id), code=303)
    if request.headers.get("Accept") == "application/json":
        return jsonify(saved=True)
    at = form.get("item") or form.get("module") or "items"
    return redirect(url_for(".show", draft_id=draft_id, _anchor=f"at-{at}"), code=303)


@bp.route("/authoring/<draft_id>/about", methods=["GET", "POST"])
@needs(Deed.WRITE)
def about(draft_id: str) -> ResponseReturnValue:
    """What the course is: title, category, hours, credits, lecturer, source and licence."""
    draft, _events = draft_of(draft_id)
    errors: dict[str, str] = {}
    plan, merge = draft.plan, None
    if request.method == "POST":
        plan, errors = _about(plan)
        if not errors:
            try:
                draft_editing.save(hub(), actor(), draft_id, edition(), plan)
                flash(_("已保存。"))
                return redirect(url_for(".show", draft_id=draft_id), code=303)
            except EditedMeanwhile as fault:
                draft, _events = draft_of(draft_id)
                plan, errors = _about(draft.plan)
                merge = merging.of_plan(fault.by, plan, draft.plan)
    with looking(Deed.SHARE) as (connection, scope):
        people = drafts.lecturers(connection, scope)
    page = render_template(
        "authoring/about.html", draft=draft, plan=plan, errors=errors, people=people,
        categories=categories, merge=merge,
    )  # fmt: skip
    return page, 409 if merge else 400 if errors else 200


@bp.route("/authoring/<draft_id>/add/<module_id>", methods=["GET", "POST"])
@needs(Deed.WRITE)
def add(draft_id: str, module_id: str) -> ResponseReturnValue:
    """Add an item: a material from the list, one uploaded right here, or questions of a bank."""
    draft, _events = draft_of(draft_id)
    module = draft.plan.module(module_id) or abort(404)
    error, report = "", None
    if request.method == "POST":
        items, error, report = _new_items()
        plan = draft.plan
        for item in items:
            plan = draft_plan.with_item(plan, module_id, item)
        if items:
            draft_editing.save(hub(), actor(), draft_id, edition(), plan)
            if len(items) == 1 and not items[0].material:
                new_item = plan.modules[[m.id for m in plan.modules].index(module_id)].items[-1]
                return redirect(url_for(".item", draft_id=draft_id, item_id=new_item.id), code=303)
            anchor = f"at-{module_id}"
            return redirect(url_for(".show", draft_id=draft_id, _anchor=anchor), code=303)
    text = request.args.get("q", "").strip()[:80]
    with looking(Deed.SHARE) as (connection, scope):
        total, rows = materials.listed(connection, scope, text, "", SHOWN_MATERIALS, 0)
        held = banks.listed(connection, scope)
    page = render_template(
        "authoring/add.html", draft=draft, module=module, text=text, total=total, banks=held,
        rows=[(row, row.item) for row in rows], error=error, report=report,
    )  # fmt: skip
    return page, 400 if error or report else 200


@bp.route("/authoring/<draft_id>/items/<item_id>", methods=["GET", "POST"])
@needs(Deed.WRITE)
def item(draft_id: str, item_id: str) -> ResponseReturnValue:
    """One item: its title, whether it must be done, and the rules of practice and exams."""
    draft, _events = draft_of(draft_id)
    item_plan = draft.plan.item(item_id) or abort(404)
    errors: dict[str, str] = {}
    merge = None
    if request.method == "POST":
        item_plan, errors = _item(item_plan)
        if not errors:
            changed = draft_plan.with_changed(draft.plan, item_plan)
            try:
                draft_editing.save(hub(), actor(), draft_id, edition(), changed)
                flash(_("已保存。"))
                anchor = f"at-{item_id}"
                return redirect(url_for(".show", draft_id=draft_id, _anchor=anchor), code=303)
            except EditedMeanwhile as fault:
                draft, _events = draft_of(draft_id)
                saved = draft.plan.item(item_id)
                if saved is None:
                    raise
                merge = merging.of_item(fault.by, item_plan, saved)
    with looking(Deed.SHARE) as (connection, scope):
        held = [row for row in banks.listed(connection, scope) if _serves(row, item_plan)]
        shape = banks.shape(connection, item_plan.bank) if item_plan.bank else []
        row = materials.get(connection, scope, item_plan.material) if item_plan.material else None
    page = render_template(
        "authoring/item.html", draft=draft, item=item_plan, errors=errors, banks=held, shape=shape,
        material=row, chapters=sorted({part.chapter for part in shape} - {""}),
        types=sorted({part.type for part in shape}),
        fault=draft.built.faults.get(f"item-{item_id}"), merge=merge,
        content=judged(draft.built.course.item(item_id), draft.earlier),
    )  # fmt: skip
    return page, 409 if merge else 400 if errors else 200


def _serves(bank: ListedBank, item_plan: ItemPlan) -> bool:
    """Whether a bank is offered: for exams none whose questions units below have read."""
    return item_plan.kind != "exam" or not bank.open or bank.id == item_plan.bank


def draft_of(draft_id: str, deed: Deed | None = None) -> tuple[CourseDraft, list[DraftEvent]]:
    """A draft to which this account may do that (or the view's own deed), and its history."""
    with looking(deed) as (connection, scope):
        draft = draft_editing.look(hub(), connection, scope, draft_id)
        return draft, drafts.events(connection, draft_id)


def edition() -> int:
    """The edition of the draft that the page showed."""
    return _number("edition", 0, 10**9, 0)


def _number(name: str, low: int, high: int, default: int) -> int:
    """A number of the form; ``default`` for anything that is none or too large."""
    text = request.form.get(name, "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default
    return number if low <= number <= high else default


# Each takes the plan and returns it changed as the form says.
_STEPS: dict[str, Callable[[Plan], Plan]] = {
    "up": lambda plan: draft_plan.moved(plan, request.form.get("item", ""), -1),
    "down": lambda plan: draft_plan.moved(plan, request.form.get("item", ""), 1),
    "remove": lambda plan: draft_plan.without_item(plan, request.form.get("item", "")),
    "place": lambda plan: draft_plan.placed(
        plan, request.form.get("item", ""), request.form.get("module", ""),
        request.form.get("before", ""),
    ),
    "module-up": lambda plan: draft_plan.module_moved(plan, request.form.get("module", ""), -1),
    "module-down": lambda plan: draft_plan.module_moved(plan, request.form.get("module", ""), 1),
    "module-remove": lambda plan: draft_plan.without_module(plan, request.form.get("module", "")),
    "module-add": lambda plan: draft_plan.with_module(plan, _new_module()),
    "module-put": lambda plan: _renamed(plan),
    "module-shared": lambda plan: _with_shared(plan),
    "module-update": lambda plan: _updated(plan),
}  # fmt: skip


def _new_module() -> ModulePlan:
    return ModulePlan("", _title("title"), _kind())


def _title(name: str) -> str:
    return request.form.get(name, "").strip()[: limits.MAX_TITLE_CHARS]


def _kind() -> ModuleKind:
    return next((kind for kind in MODULE_KINDS if kind == request.form.get("kind")), "base")


def _renamed(plan: Plan) -> Plan:
    module = plan.module(request.form.get("module", ""))
    if module is None:
        return plan
    return draft_plan.module_changed(plan, replace(module, title=_title("title"), kind=_kind()))


def _with_shared(plan: Plan) -> Plan:
    return draft_plan.with_module(plan, _shared(_number("shared", 0, 10**9, 0)))


def _updated(plan: Plan) -> Plan:
    """The plan with the newest edition of a shared module in the place of the older one."""
    module = plan.module(request.form.get("module", ""))
    if module is None or not module.shared:
        return plan
    newest = _shared(module.shared)
    return draft_plan.module_changed(plan, replace(newest, id=module.id))


def _shared(number: int) -> ModulePlan:
    with looking(Deed.SHARE) as (connection, scope):
        rows = {row.id: row for row in drafts.shared(connection, scope)}
    return draft_editing.shared_module(rows[number]) if number in rows else abort(404)


def _about(plan: Plan) -> tuple[Plan, dict[str, str]]:
    form = request.form
    sizes = {
        "title": limits.MAX_TITLE_CHARS,
        "summary": limits.MAX_SUMMARY_CHARS,
        "lecturer": limits.MAX_NAME_CHARS,
        "lecturer_about": limits.MAX_ABOUT_CHARS,
        "source": limits.MAX_NAME_CHARS,
        "category": limits.MAX_NAME_CHARS,
        "hours": 10,
        "credits": 10,
        "licence_holder": limits.MAX_NAME_CHARS,
        "licence_expires": 10,
    }
    errors = {}
    texts = {}
    for name, limit in sizes.items():
        texts[name] = form.get(name, "").replace("\r\n", "\n").strip()
        if len(texts[name]) > limit:
            errors[name] = _("写短些：不超过 %(n)s 个字。", n=limit)
    texts |= {name: texts[name] or "0" for name in ("hours", "credits")}
    changed = replace(
        plan,
        **texts,  # type: ignore[arg-type]
        origin=next((origin for origin in ORIGINS if origin == form.get("origin")), ""),
        required=form.get("required") == "yes",
        licence_stations=_number("licence_stations", 0, 1_000_000, 0),
    )
    return changed, errors | draft_editing.faults_of_details(changed)


def _new_items() -> tuple[list[ItemPlan], str, ImportReport | None]:
    """What the form adds; what is wrong with it; the report of a file that was refused."""
    form = request.form
    if form.get("kind") in ("practice", "exam"):
        bank = _number("bank", 0, 10**9, 0)
        with looking(Deed.SHARE) as (connection, scope):
            row = banks.get(connection, scope, bank) if bank else None
        if row is None:
            return [], _("请选题库。"), None
        title = _("练习") if form["kind"] == "practice" else _("结业考试")
        return [ItemPlan("", title, form["kind"], bank=bank)], "", None
    file = request.files.get("file")
    if file is not None and file.filename:
        _token, kept = uploads.keep(hub(), file.stream, "content")
        try:
            report = imports.import_file(hub(), kept, file.filename, actor())
        finally:
            uploads.drop(kept)
        numbers = [int(imported.id) for imported in report.made if imported.kind == "material"]
        if not numbers:
            return [], "", report
    else:
        numbers = [row_number(text) for text in form.getlist("material")[:60]]
    if not numbers:
        return [], _("请选素材，或选一个文件上传。"), None
    with looking(Deed.SHARE) as (connection, scope):
        rows = [materials.get(connection, scope, number) for number in numbers]
    return (
        [ItemPlan("", row.title, row.kind, material=row.id) for row in rows if row is not None],
        "",
        None,
    )


def _item(item_plan: ItemPlan) -> tuple[ItemPlan, dict[str, str]]:
    form = request.form
    changed = replace(
        item_plan,
        title=_title("title"),
        required=form.get("required") == "yes",
        seconds=60 * _number("minutes_least", 0, 1440, item_plan.seconds // 60),
        bank=_number("bank", 0, 10**9, item_plan.bank),
        chapters=tuple(form.getlist("chapter"))[:200],
        types=tuple(form.getlist("type")),
        draw=_number("draw", 1, limits.MAX_QUESTIONS, 0),
        minutes=_number("minutes", 1, MAX_MINUTES, 0),
        pass_percent=_number("pass_percent", 1, 100, 0),
        attempts=_number("attempts", 1, limits.MAX_EXAM_ATTEMPTS, 0),
        content=next((said for said in SAID if said == form.get("content")), item_plan.content),
    )
    errors = {}
    if not changed.title:
        errors["title"] = _("请填课件名称。")
    if item_plan.kind == "exam":
        bounds = {"draw": limits.MAX_QUESTIONS, "minutes": MAX_MINUTES, "pass_percent": 100}
        bounds["attempts"] = limits.MAX_EXAM_ATTEMPTS
        for name, most in bounds.items():
            if not getattr(changed, name):
                errors[name] = _("请填 1 到 %(n)s 之间的数。", n=most)
    else:
        changed = replace(
            changed, draw=item_plan.draw, minutes=item_plan.minutes,
            pass_percent=item_plan.pass_percent, attempts=item_plan.attempts,
        )  # fmt: skip
    return changed, errors

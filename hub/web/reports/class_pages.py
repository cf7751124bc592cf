"""Pages: classes, one class and how far its people are; new, changed, copied, ended, cancelled.

Whatever changes a class first shows whom it reaches, and is done by a second press.
"""

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from content.face.words import gettext as _
from hub.errors import UnknownUnit
from hub.publishing import classes
from hub.publishing.classes import ClassPlan
from hub.publishing.errors import ClassOver
from hub.publishing.publish import today
from hub.reports.kept_figures import KeptFigures
from hub.rights import Deed
from hub.store import catalogue, class_lists, course_ends, courses, marks, units
from hub.store.class_lists import ClassFigures, ClassRow, WantedPeople
from hub.store.courses import CANCELLED, Class
from hub.store.marks import ResultFilter
from hub.store.scope import Scope, words_of
from hub.store.units import Unit
from hub.web.account import actor, looking, needs, scope_of
from hub.web.current import hub
from hub.web.lists import unit_picker
from hub.web.paging import Page
from hub.web.reports import overview_cache

bp = Blueprint("classes", __name__)

ROWS_A_PAGE = 50
# People of a larger class come by their numbers: by all else the database would read everybody.
MOST_SORTED = 20_000
MAX_TEXT_CHARS = 60
MAX_REASON_CHARS = 200
STATES = ("running", "coming", "over", "cancelled")


@bp.get("/classes")
@needs(Deed.SEE_COURSES)
def index() -> ResponseReturnValue:
    """Classes by where they are in their days: those that run first."""
    asked, text = request.args.get("state", ""), request.args.get("q", "").strip()
    page, day = Page.of(request.args, ROWS_A_PAGE), today(hub().now())
    with looking() as (connection, scope):
        every = [row for row in class_lists.listed(connection, scope) if text in row.title]
        counts = {state: sum(_state(row, day) == state for row in every) for state in STATES}
        rows = [row for row in every if asked not in STATES or _state(row, day) == asked]
        rows.sort(key=lambda row: STATES.index(_state(row, day)))
        shown = rows[page.offset : page.offset + page.size]
        people = class_lists.people_below(connection, scope, {row.path for row in shown})
        courses_of = catalogue.courses_of_classes(connection)
        published = bool(marks.exams(connection))
    return render_template(
        "classes/index.html", rows=shown, counts=counts, whole=len(every), people=people,
        courses_of=courses_of, state=asked if asked in STATES else "", text=text,
        page=page.counted(len(rows)), day=day, published=published,
    )  # fmt: skip


@bp.get("/classes/<path:class_id>")
@needs(Deed.SEE_COURSES)
def show(class_id: str) -> ResponseReturnValue:
    """One class: its days, courses, people, how far they are, and its results."""
    group, text = request.args.get("group", ""), request.args.get("q", "").strip()
    page = Page.of(request.args, ROWS_A_PAGE)
    with looking() as (connection, scope):
        one, unit = _seen(connection, scope, class_id)
        kept = _figures(connection, scope, one, unit)
        is_large = kept.value.people > MOST_SORTED
        wanted = WantedPeople(unit.path, one.courses, text, group, not is_large)
        if text or not is_large:
            total = class_lists.count_people(connection, scope, wanted)
        else:
            total = kept.value.count_of(group)
        people = class_lists.people(connection, scope, wanted, page.size, page.offset)
        asked = ResultFilter(unit.path, class_id=class_id)
        exams = overview_cache.results(connection, scope, asked).value
        stations = class_lists.reach(connection, scope, unit.path).stations
        overlaps = class_lists.overlapping(connection, one, unit.path)
        titles = marks.exams(connection)
        above = words_of(connection, scope, [unit.path])[unit.path]
    return render_template(
        "classes/show.html", one=one, unit=unit, standing_of=kept.value, kept=kept,
        people=people, exams=exams, stations=stations, titles=titles, above=above, text=text,
        overlaps=overlaps if one.state != CANCELLED else [],
        group=group if group in class_lists.GROUPS else "", page=page.counted(total),
        day=today(hub().now()),
    )  # fmt: skip


@bp.route("/classes/new", methods=["GET", "POST"])
@needs(Deed.KEEP_CLASSES)
def new() -> ResponseReturnValue:
    """Open a class; a copy of another begins with what that has, but its days."""
    with looking() as (connection, scope):
        origin = courses.get_class(connection, request.args.get("from", ""))
        unit = units.get(connection, origin.unit_id) if origin else None
        if unit is None or not scope.holds(unit.path):
            origin, unit = None, None
    given: dict[str, Any] = {
        "title": request.args.get("title", origin.title if origin else "")[:MAX_TEXT_CHARS],
        "unit": request.args.get("unit", unit.code if unit else ""),
        "opens": today(hub().now()),
        "closes": "",
    }
    chosen = request.args.getlist("course") or (list(origin.courses) if origin else [])
    return _form("", given, chosen)


@bp.route("/classes/<path:class_id>/edit", methods=["GET", "POST"])
@needs(Deed.KEEP_CLASSES)
def edit(class_id: str) -> ResponseReturnValue:
    """Change a class: its title, days, unit and courses."""
    with looking() as (connection, scope):
        one, unit = _kept(connection, scope, class_id)
    if one.state == CANCELLED:
        abort(404)
    given = {
        "title": one.title, "unit": unit.code, "opens": one.opens, "closes": one.closes,
        "seen": request.form.get("seen") or classes.edition(one),
    }  # fmt: skip
    return _form(class_id, given, list(one.courses))


@bp.route("/classes/<path:class_id>/end", methods=["GET", "POST"])
@needs(Deed.KEEP_CLASSES)
def end(class_id: str) -> ResponseReturnValue:
    """Ask, then let today be the last day of a class."""
    return _over(class_id, ending=True)


@bp.route("/classes/<path:class_id>/cancel", methods=["GET", "POST"])
@needs(Deed.KEEP_CLASSES)
def cancel(class_id: str) -> ResponseReturnValue:
    """Ask, then take a class back."""
    return _over(class_id, ending=False)


def _over(class_id: str, *, ending: bool) -> ResponseReturnValue:
    day, reason = today(hub().now()), request.form.get("reason", "").strip()
    with looking() as (connection, scope):
        one, unit = _kept(connection, scope, class_id)
        kept = _figures(connection, scope, one, unit)
        reach = class_lists.reach(connection, scope, unit.path)
        overlaps = class_lists.overlapping(connection, one, unit.path)
    allowed = one.opens <= day < one.closes if ending else day <= one.closes
    if one.state == CANCELLED or not allowed:
        abort(404)
    error = ""
    if request.method == "POST":
        if reason and len(reason) <= MAX_REASON_CHARS and reason.isprintable():
            (classes.end if ending else classes.cancel)(hub(), class_id, reason, actor())
            words = _("班“%(title)s”今天以后就结束了。") if ending else _("班“%(title)s”已取消。")
            flash(words % {"title": one.title})
            return redirect(url_for(".show", class_id=class_id), code=303)
        error = _("请写明原因，200 个字以内。")
    page = render_template(
        "classes/over.html", one=one, unit=unit, kept=kept, reach=reach, overlaps=overlaps,
        ending=ending, day=day, reason=reason, error=error,
    )  # fmt: skip
    return page, 400 if error else 200


def _form(class_id: str, given: dict[str, Any], chosen: list[str]) -> ResponseReturnValue:
    """The form; sent, the question with whom it reaches; sent again, the deed."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        form, chosen = request.form, request.form.getlist("course")
        names = ("title", "unit", "opens", "closes", "seen")
        given = {name: form.get(name, "").strip() for name in names}
        given["unit"] = unit_picker.meant(given["unit"], Deed.KEEP_CLASSES)
        plan, errors = _plan(given, tuple(chosen))
        if plan is not None:
            try:
                if form.get("sure") == "yes":
                    return _done(class_id, plan)
                if not form.get("back"):
                    return _question(class_id, plan)
            except UnknownUnit:
                errors["unit"] = unit_picker.fault(given["unit"], Deed.KEEP_CLASSES)
            except ClassOver:
                abort(404)
    with looking() as (connection, _scope):
        seen = catalogue.titles(connection, scope_of(Deed.SEE_COURSES))
        ended = course_ends.every(connection)
        titles = {id_: title for id_, title in seen.items() if id_ not in ended or id_ in chosen}
    page = render_template(
        "classes/form.html", titles=titles, given=given, chosen=chosen, errors=errors,
        class_id=class_id,
    )  # fmt: skip
    return page, 400 if errors else 200


def _question(class_id: str, plan: ClassPlan) -> ResponseReturnValue:
    """What will be, whom it reaches, and what else runs there at the same time."""
    wanted, unit = classes.rehearse(hub(), plan, actor(), class_id)
    with looking() as (connection, scope):
        reach = class_lists.reach(connection, scope, unit.path)
        overlaps = class_lists.overlapping(connection, wanted, unit.path)
        titles = marks.exams(connection)
        before = courses.get_class(connection, class_id) if class_id else None
        before_unit = units.get(connection, before.unit_id) if before else None
    return render_template(
        "classes/question.html", wanted=wanted, unit=unit, reach=reach, overlaps=overlaps,
        titles=titles, before=before, before_unit=before_unit, class_id=class_id,
        day=today(hub().now()), seen=request.form.get("seen", ""),
    )  # fmt: skip


def _done(class_id: str, plan: ClassPlan) -> ResponseReturnValue:
    if class_id:
        dates = (plan.opens, plan.closes)
        seen = request.form.get("seen", "")
        classes.put(hub(), class_id, plan.title, plan.unit_code, dates, plan.courses, actor(), seen)
        flash(_("班“%(title)s”已更改。", title=plan.title))
    else:
        class_id = classes.open_class(hub(), plan, actor()).id
        flash(_("班“%(title)s”已建立。", title=plan.title))
    return redirect(url_for(".show", class_id=class_id), code=303)


def _plan(
    given: dict[str, Any], chosen: tuple[str, ...]
) -> tuple[ClassPlan | None, dict[str, str]]:
    """What the form says; without a last day, a term. Or what is wrong with it, by field."""
    errors = {}
    title = given["title"]
    if not title or len(title) > MAX_TEXT_CHARS or not title.isprintable():
        errors["title"] = _("请填班名，60 个字以内。")
    opens, closes = (_day(given[name]) for name in ("opens", "closes"))
    if opens is None:
        errors["opens"] = _("请填日期，例如 2026-12-01。")
    elif not given["closes"]:
        closes = classes.last_day(opens)
    elif closes is None:
        errors["closes"] = _("请填日期，例如 2026-12-01。")
    elif closes < opens:
        errors["closes"] = _("结束日期在开始日期之前。")
    if not chosen:
        errors["course"] = _("请至少选一门课程。")
    if wrong := unit_picker.fault(given["unit"], Deed.KEEP_CLASSES):
        errors["unit"] = wrong
    if errors or opens is None or closes is None:
        return None, errors
    return ClassPlan(title, given["unit"], opens, closes, chosen), {}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def _state(row: ClassRow, day: str) -> str:
    """Where a class is in its days."""
    if row.state == CANCELLED:
        return "cancelled"
    if day < row.opens:
        return "coming"
    return "running" if day <= row.closes else "over"


def _figures(
    connection: Connection, scope: Scope, one: Class, unit: Unit
) -> KeptFigures[ClassFigures]:
    """How far the people of a class are; of one for a whole country some minutes ago."""
    what = (unit.path, one.courses, one.span[0])

    def count(connection: Connection) -> ClassFigures:
        return class_lists.figures(connection, scope, *what)

    key = ("class", overview_cache.seen_by(scope), *what)
    return overview_cache.kept(key, connection, count)


def _seen(connection: Connection, scope: Scope, class_id: str) -> tuple[Class, Unit]:
    """A class that holds for a unit of the scope, and its unit."""
    one = courses.get_class(connection, class_id)
    unit = units.get(connection, one.unit_id) if one else None
    if one is None or unit is None or not scope.touches(unit.path):
        abort(404)
    return one, unit


def _kept(connection: Connection, scope: Scope, class_id: str) -> tuple[Class, Unit]:
    """A class of a unit inside the scope, and its unit."""
    one, unit = _seen(connection, scope, class_id)
    if not scope.holds(unit.path):
        abort(404)
    return one, unit

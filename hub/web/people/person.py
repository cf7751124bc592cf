"""Pages: the history of one person, and what changes it — leaving, coming back, another unit."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from hub.errors import UnknownUnit
from hub.people import changes
from hub.people.changes import MAX_WHY_CHARS, Leaving
from hub.people.errors import BadDay, StandingAlready, UnknownLearner
from hub.people.roster_file import MAX_TEXT_CHARS, is_fit
from hub.rights import Deed
from hub.store import histories, rosters, units
from hub.store.histories import Standing
from hub.store.rosters import ListedLearner
from hub.web.account import actor, looking, needs
from hub.web.current import hub
from hub.web.lists import unit_picker
from hub.web.people import people_words

bp = Blueprint("person", __name__)


@bp.get("/learners/<number>/history")
@needs(Deed.SEE_FIGURES)
def history(number: str) -> ResponseReturnValue:
    """What was so of a learner when, who noted it, and why."""
    with looking() as (connection, scope):
        learner = rosters.learner_in(connection, scope, number) or abort(404)
        noted = histories.of(connection, number)
        steps = people_words.steps(noted, scope)
    now_so = people_words.standing_of(learner, noted)
    return render_template("learners/history.html", learner=learner, steps=steps, now_so=now_so)


@bp.route("/learners/<number>/leave", methods=["GET", "POST"])
@needs(Deed.KEEP_PEOPLE)
def leave(number: str) -> ResponseReturnValue:
    """Ask why and from when a learner leaves; then note it."""
    learner = _kept(number)
    if request.method == "GET":
        return _leave_page(learner, {})
    try:
        errors = _leave(number)
    except StandingAlready:  # the button was pressed twice
        return redirect(url_for(".history", number=number), code=303)
    if errors:
        return _leave_page(learner, errors), 400
    flash(_("%(name)s 已记为离开：不再计入人数，成绩保留。", name=learner.name))
    return redirect(url_for(".history", number=number), code=303)


@bp.post("/learners/<number>/return")
@needs(Deed.KEEP_PEOPLE)
def come_back(number: str) -> ResponseReturnValue:
    """Note that somebody who left is here again."""
    learner = _kept(number)
    try:
        changes.come_back(hub(), actor(), number, _why())
    except StandingAlready:
        return redirect(url_for(".history", number=number), code=303)
    flash(_("%(name)s 回来了，仍在%(unit)s。", name=learner.name, unit=learner.unit_name))
    return redirect(url_for(".history", number=number), code=303)


@bp.route("/learners/<number>/change", methods=["GET", "POST"])
@needs(Deed.KEEP_PEOPLE)
def change(number: str) -> ResponseReturnValue:
    """Another name, unit or post."""
    learner = _kept(number)
    with looking() as (connection, _scope):
        unit = units.get(connection, learner.unit_id) or abort(404)
    given = {"name": learner.name, "unit": unit.code, "post": learner.post}
    errors: dict[str, str] = {}
    if request.method == "POST":
        given = {name: request.form.get(name, "").strip() for name in ("name", "unit", "post")}
        given["unit"] = unit_picker.meant(given["unit"], Deed.KEEP_PEOPLE)
        errors = _change(number, given) if learner.active else {}
        if not errors:
            return redirect(url_for(".history", number=number), code=303)
    page = render_template("learners/change.html", learner=learner, given=given, errors=errors)
    return page, 400 if errors else 200


def _kept(number: str) -> ListedLearner:
    with looking(Deed.KEEP_PEOPLE) as (connection, scope):
        return rosters.learner_in(connection, scope, number) or abort(404)


def _leave_page(learner: ListedLearner, errors: dict[str, str]) -> str:
    return render_template(
        "learners/leave.html", learner=learner, errors=errors, given=request.form,
        reasons=people_words.leaving_reasons(), today=changes.day_of(hub().now()).isoformat(),
    )  # fmt: skip


def _leave(number: str) -> dict[str, str]:
    """Note it as the form says; what is wrong with the form, by field."""
    form = request.form
    try:
        day = date.fromisoformat(form.get("day", ""))
    except ValueError:
        return {"day": _("请填日期，例如 2026-11-30。")}
    states = [each for each in Standing if each is not Standing.PRESENT]
    state = next((each for each in states if each == form.get("state")), None)
    if state is None:
        return {"state": _("请选一个原因。")}
    leaving = Leaving(state, day, _why(), form.get("other", "").strip())
    try:
        changes.leave(hub(), actor(), number, leaving)
    except BadDay as fault:
        words = _("请填 %(a)s 到 %(b)s 之间的一天。", a=fault.first, b=fault.last)
        return {"day": words if fault.first > "0001-01-01" else _("请填今天或以前的一天。")}
    except UnknownLearner:
        return {"other": _("找不到这个学号，或不归您管。请填他另一个学号。")}
    return {}


def _change(number: str, given: dict[str, str]) -> dict[str, str]:
    """Change what the form says; what is wrong with it, by field."""
    name, unit_code, post = given["name"], given["unit"], given["post"]
    if not name or not is_fit(name):
        return {"name": _("请填姓名，%(n)s 个字以内。", n=MAX_TEXT_CHARS)}
    if not is_fit(post):
        return {"post": _("请填 %(n)s 个字以内。", n=MAX_TEXT_CHARS)}
    try:
        changed = changes.change(
            hub(), actor(), number, name=name, unit_code=unit_code, post=post, why=_why()
        )
    except UnknownUnit:
        return {"unit": unit_picker.fault(unit_code, Deed.KEEP_PEOPLE)}
    flash(_("已保存，下一次联系时站点就知道。") if changed else _("没有变化。"))
    return {}


def _why() -> str:
    return request.form.get("why", "").strip()[:MAX_WHY_CHARS]

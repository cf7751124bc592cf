"""Pages: a unit's record with its story; moving, merging, splitting, renaming, closing it.

Each change is a form with a reason, then a question with what it concerns, then the deed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from hub.errors import UnknownUnit
from hub.publishing import unit_moves
from hub.publishing.errors import CodeInUse, NotAtUnit, UnitInUse, WrongPlace
from hub.publishing.publish import today
from hub.rights import Deed
from hub.store import contacts, unit_changes, units
from hub.store.scope import line_of, unit_of
from hub.store.units import Unit
from hub.web.account import actor, looking, needs
from hub.web.current import hub
from hub.web.lists import unit_picker

bp = Blueprint("unit_pages", __name__)

WHATS = ("rename", "move", "merge", "split", "close")
MAX_NAME_CHARS, MAX_CODE_CHARS, MAX_REASON_CHARS = 60, 40, 200


@bp.get("/units/<int:unit_id>/record")
@needs(Deed.SEE_FIGURES)
def record(unit_id: int) -> ResponseReturnValue:
    """Where a unit belongs, what it has, and what became of it."""
    with looking() as (connection, scope):
        unit = unit_of(connection, scope, unit_id) or abort(404)
        trail = line_of(connection, scope, unit)
        story = unit_changes.of_unit(connection, unit.id)
        there = unit_changes.contents(connection, unit, today(hub().now()))
        node_id = contacts.station_of_unit(connection, scope, unit.id)
    return render_template(
        "units/record.html", unit=unit, trail=trail, story=story, there=there, node_id=node_id
    )


@bp.route("/units/<int:unit_id>/change/<what>", methods=["GET", "POST"])
@needs(Deed.KEEP_UNITS)
def change(unit_id: int, what: str) -> ResponseReturnValue:
    """Ask for what is needed, say what it concerns, then do it."""
    if what not in WHATS:
        abort(404)
    given = _Given.of(request.form)
    given = replace(given, other=unit_picker.meant(given.other, Deed.KEEP_UNITS))
    with looking() as (connection, scope):
        unit = unit_of(connection, scope, unit_id) or abort(404)
        if unit.closed_at is not None or (unit.parent_id is None and what != "rename"):
            abort(404)
        there = unit_changes.contents(connection, unit, today(hub().now()))
        above = units.get(connection, unit.parent_id or 0)
        other = units.by_code(connection, given.other) if given.other else None
        other = other if other is not None and scope.holds(other.path) else None
        other_there = (
            unit_changes.contents(connection, other, today(hub().now())) if other else None
        )
        trail = line_of(connection, scope, unit)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _faults(what, given, unit, other, there)
        if not errors and request.form.get("sure") == "yes":
            errors = _do(what, given, unit)
            if not errors:
                return redirect(url_for(".record", unit_id=unit.id), code=303)
        elif not errors and not request.form.get("back"):
            return render_template(
                "units/question.html", unit=unit, what=what, given=given, there=there,
                above=above, other=other, other_there=other_there,
            )  # fmt: skip
    page = render_template(
        "units/change.html", unit=unit, what=what, given=given, there=there, above=above,
        trail=trail, errors=errors,
    )  # fmt: skip
    return page, 400 if errors else 200


@dataclass(frozen=True, slots=True)
class _Given:
    """What the form says. ``other``: the code of the unit to go to."""

    name: str
    code: str
    other: str
    people: str
    reason: str

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "_Given":
        """Take a form's fields."""
        return cls(*(form.get(name, "").strip() for name in cls.__slots__))

    @property
    def numbers(self) -> tuple[str, ...]:
        """The learner numbers that were typed, in their order."""
        return tuple(dict.fromkeys(self.people.replace(",", " ").replace("，", " ").split()))


def _faults(
    what: str, given: _Given, unit: Unit, other: Unit | None, there: unit_changes.UnitContents
) -> dict[str, str]:
    """What is wrong with the form, by field."""
    errors = {}
    if not given.reason or len(given.reason) > MAX_REASON_CHARS or not given.reason.isprintable():
        errors["reason"] = _("请写明原因，200 个字以内。")
    if what in ("rename", "split") and not _short(given.name, MAX_NAME_CHARS):
        errors["name"] = _("请填单位名称，不超过 60 个字。")
    if what == "rename" and given.name == unit.name:
        errors["name"] = _("名称没有变。")
    if what == "split" and not _short(given.code, MAX_CODE_CHARS):
        errors["code"] = _("请填一个代码，例如上级代码后面加两位数字。")
    if what in ("move", "merge"):
        if other is None:
            errors["other"] = unit_picker.fault(given.other, Deed.KEEP_UNITS)
        elif other.path.startswith(unit.path):
            errors["other"] = _("不能放到它自己或它的下级里面。")
        elif what == "move" and other.id == unit.parent_id:
            errors["other"] = _("它现在就在这个单位下面。")
    if what == "close" and there.people:
        words = _("还有 %(n)s 名学员在册。请用“合并”把他们并到别的单位，或先办调动、离开。")
        errors["reason"] = words % {"n": there.people}
    return errors


def _short(text: str, most: int) -> bool:
    return bool(text) and len(text) <= most and text.isprintable()


def _do(what: str, given: _Given, unit: Unit) -> dict[str, str]:
    """Do it; or what prevents it, by field."""
    by, reason = actor(), given.reason
    try:
        if what == "rename":
            unit_moves.rename(hub(), unit.id, given.name, reason, by)
        elif what == "move":
            unit_moves.move(hub(), unit.id, given.other, reason, by)
        elif what == "merge":
            unit_moves.merge(hub(), unit.id, given.other, reason, by)
        elif what == "split":
            new = (given.code, given.name)
            unit_moves.split(hub(), unit.id, new, given.numbers, reason, by)
        else:
            unit_moves.close(hub(), unit.id, reason, by)
    except UnknownUnit:
        return {"other": _("没有这个代码的单位。")}
    except CodeInUse:
        return {"code": _("这个代码已经用过。用过的代码不再给别的单位，请换一个。")}
    except NotAtUnit as fault:
        words = _("学号 %(number)s 不在这个单位。", number=fault.number)
        return {"people": words}
    except UnitInUse as fault:
        return {"reason": _("还有 %(n)s 名学员在册。", n=fault.people)}
    except WrongPlace:
        return {"other": _("不能放到这里。")}
    flash(_("已办好。站点下次联系时会收到变化。"))
    return {}

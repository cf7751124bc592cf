"""The choice of a unit in a form: found by name, path or code while one types.

Without scripts the field takes a code, or a name that only one unit has. ``fault`` says what is
wrong with what came, and which units come nearest.
"""

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from content.face.words import gettext as _
from hub.rights import Deed
from hub.store import unit_search, units
from hub.store.engine import reading
from hub.store.scope import Scope
from hub.store.unit_search import PlacedUnit
from hub.web.account import looking, needs, scope_of
from hub.web.current import hub

bp = Blueprint("unit_picker", __name__)

MAX_TEXT = 60


@bp.get("/units.json")
@needs(Deed.SEE_FIGURES)
def found() -> ResponseReturnValue:
    """Units for the field to offer: those to which this account may do the deed of its form."""
    text, wanted = request.args.get("q", "").strip()[:MAX_TEXT], request.args.get("for", "")
    if wanted not in set(Deed):
        abort(404)
    with looking(Deed(wanted)) as (connection, scope):
        offered = unit_search.find(connection, scope, text) if text else []
    rows = [{"code": unit.code, "name": unit.name, "above": above} for unit, above in offered]
    answer = jsonify(units=rows)
    answer.headers["Cache-Control"] = "private, max-age=30"
    return answer


def chosen(code: str, deed: str) -> str:
    """What a code means, as the field shows it: "清溪县局（430121）"; "" for none of theirs."""
    with reading(hub().engine) as connection:
        unit = units.by_code(connection, code.strip()) if code.strip() else None
        if unit is None or not scope_of(Deed(deed)).holds(unit.path):
            return ""
        return _("%(name)s（%(code)s）", name=unit.name, code=unit.code)


def meant(text: str, deed: Deed) -> str:
    """The code of the unit that was typed: the code itself, or the name of just one unit."""
    text = text.strip()
    with reading(hub().engine) as connection:
        if not text or units.by_code(connection, text) is not None:
            return text
        alike = unit_search.find(connection, scope_of(deed), text[:MAX_TEXT], 2)
    exact = [unit.code for unit, _above in alike if unit.name == text.split()[-1]]
    return exact[0] if len(exact) == 1 else text


def fault(code: str, deed: Deed) -> str:
    """What is wrong with the unit of a form, and what comes nearest; "" when nothing is."""
    code = code.strip()
    if not code:
        return _("请选单位：输名称里的字，从列出的单位里点一个；也可以直接填代码。")
    scope = scope_of(deed)
    with reading(hub().engine) as connection:
        unit = units.by_code(connection, code)
        if unit is not None and scope.holds(unit.path):
            return ""
        return _unknown(connection, scope, code[:MAX_TEXT])


def _unknown(connection: Connection, scope: Scope, text: str) -> str:
    alike = unit_search.nearest(connection, scope, text)
    if not alike:
        return _(
            "没有“%(text)s”这个单位，或不在您负责的范围里。请检查有没有错字，或在“总览”里查找。",
            text=text,
        )
    names = _("、").join(map(_line, alike))
    return _(
        "没有“%(text)s”这个单位，或不在您负责的范围里。最接近的：%(units)s。",
        text=text,
        units=names,
    )


def _line(placed: PlacedUnit) -> str:
    unit, above = placed
    where = f"{above.split(' › ')[-1]} " if above else ""
    return _("%(name)s（%(code)s）", name=f"{where}{unit.name}", code=unit.code)

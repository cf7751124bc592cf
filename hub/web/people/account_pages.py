"""Pages: accounts of the units below — who holds them, their roles, a reset, where they log in."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from hub.errors import LastAdministrator, NameTaken, NotYourUnit, WeakPassword
from hub.people import accounts, log_in
from hub.people.accounts import NewAccount
from hub.rights import Deed
from hub.web.account import me, needs, scope_of
from hub.web.current import hub

bp = Blueprint("accounts", __name__)


@bp.route("/accounts", methods=["GET", "POST"])
@needs(Deed.KEEP_ACCOUNTS)
def index() -> ResponseReturnValue:
    """The accounts that one keeps, and a form for another one."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _add()
        if not errors:
            flash(_("账号“%(name)s”已建立。", name=request.form.get("name", "")))
            return redirect(url_for(".index"), code=303)
    text = request.args.get("q", "").strip()
    kept = [each for each in accounts.kept_by(hub(), me().actor) if _matches(each, text)]
    page = render_template(
        "accounts/index.html", kept=kept, text=text, given=request.form, errors=errors,
        roles=accounts.may_give(me().actor), within=_within(),
    )  # fmt: skip
    return page, 400 if errors else 200


@bp.get("/accounts/<int:user_id>")
@needs(Deed.KEEP_ACCOUNTS)
def show(user_id: int) -> ResponseReturnValue:
    """One account."""
    return _page(user_id)


@bp.post("/accounts/<int:user_id>")
@needs(Deed.KEEP_ACCOUNTS)
def change(user_id: int) -> ResponseReturnValue:
    """Change what the button says: the person, a role, whether it is open, its sessions.

    What locks somebody out is asked first.
    """
    step, error = request.form.get("do", ""), ""
    if step in ("close", "take") and not request.form.get("sure"):
        return _question(user_id)
    try:
        _do(step, user_id)
    except NotYourUnit:
        error = _("没有这个代码的单位，或您不能在那里给这个角色。请在“总览”里查到代码再填。")
    except LastAdministrator:
        error = _("这是总局最后一个管理员。请先让另一个人做管理员。")
    if error:
        return _page(user_id, error), 400
    if step == "close":
        flash(_("已停用，登录的地方都已退出。要再用就点“恢复”。"))
    else:
        flash(_("已保存，马上生效。"))
    return redirect(url_for(".show", user_id=user_id), code=303)


@bp.route("/accounts/<int:user_id>/reset", methods=["GET", "POST"])
@needs(Deed.KEEP_ACCOUNTS)
def reset(user_id: int) -> ResponseReturnValue:
    """Ask, then give the account a password for one log-in and show it once."""
    account = accounts.get(hub(), me().actor, user_id)
    if request.method == "GET":
        return render_template("accounts/reset.html", kept=account, password="")
    password = accounts.reset(hub(), me().actor, user_id)
    return render_template("accounts/reset.html", kept=account, password=password)


def _do(step: str, user_id: int) -> None:
    form, by = request.form, me().actor
    role, unit = form.get("role", ""), form.get("unit", "")
    if step == "details":
        name, telephone = form.get("real_name", ""), form.get("telephone", "")
        accounts.set_details(hub(), by, user_id, name, telephone)
    elif step == "give":
        accounts.give_role(hub(), by, user_id, role, unit)
    elif step == "take":
        accounts.take_role(hub(), by, user_id, role, form.get("unit_id", 0, type=int))
    elif step in ("open", "close"):
        accounts.set_active(hub(), by, user_id, step == "open")
    elif step == "end":
        accounts.end_sessions(hub(), by, user_id)
    else:
        abort(400)


def _question(user_id: int) -> str:
    """Ask before an account is closed or a role taken."""
    account = accounts.get(hub(), me().actor, user_id)
    unit_id, role = request.form.get("unit_id", 0, type=int), request.form.get("role", "")
    held = next((h for h in account.roles if (h.unit.id, h.role) == (unit_id, role)), None)
    if request.form["do"] == "take" and held is None:
        abort(404)
    return render_template("accounts/sure.html", kept=account, held=held)


def _page(user_id: int, error: str = "") -> str:
    account = accounts.get(hub(), me().actor, user_id)
    return render_template(
        "accounts/show.html", kept=account, error=error, given=request.form,
        sessions=log_in.open_sessions(hub(), user_id), roles=accounts.may_give(me().actor),
        own=account.user.name == me().name, within=_within(),
    )  # fmt: skip


def _within() -> str:
    """The units in which this account keeps others."""
    return "、".join(unit.name for unit in scope_of(Deed.KEEP_ACCOUNTS).tops)


def _matches(account: accounts.Account, text: str) -> bool:
    user = account.user
    words = (user.name, user.real_name, user.telephone, *(held.unit.name for held in account.roles))
    return any(text.casefold() in word.casefold() for word in words)


def _add() -> dict[str, str]:
    """Add the account of the form; what is wrong with it, by field."""
    form = request.form
    new = NewAccount(
        form.get("name", ""), form.get("password", ""), form.get("role", ""),
        form.get("unit", "").strip(), form.get("real_name", ""), form.get("telephone", ""),
    )  # fmt: skip
    try:
        accounts.add(hub(), me().actor, new)
    except NameTaken:
        return {"name": _("请填一个没有人用过的用户名。")}
    except WeakPassword:
        return {"password": _("密码至少 8 个字符，不能与用户名相同。")}
    except NotYourUnit:
        return {
            "unit": _("没有这个代码的单位，或您不能在那里给这个角色。请在“总览”里查到代码再填。")
        }
    return {}

"""Pages: accounts of the units below — who holds them, their roles, a reset, where they log in."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from hub.errors import NameTaken, NotYourUnit
from hub.people import accounts, log_in
from hub.people.accounts import Account, NewAccount
from hub.people.errors import LastAdministrator, WeakPassword
from hub.reports.table_export import Cell
from hub.rights import Deed
from hub.web import audit_words
from hub.web.account import me, needs
from hub.web.current import hub
from hub.web.lists import unit_picker
from hub.web.lists.download import of_list
from hub.web.lists.listing import TableColumn, asked
from hub.web.lists.listing import show as show_list

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
    listing = asked("accounts", _columns(), {"q": text}, "name")
    kept = [each for each in accounts.kept_by(hub(), me().actor) if _matches(each, text)]
    kept = listing.ordered(kept, ORDERS)
    if listing.file:
        return of_list(listing, _("账号"), map(_cells, kept), hub().now())
    listing = listing.of(len(kept))
    page = show_list(
        "accounts/index.html", listing, kept=listing.cut(kept), text=text, given=request.form,
        errors=errors, roles=accounts.may_give(me().actor), role_line=role_line,
        state_words=state_words,
    )  # fmt: skip
    return page, 400 if errors else 200


def _columns() -> tuple[TableColumn, ...]:
    return (
        TableColumn("name", _("用户名")),
        TableColumn("real_name", _("姓名")),
        TableColumn("telephone", _("电话")),
        TableColumn("roles", _("角色"), "long"),
        TableColumn("state", _("状态")),
    )


ORDERS: Mapping[str, Callable[[Account], Any]] = {
    "name": lambda each: each.user.name,
    "real_name": lambda each: each.user.real_name or None,
    "telephone": lambda each: each.user.telephone or None,
    "roles": lambda each: [(held.unit.path, held.role) for held in each.roles] or None,
    "state": lambda each: (not each.user.active, not each.user.must_change),
}


def role_line(account: Account) -> str:
    """The roles of an account in one line: "清溪县局 · 管理员、…"."""
    parts = (f"{held.unit.name} · {audit_words.role(held.role)}" for held in account.roles)
    return _("、").join(parts) or _("没有角色")


def state_words(account: Account) -> tuple[str, str]:
    """How an account stands: the face's kind of state, and the word."""
    if not account.user.active:
        return "quiet", _("已停用")
    if account.user.must_change:
        return "waits", _("还没改初始密码")
    return "ok", _("在用")


def _cells(account: Account) -> dict[str, Cell]:
    user = account.user
    return {
        "name": user.name,
        "real_name": user.real_name,
        "telephone": user.telephone,
        "roles": role_line(account),
        "state": state_words(account)[1],
    }


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
        if step == "give":
            return _give(user_id)
        _do(step, user_id)
    except LastAdministrator:
        error = _("这是总局最后一个管理员。请先让另一个人做管理员。")
    if error:
        return _page(user_id, error), 400
    if step == "close":
        flash(_("已停用，登录的地方都已退出。要再用就点“恢复”。"))
    else:
        flash(_("已保存，马上生效。"))
    return redirect(url_for(".show", user_id=user_id), code=303)


def _give(user_id: int) -> ResponseReturnValue:
    """Give the account the role of the form at the unit that was chosen."""
    unit = unit_picker.meant(request.form.get("unit", ""), Deed.KEEP_ACCOUNTS)
    wrong = unit_picker.fault(unit, Deed.KEEP_ACCOUNTS)
    if not wrong:
        try:
            role = request.form.get("role", "")
            accounts.give_role(hub(), me().actor, user_id, role, unit)
            flash(_("已保存，马上生效。"))
            return redirect(url_for(".show", user_id=user_id), code=303)
        except NotYourUnit:
            wrong = _("您不能在这个单位给这个角色。请换一个下级单位，或请上级来给。")
    return _page(user_id, unit_error=wrong), 400


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
    if step == "details":
        name, telephone = form.get("real_name", ""), form.get("telephone", "")
        accounts.set_details(hub(), by, user_id, name, telephone)
    elif step == "take":
        unit_id = form.get("unit_id", 0, type=int)
        accounts.take_role(hub(), by, user_id, form.get("role", ""), unit_id)
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


def _page(user_id: int, error: str = "", unit_error: str = "") -> str:
    account = accounts.get(hub(), me().actor, user_id)
    return render_template(
        "accounts/show.html", kept=account, error=error, given=request.form,
        sessions=log_in.open_sessions(hub(), user_id), roles=accounts.may_give(me().actor),
        own=account.user.name == me().name, unit_error=unit_error,
    )  # fmt: skip


def _matches(account: Account, text: str) -> bool:
    user = account.user
    words = (user.name, user.real_name, user.telephone, *(held.unit.name for held in account.roles))
    return any(text.casefold() in word.casefold() for word in words)


def _add() -> dict[str, str]:
    """Add the account of the form; what is wrong with it, by field."""
    form = request.form
    unit = unit_picker.meant(form.get("unit", ""), Deed.KEEP_ACCOUNTS)
    if wrong := unit_picker.fault(unit, Deed.KEEP_ACCOUNTS):
        return {"unit": wrong}
    new = NewAccount(
        form.get("name", ""), form.get("password", ""), form.get("role", ""),
        unit, form.get("real_name", ""), form.get("telephone", ""),
    )  # fmt: skip
    try:
        accounts.add(hub(), me().actor, new)
    except NameTaken:
        return {"name": _("请填一个没有人用过的用户名。")}
    except WeakPassword:
        return {"password": _("密码至少 8 个字符，不能与用户名相同。")}
    except NotYourUnit:
        return {"unit": _("您不能在这个单位给这个角色。请换一个下级单位，或请上级来给。")}
    return {}

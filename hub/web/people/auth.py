"""Pages: log-in, log-out, one's own password; accounts and the audit log for headquarters."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from content.face.words import gettext as _
from hub.errors import NameTaken, NotYourUnit, WeakPassword, WrongPassword
from hub.people import accounts
from hub.store import audit
from hub.web import audit_words
from hub.web.account import (
    ROLES,
    close_doors,
    enter,
    frame,
    headquarters,
    leave,
    looking,
    manager,
    me,
)
from hub.web.current import hub
from hub.web.layout import back_to
from hub.web.paging import Page
from hub.web.reports import overview_cache

bp = Blueprint("auth", __name__)

# A working day: a cookie forgotten on a shared PC does not live until the next morning.
SESSION_S = 12 * 3600


def attach(app: Flask) -> None:
    """Prepare ``app`` for log-ins; called once by ``create_app``."""
    app.config["PERMANENT_SESSION_LIFETIME"] = SESSION_S
    manager.init_app(app)
    overview_cache.attach(app)
    app.before_request(close_doors)
    app.context_processor(frame)


@bp.route("/log-in", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Log in."""
    wanted = back_to(request.values.get("next"))
    if current_user.is_authenticated:
        return redirect(wanted)
    if request.method == "GET":
        return render_template("auth/log_in.html", wanted=wanted)
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        enter(accounts.log_in(hub(), name, password, request.remote_addr or ""))
    except WrongPassword:
        error = _("用户名或密码不对，请再输一次。")
        return render_template("auth/log_in.html", wanted=wanted, name=name, error=error), 403
    return redirect(wanted, code=303)


@bp.post("/log-out")
def log_out() -> ResponseReturnValue:
    """Log out."""
    leave()
    flash(_("您已退出。"))
    return redirect(url_for(".log_in"), code=303)


@bp.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    """Change one's own password."""
    if request.method == "GET":
        return render_template("auth/password.html", errors={})
    old, new = request.form.get("old", ""), request.form.get("new", "")
    errors = {}
    if new != request.form.get("again", ""):
        errors["again"] = _("两次输入的新密码不一样。")
    else:
        try:
            enter(accounts.change_password(hub(), me().user, old, new))
        except WrongPassword:
            errors["old"] = _("现在的密码不对。")
        except WeakPassword:
            errors["new"] = _("新密码至少 8 个字符，不能与用户名或原密码相同。")
    if errors:
        return render_template("auth/password.html", errors=errors), 400
    flash(_("密码已改。别处登录的都已退出。"))
    return redirect(url_for("overview.home"), code=303)


@bp.get("/governing")
@headquarters
def governing() -> ResponseReturnValue:
    """What only headquarters does: accounts, imports, the audit log."""
    return render_template("auth/governing.html")


@bp.route("/accounts", methods=["GET", "POST"])
@headquarters
def account_list() -> ResponseReturnValue:
    """All accounts, and a form for another one."""
    given, errors = request.form, {}
    if request.method == "POST":
        errors = _add_account()
        if not errors:
            flash(_("账号“%(name)s”已建立。", name=given.get("name", "")))
            return redirect(url_for(".account_list"), code=303)
    everyone = accounts.everyone(hub())
    page = render_template("auth/accounts.html", everyone=everyone, given=given, errors=errors)
    return page, 400 if errors else 200


@bp.post("/accounts/<int:user_id>/<any(open, close):what>")
@headquarters
def account_active(user_id: int, what: str) -> ResponseReturnValue:
    """Close an account, or open it again."""
    accounts.set_active(hub(), me().user, user_id, what == "open")
    return redirect(url_for(".account_list"), code=303)


@bp.get("/audit")
@headquarters
def audit_log() -> ResponseReturnValue:
    """Who did what, newest first."""
    text, page = request.args.get("q", ""), Page.of(request.args, 100)
    with looking() as (connection, _scope):
        codes = audit_words.codes_of(text)
        total, rows = audit.search(connection, text, page.size, page.offset, *codes)
    return render_template("auth/audit.html", rows=rows, text=text, page=page.counted(total))


def _add_account() -> dict[str, str]:
    """Add the account of the form; what is wrong with it, by field."""
    form = request.form
    role = form.get("role", "")
    try:
        accounts.add(
            hub(),
            me().user,
            form.get("name", ""),
            form.get("password", ""),
            role if role in ROLES else "viewer",
            form.get("unit", "").strip(),
        )
    except NameTaken:
        return {"name": _("请填一个没有人用过的用户名。")}
    except WeakPassword:
        return {"password": _("密码至少 8 个字符，不能与用户名相同。")}
    except NotYourUnit:
        return {"unit": _("没有这个代码的单位。请在“总览”里查到它的代码再填。")}
    return {}

"""Pages: log-in and log-out; one's own account; the page of what is governed.

Accounts of others are ``hub.web.people.account_pages``, the log ``hub.web.people.audit_log``.
"""

import hashlib
from textwrap import wrap

from flask import (
    Blueprint,
    Flask,
    abort,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from content.face.words import gettext as _
from hub.people import log_in as logging_in
from hub.people import second_factor
from hub.people.errors import WeakPassword, WrongPassword, WrongSecondFactor
from hub.people.log_in import LogInTry
from hub.store import users
from hub.store.engine import reading
from hub.store.users import User
from hub.web import known_browser
from hub.web.account import (
    GOVERNING,
    anybody,
    close_doors,
    enter,
    frame,
    leave,
    manager,
    me,
    needs,
)
from hub.web.current import hub
from hub.web.layout import back_to

bp = Blueprint("auth", __name__)

# A working day: a cookie forgotten on a shared PC does not live until the next morning.
SESSION_S = 12 * 3600
# From the password to the code of the second factor.
HALF_S = 300
# In the cookie of a session: who gave the password and still owes the code; a new app's secret.
HALF, SECRET = "half", "secret"


def attach(app: Flask) -> None:
    """Prepare ``app`` for log-ins; called once by ``create_app``."""
    app.config["PERMANENT_SESSION_LIFETIME"] = SESSION_S
    manager.init_app(app)
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
    browser = known_browser.read().knows(name)
    try:
        user = logging_in.log_in(
            hub(), LogInTry(name, password, request.remote_addr or "", browser)
        )
        if user.totp:
            session[HALF] = [user.id, hub().now(), _mark(user)]
            return redirect(url_for(".second_step", next=wanted), code=303)
        return _entered(user, wanted)
    except WrongPassword:
        error = _("用户名或密码不对，请再输一次。")
        return render_template("auth/log_in.html", wanted=wanted, name=name, error=error), 403


@bp.route("/log-in/code", methods=["GET", "POST"])
def second_step() -> ResponseReturnValue:
    """The code of the second factor, after the password."""
    wanted = back_to(request.values.get("next"))
    user = _halfway()
    if user is None:
        return redirect(url_for(".log_in", next=wanted), code=303)
    if request.method == "GET":
        return render_template("auth/second_step.html", wanted=wanted, error="")
    try:
        second_factor.check(hub(), user, request.form.get("code", ""))
        return _entered(user, wanted)
    except WrongSecondFactor:
        error = _("验证码不对，或已经用过。请等手机上换了新的再输。")
        return render_template("auth/second_step.html", wanted=wanted, error=error), 403
    except WrongPassword:  # the account was closed meanwhile
        return redirect(url_for(".log_in", next=wanted), code=303)


@bp.post("/log-out")
@anybody
def log_out() -> ResponseReturnValue:
    """Log out."""
    leave()
    flash(_("您已退出。"))
    return redirect(url_for(".log_in"), code=303)


@bp.get("/me")
@anybody
def own() -> ResponseReturnValue:
    """One's own account: roles, the second factor, where one is logged in."""
    return _own_page()


@bp.post("/me/sessions/<number>/end")
@anybody
def end_session(number: str) -> ResponseReturnValue:
    """End one of one's own log-ins."""
    logging_in.end_own(hub(), me().user, number)
    flash(_("那一处登录已经退出。"))
    return redirect(url_for(".own"), code=303)


@bp.post("/me/second-factor")
@anybody
def change_second_factor() -> ResponseReturnValue:
    """Turn the second factor on or off; both need a code of the app, the first the password."""
    user, code = me().user, request.form.get("code", "")
    try:
        if user.totp:
            second_factor.turn_off(hub(), user, code)
            flash(_("两步登录已关闭。"))
        else:
            secret, password = session.get(SECRET) or abort(400), request.form.get("password", "")
            second_factor.turn_on(hub(), user, secret, code, password)
            session.pop(SECRET, None)
            flash(_("两步登录已打开。下次登录要输手机上的验证码。"))
    except WrongPassword:
        return _own_page(_("现在的密码不对。")), 400
    except WrongSecondFactor:
        return _own_page(_("验证码不对，或已经用过。请等手机上换了新的再输。")), 400
    return redirect(url_for(".own"), code=303)


@bp.route("/password", methods=["GET", "POST"])
@anybody
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
            enter(logging_in.change_password(hub(), me().user, old, new))
        except WrongPassword:
            errors["old"] = _("现在的密码不对。")
        except WeakPassword:
            errors["new"] = _("新密码至少 8 个字符，不能与用户名或原密码相同。")
    if errors:
        return render_template("auth/password.html", errors=errors), 400
    flash(_("密码已改。别处登录的都已退出。"))
    return redirect(url_for("overview.home"), code=303)


@bp.get("/governing")
@needs(*GOVERNING)
def governing() -> ResponseReturnValue:
    """What is kept besides courses: units, people, accounts, keys, the audit log."""
    return render_template("auth/governing.html")


def _entered(user: User, wanted: str) -> ResponseReturnValue:
    """Logged in, and on to the page that was wanted; a new password first where one is due."""
    enter(user)
    answer = redirect(url_for(".password") if user.must_change else wanted, code=303)
    known_browser.remember(answer, user.name)
    return answer


def _halfway() -> User | None:
    """Who gave the password in this browser a moment ago, and still has that password."""
    user_id, at, mark = session.get(HALF) or (0, 0, "")
    if not 0 <= hub().now() - at < HALF_S:
        return None
    with reading(hub().engine) as connection:
        user = users.get(connection, user_id)
    return user if user and user.active and user.totp and _mark(user) == mark else None


def _mark(user: User) -> str:
    return hashlib.sha256(user.password.encode()).hexdigest()[:16]


def _own_page(error: str = "") -> str:
    user = me().user
    if not user.totp and SECRET not in session:
        session[SECRET] = second_factor.new_secret()
    secret = "" if user.totp else str(session[SECRET])
    return render_template(
        "auth/own.html", sessions=logging_in.open_sessions(hub(), user.id), error=error,
        secret=" ".join(wrap(secret, 4)),
        address=second_factor.address(user, secret) if secret else "",
        current=logging_in.session_of(me().token),
    )  # fmt: skip

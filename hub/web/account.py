"""Whose request this is: the account, what it may see and what it may change.

Every page but the log-in is closed by default (``close_doors``); a view that changes something
says ``@changes``, one that only headquarters may use says ``@headquarters``. What an account sees
is its ``Scope``, which ``store`` puts into every query.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import Connection

from content.face.words import gettext as _
from hub.people import accounts
from hub.store.engine import reading
from hub.store.scope import Scope, of_account
from hub.store.users import User
from hub.web.current import hub

P = ParamSpec("P")
R = TypeVar("R")

ROLES = ("admin", "author", "reviewer", "viewer")
# Stations, the face and the log-in page come without an account.
OPEN = {"auth.log_in", "look.face_file", "look.own_file", "look.language", "static"}
OPEN_BLUEPRINTS = {"exchange"}

manager = LoginManager()
manager.session_protection = "basic"


class Account(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A person who is logged in."""

    def __init__(self, user: User, token: str) -> None:
        self.user = user
        self.token = token  # of this session
        self.name = user.name
        self.may_change = user.role == "admin"
        self.of_headquarters = user.unit_id is None
        self.may_govern = self.may_change and self.of_headquarters
        # An administrator may do this too; nobody approves what they wrote themselves.
        self.may_author = user.role in ("admin", "author")
        self.may_review = user.role in ("admin", "reviewer")

    def get_id(self) -> str:
        """The session, not the person: once ended, it is over for every copy of the cookie."""
        return self.token


def me() -> Account:
    """The account of this request."""
    account: Account = current_user._get_current_object()
    return account


@manager.user_loader  # type: ignore[untyped-decorator]
def load(token: str) -> Account | None:
    """The account of a session, unless that was ended or the account closed."""
    user = accounts.of_session(hub(), token)
    return Account(user, token) if user else None


def enter(user: User) -> None:
    """Log in: nothing of the session before survives.

    Raises:
        WrongPassword: the account has changed since its password was looked at.
    """
    token = accounts.begin_session(hub(), user)
    session.clear()
    session.permanent = True
    login_user(Account(user, token))


def leave() -> None:
    """Log out, on the server too."""
    accounts.end_session(hub(), me().token)
    logout_user()


def close_doors() -> ResponseReturnValue | None:
    """Before each request: without an account only the log-in page opens."""
    if request.endpoint in OPEN or request.blueprint in OPEN_BLUEPRINTS:
        return None
    if current_user.is_authenticated:
        return None
    if request.endpoint is None:
        abort(404)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    if wanted != "/":
        flash(_("请先登录。"), "waits")
    return redirect(url_for("auth.log_in", next=wanted if wanted != "/" else None))


@contextmanager
def looking() -> Iterator[tuple[Connection, Scope]]:
    """A consistent view of the database, and what this account may see of it."""
    with reading(hub().engine) as connection:
        scope = of_account(connection, me().user.unit_id)
        g.scope = scope
        yield connection, scope


def changes(view: Callable[P, R]) -> Callable[P, R]:
    """Only accounts that may change something."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not me().may_change:
            abort(403)
        return view(*args, **kwargs)

    return guarded


def headquarters(view: Callable[P, R]) -> Callable[P, R]:
    """Only administrators of headquarters itself."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not me().may_govern:
            abort(403)
        return view(*args, **kwargs)

    return guarded


def authors(view: Callable[P, R]) -> Callable[P, R]:
    """Only accounts that take materials in and write courses."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not me().may_author:
            abort(403)
        return view(*args, **kwargs)

    return guarded


def makers(view: Callable[P, R]) -> Callable[P, R]:
    """Only accounts that write courses or review them: they see what is not published."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not (me().may_author or me().may_review):
            abort(403)
        return view(*args, **kwargs)

    return guarded


def frame() -> dict[str, Any]:
    """What the frame around every page shows."""
    now = hub().now()
    if not current_user.is_authenticated:
        return {"account": None, "entries": (), "now": now}
    entries = [
        (_("总览"), url_for("overview.home"), "chart"),
        (_("站点"), url_for("stations.index"), "station"),
        (_("学员"), url_for("learners.index"), "people"),
        (_("成绩"), url_for("results.index"), "exam"),
        (_("课程"), url_for("courses.index"), "book"),
    ]
    if me().may_govern:
        entries.append((_("管理"), url_for("auth.governing"), "key"))
    return {"account": me(), "entries": entries, "now": now}

"""Whose request this is: the account, and what it may do (``hub.rights``).

Every address says what it does: ``@needs(Deed.WRITE)``, or ``@anybody`` for what each account does
with itself. One that says nothing is closed to all (``close_doors``), and a test finds it. A view
looks through the scope of its own deed (``looking``), which ``store`` puts into every query: what
lies outside is not found.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from flask import abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import Connection

from content.face.words import gettext as _
from hub import rights
from hub.errors import StoreUnavailable
from hub.people import accounts, log_in
from hub.rights import Actor, Deed
from hub.store.engine import reading
from hub.store.scope import Scope
from hub.store.users import User
from hub.web.current import hub

P = ParamSpec("P")
R = TypeVar("R")

# Stations, the face and the log-in page come without an account.
OPEN = {
    "auth.log_in", "auth.second_step", "look.face_file", "look.own_file", "look.language",
    "look.accessibility", "static",
}  # fmt: skip
OPEN_BLUEPRINTS = {"exchange"}
# What is left to whoever has to choose another password first.
FIRST = {"auth.password", "auth.log_out"}
# The attributes of a view that say what it needs.
DEEDS, ANYBODY = "deeds", "anybody"

manager = LoginManager()
manager.session_protection = "basic"


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A person who is logged in."""

    def __init__(self, account: accounts.Account, token: str) -> None:
        self.user = account.user
        self.roles = account.roles
        self.actor = account.actor
        self.token = token  # of this session
        self.name = account.user.name

    def get_id(self) -> str:
        """The session, not the person: what was ended is over for every copy of the cookie."""
        return self.token


def me() -> SignedIn:
    """The account of this request."""
    account: SignedIn = current_user._get_current_object()
    return account


def actor() -> Actor:
    """Who does what this request asks for."""
    return me().actor


@manager.user_loader  # type: ignore[untyped-decorator]
def load(token: str) -> SignedIn | None:
    """The account of a session, unless that was ended or the account closed.

    If the database cannot be read, the page that says so must still be shown: then to nobody.
    """
    if "accounts_unread" in g:
        return None
    try:
        account = accounts.of_session(hub(), token)
    except StoreUnavailable:
        g.accounts_unread = True
        raise
    return SignedIn(account, token) if account else None


def enter(user: User) -> None:
    """Log in: nothing of the session before survives.

    Raises:
        WrongPassword: the account has changed since its password was looked at.
    """
    source, agent = request.remote_addr or "", request.user_agent.string
    token = log_in.begin_session(hub(), user, source, agent)
    session.clear()
    session.permanent = True
    login_user(SignedIn(accounts.Account(user, ()), token))


def leave() -> None:
    """Log out, on the server too."""
    log_in.end_session(hub(), me().token)
    logout_user()


def close_doors() -> ResponseReturnValue | None:
    """Before each request: without an account only the log-in page opens.

    With one, an address opens that says what it needs, once the first password was changed.
    """
    if request.endpoint in OPEN or request.blueprint in OPEN_BLUEPRINTS:
        return None
    if request.endpoint is None and current_user.is_authenticated:
        return None  # there is no such page, and the error says so
    if current_user.is_authenticated:
        return _inside()
    if request.endpoint is None:
        abort(404)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    if wanted != "/":
        flash(_("请先登录。"), "waits")
    return redirect(url_for("auth.log_in", next=wanted if wanted != "/" else None))


def _inside() -> ResponseReturnValue | None:
    view = current_app.view_functions[request.endpoint or ""]
    deeds = getattr(view, DEEDS, ())
    if not deeds and not hasattr(view, ANYBODY):
        abort(403)
    if me().user.must_change and request.endpoint not in FIRST:
        return redirect(url_for("auth.password"))
    if deeds and not any(me().actor.can(deed) for deed in deeds):
        abort(403)
    g.deed = deeds[0] if deeds else None
    return None


def needs(*deeds: Deed) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view that does one of these deeds; its scope (``looking``) is that of the first."""

    def wrapped(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, DEEDS, deeds)
        return view

    return wrapped


def anybody(view: Callable[P, R]) -> Callable[P, R]:
    """A view for each account: it shows and changes what is the account's own."""
    setattr(view, ANYBODY, True)
    return view


def scope_of(deed: Deed) -> Scope:
    """To whose things this account may do that."""
    return rights.scope(me().actor, deed)


def may(deed: Deed | str, owner_path: str) -> bool:
    """Whether this account may do that to a thing of the unit with this path."""
    return rights.may(me().actor, Deed(deed), owner_path)


def can(deed: Deed | str) -> bool:
    """Whether this account may do that to anything at all."""
    return me().actor.can(Deed(deed))


@contextmanager
def looking(deed: Deed | None = None) -> Iterator[tuple[Connection, Scope]]:
    """A consistent view of the database, and what this account may see of it.

    The scope is of the view's own deed unless another is named.
    """
    with reading(hub().engine) as connection:
        scope = scope_of(deed or g.deed)
        g.scope = scope
        yield connection, scope


def frame() -> dict[str, Any]:
    """What the frame around every page shows, and what templates ask about rights."""
    now = hub().now()
    if not current_user.is_authenticated:
        return {"account": None, "entries": (), "now": now}
    entries = [
        (text, url_for(endpoint), name)
        for text, endpoint, name, deeds in (
            (_("总览"), "overview.home", "chart", (Deed.SEE_FIGURES,)),
            (_("站点"), "stations.index", "station", (Deed.SEE_FIGURES,)),
            (_("学员"), "learners.index", "people", (Deed.SEE_FIGURES,)),
            (_("成绩"), "results.index", "exam", (Deed.SEE_FIGURES,)),
            (_("班"), "classes.index", "calendar", (Deed.SEE_COURSES,)),
            (_("课程"), "courses.index", "book", (Deed.SEE_COURSES,)),
            (_("管理"), "auth.governing", "key", GOVERNING),
        )
        if not me().user.must_change and any(can(deed) for deed in deeds)
    ]
    return {"account": me(), "entries": entries, "now": now, "can": can, "may": may}


# What is done from the page of that name; each door on it needs one of them.
GOVERNING = (Deed.KEEP_PEOPLE, Deed.KEEP_ACCOUNTS, Deed.KEEP_UNITS, Deed.GOVERN)

"""Sign-in pages, and who is asking (rules: node.sign_in)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address
from typing import ParamSpec

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from content.face import reverse_proxy, spoken
from content.face.way_back import own_path
from content.face.words import gettext as _
from node.errors import InputError, MovedAway, SessionExpired
from node.exchange.joining import KEEPER
from node.sign_in import keeper_accounts, learner_account, slips
from node.sign_in.guessing import Source
from node.store import keepers, learners
from node.store.keepers import Keeper
from node.store.learners import Learner
from node.store.sessions import Session
from node.web import known_browser
from node.web.current import runtime
from sync.secrets import random_token

bp = Blueprint("auth", __name__)
P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
CHANGE_PASSWORD = {"keeper.password_page", "keeper.change_password"}
# What a proxy adds to the requests that it passes on.
# What proxies add besides the claims that ``reverse_proxy`` takes away.
OF_PROXIES = ("Via", "X-Real-IP")
# What an open page asks every few seconds: nobody need sit there.
BY_ITSELF = {"exam_api.state", "mock.state"}
LANGUAGE = "lang"  # in the signed cookie, while no learner is signed in
TOKEN = "t"  # noqa: S105  name of the field in the signed cookie


def current_session() -> Session | None:
    """The sign-in of this request, looked up once."""
    if "sign_in" not in g:
        token = session.get(TOKEN)
        now, by_itself = runtime().clock.now(), request.endpoint in BY_ITSELF
        g.sign_in = runtime().sessions.find(token, now, by_itself) if token else None
    signed_in: Session | None = g.sign_in
    return signed_in


def current_learner() -> Learner:
    """The learner who asks.

    Raises:
        SessionExpired: nobody is signed in, or the learner left the roster.
    """
    if "learner" not in g:
        signed_in = current_session()
        number = signed_in.learner if signed_in else ""
        g.learner = learners.find(runtime().store.read(), number) if number else None
    learner: Learner | None = g.learner
    if learner is None:
        raise SessionExpired("no learner is signed in")
    return learner


def current_keeper() -> str:
    """The keeper who asks.

    Raises:
        SessionExpired: no keeper is signed in, or the account was closed or reset meanwhile: by
            the command beside the running node too.
    """
    return _keeper().name


def _keeper() -> Keeper:
    if "keeper" not in g:
        signed_in = current_session()
        known = None
        if signed_in is not None and signed_in.keeper:
            known = keepers.find(runtime().store.read(), signed_in.keeper)
            if known is not None and signed_in.began < known.ended_at:
                known = None
        g.keeper = known
    keeper: Keeper | None = g.keeper
    if keeper is None:
        raise SessionExpired("no keeper is signed in")
    return keeper


def learner_required(view: View[P]) -> View[P]:
    """Only for signed-in learners: others are led to the sign-in page, or told 401 by the API."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        try:
            current_learner()
        except SessionExpired:
            if request.path.startswith("/api/"):
                raise
            return redirect(url_for("auth.sign_in_page", next=_here()))
        return _doubt() or view(*args, **kwargs)

    return guarded


def _doubt() -> ResponseReturnValue | None:
    """The question whether it is still the same learner, before a page after a long silence.

    Studying on an open page asks for the PIN there. What saves work already done is let through:
    an answer that is not kept is worse, and the next page asks.
    """
    signed_in, now = current_session(), runtime().clock.now()
    if signed_in is None or not signed_in.is_in_doubt(now):
        return None
    if request.endpoint in BY_ITSELF:
        return None
    if request.path == "/api/study":
        raise SessionExpired("nobody asked for anything for long")
    if request.path.startswith("/api/"):
        runtime().sessions.confirm(signed_in, now)
    elif request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        return redirect(url_for("auth.ask_who", next=_here()))
    return None


def keeper_required(view: View[P]) -> View[P]:
    """Only for the signed-in keeper, who first of all replaces a printed password."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        try:
            keeper = _keeper()
        except SessionExpired:
            return redirect(url_for("auth.keeper_sign_in_page", next=_here()))
        if keeper.initial and request.endpoint not in CHANGE_PASSWORD:
            return redirect(url_for("keeper.password_page"), code=303)
        return view(*args, **kwargs)

    return guarded


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else ""


def _next(fallback: str) -> str:
    """Where to go after signing in: a path of ours, never another site."""
    return own_path(request.args.get("next"), otherwise=fallback)


def begin(learner: str = "", keeper: str = "") -> None:
    """Sign in under a new secret: one that was planted before is worth nothing (fixation)."""
    old, spoken_here = current_session(), session.get(LANGUAGE, "")
    if old is not None:
        runtime().sessions.end(old)
    session.clear()
    if keeper:
        session[LANGUAGE] = spoken_here
    elif spoken_here:
        _learn_language(learner, spoken_here)
    token = random_token()
    address = request.remote_addr or ""
    runtime().sessions.begin(token, runtime().clock.now(), learner, keeper, address)
    session[TOKEN] = token
    known_browser.stay()
    reset = learner_account.take_notice(runtime(), learner) if learner else None
    if reset is not None:
        words = _(
            "站点管理员 %(name)s 在 %(time)s 重设过您的密码。不是您要求的，请告诉总局。",
            name=reset.by,
            time=spoken.moment(reset.at),
        )
        flash(words, "waits")


def language() -> str:
    """The language of who asks: a learner's own, else what was chosen since the last sign-out."""
    try:
        return current_learner().language
    except SessionExpired:
        return str(session.get(LANGUAGE, ""))


def choose_language(chosen: str) -> None:
    """Speak it to the learner who asks from now on, else to whoever is here until sign-out."""
    try:
        number = current_learner().number
    except SessionExpired:
        session[LANGUAGE] = chosen
        return
    runtime().store.write(lambda conn: learners.set_language(conn, number, chosen))


def _learn_language(number: str, chosen: str) -> None:
    """What a learner chose before signing in, unless another was chosen long ago."""
    known = learners.find(runtime().store.read(), number)
    if known is not None and not known.language:
        runtime().store.write(lambda conn: learners.set_language(conn, number, chosen))


def source() -> Source:
    """Where the one who asks sits."""
    address = request.remote_addr or ""
    return Source(address, known_browser.name(), here=_is_here(address))


def _is_here(address: str) -> bool:
    """Whether a browser of this PC asks: not a proxy on it that asks for others."""
    passed_on = any(name in request.headers for name in OF_PROXIES)
    if passed_on or request.environ.get(reverse_proxy.FORWARDED):
        return False
    try:
        asks_from = ip_address(address)
    except ValueError:
        return False
    mapped = asks_from.ipv4_mapped if isinstance(asks_from, IPv6Address) else None
    return (mapped or asks_from).is_loopback


@bp.get("/sign-in")
def sign_in_page() -> ResponseReturnValue:
    """The learner's sign-in form; who was moved and has finished an exam is told where to go."""
    signed_in = current_session()
    unit = learner_account.moved_to(runtime(), signed_in.learner) if signed_in else ""
    if signed_in is None or not unit:
        return render_template("auth/sign_in.html")
    runtime().sessions.end(signed_in)
    session.clear()
    moved = MovedAway(f"learner {signed_in.learner}", unit=unit)
    return render_template("auth/sign_in.html", error=moved, words=_(moved.words, unit=unit))


@bp.post("/sign-in")
def sign_in_learner() -> ResponseReturnValue:
    """Check number and PIN."""
    number, pin = learner_account.meant(runtime(), _typed("number")), _typed("pin")
    learner_account.sign_in(runtime(), number, pin, source())
    begin(learner=number)
    return redirect(_next("/"), code=303)


@bp.get("/sign-in/slip")
def slip_page() -> ResponseReturnValue:
    """The form for who has a slip: the first time, and after a reset."""
    return render_template("auth/slip.html")


@bp.post("/sign-in/slip")
def sign_in_by_slip() -> ResponseReturnValue:
    """Check number and word, and lead on to setting the PIN."""
    number = learner_account.meant(runtime(), _typed("number"))
    mark = slips.sign_in(runtime(), number, _typed("word"), source())
    session.clear()
    session["first"], session["slip"] = number, mark
    return redirect(url_for(".pin_page", next=_next("/")), code=303)


@bp.get("/sign-in/still")
def ask_who() -> ResponseReturnValue:
    """Ask whether it is still the learner who signed in."""
    return render_template("auth/still.html", learner=current_learner(), next=_next("/"))


@bp.post("/sign-in/still")
def say_who() -> ResponseReturnValue:
    """It is; who is not signs out."""
    current_learner()
    signed_in = current_session()
    if signed_in is not None:
        runtime().sessions.confirm(signed_in, runtime().clock.now())
    return redirect(_next("/"), code=303)


@bp.get("/pin")
def pin_page() -> ResponseReturnValue:
    """Set a PIN, typed twice."""
    return render_template("auth/pin.html", learner=_first())


@bp.post("/pin")
def set_pin() -> ResponseReturnValue:
    """Keep the first PIN and sign in."""
    number, mark = session.get("first", ""), session.get("slip", "")
    if not number:
        raise SessionExpired("no first sign-in under way")
    slips.first_pin(runtime(), number, mark, _typed("pin"), _typed("again"))
    begin(learner=number)
    return redirect(_next("/"), code=303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    signed_in = current_session()
    if signed_in is not None:
        runtime().sessions.end(signed_in)
    session.clear()
    keeper = signed_in is not None and bool(signed_in.keeper)
    return redirect(url_for(".keeper_sign_in_page" if keeper else ".sign_in_page"), code=303)


@bp.get("/keeper/sign-in")
def keeper_sign_in_page() -> ResponseReturnValue:
    """The keeper's sign-in form."""
    return render_template("auth/keeper_sign_in.html", _keeper=KEEPER)


@bp.post("/keeper/sign-in")
def sign_in_keeper() -> ResponseReturnValue:
    """Check name and password."""
    name = request.form.get("name", "").strip()
    keeper_accounts.sign_in(runtime(), name, request.form.get("password", ""), source())
    begin(keeper=name)
    return redirect(_next("/keeper/"), code=303)


@bp.errorhandler(InputError)
def say_on_form(error: InputError) -> ResponseReturnValue:
    """What was wrong, above the form that it was typed into."""
    if isinstance(error, SessionExpired):
        return redirect(url_for(".sign_in_page"), code=303)
    words = _(error.words, **error.values)
    forms: dict[str, tuple[str, dict[str, object]]] = {
        "auth.sign_in_learner": ("auth/sign_in.html", {}),
        "auth.sign_in_by_slip": ("auth/slip.html", {}),
        "auth.set_pin": ("auth/pin.html", {"learner": _first()} if session.get("first") else {}),
        "auth.sign_in_keeper": ("auth/keeper_sign_in.html", {"_keeper": KEEPER}),
    }
    template, more = forms.get(request.endpoint or "", ("refused.html", {}))
    return render_template(template, words=words, error=error, **more), error.status


def _typed(field: str) -> str:
    return request.form.get(field, "").strip()


def _first() -> Learner:
    """The learner whose first PIN is being set."""
    number = session.get("first", "")
    known = learners.find(runtime().store.read(), number) if number else None
    if known is None:
        raise SessionExpired("no first sign-in under way")
    return known

"""Who keeps the station: another keeper is added and closed here (rules: node.sign_in)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node.errors import InputError, NotFound, SessionExpired
from node.sign_in import keeper_accounts
from node.store import keepers
from node.web.auth import current_keeper, keeper_required, source
from node.web.current import runtime

bp = Blueprint("keepers", __name__, url_prefix="/keeper/keepers")


@bp.get("/")
@keeper_required
def show() -> ResponseReturnValue:
    """Who keeps the station, and who did."""
    return _page()


@bp.post("/")
@keeper_required
def add() -> ResponseReturnValue:
    """Add a keeper; the first password stands on this page and nowhere else."""
    me, name = current_keeper(), request.form.get("name", "").strip()
    keeper_accounts.confirm(runtime(), me, request.form.get("password", ""), source())
    password = keeper_accounts.add(runtime(), name, me)
    return render_template("keeper/new_keeper.html", name=name, password=password)


@bp.get("/<name>/close")
@keeper_required
def ask_close(name: str) -> ResponseReturnValue:
    """Ask before a keeper is closed."""
    if keepers.find(runtime().store.read(), name) is None:
        raise NotFound(f"keeper {name}")
    return render_template("keeper/close_keeper.html", name=name)


@bp.post("/<name>/close")
@keeper_required
def close(name: str) -> ResponseReturnValue:
    """Close a keeper's account."""
    keeper_accounts.close(runtime(), name, current_keeper())
    flash(_("%(name)s 的管理员账号已关闭。", name=name))
    return redirect(url_for(".show"), code=303)


@bp.errorhandler(InputError)
def say_on_form(error: InputError) -> ResponseReturnValue:
    """What was wrong, above the form that adds a keeper; the rest on a page of its own."""
    if isinstance(error, SessionExpired):
        return redirect(url_for("auth.keeper_sign_in_page"), code=303)
    words = _(error.words, **error.values)
    if request.endpoint == "keepers.add":
        return _page(words), error.status
    return render_template("refused.html", words=words, error=error), error.status


def _page(words: str = "") -> str:
    return render_template(
        "keeper/keepers.html",
        everyone=keepers.all(runtime().store.read()),
        me=current_keeper(),
        words=words,
    )

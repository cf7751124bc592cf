"""The keeper's pages of learners: who is behind, one of them, a PIN taken away, the list to print.

Filters, order and search stand in the address. Rules: ``node.keeper.learner_search``,
``node.sign_in``.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.way_back import own_path
from content.face.words import gettext as _
from node.errors import NotFound
from node.keeper import learner_overview, learner_search
from node.sign_in import learner_account
from node.store import learners
from node.store.learners import Learner
from node.web.auth import keeper_required
from node.web.bounds import whole_number
from node.web.current import runtime
from node.web.keeper.addresses import address_here
from node.web.keeper.slips import reset_and_print

bp = Blueprint("roster", __name__, url_prefix="/keeper/learners")

# Two or three screens: a large station has four such pages, and a search.
PER_PAGE = 100
MOST_QUERY = 40


@bp.get("")
@keeper_required
def show() -> ResponseReturnValue:
    """Who is behind, and where is who the keeper looks for."""
    now, everyone = runtime().clock.now(), learner_overview.everyone(runtime())
    asked = _asked()
    shown = learner_search.find(everyone, asked["show"], asked["sort"], asked["q"], now)
    page = max(1, request.args.get("page", 1, type=whole_number))
    return render_template(
        "keeper/learners.html",
        asked=asked,
        address_of=lambda **other: _address({**asked, **other}),
        counts=learner_search.count(everyone, now),
        shown=shown[(page - 1) * PER_PAGE : page * PER_PAGE],
        total=len(shown),
        page=page,
        pages=max(1, -(-len(shown) // PER_PAGE)),
        now=now,
    )


@bp.get("/print")
@keeper_required
def print_all() -> ResponseReturnValue:
    """The list for the wall: how to get in; how far each is, in public, only where asked for."""
    return render_template(
        "keeper/wall.html",
        with_progress="progress" in request.args,
        everyone=sorted(learner_overview.everyone(runtime()), key=lambda row: row.learner.number),
        address=address_here(),
        now=runtime().clock.now(),
    )


@bp.get("/<number>")
@keeper_required
def show_one(number: str) -> ResponseReturnValue:
    """One learner: courses, exams, when last here, and what the keeper can do for them."""
    return render_template(
        "keeper/learner.html",
        one=learner_overview.one(runtime(), number),
        now=runtime().clock.now(),
    )


@bp.get("/<number>/pin")
@keeper_required
def ask_reset(number: str) -> ResponseReturnValue:
    """Ask before a PIN is taken away."""
    return render_template("keeper/reset.html", learner=_learner(number))


@bp.post("/<number>/pin")
@keeper_required
def reset_pin(number: str) -> ResponseReturnValue:
    """Take the PIN away and print a slip, with which the learner sets a new one."""
    return reset_and_print(_learner(number).number)


@bp.post("/<number>/unlock")
@keeper_required
def unlock(number: str) -> ResponseReturnValue:
    """Lift a lock; the PIN stays."""
    learner = _learner(number)
    learner_account.unlock(runtime(), number)
    flash(_("%(name)s 已解锁，可以用原来的密码登录。", name=learner.name))
    back = own_path(request.referrer, request.host, otherwise=url_for(".show"))
    return redirect(back, code=303)


def _asked() -> dict[str, str]:
    """The filter, the order and the search of the address; what it does not know is left out."""
    show, sort = request.args.get("show", ""), request.args.get("sort", "")
    return {
        "show": show if show in learner_search.FILTERS else "all",
        "sort": sort if sort in learner_search.SORTS else "",
        "q": request.args.get("q", "").strip()[:MOST_QUERY],
    }


def _address(asked: dict[str, str]) -> str:
    """The address of this page with what was asked, and without what need not be said."""
    said: dict[str, Any] = {
        name: value for name, value in asked.items() if value not in ("", "all")
    }
    return url_for(".show", **said)


def _learner(number: str) -> Learner:
    learner = learners.find(runtime().store.read(), number)
    if learner is None:
        raise NotFound(f"learner {number}")
    return learner

"""Slips for learners, on paper: one, or all of the station (rules: node.sign_in.slips)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from node.errors import NotFound
from node.sign_in import slips
from node.sign_in.slips import PrintedSlip
from node.store import learners
from node.store.learners import Learner
from node.web.auth import current_keeper, keeper_required
from node.web.current import runtime
from node.web.keeper.addresses import address_here

bp = Blueprint("slips", __name__, url_prefix="/keeper/slips")


@bp.get("/")
@keeper_required
def show() -> ResponseReturnValue:
    """Who needs a slip."""
    return render_template("keeper/slips.html", waiting=slips.waiting(runtime()))


@bp.post("/")
@keeper_required
def print_new() -> ResponseReturnValue:
    """Slips for those who were given none yet; the words stand on this page and nowhere else."""
    return _sheet(slips.waiting(runtime()).without_slip)


@bp.get("/again")
@keeper_required
def ask_again() -> ResponseReturnValue:
    """Ask before slips that people may have in hand are made void."""
    return render_template("keeper/slips_again.html", waiting=slips.waiting(runtime()))


@bp.post("/again")
@keeper_required
def print_again() -> ResponseReturnValue:
    """Void all slips that were not used: those who had one are first among who needs one."""
    slips.void_all(runtime())
    return _sheet(slips.waiting(runtime()).without_slip)


@bp.post("/of/<number>")
@keeper_required
def print_one(number: str) -> ResponseReturnValue:
    """A slip for one learner; an older one is void."""
    learner = learners.find(runtime().store.read(), number)
    if learner is None:
        raise NotFound(f"learner {number}")
    if learner.has_pin:
        return redirect(url_for("roster.ask_reset", number=number), code=303)
    return _sheet((learner,))


def _sheet(wanted: Sequence[Learner]) -> ResponseReturnValue:
    printed = slips.make(runtime(), wanted[: slips.MOST_AT_ONCE])
    if not printed:
        return redirect(url_for(".show"), code=303)
    return sheet_page(printed, more=len(wanted) - len(printed))


def reset_and_print(number: str) -> ResponseReturnValue:
    """The slip of a learner whose PIN is taken away now."""
    return sheet_page([slips.reset_pin(runtime(), number, current_keeper())])


def sheet_page(printed: list[PrintedSlip], more: int = 0) -> str:
    """Slips to be cut apart."""
    return render_template(
        "keeper/slip_sheet.html",
        printed=printed,
        more=max(0, more),
        address=address_here(),
        now=runtime().clock.now(),
    )

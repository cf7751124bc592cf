"""The keeper's page 在学: who is here at which PC, and which exams are not handed in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node.errors import UnfitSetting
from node.keeper import presence
from node.link.policy import ABANDONED_S
from node.web.auth import keeper_required
from node.web.current import runtime

bp = Blueprint("now", __name__, url_prefix="/keeper/now")


@bp.get("")
@keeper_required
def show() -> ResponseReturnValue:
    """Who studies now."""
    return render_template(
        "keeper/now.html",
        present=presence.now_studying(runtime()),
        exams=presence.open_exams(runtime()),
        abandoned_min=ABANDONED_S // 60,
        now=runtime().clock.now(),
    )


@bp.get("/pc/<address>")
@keeper_required
def ask_name(address: str) -> ResponseReturnValue:
    """What is that PC to be called?"""
    return _form(address, presence.pcs(runtime()).get(address, ""))


@bp.post("/pc/<address>")
@keeper_required
def name_pc(address: str) -> ResponseReturnValue:
    """Call the PC so."""
    name = request.form.get("name", "").strip()
    try:
        presence.name_pc(runtime(), address, name)
    except UnfitSetting as error:
        return _form(address, name, _(error.words, **error.values)), error.status
    flash(_("已保存。"))
    return redirect(url_for(".show"), code=303)


def _form(address: str, name: str, wrong: str = "") -> str:
    return render_template("keeper/pc.html", address=address, name=name, wrong=wrong)

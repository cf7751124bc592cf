"""The keeper's page 线路设置: how much of the line the node takes, and when (``node.limits``)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node import limits
from node.kept import Form
from node.web.auth import keeper_required
from node.web.machine import machine

bp = Blueprint("line", __name__, url_prefix="/keeper/line")


@bp.get("")
@keeper_required
def show() -> ResponseReturnValue:
    """The limits in force and what follows from them now."""
    return _page(limits.form_of(machine().config))


@bp.post("")
@keeper_required
def change() -> ResponseReturnValue:
    """Put other limits into force."""
    form = limits.set_limits(machine(), request.form)
    if form.faults:
        return _page(form), 400
    flash(_("已保存，马上生效。"))
    return redirect(url_for(".show"), code=303)


def _page(form: Form) -> str:
    return render_template(
        "keeper/line.html",
        form=form.values,
        wrong=form.wrong(),
        config=machine().config,
        content_words=limits.content_words(machine()),
        record_words=limits.record_words(machine()),
    )

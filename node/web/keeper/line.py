"""The keeper's page 线路设置: how much of the line the node takes, and when."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node.keeper import line_settings
from node.keeper.settings_form import Form
from node.web.auth import keeper_required
from node.web.current import runtime

bp = Blueprint("line", __name__, url_prefix="/keeper/line")


@bp.get("")
@keeper_required
def show() -> ResponseReturnValue:
    """The limits in force and what follows from them now."""
    return _page(line_settings.form_of(runtime().config))


@bp.post("")
@keeper_required
def change() -> ResponseReturnValue:
    """Put other limits into force."""
    form = line_settings.set_limits(runtime(), request.form)
    if form.faults:
        return _page(form), 400
    flash(_("已保存，马上生效。"))
    return redirect(url_for(".show"), code=303)


def _page(form: Form) -> str:
    return render_template(
        "keeper/line.html",
        form=form.values,
        wrong=form.wrong(),
        config=runtime().config,
        content_words=line_settings.content_words(runtime()),
        record_words=line_settings.record_words(runtime()),
    )

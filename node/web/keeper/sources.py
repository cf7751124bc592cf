"""The keeper's page 课程来源: where courses come from and what room they take."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node.keeper import source_settings
from node.keeper.settings_form import Form
from node.keeper.source_settings import DiskSpace, SourceReply
from node.web.auth import keeper_required
from node.web.current import runtime

bp = Blueprint("supply", __name__, url_prefix="/keeper/supply")


@bp.get("")
@keeper_required
def show() -> ResponseReturnValue:
    """The sources and the room; with ``?ask`` also whether the sources answer."""
    config = runtime().config
    return _page(
        source_settings.form_of(config),
        source_settings.ask(config) if "ask" in request.args else None,
    )


@bp.post("")
@keeper_required
def change() -> ResponseReturnValue:
    """Put other sources and another room into force, and see whether they answer."""
    form = source_settings.set_supply(runtime(), request.form)
    if form.faults:
        return _page(form, None), 400
    flash(_("已保存，马上生效。"))
    named = form.values["peers"] or form.values["relay_url"]
    return redirect(url_for(".show", ask=1 if named else None), code=303)


def _page(form: Form, answers: dict[str, SourceReply] | None) -> str:
    return render_template(
        "keeper/supply.html",
        form=form.values,
        wrong=form.wrong(),
        config=runtime().config,
        space=DiskSpace.of(runtime()),
        answers=answers,
        SourceReply=SourceReply,
    )

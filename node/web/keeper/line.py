"""The keeper's page 线路: where the hub is, how much of the line the node takes, and when."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node.errors import HubNotFound, UnfitSetting
from node.keeper import hub_address, line_settings
from node.keeper.settings_form import Form
from node.web.auth import keeper_required
from node.web.current import runtime
from node.web.keeper.addresses import addresses_here

bp = Blueprint("line", __name__, url_prefix="/keeper/line")


@bp.get("")
@keeper_required
def show() -> ResponseReturnValue:
    """The limits in force and what follows from them now."""
    return _page(line_settings.form_of(runtime()))


@bp.post("")
@keeper_required
def change() -> ResponseReturnValue:
    """Put other limits into force."""
    form = line_settings.set_limits(runtime(), request.form)
    if form.faults:
        return _page(form), 400
    flash(_("已保存，马上生效。"))
    return redirect(url_for(".show"), code=303)


@bp.get("/hub")
@keeper_required
def hub() -> ResponseReturnValue:
    """The hub's address, to be corrected."""
    return _hub_page(runtime().config.hub_url)


@bp.post("/hub")
@keeper_required
def move_hub() -> ResponseReturnValue:
    """Call the hub at another address from now on, if the hub of this station answers there."""
    typed = request.form.get("hub_url", "").strip()
    try:
        hub_address.change(runtime(), typed)
    except (UnfitSetting, HubNotFound) as error:
        return _hub_page(typed, _(error.words, **error.values)), error.status
    flash(_("枢纽在新地址上回答了，已保存，正在同步。"))
    return redirect(url_for(".show"), code=303)


def _page(form: Form) -> str:
    return render_template(
        "keeper/line.html",
        form=form.values,
        wrong=form.wrong(),
        config=runtime().config,
        answered=hub_address.last_answer(runtime()),
        line=runtime().line(),
        speeds=[("", _("不知道")), *((str(rate), _speed(rate)) for rate in line_settings.SPEEDS)],
        addresses=addresses_here(),
        content_words=line_settings.content_words(runtime()),
        record_words=line_settings.record_words(runtime()),
    )


def _speed(kbit_s: int) -> str:
    """A speed as people who sell lines say it."""
    if kbit_s < 1_000:
        return _("%(n)s K", n=kbit_s)
    return _("%(n)s 兆", n=kbit_s // 1_000)


def _hub_page(typed: str, wrong: str = "") -> str:
    return render_template("keeper/hub.html", typed=typed, wrong=wrong, config=runtime().config)

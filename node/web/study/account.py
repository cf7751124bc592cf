"""The learner's own account: changing the PIN."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node.errors import InputError, SessionExpired
from node.sign_in import learner_account
from node.web.auth import current_learner, current_session, learner_required, source
from node.web.current import runtime

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("")
@learner_required
def show() -> ResponseReturnValue:
    """Who is signed in, and the form for another PIN."""
    return render_template("learner/account.html", learner=current_learner())


@bp.post("")
@learner_required
def change_pin() -> ResponseReturnValue:
    """Keep another PIN and end one's other sign-ins."""
    number, form, here = current_learner().number, request.form, current_session()
    learner_account.change_pin(
        runtime(),
        number,
        form.get("old", "").strip(),
        form.get("pin", "").strip(),
        form.get("again", "").strip(),
        source(),
    )
    runtime().sessions.end_all(learner=number, but=here.id if here else "")
    flash(_("密码已更换，下次用新密码登录。"))
    return redirect(url_for(".show"), code=303)


@bp.errorhandler(InputError)
def say_on_form(error: InputError) -> ResponseReturnValue:
    """What was wrong, above the form."""
    if isinstance(error, SessionExpired):
        return redirect(url_for("auth.sign_in_page"), code=303)
    words = _(error.words, **error.values)
    page = render_template("learner/account.html", learner=current_learner(), words=words)
    return page, error.status
